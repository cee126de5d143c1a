// Registries: keys, entries that end with their process, handles by key, publishing.
// Owns REG-1 to REG-7, on virtual time. Names of a system are test/behaviours/names.suite.ts.

import {
  AlreadyRegistered,
  child,
  genServer,
  type HandleOf,
  type Key,
  named,
  type RegistryEvent,
  registry,
  supervisor,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { Puppet, rejection, thrown } from "../kernel/probes.js";

const Room = genServer({
  id: "room",
  init: (_self, topic: string = "none") => ({ topic, said: [] as string[] }),
  call: {
    said: (self) => self.state.said,
    crash(): void {
      throw new Error("asked for");
    },
  },
  cast: {
    say(self, text: string) {
      self.state.said.push(text);
    },
  },
  info(self, message) {
    if (message.type === "message") self.state.said.push(`info ${String(message.message)}`);
  },
  view: ({ said }) => said.length,
});

const Rooms = registry<string | undefined>();
const Topics = registry<number>({ keys: "duplicate", partitions: 4 });

export const suite = defineSuite("registry", ({ describe, test, expect }) => {
  const quiet = () => testSystem({ onCrash: () => {} });

  test("REG-1: a unique key has one process, and equal lists are one key", async () => {
    const { system } = testSystem();
    const rooms = await system.start(Rooms);
    const a = await system.start(Room);
    const b = await system.start(Room);
    rooms.register(["room", 7], a);
    rooms.register(["room", 8, [true, null, 1n]], a, "eight");
    const error = thrown(() => rooms.register(["room", 7], b));
    expect(error).toBeInstanceOf(AlreadyRegistered);
    expect(error).toMatchObject({ key: ["room", 7], process: a.id });
    expect(rooms.lookup(["room", 7])).toMatchObject([{ key: ["room", 7], value: undefined }]);
    expect(rooms.lookup(["room", 7])[0]?.ref.id).toBe(a.id);
    expect(rooms.values(["room", 8, [true, null, 1n]])).toEqual(["eight"]);
    for (const key of [["room", "7"], ["room", 7n], ["room"], "room", '["room",7]'] as Key[]) {
      expect(rooms.lookup(key)).toEqual([]);
    }
    rooms.register(["room", "7"], b);
    rooms.register(["zero", -0], b);
    expect(rooms.count(["zero", 0])).toBe(1);
    expect(rooms.count()).toBe(4);
    await system.stop();
  });

  test("REG-1: no word is taken for a list, nor for the text of another key", async () => {
    const { system } = testSystem();
    const rooms = await system.start(Rooms);
    const room = await system.start(Room);
    const keys: Key[] = [
      ...[
        "room",
        '"room"',
        '"\\"room\\""',
        "[",
        '["room"]',
        '"["',
        "7up",
        '"7up"',
        "-",
        "-a",
        " ",
        "\u0000",
      ],
      ...[["room"], ['"room"'], [["room"]], [7], ["7"], ["7up"], [""], [null]],
    ];
    for (const key of keys) rooms.register(key, room);
    expect(rooms.count()).toBe(keys.length);
    for (const key of keys) expect(rooms.lookup(key)).toMatchObject([{ key }]);
    for (const key of ["", "7", "-7", "007"]) {
      expect(thrown(() => rooms.lookup(key))).toBeInstanceOf(TypeError);
    }
    await system.stop();
  });

  test("REG-2: a key that was given up is nobody's, whichever was given up last", async () => {
    const { system } = testSystem();
    for (const keys of ["unique", "duplicate"] as const) {
      const rooms = await system.start(registry({ keys, partitions: 2 }));
      const [a, b] = [await system.start(Room), await system.start(Room)];
      for (const key of ["one", "two", "three"]) rooms.register(key, a);
      for (const key of ["one", "two", "one"]) {
        expect(rooms.unregister(key)).toBe(true);
        expect(rooms.unregister(key)).toBe(false);
        expect([rooms.lookup(key), rooms.count(key), rooms.keys().includes(key)]).toEqual([
          [],
          0,
          false,
        ]);
        if (key === "two") continue;
        rooms.register(key, b);
        expect(rooms.lookup(key)[0]?.ref.id).toBe(b.id);
      }
      expect(rooms.keys().sort()).toEqual(["one", "three"]);
      expect(rooms.select().map(({ ref }) => ref.id)).toEqual(expect.arrayContaining([a.id, b.id]));
      expect(rooms.count()).toBe(2);
      a.kill();
      b.kill();
      expect([rooms.count(), rooms.keys()]).toEqual([0, []]);
    }
    await system.stop();
  });

  test("REG-1: a duplicate key has any number, one process may be there twice", async () => {
    const { system } = testSystem();
    const topics = await system.start(Topics);
    const a = await system.start(Room);
    const b = await system.start(Room);
    topics.register("news", a, 1);
    topics.register("news", b, 2);
    topics.register("news", a, 3);
    topics.register("weather", a, 4);
    expect(topics.lookup("news").map(({ ref, value }) => [ref.id, value])).toEqual([
      [a.id, 1],
      [b.id, 2],
      [a.id, 3],
    ]);
    expect(topics.values("news", a)).toEqual([1, 3]);
    expect(topics.keys(a)).toEqual(["news", "weather"]);
    expect(topics.keys(b)).toEqual(["news"]);
    expect(topics.keys().sort()).toEqual(["news", "weather"]);
    expect([topics.count(), topics.count("news"), topics.count("none")]).toEqual([4, 3, 0]);
    expect(topics.match("news", (value, ref) => value > 1 && ref.id === a.id)).toMatchObject([
      { value: 3 },
    ]);
    expect(
      topics.select(
        ({ value }) => value % 2 === 0,
        ({ key, value }) => [key, value],
      ),
    ).toHaveLength(2);
    expect(topics.select()).toHaveLength(4);
    expect(topics.unregister("news", a)).toBe(true);
    expect(topics.unregister("news", a)).toBe(false);
    expect(topics.values("news")).toEqual([2]);
    expect(topics.unregister("news")).toBe(true);
    expect(topics.keys()).toEqual(["weather"]);
    await system.stop();
  });

  test("REG-2: an entry ends with its process, before anybody hears of that end", async () => {
    const { system, clock } = testSystem();
    const topics = await system.start(Topics);
    const a = await system.start(Room);
    const seen: number[] = [];
    const Watcher = genServer({
      id: "watcher",
      init: (self) => self.monitor(a),
      info: (_self, message) => {
        if (message.type === "down") seen.push(topics.count());
      },
    });
    await system.start(Watcher);
    topics.register("news", a, 1);
    topics.register("weather", a, 2);
    a.kill();
    expect(topics.count()).toBe(0);
    await clock.settle();
    expect(seen).toEqual([0]);
    expect(thrown(() => topics.register("news", a, 1))).toMatchObject({ reason: "noproc" });
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("REG-2: a failed start leaves no entry", async () => {
    const { system } = testSystem();
    const rooms = await system.start(Rooms);
    const Failing = genServer({
      id: "failing",
      init: (self): number => {
        rooms.register("here", self.ref);
        expect(rooms.count("here")).toBe(1);
        throw new Error("asked for");
      },
    });
    await rejection(system.start(Failing));
    expect(rooms.count()).toBe(0);
    await system.stop();
  });

  describe("via", () => {
    test("REG-3: a handle by key looks it up at each send, and follows a restart", async () => {
      const { system, clock } = quiet();
      const rooms = await system.start(Rooms);
      const lobby = rooms.via(["room", "lobby"], Room);
      expect(lobby.cast.say("nobody hears")).toBe(false);
      expect(await rejection(lobby.call.said())).toMatchObject({
        reason: "noproc",
        message: 'Cannot call ["room","lobby"].said: no such process is alive',
      });
      const App = supervisor({
        children: {
          lobby: child(named(["room", "lobby"], Room, { registry: rooms, value: "big" }), ["hi"]),
        },
      });
      await system.start(App);
      expect(rooms.values(["room", "lobby"])).toEqual(["big"]);
      lobby.cast.say("hello");
      expect(await lobby.call.said()).toEqual(["hello"]);
      await rejection(lobby.call.crash());
      expect(await lobby.with({ whenDown: "wait" }).call.said()).toEqual([]);
      await clock.settle();
      await system.stop();
    });

    test("H-1: a UI follows a key as it follows a child", async () => {
      const { system, clock } = quiet();
      const rooms = await system.start(Rooms);
      const lobby = rooms.via("lobby", Room);
      const seen: string[] = [];
      lobby.subscribe(() => seen.push(`${lobby.status} ${lobby.getSnapshot()}`));
      const App = supervisor({
        children: { lobby: child(named("lobby", Room, { registry: rooms }), []) },
      });
      await system.start(App);
      lobby.cast.say("a");
      await clock.settle();
      expect(seen.at(-1)).toBe("live 1");
      lobby.kill();
      expect(lobby.status).toBe("restarting");
      await clock.settle();
      expect(seen.at(-1)).toBe("live 0");
      rooms.unregister("lobby");
      expect(seen.at(-1)).toBe("down 0");
      await system.stop();
    });

    test("REG-3: a handle by key outlives the registry's own restart, and its subscribers do", async () => {
      const { system, clock } = quiet();
      const App = supervisor({
        strategy: "restForOne",
        maxRestarts: 2,
        children: (child) => {
          const rooms = child(Rooms, []);
          const lobby = rooms.handle.via("lobby", Room);
          const Keeper = genServer({
            id: "keeper",
            init: (_self, _lobby: HandleOf<typeof Room>) => 0,
          });
          return {
            rooms,
            lobby: child(named("lobby", Room, { registry: rooms.handle }), []),
            keeper: child(Keeper, [lobby]),
          };
        },
      });
      const app = await system.start(App);
      const lobby = app.child.rooms.via("lobby", Room);
      const seen: string[] = [];
      lobby.subscribe(() => seen.push(lobby.status));
      lobby.cast.say("a");
      app.child.rooms.kill();
      await clock.settle();
      expect(seen.at(-1)).toBe("live");
      expect(await lobby.call.said()).toEqual([]);
      seen.length = 0;
      lobby.kill();
      await clock.settle();
      expect(seen.at(-1)).toBe("live");
      await system.stop();
      expect(lobby.status).toBe("down");
    });

    test("REG-3: a stranger under the key is refused at the send, and duplicate keys have no via", async () => {
      const { system } = testSystem();
      const rooms = await system.start(Rooms);
      const topics = await system.start(Topics);
      rooms.register("lobby", await system.start(Puppet));
      expect(thrown(() => rooms.via("lobby", Room).cast.say("a"))).toBeInstanceOf(TypeError);
      expect(rooms.via("lobby").send("a")).toBe(true);
      expect(thrown(() => topics.via("news", Room)).message).toBe(
        `Cannot reach one process via "news" of ${topics.id}: its keys are duplicate; use dispatch or lookup`,
      );
      await system.stop();
    });
  });

  test("REG-4: dispatch and publish reach every process under a key, in the order they came", async () => {
    const { system, clock } = testSystem();
    const topics = await system.start(Topics);
    const a = await system.start(Room);
    const b = await system.start(Room);
    const puppet = await system.start(Puppet);
    topics.register("news", b, 2);
    topics.register("news", puppet, 0);
    topics.register("news", a, 1);
    const order: number[] = [];
    expect(topics.dispatch("news", (_ref, value) => order.push(value))).toBe(3);
    expect(order).toEqual([2, 0, 1]);
    expect(topics.dispatch("news", (room, n) => room.cast.say(`cast ${n}`), Room)).toBe(2);
    expect(topics.publish("news", "hot")).toBe(3);
    expect(topics.publish("none", "cold")).toBe(0);
    expect(await a.call.said()).toEqual(["cast 1", "info hot"]);
    expect(await b.call.said()).toEqual(["cast 2", "info hot"]);
    expect(await puppet.call.log()).toEqual([{ type: "message", message: "hot" }]);
    a.kill();
    // One that leaves while it is published does not disturb the others.
    expect(topics.dispatch("news", (ref) => ref.kill())).toBe(2);
    await clock.settle();
    expect(topics.count()).toBe(0);
    await system.stop();
  });

  test("REG-5: a UI is told when entries come and go, once a turn", async () => {
    const { system, clock } = testSystem();
    const topics = await system.start(Topics);
    const a = await system.start(Room);
    let told = 0;
    const unsubscribe = topics.subscribe(() => told++);
    const before = topics.getSnapshot();
    topics.register("news", a, 1);
    topics.register("weather", a, 2);
    await clock.settle();
    expect(told).toBe(1);
    expect(topics.getSnapshot()).not.toBe(before);
    a.kill();
    await clock.settle();
    expect(told).toBe(2);
    unsubscribe();
    await system.stop();
  });

  test("REG-6: listeners get each entry that comes and goes, and meta belongs to the registry", async () => {
    const { system, clock } = testSystem();
    const listener = await system.start(Puppet);
    const rooms = await system.start(registry<string>({ listeners: [listener] }));
    const a = await system.start(Room);
    rooms.register("lobby", a, "big");
    a.kill();
    await clock.settle();
    const events = (await listener.call.log()).map(
      (info) => (info as { message: RegistryEvent }).message,
    );
    expect(events).toMatchObject([
      { type: "register", key: "lobby", value: "big" },
      { type: "unregister", key: "lobby", value: "big" },
    ]);
    expect(events.map(({ ref, registry }) => [ref.id, registry.id])).toEqual([
      [a.id, rooms.id],
      [a.id, rooms.id],
    ]);
    rooms.meta.set("limit", 7);
    expect(rooms.meta.get("limit")).toBe(7);
    await system.stop();
  });

  describe("its end", () => {
    test("REG-7: a registry that is killed takes those along that stand in it, once each", async () => {
      const { system, clock } = quiet();
      const rooms = await system.start(Rooms);
      const a = await system.start(Room);
      const trapping = await system.start(Puppet);
      await trapping.call.run((self) => void self.trapExit());
      for (const key of ["a", "b"]) rooms.register(key, a);
      for (const key of ["c", "d"]) rooms.register(key, trapping);
      rooms.kill();
      await clock.settle();
      expect(a.status).toBe("down");
      expect(await trapping.call.log()).toMatchObject([{ type: "exit", reason: "killed" }]);
      expect(thrown(() => rooms.lookup("a"))).toMatchObject({ reason: "noproc" });
      expect(thrown(() => rooms.register("a", trapping))).toMatchObject({ reason: "noproc" });
      await system.stop();
    });

    test("REG-7: one that is stopped ends nobody, and its listeners hear that nobody is in it", async () => {
      const { system, clock } = testSystem();
      const listener = await system.start(Puppet);
      const rooms = await system.start(registry({ listeners: [listener] }));
      const a = await system.start(Room);
      rooms.register("a", a);
      await rooms.stop("shutdown");
      await clock.settle();
      expect(a.status).toBe("live");
      expect(await listener.call.log()).toMatchObject([
        { message: { type: "register" } },
        { message: { type: "unregister", key: "a" } },
      ]);
      a.cast.say("still here");
      expect(await a.call.said()).toEqual(["still here"]);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("REG-7: restarted by its supervisor, it is there before those it took along", async () => {
      const { system, clock } = quiet();
      const App = supervisor({
        maxRestarts: 2,
        children: (child) => {
          const rooms = child(Rooms, []);
          return { rooms, lobby: child(named("lobby", Room, { registry: rooms.handle }), []) };
        },
      });
      const app = await system.start(App);
      app.child.rooms.kill();
      await clock.settle();
      expect([app.status, app.child.rooms.count("lobby")]).toEqual(["live", 1]);
      await system.stop();
    });
  });

  test("a hundred thousand keys are found at once, over any number of partitions", async () => {
    const { system } = testSystem();
    const a = await system.start(Room);
    for (const partitions of [1, 16]) {
      const rooms = await system.start(registry({ keys: "duplicate", partitions }));
      for (let n = 0; n < 20_000; n++) rooms.register(["room", n], a);
      expect(rooms.count()).toBe(20_000);
      for (let n = 0; n < 20_000; n += 999) expect(rooms.count(["room", n])).toBe(1);
      expect(rooms.unregister(["room", 7])).toBe(true);
      expect(rooms.keys(a)).toHaveLength(19_999);
      await rooms.stop();
    }
    a.kill();
    await system.stop();
  });

  test("wrong options and keys are refused at once", async () => {
    const { system } = testSystem();
    expect(thrown(() => registry({ keys: "many" as never })).message).toBe(
      'keys of registry is "many": it must be one of "unique", "duplicate"',
    );
    for (const partitions of [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(thrown(() => registry({ partitions }))).toBeInstanceOf(RangeError);
    }
    expect(thrown(() => registry({ listeners: [{} as never] }))).toBeInstanceOf(TypeError);
    const rooms = await system.start(Rooms);
    const a = await system.start(Room);
    for (const key of ["7", 7, "", [], () => "a", { a: 1 }, undefined, [Number.NaN]] as Key[]) {
      expect(thrown(() => rooms.register(key, a))).toBeInstanceOf(TypeError);
      expect(thrown(() => rooms.lookup(key))).toBeInstanceOf(TypeError);
      expect(thrown(() => rooms.via(key, Room))).toBeInstanceOf(TypeError);
      expect(thrown(() => rooms.publish(key, 1))).toBeInstanceOf(TypeError);
    }
    expect(thrown(() => rooms.register("a", {} as never))).toBeInstanceOf(TypeError);
    expect(thrown(() => rooms.keys({} as never))).toBeInstanceOf(TypeError);
    expect(thrown(() => rooms.dispatch("a", 1 as never))).toBeInstanceOf(TypeError);
    expect(thrown(() => rooms.match("a", 1 as never))).toBeInstanceOf(TypeError);
    expect(thrown(() => rooms.via("a", {} as never))).toBeInstanceOf(TypeError);
    await system.stop();
  });
});
