// Comlink as a subject: an object of the worker behind a proxy, and an object of its own for each ref. It has
// no messages without a reply.

import { transfer, wrap } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { contest } from "../contest.ts";
import { startWorker } from "../start-worker.ts";

export const subject = contest(async () => {
  const worker = startWorker("./peers/comlink.worker.mjs");
  const counter = wrap("on" in worker ? nodeEndpoint(worker) : worker);
  return {
    add: (by) => counter.add(by),
    move: (buffer) => counter.move(transfer(buffer, [buffer])),
    refs: (count) => Promise.all(Array.from({ length: count }, () => counter.ref())),
    close: () => worker.terminate(),
  };
});
