// Offers to remote actors: they wait for room in the mailbox there, as they do for one that is here. Each
// scenario is played with the actor here and there. Owns M-2 of remote actors; bounds are test/kernel.

import { genServer, type HandleOf, type StandardSchema } from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";
import { Keeper } from "./keeper.js";
import { type Pair, pairOf } from "./pair.js";

const number: StandardSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value === "number" ? { value } : { issues: [{ message: "no number" }] },
  },
};

/** Takes 100 ms for each message, and two may wait. */
const Slow = genServer({
  id: "slow",
  init: () => [] as number[],
  call: { done: (self) => [...self.state] },
  cast: {
    async work(self, n: number) {
      const { platform } = self;
      await new Promise<void>((resolve) => {
        const timer = platform.setTimer(resolve, 100);
        self.signal.addEventListener("abort", () => {
          platform.clearTimer(timer);
          resolve();
        });
      });
      self.state.push(n);
    },
  },
  mailbox: { max: 2, overflow: "reject" },
  accepts: { done: [], work: [number] },
});
type Slow = HandleOf<typeof Slow>;

interface Stage extends Pair {
  readonly slow: Slow;
}

export const suite = defineSuite("offers to remote actors", ({ test, expect }) => {
  function same(name: string, scenario: (stage: Stage) => Promise<void>): void {
    for (const where of ["here", "there"]) {
      test(`${name} (${where})`, async () => {
        const pair = pairOf([Slow], { page: { onCrash: () => {} } });
        const slow = pair.page.launch(
          where === "here" ? Slow : remote<typeof Slow>("slow", pair.place),
        );
        await pair.clock.settle();
        await scenario({ ...pair, slow });
        expect(await pair.stop()).toEqual({ timers: 0 });
      });
    }
  }

  same("M-2: an offer resolves once the message is queued, and none is lost", async (s) => {
    const queued: number[] = [];
    const offers = [0, 1, 2, 3, 4, 5].map((n) => s.slow.offer.work(n).then(() => queued.push(n)));
    await s.clock.advance(10);
    // One is in hand, and two wait.
    expect(queued.sort()).toEqual([0, 1, 2]);
    for (let n = 3; n < 6; n++) {
      await s.clock.advance(100);
      expect(queued.at(-1)).toBe(n);
    }
    await Promise.all(offers);
    await s.clock.advance(400);
    const done = s.slow.call.done();
    await s.clock.settle();
    expect(await done).toEqual([0, 1, 2, 3, 4, 5]);
  });

  same("M-2: one that is given up while it waits is never queued", async (s) => {
    const controller = new AbortController();
    const offers = [0, 1, 2].map((n) => s.slow.offer.work(n));
    const late = rejection(s.slow.with({ timeoutMs: 50 }).offer.work(3));
    const aborted = rejection(s.slow.with({ signal: controller.signal }).offer.work(4));
    const last = s.slow.offer.work(5);
    await s.clock.advance(10);
    controller.abort(new Error("enough"));
    await s.clock.advance(50);
    expect(await late).toMatchObject({ code: "call-timeout", handler: "work", timeoutMs: 50 });
    expect((await aborted).message).toBe("enough");
    await s.clock.advance(500);
    await Promise.all([...offers, last]);
    const done = s.slow.call.done();
    await s.clock.settle();
    expect(await done).toEqual([0, 1, 2, 5]);
  });

  same("M-2: one to an actor that ends meanwhile, or is gone, rejects", async (s) => {
    const offers = [0, 1, 2].map((n) => s.slow.offer.work(n));
    const waiting = rejection(s.slow.offer.work(3));
    await s.clock.advance(10);
    await Promise.all(offers);
    s.slow.kill();
    await s.clock.settle();
    expect(await waiting).toMatchObject({ code: "actor-exit", reason: "killed" });
    expect(await rejection(s.slow.offer.work(4))).toMatchObject({
      code: "actor-exit",
      reason: "noproc",
    });
  });

  same("M-2: arguments that its schema does not take reject it", async (s) => {
    const wrong = rejection(s.slow.offer.work("one" as never));
    await s.clock.settle();
    expect(String(await wrong)).toMatch(/^TypeError: .*no number/);
  });

  test("RLM-21: an offer of what is no cast there rejects with what there is", async () => {
    const { page, place, clock, stop } = pairOf([Slow]);
    const slow = page.launch(remote<typeof Slow>("slow", place));
    const unknown = slow as unknown as {
      readonly offer: { done(): Promise<void>; nothing(): Promise<void> };
    };
    const refused = [rejection(unknown.offer.done()), rejection(unknown.offer.nothing())];
    await clock.settle();
    for (const error of await Promise.all(refused)) {
      expect(error).toMatchObject({
        code: "no-method",
        message: expect.stringMatching(/it has work$/),
      });
    }
    await stop();
  });

  test("RLM-21: an offer waits for the credit of an actor that takes no more", async () => {
    const { page, place, clock, stop } = pairOf([Slow, Keeper]);
    const slow = page.launch(remote<typeof Slow>("slow", place));
    const keeper = page.launch(remote<typeof Keeper>("keeper", place));
    await clock.settle();
    const suspended = keeper.call.suspend(slow);
    await clock.settle();
    await suspended;
    let queued = 0;
    const offers = Array.from({ length: 3_000 }, (_, n) =>
      slow
        .with({ timeoutMs: Infinity })
        .offer.work(n)
        .then(
          () => queued++,
          () => {},
        ),
    );
    await clock.advance(1_000);
    expect(queued).toBe(2);
    const waiting = keeper.call.waiting(slow);
    await clock.settle();
    expect(await waiting).toBeLessThan(10);
    await stop();
    await Promise.all(offers);
  });

  test("RLM-18: a signal that came with an offer is told of until that is handled", async () => {
    const heard: unknown[] = [];
    const Patient = genServer({
      id: "patient",
      init: () => null,
      cast: {
        async wait(_self, signal: AbortSignal) {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          heard.push(signal.reason);
        },
      },
      mailbox: { max: 1 },
    });
    const { page, place, clock, stop } = pairOf([Patient]);
    const patient = page.launch(remote<typeof Patient>("patient", place));
    const controllers = [0, 1, 2].map(() => new AbortController());
    const offers = controllers.map(({ signal }) => patient.offer.wait(signal));
    await clock.settle();
    for (const [n, controller] of controllers.entries()) {
      controller.abort(n);
      await clock.settle();
    }
    await Promise.all(offers);
    expect(heard).toEqual([0, 1, 2]);
    await stop();
  });

  test("RLM-21: an offer that is passed on waits for the mailbox two realms away", async () => {
    const inner = pairOf([Slow]);
    const Middle = genServer({
      id: "middle",
      init: async (self) => self.spawn(remote<typeof Slow>("slow", inner.place)),
      call: { slow: async (self) => self.state },
    });
    const { page, place, clock, stop } = pairOf([Middle]);
    const settle = async () => {
      for (let n = 0; n < 4; n++) {
        await clock.settle();
        await inner.clock.settle();
      }
    };
    const middle = page.launch(remote<typeof Middle>("middle", place));
    await settle();
    const found = middle.call.slow();
    await settle();
    const slow = await found;
    let queued = 0;
    const offers = [0, 1, 2, 3].map((n) => slow.offer.work(n).then(() => queued++));
    await settle();
    expect(queued).toBe(3);
    await inner.clock.advance(100);
    await settle();
    expect(queued).toBe(4);
    await Promise.all(offers);
    await stop();
    await inner.stop();
  });
});
