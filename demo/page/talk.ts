// The talk actor: the lines of the shift chat.
//
// Owns what was said, while the chat actor beside it owns the socket. After a lost socket the room
// sends its last lines again, so it keeps each line once. Knows no WebSocket.

import { genServer } from "troupe";
import type { ChatLine } from "../shared/messages.js";

const KEPT = 40;

export const Talk = genServer({
  id: "talk",
  init: () => ({ lines: [] as readonly ChatLine[] }),
  cast: {
    hear(self, line: ChatLine) {
      if (self.state.lines.some(({ id }) => id === line.id)) return;
      self.state.lines = [...self.state.lines, line].slice(-KEPT);
    },
  },
  view: (state) => state.lines,
});
