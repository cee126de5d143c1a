// Types of state machines as users write them, and the errors that must stay errors.
// Checked by `npm run types`; never run.

import {
  createSystemOn,
  type Platform,
  postpone,
  signature,
  stateMachine,
} from "../../src/index.js";

declare const platform: Platform;
const system = createSystemOn(platform);

export const Door = stateMachine({
  id: "door",
  init: (_self, code: string) => ({ state: "locked", data: { code } }),
  states: {
    locked: {
      enter(_self, from) {
        from satisfies "locked" | "open";
      },
      call: {
        unlock(self, code: string) {
          if (code !== self.data.code) return false;
          self.nextState("open", { stateTimeoutMs: 5 });
          return true;
        },
      },
      cast: { push: postpone },
    },
    open: {
      cast: { push: (self, _hard: number) => self.nextState("locked") },
      stateTimeout: (self) => self.nextState("locked"),
    },
  },
  always: { call: { status: (self) => self.state } },
  view: (state, data) => `${state} ${data.code}`,
});

export async function uses(): Promise<void> {
  const door = await system.start(Door, "1");
  (await door.call.unlock("x")) satisfies boolean;
  (await door.call.status()) satisfies "locked" | "open";
  door.cast.push(1) satisfies boolean;
  door.getSnapshot() satisfies string | undefined;
  // @ts-expect-error the argument of push is a number
  door.cast.push("x");
  // @ts-expect-error there is no such call
  door.call.nope();
  // @ts-expect-error the argument of init is a string
  await system.start(Door, 3);
}

stateMachine({
  id: "bad-next",
  init: () => ({ state: "a", data: 1 }),
  states: {
    a: {
      cast: {
        // @ts-expect-error there is no such state
        go: (self) => self.nextState("nope"),
      },
    },
    b: {},
  },
});

stateMachine({
  id: "bad-first",
  // @ts-expect-error the first state must be one of the states
  init: () => ({ state: "zzz", data: 1 }),
  states: { a: {}, b: {} },
});

// One event in several states needs arguments that all of them accept.
const Clash = stateMachine({
  id: "clash",
  init: async () => ({ state: "a", data: 1 }),
  states: {
    a: {
      cast: { go: (self, _text: string) => self.nextState("b") },
      call: { ask: () => 1 as const },
    },
    b: {
      cast: { go: (_self, _count: number) => {} },
      call: { ask: async () => "s" as const, later: postpone },
    },
  },
});
export async function clashes(): Promise<void> {
  const clash = await system.start(Clash);
  (await clash.call.ask()) satisfies 1 | "s";
  // @ts-expect-error no argument is both a string and a number
  clash.cast.go(1);
}

// A handler that ignores what the others take accepts it.
const Lenient = stateMachine({
  id: "lenient",
  init: () => ({ state: "a", data: 1 }),
  states: { a: { cast: { go: (_self, _count: number) => {} } }, b: { cast: { go: () => {} } } },
});
export async function lenient(): Promise<void> {
  const ref = await system.start(Lenient);
  ref.cast.go(1);
  // @ts-expect-error one of them needs a number
  ref.cast.go();
}

// The calls and casts of handleEvent are those of its signatures.
const Lock = stateMachine({
  id: "lock",
  init: (self, code: string) => {
    self.stateTimeout(5, "payload");
    self.nextEvent("internal", "boot");
    // @ts-expect-error in init there is no state to change yet
    self.nextState("open");
    return { state: "shut", data: { code } };
  },
  states: { shut: { cast: { own: () => {} } }, open: {} },
  events: {
    call: { unlock: signature<[code: string], boolean>() },
    cast: { push: signature<[hard: number]>(), ring: signature() },
  },
  stateEnter: true,
  handleEvent(self, event) {
    self.state satisfies "shut" | "open";
    self.data.code satisfies string;
    if (event.type === "call") {
      event.name satisfies "unlock";
      event.args[0] satisfies string;
    } else if (event.type === "cast" && event.name === "push") event.args satisfies [number];
    else if (event.type === "enter") event.from satisfies "shut" | "open";
    else if (event.type === "timeout") event.name satisfies string;
    // @ts-expect-error there is no such event
    if (event.type === "nope") return;
    // @ts-expect-error there is no such state
    self.nextState("nope");
    self.nextState("open", { stateTimeoutMs: 5, eventTimeoutMs: 5, timeoutsMs: { one: 5 } });
    // @ts-expect-error the unit is in the name
    self.nextState("open", { stateTimeout: 5 });
    self.timeout("one", "cancel");
    self.eventTimeout("update", 3);
    // @ts-expect-error neither a time nor a change
    self.stateTimeout("later");
    // @ts-expect-error an inserted event has a type
    self.nextEvent("call", "unlock");
    self.stopAndReply("normal", true) satisfies boolean;
  },
});
export async function locks(): Promise<void> {
  const lock = await system.start(Lock, "1");
  (await lock.call.unlock("1")) satisfies boolean;
  lock.cast.push(1);
  lock.cast.ring();
  lock.cast.own();
  // @ts-expect-error the code is a string
  lock.call.unlock(1);
  // @ts-expect-error there is no such cast
  lock.cast.nope();
}

stateMachine({
  id: "bad-events",
  init: () => ({ state: "a", data: 1 }),
  states: {
    a: {
      // @ts-expect-error a timeout's handler gets one payload
      timeout: { one: (_self, _a: string, _b: string) => {} },
      internal: { go: (self, n: number) => self.timeout("one", n) },
      eventTimeout: (self) => self.repeatState(),
    },
  },
  // @ts-expect-error what handleEvent handles is a signature
  events: { call: { ask: 3 } },
  handleEvent: () => {},
});
