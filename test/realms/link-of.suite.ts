// How a link is shown to people: its status through busy times, losses and restarts, and its frames.

import { type child, createSystemOn, genServer, supervisor } from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { logFrames } from "../../src/realms/session/frame-log.js";
import { linkOf } from "../../src/realms/session/link-of.js";
import type { LoggedFrame } from "../../src/realms/session/realm.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { thrown } from "../kernel/probes.js";
import { pairOf } from "./pair.js";

let looks = 0;
const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 }),
  call: { get: (self) => self.state.count, never: (self) => self.replyLater<number>() },
  cast: {
    inc: (self) => {
      self.state.count++;
    },
  },
  view: (state) => {
    looks++;
    return state.count;
  },
});
const quiet = { page: { onCrash: () => {} }, worker: { onCrash: () => {} } };

export const suite = defineSuite("realm link of", ({ describe, test, expect }) => {
  describe("linkOf", () => {
    test("a link is connecting, open, and closed when its actor is gone", async () => {
      const { page, place, clock, stop } = pairOf([Counter], quiet);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      const link = linkOf(counter);
      const seen: string[] = [link.status];
      link.subscribe(() => seen.push(link.getSnapshot()));
      await clock.settle();
      counter.kill();
      await clock.settle();
      expect(seen).toEqual(["connecting", "open", "closed"]);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("a realm that does not answer is busy, and open again when it does", async () => {
      const { page, place, clock, workers, stop } = pairOf([Counter], quiet);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      const seen: string[] = [];
      const { subscribe, getSnapshot } = linkOf(counter);
      const unsubscribe = subscribe(() => seen.push(getSnapshot()));
      const [worker] = workers;
      if (worker) worker.link.toFar.stalled = true;
      const call = counter.with({ timeoutMs: 60_000 }).call.get();
      await clock.advance(900);
      expect(getSnapshot()).toBe("open");
      await clock.advance(200);
      expect(getSnapshot()).toBe("busy");
      if (worker) worker.link.toFar.stalled = false;
      await clock.settle();
      expect(await call).toBe(0);
      expect(seen).toEqual(["busy", "open"]);
      unsubscribe();
      await stop();
      expect(seen).toEqual(["busy", "open"]);
    });

    test("the link of a handle follows its restarts", async () => {
      const { page, place, clock, workers, stop } = pairOf([Counter], quiet);
      const App = supervisor({
        strategy: "oneForOne",
        maxRestarts: 1,
        children: (add: typeof child) => ({
          counter: add(remote<typeof Counter>("counter", place), []),
        }),
      });
      const app = page.launch(App);
      await clock.settle();
      const seen: string[] = [];
      const link = linkOf(app.child.counter);
      link.subscribe(() => seen.push(link.status));
      workers[0]?.link.crash();
      await clock.settle();
      expect(seen).toEqual(["connecting", "open"]);
      workers[1]?.link.crash();
      await clock.settle();
      expect(seen).toEqual(["connecting", "open", "connecting", "closed"]);
      expect(await stop()).toEqual({ timers: 0 });
    });

    test("its functions are bound, and the same for every handle of one actor", async () => {
      const { page, place, clock, stop } = pairOf([Counter], quiet);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      await clock.settle();
      expect(linkOf(counter)).toBe(linkOf(counter.with({ timeoutMs: 1 })));
      await stop();
    });

    test("to look at a link is not to look at the actor", async () => {
      const { page, place, clock, stop } = pairOf([Counter], quiet);
      const counter = page.launch(remote<typeof Counter>("counter", place));
      looks = 0;
      linkOf(counter).subscribe(() => {});
      await clock.settle();
      counter.cast.inc();
      await clock.settle();
      expect(looks).toBe(0);
      await stop();
    });

    test("a handle of an actor of this realm is a TypeError", () => {
      const { platform } = virtualPlatform();
      const system = createSystemOn(platform);
      const counter = system.launch(Counter);
      expect(thrown(() => linkOf(counter))).toBeInstanceOf(TypeError);
      expect(thrown(() => linkOf(null as never)).message).toContain("in another realm");
      expect(thrown(() => linkOf(linkOf as never))).toBeInstanceOf(TypeError);
    });
  });

  describe("logFrames", () => {
    test("every frame of both ways is shown, in order, until it is ended", async () => {
      const { page, place, clock, workers, stop } = pairOf([Counter], quiet);
      const log: LoggedFrame[] = [];
      const end = logFrames(page, (entry) => log.push(entry));
      const counter = page.launch(remote<typeof Counter>("counter", place));
      const call = counter.call.get();
      await clock.settle();
      expect(await call).toBe(0);
      expect(log.map(({ direction, frame }) => `${direction} ${frame.t}`)).toEqual([
        "out hello",
        "in welcome",
        "out start",
        "in reply",
        "out call",
        "in reply",
      ]);
      expect(log[0]).toMatchObject({ atMs: 0, link: workers[0]?.link.near.name });
      end();
      counter.cast.inc();
      await clock.settle();
      expect(log).toHaveLength(6);
      await stop();
    });

    test("what a listener throws is reported, and changes nothing", async () => {
      const { page, place, clock, stop } = pairOf([Counter], quiet);
      logFrames(page, () => {
        throw new Error("broken log");
      });
      const counter = page.launch(remote<typeof Counter>("counter", place));
      const call = counter.call.get();
      await clock.settle();
      expect(await call).toBe(0);
      expect(clock.reported.length).toBeGreaterThan(0);
      await stop();
    });

    test("what is no system, or no function, is a TypeError", () => {
      const system = createSystemOn(virtualPlatform().platform);
      expect(thrown(() => logFrames({} as never, () => {}))).toBeInstanceOf(TypeError);
      expect(thrown(() => logFrames(system, 7 as never))).toBeInstanceOf(TypeError);
    });
  });
});
