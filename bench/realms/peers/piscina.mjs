// Piscina as a subject: a pool of one thread that may have many tasks in hand. On Node only.

import { Piscina } from "piscina";
import { contest } from "../contest.ts";

export const subject = contest(async () => {
  const pool = new Piscina({
    filename: new URL("piscina.worker.mjs", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1_000,
  });
  return {
    add: (by) => pool.run(by, { name: "add" }),
    move: (buffer) => pool.run(buffer, { name: "move", transferList: [buffer] }),
    close: () => pool.destroy(),
  };
});
