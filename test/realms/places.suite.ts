// Places: how long a connection to one lives, and what a place may do that is not trusted.
// Over a link in memory on virtual time; the real links are test/realms/link-conformance.ts.

import { createSystemOn, genServer } from "../../src/index.js";
import type { Place } from "../../src/realms/places/lease.js";
import { placeOf } from "../../src/realms/places/place.js";
import { worker } from "../../src/realms/places/places.js";
import { remote } from "../../src/realms/places/remote.js";
import { serveOn } from "../../src/realms/session/serve.js";
import { memoryRealmLink } from "../../src/testing/memory-realm-link.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { rejection, thrown } from "../kernel/probes.js";
import { pairOf } from "./pair.js";

/** A schema of the Standard Schema kind that takes numbers. */
const number = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) =>
      typeof value === "number"
        ? { value }
        : { issues: [{ message: `${String(value)} is no number` }] },
  },
} as const;

const Counter = genServer({
  id: "counter",
  init: (_self, start: number = 0) => ({ count: start }),
  call: {
    add: (self, by: number) => {
      self.state.count += by;
      return self.state.count;
    },
  },
  accepts: { add: [number] },
});

export const suite = defineSuite("places", ({ test, expect }) => {
  test("a time of 0 between two questions is refused, with its name", () => {
    for (const name of ["busyAfterMs", "idleMs", "unresponsiveMs"]) {
      expect(() => pairOf([Counter], { place: { [name]: 0 } })).toThrow(`${name} is 0`);
    }
  });

  test("RLM-9: a connection serves all actors at its place, and ends some time after the last", async () => {
    const { page, place, workers, clock, stop } = pairOf([Counter], {
      place: { keepAliveMs: 2_000 },
    });
    const starting = [1, 2].map((start) =>
      page.start(remote<typeof Counter>("counter", place), start),
    );
    await clock.settle();
    const [one, other] = await Promise.all(starting);
    expect(workers.length).toBe(1);

    const stopping = Promise.all([one?.stop(), other?.stop()]);
    await clock.settle();
    await stopping;
    await clock.advance(1_999);
    const again = page.start(remote<typeof Counter>("counter", place), 3);
    await clock.settle();
    const third = (await again).stop();
    await clock.settle();
    await third;
    expect(workers.length).toBe(1);
    expect(workers[0]?.link.isOpen).toBe(true);

    await clock.advance(2_000);
    expect(workers[0]?.link.isOpen).toBe(false);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("RLM-9: a connection ends with its system, and so does what it had started", async () => {
    const { page, place, workers, clock, stop } = pairOf([Counter]);
    const starting = page.start(remote<typeof Counter>("counter", place), 3);
    await clock.settle();
    await starting;
    const stopping = page.stop();
    await clock.settle();
    await stopping;
    expect(workers[0]?.link.isOpen).toBe(false);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("an auth that cannot be sent is refused at once, and its realm is ended", async () => {
    const { page, place, workers, clock, stop } = pairOf([Counter], {
      place: { auth: { token: () => "secret" } },
    });
    const refused = rejection(page.start(remote<typeof Counter>("counter", place)));
    await clock.settle();
    expect(String((await refused).cause)).toMatch(/^TypeError: .*auth\.token/);
    expect(workers[0]?.link.isOpen).toBe(false);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("an auth that is a function is asked at each connection, and may take its time", async () => {
    const shown: unknown[] = [];
    let asked = 0;
    const { page, place, workers, clock, stop } = pairOf([Counter], {
      place: {
        auth: () => {
          asked += 1;
          const token = `token ${asked}`;
          return asked === 1 ? token : Promise.resolve(token);
        },
      },
      serve: { authenticate: (auth) => shown.push(auth) > 0 },
    });
    for (const n of [1, 2]) {
      const counter = page.start(remote<typeof Counter>("counter", place), n);
      await clock.settle();
      const said = (await counter).call.add(1);
      await clock.settle();
      expect(await said).toBe(n + 1);
      workers[n - 1]?.link.cut();
      await clock.settle();
    }
    expect(shown).toEqual(["token 1", "token 2"]);
    expect(await stop()).toEqual({ timers: 0 });
  });

  test("an auth that is not given, cannot be sent or comes too late fails the start, and leaves nothing", async () => {
    for (const [auth, why] of [
      [() => Promise.reject(new Error("no network")), /its auth was not given: no network/],
      [
        () => {
          throw new Error("a bug");
        },
        /its auth was not given: a bug/,
      ],
      [() => ({ token: () => "secret" }), /its auth was not given: .*auth\.token/],
      [() => new Promise(() => {}), /did not say hello within 100 ms/],
    ] as const) {
      const { page, place, workers, clock, stop } = pairOf([Counter], {
        place: { auth, helloTimeoutMs: 100 },
      });
      const refused = rejection(page.start(remote<typeof Counter>("counter", place)));
      await clock.advance(100);
      expect(String((await refused).cause)).toMatch(why);
      expect(workers[0]?.link.isOpen).toBe(false);
      expect(await stop()).toEqual({ timers: 0 });
    }
  });

  for (const isGiven of [true, false]) {
    const whose = isGiven ? "that was given" : "of its own";
    test(`what serves in a system ${whose} has stopped when what its peers started has ended`, async () => {
      const { platform, clock } = virtualPlatform();
      const ended: unknown[] = [];
      const Slow = genServer({
        id: "slow",
        init: () => null,
        async terminate(_self, reason) {
          await new Promise<void>((resolve) => void platform.setTimer(resolve, 200));
          ended.push(reason);
        },
      });
      const link = memoryRealmLink({ platform });
      const there = createSystemOn(platform);
      const served = serveOn(
        () => there,
        () => ({
          listen(onLink) {
            onLink(link.far);
            return () => {};
          },
        }),
      )([Slow], isGiven ? { system: there } : {});
      const page = createSystemOn(platform, { onCrash: () => {} });
      const starting = page.start(Slow.in(placeOf("memory", () => link.near)));
      await clock.settle();
      const { status } = await starting;
      let isStopped = false;
      const stopping = served.stop().then(() => {
        isStopped = true;
      });
      await clock.advance(199);
      expect([status, isStopped, ended]).toEqual(["live", false, []]);
      await clock.advance(1);
      await stopping;
      expect([ended.length, there.processes()]).toEqual([1, []]);
      for (const system of [page, there]) {
        const stopped = system.stop();
        await clock.advance(10);
        await stopped;
      }
      expect(clock.timers).toBe(0);
    });
  }

  test("a place that is given no function says what it wants", () => {
    expect(thrown(() => worker("./decoder.worker.js" as never)).message).toBe(
      'create, as in () => new Worker(…) is "./decoder.worker.js": it must be a function',
    );
  });

  test("a shared start that is given up leaves nothing behind there", async () => {
    const { platform } = virtualPlatform();
    const system = createSystemOn(platform);
    const shared = await system.start(Counter, 5);
    const { page, place, clock, stop } = pairOf([Counter], {
      link: { trusted: false, delayMs: 10 },
      serve: { shared: { counter: shared }, limits: { maxRefs: 5 } },
      page: { onCrash: () => {} },
    });
    const first = page.start(remote<typeof Counter>("counter", place));
    await clock.advance(100);
    await first;
    for (let n = 0; n < 20; n++) {
      const given = page.launch(remote<typeof Counter>("counter", place));
      given.ready.catch(() => {});
      await clock.advance(n);
      given.kill();
      await clock.advance(100);
      expect(given.status).toBe("down");
    }
    const last = page.start(remote<typeof Counter>("counter", place));
    await clock.advance(100);
    const reply = (await last).call.add(1);
    await clock.advance(100);
    expect(await reply).toBe(6);
    await stop();
    await system.stop();
  });

  test("RLM-10: who is not trusted starts nothing, and reaches what is shared", async () => {
    const { platform } = virtualPlatform();
    const system = createSystemOn(platform);
    const shared = await system.start(Counter, 5);
    for (const isShared of [false, true]) {
      const { page, place, clock, stop } = pairOf([Counter], {
        link: { trusted: false },
        serve: isShared ? { shared: { counter: shared } } : {},
      });
      const starting = page.start(remote<typeof Counter>("counter", place), 1);
      starting.catch(() => {});
      await clock.settle();
      if (isShared) {
        const reply = (await starting).call.add(2);
        await clock.settle();
        expect(await reply).toBe(7);
        const stopping = (await starting).stop();
        stopping.catch(() => {});
        await clock.settle();
      } else {
        const { cause } = await rejection(starting);
        expect((cause as { code?: unknown } | undefined)?.code).toBe("not-served");
      }
      await stop();
      expect(shared.status).toBe("live");
    }
    await system.stop();
  });

  test("a shared actor that has ended is not reached: its start says so, and names it", async () => {
    for (const trusted of [true, false]) {
      const { platform } = virtualPlatform();
      const system = createSystemOn(platform);
      const shared = await system.start(Counter, 5);
      const { page, place, clock, stop } = pairOf([], {
        link: { trusted },
        serve: { shared: { counter: shared } },
        shared: true,
      });
      const starting = page.start(remote<typeof Counter>("counter", place));
      await clock.settle();
      const counter = await starting;
      await shared.stop();
      await clock.settle();
      expect((await rejection(counter.call.add(1))).message).toContain("Cannot call counter#");
      const again = rejection(page.start(remote<typeof Counter>("counter", place)));
      await clock.settle();
      expect((await again).cause).toMatchObject({
        code: "actor-exit",
        reason: "noproc",
        message: `Cannot reach ${shared.id}: no such process is alive`,
      });
      expect(await stop()).toEqual({ timers: 0 });
    }
  });

  test("a peer that is not trusted is shown no more actors than it takes: the link is not lost for it", async () => {
    const Maker = genServer({
      id: "maker",
      init: () => null,
      call: { make: (self) => self.spawn(Counter, 1) },
      accepts: { make: [] },
    });
    const { platform } = virtualPlatform();
    const system = createSystemOn(platform);
    const maker = await system.start(Maker);
    for (const [there, here] of [
      [10, 3],
      [3, 10],
    ] as const) {
      const { page, place, clock, stop } = pairOf([], {
        link: { trusted: false },
        serve: { shared: { maker }, limits: { maxRefs: there } },
        place: { limits: { maxRefs: here } },
      });
      const starting = page.start(remote<typeof Maker>("maker", place));
      await clock.settle();
      const handle = await starting;
      const made = [1, 2, 3, 4].map(() => handle.call.make().catch((error: Error) => error));
      await clock.settle();
      const [first, second, third, fourth] = await Promise.all(made);
      for (const refused of [third, fourth])
        expect(refused).toMatchObject({
          code: "busy",
          max: 3,
          message: expect.stringContaining("raise limits.maxRefs on both sides"),
        });
      // One is let go of, and there is room again.
      expect([first, second].map((ref) => (ref as { status?: string }).status)).toEqual([
        "live",
        "live",
      ]);
      (first as { kill(): void }).kill();
      await clock.settle();
      const one = handle.call.make();
      await clock.settle();
      expect((await one).status).toBe("live");
      await stop();
    }
    await system.stop();
  });

  test("a worker's place takes no link that is not trusted, whoever gives it one", async () => {
    const { page, place, workers, clock, stop } = pairOf([Counter], { link: { trusted: false } });
    const ofWorker = worker(() => {
      throw new Error("nobody asks for it");
    });
    const wrong: Place = { ...ofWorker, open: place.open };
    const starting = rejection(page.start(remote<typeof Counter>("counter", wrong)));
    await clock.settle();
    expect((await starting).cause).toBeInstanceOf(TypeError);
    expect(workers[0]?.link.isOpen).toBe(false);
    await stop();
  });
});
