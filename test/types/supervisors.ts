// Types of what supervisors are asked, of dynamic and of partition supervisors, and the errors that must
// stay errors. Checked by `npm run types`; never run. Children by name are in servers.ts.

import {
  backoff,
  child,
  countChildren,
  createSystemOn,
  dynamicSupervisor,
  genServer,
  getChildSpec,
  type Handle,
  ignore,
  type Platform,
  partitionSupervisor,
  restartChild,
  startChild,
  supervisor,
  terminateChild,
  whichChildren,
} from "../../src/index.js";

declare const platform: Platform;
const system = createSystemOn(platform);
declare const id: string;

const Counter = genServer({
  id: "counter",
  init: (_self, start: number) => start,
  call: { get: (self) => self.state },
});

export async function asked(): Promise<void> {
  const App = supervisor({
    autoShutdown: "anySignificant",
    init: (limit: number) => (limit < 0 ? ignore : { maxRestarts: limit }),
    children: (make, limit: number) => ({
      a: make(Counter, [limit], { restart: "transient", significant: true }),
    }),
  });
  const app = await system.start(App, 3);
  (await app.child.a.call.get()) satisfies number;
  const added = await startChild(app, "b", child(Counter, [1]));
  (await added.call.get()) satisfies number;
  await terminateChild(app, added);
  (await restartChild(app, "b")) satisfies Handle;
  (await whichChildren(app))[0]?.state satisfies "running" | "restarting" | "stopped" | undefined;
  (await countChildren(app)).active satisfies number;
  (await getChildSpec(app.with({ timeoutMs: 10 }), "a")).significant satisfies boolean;
  // @ts-expect-error a behaviour is no specification
  startChild(app, "c", Counter);
  // @ts-expect-error the arguments are those of its init
  startChild(app, "c", child(Counter, ["1"]));
  // @ts-expect-error the supervisor takes a number
  system.start(App, "3");
  // @ts-expect-error there is no such option
  supervisor({ init: () => ({ strategy: "all" }), children: {} });
  // @ts-expect-error no such value
  supervisor({ autoShutdown: "always", children: {} });

  const list = supervisor({
    children: (make, names: string[]) => names.map((name) => [name, make(Counter, [1])] as const),
  });
  const named = await system.start(list, ["a"]);
  (await named.child[id]?.call.get()) satisfies number | undefined;
  // @ts-expect-error it may not be there
  named.child[id].call;
}

export async function dynamic(): Promise<void> {
  const counters = await system.start(
    dynamicSupervisor({ template: Counter, childOptions: { restart: "temporary" } }),
  );
  const one = await counters.startChild(1);
  (await one.call.get()) satisfies number;
  await counters.terminateChild(one);
  // @ts-expect-error the arguments are those of the template's init
  counters.startChild("1");
  // @ts-expect-error its children have no ids
  counters.terminateChild("1");
  // @ts-expect-error what ends in a dynamic supervisor is gone
  restartChild(counters, "1");

  const anything = await system.start(dynamicSupervisor({ maxChildren: 3 }));
  (await (await anything.startChild(child(Counter, [1]))).call.get()) satisfies number;
  // @ts-expect-error without a template it takes specifications
  anything.startChild(1);
  // @ts-expect-error options of a template, without one
  dynamicSupervisor({ childOptions: { restart: "temporary" } });
}

export async function partitions(): Promise<void> {
  const parts = await system.start(
    partitionSupervisor({ partitions: 4, child: (index) => child(Counter, [index]) }),
  );
  (await parts.partition("key").call.get()) satisfies number;
  (await parts.partition(7).call.get()) satisfies number;
  // @ts-expect-error a key is a string or a number
  parts.partition({});
  // @ts-expect-error the partitions are what they are
  startChild(parts, "b", child(Counter, [1]));
  (await whichChildren(parts)).length satisfies number;
  // @ts-expect-error a counter is no supervisor
  whichChildren(parts.partition(7));
  child(Counter, [1], {
    restartDelayMs: backoff({ minMs: 1, maxMs: 9 }),
    restartLimit: { maxRestarts: 9 },
  });
  // @ts-expect-error a delay is a number or a function that gives one
  child(Counter, [1], { restartDelayMs: "1s" });
}
