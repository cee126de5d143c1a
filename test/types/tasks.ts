// Types of tasks: results follow from the function, through jobs, streams and supervisors.
// Checked by `npm run types`; never run.

import {
  asyncStream,
  awaitAll,
  createSystemOn,
  genServer,
  type Job,
  type Platform,
  task,
  taskSupervisor,
} from "../../src/index.js";

declare const platform: Platform;
const system = createSystemOn(platform);

export const Loader = genServer({
  id: "loader",
  init: (self) => task(self, () => 1),
  call: { load: (self, url: string) => task(self, (signal) => fetch(url, { signal })) },
});

export async function tasks(): Promise<void> {
  const job = task(system, async (signal) => signal.aborted);
  job satisfies Job<boolean>;
  job satisfies Promise<boolean>;
  (await job) satisfies boolean;
  (await job.map((is) => (is ? 1 : 0))) satisfies 0 | 1;
  (await job.mustAwait()) satisfies boolean;
  const outcome = await job.yield(5);
  if (outcome?.status === "fulfilled") outcome.value satisfies boolean;
  const both = await awaitAll([job, task(system, () => "two")]);
  both satisfies [boolean, string];
  const loader = await system.start(Loader);
  (await loader.call.load("/")) satisfies Response;
  for await (const length of asyncStream(system, ["a"], (text) => text.length)) {
    length satisfies number;
  }
  for await (const result of asyncStream(system, ["a"], async () => 1, { onTimeout: "kill" })) {
    if (result.status === "fulfilled") result.value satisfies number;
  }
  const supervisor = await system.start(taskSupervisor());
  (await supervisor.asyncNolink(async () => 1)) satisfies number;
  for await (const result of supervisor.asyncStreamNolink(new Set([1n]), (n) => n)) {
    if (result.status === "fulfilled") result.value satisfies bigint;
  }
  // @ts-expect-error a task has an owner
  task(() => 1);
  // @ts-expect-error the signal is all that it is given
  task(system, (_signal: AbortSignal, other: number) => other);
  // @ts-expect-error awaitAll takes jobs, which it can cancel
  awaitAll([Promise.resolve(1)]);
  // @ts-expect-error not iterable
  asyncStream(system, 1, (n) => n);
  // @ts-expect-error an item is a string
  asyncStream(system, ["a"], (n: number) => n);
  // @ts-expect-error nothing else can happen
  asyncStream(system, ["a"], (text) => text, { onTimeout: "skip" });
}
