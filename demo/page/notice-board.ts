// The board actor: the last events of the plant feed, and the level of the tank.
//
// Owns what has been heard, while the feed actor beside it owns the connection: the feed may be
// lost, or crash, and the board stays as it was. Knows no SSE.

import { genServer } from "troupe";
import type { PlantEvent } from "../shared/messages.js";

/** An event with its place in the feed. */
export interface Notice {
  readonly id: string;
  readonly atMs: number;
  readonly event: PlantEvent;
}

/** What the view gives. */
export interface Notices {
  /** Newest first; levels are not kept here. */
  readonly recent: readonly Notice[];
  readonly levelPercent: number | undefined;
  readonly lastId: string;
  /** Events that had to be heard between two, and were not: 0 while resuming works. */
  readonly missed: number;
}

export const NoticeBoard = genServer({
  id: "noticeBoard",
  init: (): { notices: Notices } => ({
    notices: { recent: [], levelPercent: undefined, lastId: "", missed: 0 },
  }),
  cast: {
    pin(self, id: string, event: PlantEvent) {
      const { recent, levelPercent, lastId, missed } = self.state.notices;
      const skipped = lastId === "" ? 0 : Math.max(0, Number(id) - Number(lastId) - 1);
      const notice = { id, atMs: self.platform.now(), event };
      self.state.notices = {
        recent: event.type === "level" ? recent : [notice, ...recent].slice(0, 12),
        levelPercent: event.type === "level" ? event.percent : levelPercent,
        lastId: id,
        missed: missed + skipped,
      };
    },
  },
  view: (state) => state.notices,
});
