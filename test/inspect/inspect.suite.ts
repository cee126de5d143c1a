// What the inspector promises: a tree whose nodes outlive restarts, and a timeline in words.
// Owns the guarantees of troupe/inspect, on virtual time. The demo shows both; nothing of them is its own.

import { child, dynamicSupervisor, genServer, stateMachine, supervisor } from "../../src/index.js";
import { watchTimeline, watchTree } from "../../src/inspect/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";

const Meter = genServer({
  id: "meter",
  init: () => 0,
  call: {
    read: (self) => self.state,
    async hang() {
      await new Promise(() => {});
    },
  },
  cast: {
    crash() {
      throw new Error("no sensor");
    },
    lose(self): void {
      self.stop("noconnection");
    },
  },
});

const App = supervisor({
  id: "app",
  maxRestarts: 2,
  children: {
    meter: child(Meter, []),
    group: child(supervisor({ id: "group", children: { inner: child(Meter, []) } }), []),
  },
});

export const suite = defineSuite("inspect", ({ describe, test, expect }) => {
  describe("watchTree", () => {
    test("a crashed child's node fails and is live again under the same key", async () => {
      const { system, clock } = testSystem();
      const tree = watchTree(system);
      const app = await system.start(App);
      const shape = () => tree.getSnapshot()[0]?.children.map(({ key, status }) => [key, status]);
      const key = tree.getSnapshot()[0]?.key ?? "";
      expect(shape()).toEqual([
        [`${key}/meter`, "live"],
        [`${key}/group`, "live"],
      ]);
      const seen: [string, boolean][] = [];
      const stop = system.observe(() => {
        const node = tree.getSnapshot()[0]?.children[0];
        if (node) seen.push([node.status, node.failed]);
      });
      app.child.meter.cast.crash();
      await clock.settle();
      stop();
      expect(seen).toContainEqual(["down", true]);
      expect(seen.at(-1)).toEqual(["live", false]);
      const meter = tree.getSnapshot()[0]?.children[0];
      expect(meter).toMatchObject({ restarts: 1, lastReason: "Error: no sensor", name: "meter" });
      await system.stop();
    });

    test("the children of a restarted supervisor keep their keys", async () => {
      const { system, clock } = testSystem();
      const app = await system.start(App);
      const tree = watchTree(system);
      const inner = () =>
        tree.getSnapshot()[0]?.children[1]?.children.map(({ key, id }) => [key, id]);
      const before = inner();
      app.child.group.kill();
      await clock.settle();
      const after = inner();
      expect(after).toHaveLength(1);
      expect(after?.[0]?.[0]).toBe(before?.[0]?.[0]);
      expect(after?.[0]?.[1]).not.toBe(before?.[0]?.[1]);
      await system.stop();
    });

    test("what a process spawns in its init stands under it, also after a restart", async () => {
      const { system, clock } = testSystem();
      const tree = watchTree(system);
      const Owner = genServer({
        id: "owner",
        init: (self) => {
          self.spawn(Meter);
          return 0;
        },
        cast: {
          crash() {
            throw new Error("asked for");
          },
        },
      });
      const Top = supervisor({ id: "top", children: { owner: child(Owner, []) } });
      const top = await system.start(Top);
      await system.start(Owner);
      const shape = () =>
        tree
          .getSnapshot()
          .map((node) => [
            node.behaviour,
            node.children.map((each) => [
              each.key.split("/").slice(1).join("/"),
              each.children.map(({ behaviour, status }) => `${behaviour} ${status}`),
            ]),
          ]);
      const id = (tree.getSnapshot()[1]?.children[0]?.id ?? "") as string;
      const expected = [
        ["top", [["owner", ["meter live"]]]],
        ["owner", [[id, []]]],
      ];
      expect(id).toContain("meter#");
      expect(shape()).toEqual(expected);
      top.child.owner.cast.crash();
      await clock.settle();
      expect(shape()).toEqual(expected);
      await system.stop();
      expect(tree.getSnapshot()).toEqual([]);
    });

    test("a listener that throws stops neither the others nor the system", async () => {
      const { system, clock } = testSystem();
      const tree = watchTree(system);
      let told = 0;
      const bug = new Error("listener");
      tree.subscribe(() => {
        throw bug;
      });
      tree.subscribe(() => {
        told++;
      });
      const end = tree.subscribe(() => {});
      end();
      await system.start(Meter);
      await clock.settle();
      expect(told).toBe(1);
      expect(clock.reported).toEqual([bug]);
      await system.stop();
    });

    test("a snapshot stays the same object until something changes", async () => {
      const { system } = testSystem();
      const tree = watchTree(system);
      expect(tree.getSnapshot()).toBe(tree.getSnapshot());
      const before = tree.getSnapshot();
      await system.start(Meter);
      expect(tree.getSnapshot()).not.toBe(before);
      tree.stop();
      await system.stop();
    });
  });

  describe("watchTimeline", () => {
    test("a crash, its restart and the rejected calls are one sentence", async () => {
      const { system, clock } = testSystem({ onCrash: () => {} });
      const app = await system.start(App);
      const timeline = watchTimeline(system);
      app.child.meter.cast.crash();
      const refused = [app.child.meter.call.read(), app.child.meter.call.read()];
      await Promise.allSettled(refused);
      await clock.settle();
      expect(timeline.getSnapshot().map(({ text }) => text)).toEqual([
        "meter crashed in crash: Error: no sensor; 2 calls rejected; restarted in 1 ms",
      ]);
      expect(timeline.getSnapshot()[0]?.level).toBe("error");
      await system.stop();
    });

    test("what ends because its realm is gone has not crashed: it lost its connection", async () => {
      const { system, clock } = testSystem({ onCrash: () => {} });
      const app = await system.start(App);
      const timeline = watchTimeline(system);
      app.child.meter.cast.lose();
      await clock.settle();
      expect(timeline.getSnapshot().map(({ text }) => text)).toEqual([
        "meter lost its connection; restarted in 1 ms",
      ]);
      expect(timeline.getSnapshot()[0]?.level).toBe("error");
      await system.stop();
    });

    test("a child that has only a number is called by its behaviour too", async () => {
      const { system, clock } = testSystem({ onCrash: () => {} });
      const meters = await system.start(dynamicSupervisor({ template: Meter }));
      const timeline = watchTimeline(system);
      const meter = await meters.startChild();
      meter.cast.crash();
      await clock.settle();
      expect(timeline.getSnapshot().map(({ text }) => text)).toEqual([
        "meter 1 started",
        "meter 1 crashed in crash: Error: no sensor; restarted in 1 ms",
      ]);
      await system.stop();
    });

    test("a supervisor that gives up says so", async () => {
      const { system, clock } = testSystem({ onCrash: () => {} });
      const app = await system.start(App);
      const timeline = watchTimeline(system);
      for (let i = 0; i < 3; i++) {
        app.child.meter.cast.crash();
        await clock.settle();
      }
      const texts = timeline.getSnapshot().map(({ text }) => text);
      expect(texts.some((text) => /^app#\d+ gave up: meter failed too often$/.test(text))).toBe(
        true,
      );
      await system.stop();
    });

    test("a supervisor that gave up and was restarted is one sentence", async () => {
      const { system, clock } = testSystem();
      const Top = supervisor({ maxRestarts: 5, children: { app: child(App, []) } });
      const top = await system.start(Top);
      const timeline = watchTimeline(system);
      for (let i = 0; i < 3; i++) {
        top.child.app.child.meter.cast.crash();
        await clock.settle();
      }
      const about = timeline.getSnapshot().filter(({ subject }) => subject === "app");
      expect(about.map(({ text }) => text)).toEqual([
        "app gave up: meter failed too often; restarted in 1 ms",
      ]);
      await system.stop();
    });

    test("the time away from a state is one line, however many steps the way back has", async () => {
      const Link = stateMachine({
        id: "link",
        init: () => ({ state: "connecting", data: null }),
        states: { connecting: {}, open: {}, waiting: {}, needsPermission: {} },
        always: {
          cast: {
            go: (self, to: "connecting" | "open" | "waiting" | "needsPermission") =>
              self.nextState(to),
          },
        },
      });
      const { system, clock } = testSystem();
      const link = await system.start(Link);
      const timeline = watchTimeline(system);
      const texts = () => timeline.getSnapshot().map(({ text }) => text.replace(/#\d+/, ""));
      const go = async (...states: ("connecting" | "open" | "waiting" | "needsPermission")[]) => {
        for (const state of states) {
          link.cast.go(state);
          await clock.advance(500);
        }
      };
      await go("open");
      await clock.advance(20_000);
      await go("waiting", "connecting", "waiting", "connecting");
      expect(texts()).toEqual(["link is open (was connecting)", "link is connecting (was open)"]);
      await go("open");
      expect(texts()[1]).toBe("link is open again after 2.0 s");
      await go("waiting", "connecting", "open");
      expect(texts()[1]).toBe("link is open again after 1.0 s, for the 2nd time");
      await clock.advance(20_000);
      await go("needsPermission");
      expect(texts()).toHaveLength(3);
      expect(texts()[2]).toBe("link is needs permission (was open)");
      await system.stop();
    });

    test("it keeps at most max lines", async () => {
      const { system } = testSystem();
      const timeline = watchTimeline(system, { max: 3 });
      for (let i = 0; i < 10; i++) await system.start(Meter);
      expect(timeline.getSnapshot()).toHaveLength(3);
      expect(timeline.getSnapshot()[2]?.number).toBe(10);
      expect(() => watchTimeline(system, { max: 0 })).toThrow(RangeError);
      await system.stop();
    });
  });
});
