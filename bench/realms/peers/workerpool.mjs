// workerpool as a subject: a pool of one worker, tasks by name. On Node only.

import { pool as makePool } from "workerpool";
import { contest } from "../contest.ts";

export const subject = contest(async () => {
  const file = new URL("workerpool.worker.mjs", import.meta.url).pathname;
  const pool = makePool(file, { maxWorkers: 1, workerType: "thread" });
  return {
    add: (by) => pool.exec("add", [by]),
    move: (buffer) => pool.exec("move", [buffer], { transfer: [buffer] }),
    close: () => pool.terminate(true),
  };
});
