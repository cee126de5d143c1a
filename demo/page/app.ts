// The page's supervision tree: who lives here, in which order, and who falls with whom.
//
//   station ─┬─ line ────┬─ bus       the Modbus client, on whatever the cable is plugged into
//            │           ├─ history   what was read
//            │           └─ meter     reads the pump
//            ├─ streams ─┬─ board     what the plant feed said
//            │           ├─ feed      the plant feed, over SSE
//            │           ├─ talk      what the shift said
//            │           └─ chat      the shift chat, over WebSocket
//            ├─ records ─┬─ analysts  read a year of history, in a pool of workers
//            │           ├─ analyst   does the same on this thread, to compare
//            │           └─ archive   what is read, and what came out
//            └─ counter               batches of today
//
// Owns nothing else: no DOM, no timer. A lost link uses up no restart, only a bug does; a
// supervisor whose children fail too often gives up, and the one above starts it afresh.

import { supervisor } from "troupe";
import { modbusClient } from "troupe/modbus";
import { type Pool, remote } from "troupe/realms";
import { eventSource } from "troupe/sse";
import { webSocket } from "troupe/websocket";
import { Analyst } from "./archive/analyst.js";
import { Archive } from "./archive/archive.js";
import type { Cable } from "./cable.js";
import { Counter } from "./counter.js";
import { History } from "./history.js";
import { Meter } from "./meter.js";
import type { Network } from "./network.js";
import { NoticeBoard } from "./notice-board.js";
import { Talk } from "./talk.js";

/** A demo on loopback comes back fast; a fleet of pages would wait longer. */
const BACKOFF = { minBackoffMs: 500, maxBackoffMs: 2_000 };

const Line = supervisor({
  id: "line",
  strategy: "restForOne",
  maxRestarts: 5,
  periodMs: 5_000,
  children: (child, cable: Cable) => {
    const bus = child(modbusClient, [{ connect: cable.connect, framing: "rtu", ...BACKOFF }]);
    const history = child(History, []);
    const meter = child(Meter, [bus.handle, history.handle]);
    return { bus, history, meter };
  },
});

const Streams = supervisor({
  id: "streams",
  maxRestarts: 5,
  periodMs: 5_000,
  children: (child, network: Network) => {
    const board = child(NoticeBoard, []);
    const feed = child(eventSource, [
      {
        url: "/feed",
        fetch: network.fetch,
        onEvent: ({ data, lastEventId }) => board.handle.cast.pin(lastEventId, JSON.parse(data)),
        ...BACKOFF,
      },
    ]);
    const talk = child(Talk, []);
    const chat = child(webSocket, [
      {
        url: new URL("/chat", location.href),
        WebSocket: network.WebSocket,
        onMessage: (message) => talk.handle.cast.hear(JSON.parse(String(message))),
        ...BACKOFF,
      },
    ]);
    return { board, feed, talk, chat };
  },
});

const Records = supervisor({
  id: "records",
  children: (child, place: Pool) => {
    const analysts = child(remote<typeof Analyst>("analyst", place), []);
    const analyst = child(Analyst, []);
    const { size } = place;
    const archive = child(Archive, [{ workers: analysts.handle, size, page: analyst.handle }]);
    return { analysts, analyst, archive };
  },
});

/** The whole page. */
export const Station = supervisor({
  id: "station",
  // Above what a visitor's finger can do: a demo that gives up has nothing left to show.
  maxRestarts: 50,
  periodMs: 5_000,
  children: (child, cable: Cable, network: Network, place: Pool) => ({
    line: child(Line, [cable]),
    streams: child(Streams, [network]),
    records: child(Records, [place]),
    counter: child(Counter, [], { restartFrom: "lastState" }),
  }),
});
