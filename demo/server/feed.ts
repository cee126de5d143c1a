// The plant feed: what happens around the pump, as server-sent events.
//
// Owns the events, their ids and a short memory of them, so that a page that lost its connection
// gets what it missed. A connection is a process of its own (FeedClient): it follows the feed, and
// ends with its response. Knows no HTTP beyond the response it writes to.

import type { ServerResponse } from "node:http";
import { genServer, type Handle, type HandleOf } from "troupe";
import type { PlantEvent } from "../shared/messages.js";

const EVERY_MS = 1_500;
const REMEMBERED = 100;
const FOR_A_NEW_ONE = 4;

interface Sent {
  readonly id: number;
  readonly event: PlantEvent;
}

export const Feed = genServer({
  id: "feed",
  init(self) {
    self.sendAfter(EVERY_MS, "next");
    return { past: [] as Sent[], nextId: 1, percent: 64, followers: new Map<number, Handle>() };
  },
  cast: {
    /** `lastEventId` is what it has already; null for one that is new. */
    follow(self, follower: Handle, lastEventId: number | null) {
      self.state.followers.set(self.monitor(follower), follower);
      const after = lastEventId ?? self.state.nextId - 1 - FOR_A_NEW_ONE;
      for (const sent of self.state.past) if (sent.id > after) follower.send(sent);
    },
  },
  info(self, message) {
    const { state } = self;
    if (message.type === "down") state.followers.delete(message.monitor);
    if (message.type !== "message") return;
    const sent = { id: state.nextId++, event: nextEvent(state, self.platform.random) };
    state.past = [...state.past, sent].slice(-REMEMBERED);
    for (const follower of state.followers.values()) follower.send(sent);
    self.sendAfter(EVERY_MS, "next");
  },
});

/** One open response. Events come to it as messages. */
export const FeedClient = genServer({
  id: "feedClient",
  init(self, response: ServerResponse, feed: HandleOf<typeof Feed>, lastEventId: number | null) {
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    });
    response.write("retry: 500\n\n");
    const own = self.ref;
    self.use(response, () => response.end());
    response.on("close", () => void own.send("gone"));
    feed.cast.follow(own, lastEventId);
    return response;
  },
  info(self, message) {
    if (message.type !== "message") return;
    if (message.message === "gone") return self.stop();
    const { id, event } = message.message as Sent;
    self.state.write(`id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  },
});

const NOTES = [
  "Night shift: intake screen cleaned",
  "Valve 4 lubricated, next in 30 days",
  "Chlorine dosing checked: 0.3 mg/l",
  "Village tank called for water",
  "Standby pump tested, 2 minutes",
  "Seal water filter replaced",
];
const SKIES = ["clear", "light cloud", "overcast", "light rain", "clear spells"];

function nextEvent(state: { nextId: number; percent: number }, random: () => number): PlantEvent {
  const turn = state.nextId;
  if (turn % 7 === 3) return { type: "note", text: NOTES[Math.floor(turn / 7) % NOTES.length]! };
  if (turn % 5 === 2) {
    const sky = SKIES[Math.floor(random() * SKIES.length)]!;
    return { type: "weather", sky, celsius: Math.round(130 + 40 * random()) / 10 };
  }
  const drift = (random() - 0.5) * 2.4 + (64 - state.percent) * 0.05;
  state.percent = Math.min(98, Math.max(12, state.percent + drift));
  return { type: "level", percent: Math.round(state.percent * 10) / 10 };
}
