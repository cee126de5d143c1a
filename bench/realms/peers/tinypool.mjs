// Tinypool as a subject: a pool of one thread. On Node only. It moves buffers there, and copies them back.

import { Tinypool } from "tinypool";
import { contest } from "../contest.ts";

export const subject = contest(async () => {
  const pool = new Tinypool({
    filename: new URL("tinypool.worker.mjs", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1_000,
  });
  return {
    add: (by) => pool.run(by, { name: "add" }),
    close: () => pool.destroy(),
  };
});
