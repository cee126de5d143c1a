// Calls that wake an idle system: the turn that handles them is also that of their answer, and its promise
// is theirs. Owns that nobody can tell such a call from another, whatever its handler does.
// Every test runs with such a promise and without: a platform may have none.

import { createSystemOn, genServer, type Platform } from "../../src/index.js";
import { defineSuite } from "../harness/suite.js";

const Worker = genServer({
  id: "worker",
  init: () => ({ count: 0 }),
  call: {
    add(self, by: number) {
      self.state.count += by;
      return self.state.count;
    },
    async later(self, by: number) {
      await null;
      self.state.count += by;
      return self.state.count;
    },
    thenable(self, by: number) {
      self.state.count += by;
      return self.replyWith(Promise.resolve(self.state.count));
    },
    nothing: () => undefined,
    object: () => ({ word: "yes" }),
    refuse: (self) => self.reject(new TypeError("refused")),
    crash(): void {
      throw new TypeError("a bug");
    },
    never: (self) => self.replyLater<void>(),
    maybe: (self, waits: boolean) => (waits ? self.replyLater<string>() : "now"),
  },
});

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error: { code?: string; name: string }) => error.code ?? error.name,
  );

export const suite = defineSuite("riding calls", ({ describe, test, expect, platform }) => {
  const { microtaskOf: _without, ...plain } = platform;
  const ways: [string, Platform][] = [
    ["on the promise of its turn", platform],
    ["on a promise of its own", plain],
  ];
  for (const [way, host] of ways) {
    const open = async () => {
      const system = createSystemOn(host, { onCrash: () => {} });
      const worker = await system.start(Worker);
      return { system, worker };
    };
    describe(`a call that wakes its system, ${way}`, () => {
      test("resolves with what the handler gave, at once or later", async () => {
        const { system, worker } = await open();
        expect(await worker.call.add(2)).toBe(2);
        expect(await worker.call.nothing()).toBeUndefined();
        expect(await worker.call.object()).toEqual({ word: "yes" });
        for (let round = 1; round <= 3; round++) {
          expect(await worker.call.later(1)).toBe(2 * round + 1);
          expect(await worker.call.thenable(1)).toBe(2 * round + 2);
        }
        await system.stop();
      });

      test("rejects with what the handler refused, threw, or was stopped by", async () => {
        const { system, worker } = await open();
        expect(await codeOf(worker.call.refuse())).toBe("TypeError");
        expect(await codeOf(worker.call.crash())).toBe("actor-exit");
        expect(await codeOf(worker.call.add(1))).toBe("actor-exit");
        const other = await system.start(Worker);
        const killed = codeOf(other.call.add(1));
        other.kill();
        expect(await killed).toBe("actor-exit");
        await system.stop();
      });

      test("ends by its timeout or its signal where its handler leaves it waiting", async () => {
        const { system, worker } = await open();
        const aborted = new AbortController();
        const given = codeOf(worker.with({ signal: aborted.signal }).call.never());
        await worker.call.nothing();
        aborted.abort(new RangeError("enough"));
        expect(await given).toBe("RangeError");
        expect(await codeOf(worker.with({ timeoutMs: 1 }).call.never())).toBe("call-timeout");
        expect(await codeOf(worker.with({ timeoutMs: 1 }).call.maybe(true))).toBe("call-timeout");
        expect(await worker.call.maybe(false)).toBe("now");
        await system.stop();
      });

      test("is answered before those that were answered after it", async () => {
        const { system, worker } = await open();
        const other = await system.start(Worker);
        const order: unknown[] = [];
        const note = (name: string) => () => void order.push(name);
        await Promise.all([
          worker.call.add(1).then(note("first")),
          other.call.add(1).then(note("second")),
          worker.call.refuse().catch(note("third")),
          worker.call.add(1).then(note("fourth")),
        ]);
        expect(order).toEqual(["first", "second", "third", "fourth"]);
        await system.stop();
      });

      test("is answered by a flush too, and its caller goes on in order", async () => {
        const { system, worker } = await open();
        const order: unknown[] = [];
        const first = worker.call.add(1).then(() => order.push("first"));
        const second = worker.call.add(1).then(() => order.push("second"));
        worker.flush();
        await Promise.all([first, second]);
        expect(order).toEqual(["first", "second"]);
        expect(await worker.call.add(0)).toBe(2);
        await system.stop();
      });
    });
  }
});
