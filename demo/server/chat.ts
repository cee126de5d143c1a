// The shift chat over WebSocket: everybody on the page, and a dispatcher who answers.
//
// Owns the room (who is here, the last lines) and one process for each open socket (ChatClient), so
// that a socket that fails takes nobody with it. The upgrade to WebSocket is http.ts's.

import { genServer, type Handle, type HandleOf } from "troupe";
import type { WebSocket } from "ws";
import type { ChatLine, Said } from "../shared/messages.js";

const REMEMBERED = 12;
const ANSWER_MS = 700;
const DISPATCH = "Dispatch";

export const ChatRoom = genServer({
  id: "chatRoom",
  init: () => ({
    lines: [lineOf({ from: DISPATCH, text: "Good morning. Station 4 is yours." })],
    members: new Map<number, Handle>(),
    answers: 0,
  }),
  cast: {
    join(self, member: Handle) {
      self.state.members.set(self.monitor(member), member);
      for (const line of self.state.lines) member.send(line);
    },
    say(self, said: Said) {
      publish(self.state, said);
      const text = answerTo(said.text, self.state.answers++);
      self.sendAfter(ANSWER_MS, { from: DISPATCH, text } satisfies Said);
    },
  },
  info(self, message) {
    if (message.type === "down") self.state.members.delete(message.monitor);
    if (message.type === "message") publish(self.state, message.message as Said);
  },
});

interface Room {
  lines: ChatLine[];
  readonly members: ReadonlyMap<number, Handle>;
}

function publish(room: Room, said: Said): void {
  const line = lineOf(said);
  room.lines = [...room.lines, line].slice(-REMEMBERED);
  for (const member of room.members.values()) member.send(line);
}

const lineOf = (said: Said): ChatLine => ({ id: crypto.randomUUID(), ...said });

/** One open socket. Lines come to it as messages, and go to the room as casts. */
export const ChatClient = genServer({
  id: "chatClient",
  init(self, socket: WebSocket, room: HandleOf<typeof ChatRoom>) {
    const own = self.ref;
    self.use(socket, () => socket.close(1001, "The station is going down"));
    socket.on("error", () => {}); // its close follows
    socket.on("close", () => void own.send("gone"));
    socket.on("message", (data) => {
      const said = parse(String(data));
      if (said !== null) room.cast.say(said);
    });
    room.cast.join(own);
    return socket;
  },
  info(self, message) {
    if (message.type !== "message") return;
    if (message.message === "gone") return self.stop();
    self.state.send(JSON.stringify(message.message));
  },
});

/** What a page said, or null for what is nothing of the kind. */
function parse(json: string): Said | null {
  try {
    const { from, text } = JSON.parse(json);
    if (typeof from !== "string" || typeof text !== "string" || text.trim() === "") return null;
    return { from: from.slice(0, 20), text: text.slice(0, 200) };
  } catch {
    return null;
  }
}

const ANSWERS = [
  "Copied. Thank you.",
  "Understood, I note it for the next shift.",
  "Good. Call me if the pressure drops.",
  "The technician is on the way, about 20 minutes.",
];

function answerTo(text: string, turn: number): string {
  if (/\?\s*$/.test(text)) return "I will ask the control room and come back to you.";
  return ANSWERS[turn % ANSWERS.length]!;
}
