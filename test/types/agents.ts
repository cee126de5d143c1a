// Types of agents: what its functions take and give follows from `init`.
// Checked by `npm run types`; never run.

import { agent, child, createSystemOn, type Platform } from "../../src/index.js";

declare const platform: Platform;
const system = createSystemOn(platform);

export const Sum = agent((start: number, by: number = 1) => start * by);
const List = agent(async () => ["a"], { view: (items) => items.length });

export async function uses(): Promise<void> {
  const sum = await system.start(Sum, 3);
  (await sum.get()) satisfies number;
  (await sum.get((n) => n > 3)) satisfies boolean;
  (await sum.get(async (n) => `${n}`)) satisfies string;
  sum.update((n) => n + 1) satisfies Promise<void>;
  (await sum.getAndUpdate((n) => [`${n}`, n + 1])) satisfies string;
  sum.cast((n) => n + 1) satisfies boolean;
  (await sum.with({ timeoutMs: 5 }).get()) satisfies number;
  sum.getSnapshot() satisfies number | undefined;
  child(Sum, [3]);
  const list = await system.start(List);
  (await list.get()) satisfies string[];
  list.getSnapshot() satisfies number | undefined;
  await list.update(async (items) => [...items, "b"]);
  // @ts-expect-error the argument of init is a number
  await system.start(Sum, "3");
  // @ts-expect-error the state stays a number
  await sum.update(() => "3");
  // @ts-expect-error a pair is needed
  await sum.getAndUpdate((n) => n);
  // @ts-expect-error the second of the pair is the state
  await sum.getAndUpdate((n) => [n, "3"]);
  // @ts-expect-error no handlers by name
  sum.call;
}
