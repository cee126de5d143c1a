// troupe as a subject: an actor in a worker, called through its ref, with every feature there is: timeouts,
// credit, links, monitors, the pulse of a connection.

import { createSystem } from "troupe";
import { remote, transfer, worker } from "troupe/realms";
import { contest } from "../contest.ts";
import { type Endpoint, startWorker } from "../start-worker.ts";
import type { Counter } from "./troupe.worker.ts";

export const subject = contest(async () => {
  const started: Endpoint = startWorker("./subjects/troupe.worker.ts");
  const system = createSystem();
  const place = worker(() => started as Worker, { name: "bench" });
  const counter = system.launch(remote<typeof Counter>("counter", place));
  return {
    add: (by) => counter.call.add(by),
    hit: (by) => counter.cast.hit(by),
    hits: () => counter.call.hits(),
    move: (buffer) => counter.call.move(transfer(buffer)),
    refs: (count) => counter.call.refs(count),
    close: () => system.stop(),
  };
});
