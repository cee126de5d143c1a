// capnweb as a subject: a stub of the worker's main object, over a MessagePort. It moves no buffers, and has no
// messages without a reply.

import { newMessagePortRpcSession } from "capnweb";
import { contest } from "../contest.ts";
import { startWorker } from "../start-worker.ts";

export const subject = contest(async () => {
  const worker = startWorker("./peers/capnweb.worker.mjs");
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(port2, [port2]);
  const counter = newMessagePortRpcSession(port1);
  return {
    add: (by) => counter.add(by),
    refs: (count) => Promise.all(Array.from({ length: count }, () => counter.ref())),
    close: () => worker.terminate(),
  };
});
