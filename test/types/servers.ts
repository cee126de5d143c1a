// Types of servers and supervisors as users write them, and the errors that must stay errors.
// Checked by `npm run types`; never run. Annotated exports are in annotated.ts, machines in
// machines.ts.

import {
  type Behaviour,
  child,
  createSystemOn,
  genServer,
  type Handle,
  ignore,
  type Platform,
  type Server,
  supervisor,
} from "../../src/index.js";

declare const platform: Platform;
const system = createSystemOn(platform);

export const Counter = genServer({
  id: "counter",
  init: (self, start: number = 0) => {
    self.continue("warm", 1);
    return { count: start };
  },
  continue: {
    warm(self, n: number) {
      self.state.count += n;
    },
    cool(self) {
      self.continue("warm");
    },
  },
  call: {
    get: (self) => self.state.count,
    add(self, by: number) {
      self.state.count += by;
      return self.state.count;
    },
    slow: async (self, text: string) => text + self.state.count,
    lazy: (self) => self.replyLater<string>(),
    deferred: (self, ok: boolean) => self.replyWith(Promise.resolve(ok)),
    both: async (self) => self.replyWith(Promise.resolve(1)),
    refuse: (self, no: boolean) => (no ? self.reject(new Error("no")) : "yes"),
  },
  cast: {
    inc(self, by: number = 1) {
      self.state.count += by;
    },
    reset(self) {
      self.state = { count: 0 };
    },
  },
  info(_self, message) {
    if (message.type === "down") message.reason satisfies unknown;
    // @ts-expect-error only a down has a monitor
    message.monitor;
  },
  terminate(self, _reason) {
    self.state.count satisfies number;
  },
  view: (state) => state.count,
  mailbox: { max: 10, overflow: "reject" },
});

export async function uses(): Promise<void> {
  const counter = await system.start(Counter, 3);
  (await counter.call.add(2)) satisfies number;
  (await counter.call.slow("x")) satisfies string;
  (await counter.call.lazy()) satisfies string;
  (await counter.call.deferred(true)) satisfies boolean;
  (await counter.call.both()) satisfies number;
  (await counter.call.refuse(true)) satisfies string;
  counter.cast.inc() satisfies boolean;
  counter.cast.inc(4);
  counter.offer.inc(1) satisfies Promise<void>;
  counter.getSnapshot() satisfies number | undefined;
  (await counter.with({ timeoutMs: 5 }).call.add(1)) satisfies number;
  system.launch(Counter).call.get() satisfies Promise<number>;
  // @ts-expect-error the argument of inc is a number
  counter.cast.inc("x");
  // @ts-expect-error there is no such call
  counter.call.nope();
  // @ts-expect-error add needs its argument
  counter.call.add();
  // @ts-expect-error a call is not a cast
  counter.cast.add(1);
  // @ts-expect-error the argument of init is a number
  await system.start(Counter, "no");
  // @ts-expect-error a class is not a behaviour
  await system.start(class {});
}

// An omitted map accepts no names.
const NoCast = genServer({
  id: "no-cast",
  init: () => 1,
  call: { get: (self) => self.state.toFixed() },
});
export async function omitted(): Promise<void> {
  const ref = await system.start(NoCast);
  (await ref.call.get()) satisfies string;
  // @ts-expect-error no casts at all
  ref.cast.foo();
  // @ts-expect-error no view: nothing to compute with
  ref.getSnapshot()?.count;
}

genServer({
  id: "c",
  init: (self) => {
    // @ts-expect-error there is no continue handler of that name
    self.continue("nope");
    return 1;
  },
  continue: { warm() {} },
});

// @ts-expect-error a handler named then would make the face a thenable
// biome-ignore lint/suspicious/noThenProperty: that is what is refused
genServer({ id: "t", init: () => 1, call: { then: () => 1 } });

// @ts-expect-error the state is what init gives
genServer({ id: "s", init: () => ({ count: 0 }), cast: { inc: (self) => self.state.total } });

// @ts-expect-error an overflow policy that does not exist
genServer({ id: "o", init: () => 1, mailbox: { max: 1, overflow: "explode" } });

// A reply that comes later is no value yet.
genServer({
  id: "deferred",
  init: () => 1,
  call: {
    wait: (self) => {
      const reply = self.replyWith(Promise.resolve(1));
      // @ts-expect-error not a number
      reply.toFixed();
      return reply;
    },
  },
});

// In init there is neither a state nor a caller.
genServer({
  id: "early",
  init: (self) => {
    // @ts-expect-error no state yet
    self.state;
    // @ts-expect-error nobody called
    self.from;
    return 1;
  },
});

// `ignore` is not part of the state.
const Maybe = genServer({
  id: "maybe",
  init: (_self, on: boolean) => (on ? { on: 1 } : ignore),
  call: { get: (self) => self.state.on },
});

// Optional and union replies.
const Lookup = genServer({
  id: "lookup",
  init: () => new Map<string, number>(),
  call: {
    get: (self, key: string) => self.state.get(key),
    mix: (self, later: boolean) => (later ? self.replyLater<string>() : "now"),
  },
});
export async function replies(): Promise<void> {
  const lookup = await system.start(Lookup);
  (await lookup.call.get("k")) satisfies number | undefined;
  (await lookup.call.mix(true)) satisfies string;
  (await (await system.start(Maybe, true)).call.get()) satisfies number;
}

// A server that names itself.
export const Tick = genServer({
  id: "tick",
  init: () => 0,
  cast: {
    tick() {
      Tick.id satisfies string;
    },
  },
});
type HandleOf<B> = B extends Behaviour<never, infer H> ? H : never;
export type TickHandle = HandleOf<typeof Tick>;

const Poller = genServer({
  id: "poller",
  init: (_self, counter: HandleOf<Server<[], { call: { get(): number } }>>) => ({ counter }),
  call: { go: (self) => self.state.counter.call.get() },
});

/** A map whose handlers take no `self` must not cost the others the type of theirs. */
export const Terse = genServer({
  id: "terse",
  init: (_self, start: number = 0) => ({ count: start }),
  call: { ping: () => "pong" },
  cast: {
    inc(self) {
      self.state.count++;
    },
  },
});
export const Fragile = genServer({
  id: "fragile",
  init: (_self, start: number = 0) => ({ count: start }),
  call: { get: (self) => self.state.count },
  cast: {
    crash() {
      throw new Error("asked for");
    },
  },
});

export async function terse(): Promise<void> {
  (await (await system.start(Terse)).call.ping()) satisfies string;
  (await (await system.start(Fragile, 1)).call.get()) satisfies number;
}

export const App = supervisor({
  strategy: "restForOne",
  maxRestarts: 3,
  children: (make, config: { start: number }) => {
    const counter = make(Counter, [config.start], { restart: "permanent" });
    return {
      counter,
      poller: make(Poller, [counter.handle]),
      nested: make(supervisor({ children: { a: child(Counter, []) } }), []),
    };
  },
});

const Plain = supervisor({ children: { a: child(Counter, [1]) } });

export async function trees(): Promise<void> {
  const app = await system.start(App, { start: 1 });
  (await app.child.poller.call.go()) satisfies number;
  (await app.child.nested.child.a.call.get()) satisfies number;
  app.child.counter satisfies Handle<number>;
  // @ts-expect-error there is no such child
  app.child.nope;
  const plain = await system.start(Plain);
  await plain.child.a.call.get();
  // @ts-expect-error its children function needs a configuration
  await system.start(App);
  // @ts-expect-error its children take no argument
  await system.start(Plain, 1);
  // @ts-expect-error the argument of Counter is a number
  child(Counter, ["x"]);
  // @ts-expect-error a restart type that does not exist
  child(Counter, [1], { restart: "always" });
  // @ts-expect-error a strategy that does not exist
  supervisor({ strategy: "all", children: {} });
  // @ts-expect-error a behaviour is not a child
  supervisor({ children: { a: Counter } });
}
