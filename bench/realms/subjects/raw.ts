// The raw subject: postMessage and a map of who waits for which number, as anybody writes it by hand.
//
// No errors, timeouts or ends: it is the least that a request to a worker takes. Its one-way messages are
// posted one by one.

import { contest } from "../contest.ts";
import { onMessage, startWorker } from "../start-worker.ts";
import type { Answer } from "./raw.worker.ts";

export const subject = contest(async () => {
  const worker = startWorker("./subjects/raw.worker.ts");
  const waiting = new Map<number, (value: never) => void>();
  let last = 0;
  onMessage(worker, (data) => {
    const { id, value } = data as Answer;
    const resolve = waiting.get(id);
    waiting.delete(id);
    resolve?.(value as never);
  });
  const call = <T>(name: string, arg: unknown, transfer?: readonly Transferable[]): Promise<T> => {
    const id = ++last;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      if (transfer === undefined) worker.postMessage({ id, name, arg });
      else worker.postMessage({ id, name, arg }, transfer);
    });
  };
  return {
    add: (by) => call("add", by),
    hit: (by) => worker.postMessage({ id: 0, name: "hit", arg: by }),
    hits: () => call("hits", undefined),
    copy: (buffer) => call("copy", buffer),
    move: (buffer) => call("move", buffer, [buffer]),
    close: () => worker.terminate(),
  };
});
