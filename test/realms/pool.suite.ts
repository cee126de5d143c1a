// Pools: jobs go where there is least to do, and what becomes of them when a worker ends.
// Over links in memory on virtual time; real workers are test/realms/node and the hosts' own tests.

import {
  type ActorRef,
  type child,
  genServer,
  type HandleOf,
  type Info,
  supervisor,
} from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { poolOf, poolOn } from "../../src/realms/pools/pool.js";
import type { PoolSnapshot } from "../../src/realms/pools/pool-program.js";
import { transfer } from "../../src/realms/values/transfer.js";
import type { Link, LinkCapabilities, LinkLoss } from "../../src/realms/wire/link.js";
import { defineSuite } from "../harness/suite.js";
import { rejection, thrown } from "../kernel/probes.js";
import { benchOf, type Images } from "./pool-bench.js";

const NOTHING_LEFT = { timers: 0, openLinks: 0 };

/** The same numbers for the same seed, from 0 up to but not 1. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export const suite = defineSuite("pool", ({ describe, test, expect }) => {
  const make = poolOn<never>({ cores: () => undefined, link: () => thrown(() => {}) as never });
  const create = (): never => {
    throw new Error("never");
  };

  describe("options", () => {
    test("wrong options are refused at once, with the value and the range", () => {
      expect(thrown(() => make({ create, size: 0 })).message).toBe(
        "size of the pool is 0: it must be a whole number, 1 or more",
      );
      expect(thrown(() => make({ create, name: "images", queue: -1 })).message).toBe(
        "queue of pool images is -1: it must be a whole number, 0 or more",
      );
      expect(thrown(() => make({ create: "./w.js" as never, name: "images" })).message).toBe(
        'create of pool images, as in () => new Worker(…), is "./w.js": it must be a function',
      );
      for (const wrong of [
        { size: Number.POSITIVE_INFINITY },
        { perWorker: 0 },
        { queue: -1 },
        { retry: 0.5 },
        { maxRestarts: -1 },
        { periodMs: 0 },
        { graceMs: -1 },
      ]) {
        expect(() => make({ create, ...wrong })).toThrow(RangeError);
      }
      expect(() => make({ create: undefined as never })).toThrow(TypeError);
      expect(() => remote("images", {} as never)).toThrow(TypeError);
      expect(() => remote("", make({ create }))).toThrow(TypeError);
    });

    test("without a size it has one worker less than the host has cores, from 1 to 4", () => {
      const sizeOn = (cores: number | undefined): number =>
        poolOn<never>({ cores: () => cores, link: create })({ create }).size;
      expect([1, 2, 3, 5, 64, undefined].map(sizeOn)).toEqual([1, 1, 2, 4, 4, 1]);
    });

    test("no worker is made before something is started", async () => {
      const { pool, workers, stop } = benchOf();
      expect(pool.size).toBe(2);
      expect(workers).toHaveLength(0);
      await stop();
    });
  });

  describe("jobs", () => {
    test("POOL-1: each goes to the worker with the least to do, one at a time, in order", async () => {
      const { page, images, clock, runs, run, stop } = benchOf();
      const handle = page.launch(images);
      await clock.settle();
      const names = ["a", "b", "c", "d"];
      const done = names.map((name) => handle.call.resize(name));
      await clock.settle();
      expect(runs.map(({ name, worker }) => [name, worker])).toEqual([
        ["a", 1],
        ["b", 2],
      ]);
      run("b").end.resolve("B");
      await clock.settle();
      expect(run("c").worker).toBe(2);
      run("a").end.resolve("A");
      await clock.settle();
      expect(run("d").worker).toBe(1);
      run("c").end.resolve("C");
      run("d").end.resolve("D");
      await clock.settle();
      expect(await Promise.all(done)).toEqual(["A", "B", "C", "D"]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("with perWorker a worker has several, and least pending still decides", async () => {
      const { page, images, clock, runs, run, stop } = benchOf({ perWorker: 2 });
      const handle = page.launch(images);
      const done = ["a", "b", "c", "d", "e"].map((name) => handle.call.resize(name));
      await clock.settle();
      expect(["a", "b", "c", "d"].map((name) => run(name).worker)).toEqual([1, 2, 1, 2]);
      run("d").end.resolve("");
      await clock.settle();
      expect(run("e").worker).toBe(2);
      for (const { end } of runs) end.resolve("");
      await clock.settle();
      await Promise.all(done);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("what is called before the workers are there waits for them", async () => {
      const { page, images, clock, stop } = benchOf({}, { delayMs: 100 });
      const handle = page.launch(images);
      const where = [handle.call.where(), handle.call.where()];
      expect(handle.status).toBe("starting");
      await clock.advance(1_000);
      expect(await Promise.all(where)).toEqual([1, 2]);
      await stop();
    });

    test("a job has no timeout, unless its caller sets one", async () => {
      const { page, images, clock, run, stop } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const patient = handle.call.resize("a");
      const hasty = rejection(handle.with({ timeoutMs: 50 }).call.resize("b"));
      await clock.advance(60_000);
      expect((await hasty).code).toBe("call-timeout");
      run("a").end.resolve("A");
      const unlimited = handle.call.deadline();
      const limited = handle.with({ timeoutMs: 1_000 }).call.deadline();
      await clock.settle();
      expect(await patient).toBe("A");
      expect(await unlimited).toBe(Number.POSITIVE_INFINITY);
      expect((await limited) - clock.nowMs).toBeLessThanOrEqual(1_010);
      await stop();
    });

    test("an expected failure is its caller's, and the worker goes on", async () => {
      const { page, images, clock, workers, stop } = benchOf();
      const handle = page.launch(images);
      const refused = rejection(handle.call.refuse());
      await clock.settle();
      expect(await refused).toBeInstanceOf(RangeError);
      const { done, lost, restarts } = poolOf(handle).getSnapshot() as PoolSnapshot;
      expect({ done, lost, restarts }).toEqual({ done: 1, lost: 0, restarts: 0 });
      expect(workers).toHaveLength(2);
      await stop();
    });

    test("an argument that cannot be sent rejects its caller, and nothing is lost", async () => {
      const { page, images, clock, stop } = benchOf({ retry: 1 });
      const handle = page.launch(images);
      const refused = rejection(handle.call.resize((() => {}) as never));
      await clock.settle();
      expect((await refused).code).not.toBe("job-lost");
      const where = handle.call.where();
      await clock.settle();
      expect(await where).toBe(2);
      await stop();
    });

    test("casts and plain messages go round, and wait while no worker has room", async () => {
      const { page, images, clock, notes, run, stop } = benchOf();
      const handle = page.launch(images);
      await clock.settle();
      for (const text of ["a", "b", "c"]) expect(handle.cast.note(text)).toBe(true);
      expect(handle.send("d")).toBe(true);
      await clock.settle();
      expect([...notes].sort()).toEqual(["1 a", "1 c", "2 b", "2 d"]);
      const jobs = [handle.call.resize("x"), handle.call.resize("y")];
      const offered = handle.offer.note("e");
      await clock.settle();
      expect(notes).toHaveLength(4);
      run("y").end.resolve("");
      await clock.settle();
      await offered;
      expect(notes.at(-1)).toBe("2 e");
      run("x").end.resolve("");
      await clock.settle();
      await Promise.all(jobs);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a full queue refuses, and says what to do", async () => {
      const { page, images, clock, runs, stop } = benchOf({ size: 1, queue: 2 });
      const handle = page.launch(images);
      await clock.settle();
      // One runs, one is next, two wait.
      const send = (name: string) => rejection(handle.call.resize(name));
      const jobs = ["a", "b"].map(send);
      await clock.settle();
      jobs.push(...["c", "d"].map(send));
      const more = ["e", "f"].map(send);
      expect(handle.cast.note("g")).toBe(false);
      const refused = await more[1];
      expect(refused?.code).toBe("queue-full");
      expect(refused?.message).toContain("raise the option queue of its pool");
      expect(runs).toHaveLength(1);
      await stop();
      for (const job of jobs) expect((await job).code).toBe("actor-exit");
    });
  });

  describe("aborts", () => {
    test("POOL-2: a queued job that is aborted never runs", async () => {
      const { page, images, clock, runs, run, stop } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const controller = new AbortController();
      const patient = handle.with({ signal: controller.signal });
      const first = handle.call.resize("a");
      await clock.settle();
      // The first of them is in hand already, the second waits behind it.
      const aborted = [patient.call.resize("b"), patient.call.resize("c")].map(rejection);
      const last = handle.call.resize("d");
      await clock.settle();
      controller.abort(new Error("enough"));
      expect((await aborted[1])?.message).toBe("enough");
      run("a").end.resolve("A");
      await clock.settle();
      expect(runs.map(({ name }) => name)).toEqual(["a", "d"]);
      run("d").end.resolve("D");
      await clock.settle();
      expect([await first, await last]).toEqual(["A", "D"]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a job that runs hears of its abort, and its worker takes no other before it has stopped", async () => {
      const { page, images, clock, runs, run, stop, workers } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const controller = new AbortController();
      const aborted = rejection(handle.with({ signal: controller.signal }).call.alone("deaf"));
      const next = handle.call.alone("b");
      await clock.settle();
      controller.abort(new Error("enough"));
      expect((await aborted).message).toBe("enough");
      await clock.advance(400);
      expect(run("deaf").signal.aborted).toBe(true);
      expect(runs).toHaveLength(1);
      run("deaf").end.resolve("too late");
      await clock.settle();
      run("b").end.resolve("B");
      await clock.settle();
      expect(await next).toBe("B");
      await clock.advance(10_000);
      expect(workers).toHaveLength(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("POOL-2: over links that cannot end a worker it is left after the grace, and another taken", async () => {
      const { page, images, clock, runs, run, stop, workers, worker } = benchOf(
        { size: 1, graceMs: 200 },
        { ours: false },
      );
      const handle = page.launch(images);
      const controller = new AbortController();
      const aborted = rejection(handle.with({ signal: controller.signal }).call.alone("deaf"));
      const next = handle.call.alone("b");
      await clock.settle();
      controller.abort(new Error("enough"));
      expect((await aborted).message).toBe("enough");
      await clock.advance(100);
      expect([runs.length, workers.length]).toEqual([1, 1]);
      const [left] = workers;
      await clock.advance(200);
      expect(left?.link.isOpen).toBe(false);
      expect(workers).toHaveLength(2);
      expect(worker(1)).not.toBe(left);
      run("b").end.resolve("B");
      await clock.settle();
      expect(await next).toBe("B");
      expect(poolOf(handle).getSnapshot()).toMatchObject({ restarts: 1, lost: 0, done: 1 });
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("POOL-2: a link of one's own is not written into, and hears why it is left", async () => {
      const losses: (LinkLoss | undefined)[] = [];
      class OwnLink implements Link {
        readonly #near: Link;
        constructor(near: Link) {
          this.#near = near;
          Object.freeze(this);
        }
        get name(): string {
          return this.#near.name;
        }
        get capabilities(): LinkCapabilities {
          return this.#near.capabilities;
        }
        get onFrame(): Link["onFrame"] {
          return this.#near.onFrame;
        }
        set onFrame(listener: Link["onFrame"]) {
          this.#near.onFrame = listener;
        }
        get onClose(): Link["onClose"] {
          return this.#near.onClose;
        }
        set onClose(listener: Link["onClose"]) {
          this.#near.onClose = listener;
        }
        send(packet: unknown, moved?: readonly Transferable[]): void {
          this.#near.send(packet, moved);
        }
        close(loss?: LinkLoss): void {
          losses.push(loss);
          this.#near.close();
        }
      }
      const { page, images, clock, run, stop, workers } = benchOf(
        { size: 1, graceMs: 200 },
        { ours: false, linkOf: (near) => new OwnLink(near) },
      );
      const handle = page.launch(images);
      const aborted = rejection(handle.with({ timeoutMs: 50 }).call.alone("deaf"));
      const next = handle.call.alone("b");
      await clock.advance(300);
      expect((await aborted).code).toBe("call-timeout");
      expect(workers).toHaveLength(2);
      expect(losses).toEqual([
        { why: "what was cancelled there did not stop within 200 ms (graceMs)" },
      ]);
      run("b").end.resolve("B");
      await clock.settle();
      expect(await next).toBe("B");
      expect(await stop()).toEqual(NOTHING_LEFT);
      expect(losses).toHaveLength(2);
    });

    test("POOL-2: a job that does not stop within the grace costs its worker, and no other", async () => {
      const { page, images, clock, run, stop, workers, worker } = benchOf({ graceMs: 200 });
      const handle = page.launch(images);
      const controller = new AbortController();
      const aborted = rejection(handle.with({ signal: controller.signal }).call.alone("deaf"));
      const other = handle.call.alone("b");
      const queued = handle.call.where();
      await clock.settle();
      controller.abort(new Error("enough"));
      await aborted;
      const before = [worker(1), worker(2)];
      await clock.advance(300);
      expect(before.map(({ link }) => link.terminations)).toEqual([1, 0]);
      await clock.settle();
      expect(workers.map(({ number }) => number)).toEqual([1, 2, 1]);
      // It was queued, and not lost.
      expect(await queued).toBe(1);
      run("b").end.resolve("B");
      await clock.settle();
      expect(await other).toBe("B");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("neighbours on the worker of an aborted job live on, unless the grace passes", async () => {
      const { page, images, clock, run, stop } = benchOf({ size: 1, perWorker: 3, graceMs: 200 });
      const handle = page.launch(images);
      const calm = new AbortController();
      const deaf = new AbortController();
      const gone = [
        rejection(handle.with({ signal: calm.signal }).call.resize("calm")),
        rejection(handle.with({ signal: deaf.signal }).call.alone("deaf")),
      ];
      const neighbour = rejection(handle.call.resize("never begun"));
      await clock.settle();
      calm.abort(new Error("enough"));
      await clock.advance(1_000);
      expect(run("calm").signal.aborted).toBe(true);
      expect(run("deaf").signal.aborted).toBe(false);
      deaf.abort(new Error("enough"));
      await clock.advance(1_000);
      await clock.settle();
      await Promise.all(gone);
      const { code, message } = await neighbour;
      expect(code).toBe("job-lost");
      expect(message).toContain("did not stop within 200 ms");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });
  });

  describe("loss", () => {
    test("a job that waits is not given to an actor whose crash is told before its end", async () => {
      // The reply that tells of the crash is one packet, the end another.
      const { page, images, clock, stop } = benchOf({ size: 1 }, { delayMs: 20 });
      const handle = page.launch(images);
      await clock.advance(200);
      const lost = rejection(handle.call.crash());
      const queued = handle.call.where();
      await clock.advance(1_000);
      expect((await lost).code).toBe("job-lost");
      expect(await queued).toBe(1);
      expect(poolOf(handle).getSnapshot()?.restarts).toBe(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("POOL-3: a worker that crashes loses the job it has, and says which, where and why", async () => {
      const { page, images, clock, runs, run, stop, worker } = benchOf();
      const handle = page.launch(images);
      const first = handle.call.resize("a");
      const second = rejection(handle.call.resize("b"));
      const queued = handle.call.resize("c");
      await clock.settle();
      worker(2).link.crash("the worker ran out of memory");
      await clock.settle();
      const lost = await second;
      expect(lost.message).toBe(
        "Job resize#2 of images lost: worker 2 ended (the worker ran out of memory); " +
          "executed: unknown; not retried (set retry: 1 if it is idempotent)",
      );
      const { code, behaviour, handler, job, worker: number, reason, executed, retried } = lost;
      expect({ code, behaviour, handler, job, worker: number, reason, executed, retried }).toEqual({
        code: "job-lost",
        behaviour: "images",
        handler: "resize",
        job: 2,
        worker: 2,
        reason: "noconnection",
        executed: "unknown",
        retried: 0,
      });
      // The worker is back, and the job that waited was not lost.
      expect(runs.map(({ name, worker: at }) => [name, at]).at(-1)).toEqual(["c", 2]);
      run("c").end.resolve("C");
      run("a").end.resolve("A");
      await clock.settle();
      expect([await first, await queued]).toEqual(["A", "C"]);
      const { restarts, lost: count } = poolOf(handle).getSnapshot() as PoolSnapshot;
      expect({ restarts, count }).toEqual({ restarts: 1, count: 1 });
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("POOL-3: a handler's own LinkLost or ActorExit is its caller's: the worker has not ended, nothing is retried", async () => {
      const { page, images, clock, runs, stop } = benchOf({ size: 1, retry: 2 });
      const handle = page.launch(images);
      await clock.settle();
      const codes: unknown[] = [];
      for (const what of ["link", "exit", "noproc"] as const) {
        const own = rejection(handle.call.rejectAs(what));
        await clock.advance(1_000);
        const { code, reason } = await own;
        codes.push([code, reason]);
      }
      expect(codes).toEqual([
        ["link-lost", undefined],
        ["actor-exit", "killed"],
        ["actor-exit", "noproc"],
      ]);
      const stream = handle.stream.pages("own")[Symbol.asyncIterator]();
      const read = (async () => {
        for (;;) await stream.next();
      })();
      const failed = rejection(read);
      await clock.settle();
      expect((await failed).code).toBe("link-lost");
      const { restarts, lost, done } = poolOf(handle).getSnapshot() as PoolSnapshot;
      expect({ restarts, lost, done }).toEqual({ restarts: 0, lost: 0, done: 4 });
      expect(runs).toHaveLength(1);
      // And it has room for the next.
      const next = handle.call.where();
      await clock.settle();
      expect(await next).toBe(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a job whose handler throws is lost with what it threw; only its actor is started again", async () => {
      const { page, images, clock, workers, stop } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const crashed = rejection(handle.call.crash());
      const next = handle.call.where();
      await clock.settle();
      const { code, message, cause } = await crashed;
      expect(code).toBe("job-lost");
      expect(message).toBe(
        "Job crash#1 of images lost: a handler threw in worker 1 (RangeError: a bug); executed: " +
          "it may have run, and had effects; not retried (set retry: 1 if it is idempotent)",
      );
      expect(cause).toBeInstanceOf(RangeError);
      expect(await next).toBe(1);
      expect(workers).toHaveLength(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a job whose actor ends by itself is lost with its reason, and the worker is there", async () => {
      const { page, images, clock, workers, stop } = benchOf({ size: 1, perWorker: 2 });
      const handle = page.launch(images);
      const lost = rejection(handle.call.resize("a"));
      await clock.settle();
      handle.cast.leave();
      await clock.settle();
      expect((await lost).message).toBe(
        "Job resize#1 of images lost: its actor in worker 1 ended (tired); executed: unknown; " +
          "not retried (set retry: 1 if it is idempotent)",
      );
      expect(workers).toHaveLength(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("with retry a lost job is sent again, behind the next and before the others, so many times", async () => {
      const { page, images, clock, runs, run, stop, worker } = benchOf({ size: 1, retry: 2 });
      const handle = page.launch(images);
      const lost = rejection(handle.call.resize("a"));
      const others = ["b", "c"].map((name) => handle.call.resize(name));
      await clock.settle();
      for (const next of ["b", "c"]) {
        worker(1).link.crash("it crashed");
        await clock.settle();
        run(next).end.resolve(next);
        await clock.settle();
      }
      worker(1).link.crash("it crashed");
      await clock.settle();
      expect(runs.map(({ name }) => name)).toEqual(["a", "b", "a", "c", "a"]);
      const { message, retried, job } = await lost;
      expect({ retried, job }).toEqual({ retried: 2, job: 1 });
      expect(message).toContain("executed: unknown; retried 2 times");
      expect(await Promise.all(others)).toEqual(["b", "c"]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a job that was lost and sent again is answered as if nothing had happened", async () => {
      const { page, images, clock, run, stop, worker } = benchOf({ retry: 1 });
      const handle = page.launch(images);
      const job = handle.call.resize("a");
      await clock.settle();
      worker(1).link.crash();
      await clock.settle();
      expect(run("a").worker).toBe(2);
      run("a").end.resolve("A");
      await clock.settle();
      expect(await job).toBe("A");
      const { done, lost, restarts } = poolOf(handle).getSnapshot() as PoolSnapshot;
      expect({ done, lost, restarts }).toEqual({ done: 1, lost: 0, restarts: 1 });
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("what was transferred cannot be sent again, and the loss says so", async () => {
      const { page, images, clock, stop, worker } = benchOf({ size: 1, retry: 1 });
      const handle = page.launch(images);
      const bytes = new Uint8Array(8);
      const sized = handle.call.size(bytes);
      await clock.settle();
      expect(await sized).toBe(8);
      const lost = rejection(handle.call.keep(transfer(bytes)));
      await clock.settle();
      expect(bytes.byteLength).toBe(0);
      worker(1).link.crash();
      await clock.settle();
      const { code, message } = await lost;
      expect(code).toBe("job-lost");
      expect(message).toContain("not retried, because what it was called with was transferred");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a lost job that is aborted before it is sent again is not sent again", async () => {
      const { page, images, clock, runs, stop, worker } = benchOf(
        { size: 1, retry: 1 },
        { delayMs: 50 },
      );
      const handle = page.launch(images);
      const controller = new AbortController();
      const job = rejection(handle.with({ signal: controller.signal }).call.resize("a"));
      await clock.advance(1_000);
      worker(1).link.crash();
      await clock.advance(60);
      controller.abort(new Error("enough"));
      expect((await job).message).toBe("enough");
      await clock.advance(1_000);
      expect(runs).toHaveLength(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("POOL-4: a restart limit that is reached ends the pool, with the reason, and every job", async () => {
      const crashes: Error[] = [];
      const { page, images, clock, stop, worker } = benchOf(
        { size: 1, maxRestarts: 2, periodMs: 1_000 },
        { page: { onCrash: (error) => crashes.push(error as Error) } },
      );
      const handle = page.launch(images);
      const jobs = ["a", "b", "c", "d", "e"].map((name) => rejection(handle.call.resize(name)));
      await clock.settle();
      for (let times = 0; times < 3; times++) {
        worker(1).link.crash("the worker ran out of memory");
        await clock.settle();
      }
      const codes = (await Promise.all(jobs)).map(({ code }) => code);
      expect(codes).toEqual(["job-lost", "job-lost", "job-lost", "actor-exit", "actor-exit"]);
      expect(handle.status).toBe("down");
      const [failure] = crashes;
      expect(failure?.message).toBe(
        "Cannot keep the workers of images running: they ended more than 2 times within 1000 ms, " +
          "at last: the worker ran out of memory; mend that, or raise maxRestarts of the pool",
      );
      const { message, cause } = (await jobs[4]) ?? {};
      expect(message).toContain("ran out of memory");
      expect((cause as { code: string }).code).toBe("pool-failed");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a supervisor starts a failed pool anew, and its handle follows", async () => {
      const { page, images, clock, stop, worker } = benchOf({ size: 1, maxRestarts: 0 });
      const App = supervisor({ children: (add: typeof child) => ({ images: add(images, []) }) });
      const app = page.launch(App);
      await clock.settle();
      worker(1).link.crash();
      await clock.settle();
      const where = app.child.images.call.where();
      await clock.settle();
      expect(await where).toBe(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a worker that cannot be made fails the start, with the cause", async () => {
      const { page, images, clock, stop } = benchOf({}, { fails: (made) => made === 1 });
      const failed = rejection(page.start(images));
      await clock.settle();
      const { code, message, cause } = await failed;
      expect(code).toBe("start-failed");
      expect(message).toBe(
        "Cannot start images: LinkLost: Cannot reach worker 2 of the pool: it could not be opened: 404",
      );
      expect((cause as { code: string }).code).toBe("link-lost");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("an init that fails there fails the start here, with its reason", async () => {
      const { page, images, clock, stop } = benchOf();
      const failed = rejection(page.start(images, true));
      await clock.settle();
      expect((await failed).message).toContain("no model");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a worker that cannot be made again is tried until the limit", async () => {
      const crashes: unknown[] = [];
      const { page, images, clock, stop, worker } = benchOf(
        { maxRestarts: 3 },
        { fails: (made) => made > 1, page: { onCrash: (error) => crashes.push(error) } },
      );
      const handle = page.launch(images);
      await clock.settle();
      worker(1).link.crash();
      await clock.settle();
      expect(handle.status).toBe("down");
      expect(crashes).toHaveLength(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });
  });

  describe("streams", () => {
    test("POOL-5: a stream keeps its worker until it is over", async () => {
      const { page, images, clock, run, stop, notes } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const got: unknown[] = [];
      const reading = (async () => {
        for await (const value of handle.stream.pages("a")) got.push(value);
      })();
      const queued = handle.call.where();
      let isAnswered = false;
      void queued.then(() => {
        isAnswered = true;
      });
      await clock.settle();
      expect(got).toEqual([1, 2]);
      expect(isAnswered).toBe(false);
      expect((poolOf(handle).getSnapshot() as PoolSnapshot).busy).toBe(1);
      run("a").end.resolve("the end");
      await clock.settle();
      await reading;
      expect(got).toEqual([1, 2, "the end"]);
      expect(await queued).toBe(1);
      expect((poolOf(handle).getSnapshot() as PoolSnapshot).done).toBe(2);
      expect(notes).toEqual(["1 closed a"]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a reader that leaves frees its worker, and closes the generator", async () => {
      const { page, images, clock, stop, notes } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const reading = (async () => {
        for await (const value of handle.stream.pages("a")) return value;
        return null;
      })();
      const queued = handle.call.where();
      await clock.settle();
      expect(await reading).toBe(1);
      expect(await queued).toBe(1);
      expect(notes).toEqual(["1 closed a"]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a stream whose reader leaves while it waits never begins", async () => {
      const { page, images, clock, run, runs, stop } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const job = handle.call.resize("a");
      const stream = handle.stream.pages("b");
      void stream.next();
      await clock.settle();
      await stream.return();
      run("a").end.resolve("A");
      const next = handle.call.where();
      await clock.settle();
      expect([await job, await next]).toEqual(["A", 1]);
      expect(runs).toHaveLength(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a worker that ends in mid-stream loses it, after the values that came", async () => {
      const { page, images, clock, stop, worker } = benchOf({ size: 1, retry: 1 });
      const handle = page.launch(images);
      const stream = handle.stream.pages("a");
      const first = stream.next();
      await clock.settle();
      worker(1).link.crash("the worker ran out of memory");
      await clock.settle();
      expect(await first).toEqual({ done: false, value: 1 });
      expect(await stream.next()).toEqual({ done: false, value: 2 });
      const { code, message } = await rejection(stream.next());
      expect(code).toBe("job-lost");
      expect(message).toContain("Job pages#1 of images lost: worker 1 ended (the worker ran out");
      const next = handle.call.where();
      await clock.settle();
      expect(await next).toBe(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("a stream that fails by itself rejects its reader, and the worker goes on", async () => {
      const { page, images, clock, run, stop, workers } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const failed = rejection(handle.stream.pages("slow").next());
      await clock.settle();
      run("slow").end.reject(new RangeError("no such page"));
      await clock.settle();
      expect(await failed).toBeInstanceOf(RangeError);
      const next = handle.call.where();
      await clock.settle();
      expect(await next).toBe(1);
      expect(workers).toHaveLength(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("with retry a stream that was not open yet is opened at the next worker", async () => {
      const { page, images, clock, run, runs, stop, worker } = benchOf(
        { size: 1, retry: 1 },
        { delayMs: 100 },
      );
      const handle = page.launch(images);
      await clock.advance(1_000);
      const stream = handle.stream.pages("a");
      const first = stream.next();
      // It is under way, and nothing has come back.
      await clock.advance(150);
      expect(runs).toHaveLength(1);
      worker(1).link.cut();
      await clock.advance(1_000);
      expect(await first).toEqual({ done: false, value: 1 });
      run("a").end.resolve("the end");
      await clock.advance(1_000);
      const rest: unknown[] = [];
      for await (const value of stream) rest.push(value);
      expect(rest).toEqual([2, "the end"]);
      expect((poolOf(handle).getSnapshot() as PoolSnapshot).lost).toBe(0);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("an aborted stream whose worker does not hear of it costs the worker", async () => {
      const { page, images, clock, stop, worker } = benchOf({ size: 1, graceMs: 100 });
      const handle = page.launch(images);
      const controller = new AbortController();
      const stream = handle.with({ signal: controller.signal }).stream.pages("slow");
      const first = rejection(stream.next());
      await clock.settle();
      const { link } = worker(1);
      link.toFar.stalled = true;
      controller.abort(new Error("enough"));
      expect((await first).message).toBe("enough");
      const next = handle.call.where();
      await clock.advance(150);
      expect(link.terminations).toBe(1);
      expect(await next).toBe(1);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });
  });

  describe("ends", () => {
    test("stopping it with jobs pending settles every call, and ends every worker", async () => {
      const { page, images, clock, run, stop, workers } = benchOf({ retry: 3 });
      const handle = page.launch(images);
      const jobs = ["a", "b", "c"].map((name) => rejection(handle.call.resize(name)));
      await clock.settle();
      expect(await stop()).toEqual(NOTHING_LEFT);
      for (const job of jobs) {
        const { code, reason } = await job;
        expect([code, reason]).toEqual(["actor-exit", "shutdown"]);
      }
      expect(run("a").signal.aborted).toBe(true);
      expect(workers).toHaveLength(2);
    });

    test("stopping its handle waits for what waits to have a worker, then settles every call", async () => {
      const { page, images, clock, run, stop } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const job = handle.call.resize("a");
      const queued = rejection(handle.call.resize("b"));
      const stopped = handle.stop();
      await clock.advance(10_000);
      expect(handle.status).toBe("live");
      run("a").end.resolve("A");
      await clock.settle();
      expect(await job).toBe("A");
      await clock.advance(10_000);
      await stopped;
      expect((await queued).reason).toBe("normal");
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("killing it ends its workers' actors, and each monitor hears of it once", async () => {
      const heard: Info[] = [];
      const Watcher = genServer({
        id: "watcher",
        init: () => null,
        call: { watch: (self, ref: ActorRef) => self.monitor(ref) },
        info: (_self, message) => {
          heard.push(message);
        },
      });
      const { page, images, clock, stop } = benchOf();
      const handle = page.launch(images);
      const watcher = page.launch(Watcher);
      await clock.settle();
      await watcher.call.watch(handle);
      const job = rejection(handle.call.resize("a"));
      await clock.settle();
      handle.kill();
      await clock.settle();
      expect((await job).reason).toBe("killed");
      expect(heard.map((info) => "reason" in info && info.reason)).toEqual(["killed"]);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("two behaviours at one pool share its workers", async () => {
      const { page, images, pool, clock, stop, workers } = benchOf();
      page.launch(images);
      page.launch(remote<Images>("images", pool));
      await clock.settle();
      expect(workers).toHaveLength(2);
      expect(await stop()).toEqual(NOTHING_LEFT);
    });
  });

  describe("whatever happens", () => {
    // Jobs, streams, aborts, crashes and time, in any order; a seed replays a run.
    for (let seed = 1; seed <= 20; seed++) {
      test(`every call settles, and no worker stays busy: run ${seed}`, async () => {
        const random = randomOf(seed);
        const pick = (n: number): number => Math.floor(random() * n);
        const { page, images, clock, runs, workers, stop } = benchOf(
          { size: 3, perWorker: 1 + pick(3), retry: pick(3), graceMs: 100, maxRestarts: 1_000 },
          { delayMs: pick(2) * 20 },
        );
        const handle = page.launch(images);
        await clock.advance(1_000);
        const controllers: AbortController[] = [];
        let open = 0;
        const settle = (work: Promise<unknown>): void => {
          open++;
          const close = (): void => {
            open--;
          };
          work.then(close, close);
        };
        const read = async (from: typeof handle, name: string): Promise<void> => {
          let left = 1 + pick(4);
          for await (const _ of from.stream.pages(name)) if (--left === 0) return;
        };
        for (let step = 0; step < 60; step++) {
          const controller = new AbortController();
          const from = handle.with({ signal: controller.signal });
          const name = `${pick(3) === 0 ? "deaf " : ""}${step}`;
          const what = pick(9);
          if (what < 2) settle(from.call.resize(name));
          else if (what === 2) settle(from.call.alone(name));
          else if (what === 3) settle(read(from, pick(2) === 0 ? "slow" : name));
          else if (what === 4) settle(pick(2) === 0 ? from.call.where() : from.call.crash());
          else if (what === 5) controllers[pick(controllers.length)]?.abort(new Error("enough"));
          else if (what === 6) workers[pick(workers.length)]?.link.crash();
          else if (what === 7) runs[pick(runs.length)]?.end.resolve("done");
          else await clock.advance(pick(150));
          if (what < 5) controllers.push(controller);
          if (pick(3) === 0) await clock.settle();
        }
        // From here on nothing new: all that runs is ended, and what is deaf is aborted.
        for (let round = 0; round < 40 && open > 0; round++) {
          for (const { end } of runs) end.resolve("done");
          await clock.advance(500);
        }
        expect(open).toBe(0);
        await clock.advance(5_000);
        const { size, busy, queued } = poolOf(handle).getSnapshot() as PoolSnapshot;
        expect({ size, busy, queued }).toEqual({ size: 3, busy: 0, queued: 0 });
        const where = [1, 2, 3].map(() => handle.call.where());
        await clock.advance(1_000);
        expect((await Promise.all(where)).sort()).toEqual([1, 2, 3]);
        expect(await stop()).toEqual(NOTHING_LEFT);
      });
    }
  });

  describe("its view", () => {
    test("a worker that was ended for a job that hung is not busy any more", async () => {
      const { page, images, clock, stop } = benchOf({ size: 2, graceMs: 100 });
      const handle = page.launch(images);
      const hung = rejection(handle.with({ timeoutMs: 50 }).call.alone("deaf"));
      await clock.advance(1_000);
      await hung;
      expect(poolOf(handle).getSnapshot()).toMatchObject({ busy: 0, restarts: 1 });
      expect(await stop()).toEqual(NOTHING_LEFT);
    });

    test("who looks sees each change, and the same object until then", async () => {
      const { page, images, clock, run, stop } = benchOf({ size: 1 });
      const handle = page.launch(images);
      const view = poolOf(handle);
      await clock.settle();
      const seen: string[] = [];
      view.subscribe(() => {
        const { busy, queued, done } = view.getSnapshot() as PoolSnapshot;
        seen.push(`${busy} ${queued} ${done}`);
      });
      const first = view.getSnapshot();
      expect(first).toEqual({ size: 1, busy: 0, queued: 0, done: 0, lost: 0, restarts: 0 });
      const jobs = [handle.call.resize("a"), handle.call.resize("b")];
      await clock.settle();
      const third = handle.call.resize("c");
      await clock.settle();
      expect(view.getSnapshot()).toBe(view.getSnapshot());
      for (const name of ["a", "b", "c"]) {
        run(name).end.resolve("");
        await clock.settle();
      }
      await Promise.all([...jobs, third]);
      expect(seen).toEqual(["1 1 0", "1 2 0", "1 1 1", "1 0 2", "0 0 3"]);
      await stop();
    });

    test("a handle of something else has none", async () => {
      const { page, stop } = benchOf();
      const other = page.launch(genServer({ id: "other", init: () => null }));
      expect(() => poolOf(other)).toThrow(TypeError);
      await stop();
    });
  });

  test("a handle of a pool can be sent to another realm, and called from there", async () => {
    const Asker = genServer({
      id: "asker",
      init: () => null,
      call: { ask: (_self, images: HandleOf<Images>) => images.call.where() },
    });
    const { page, images, clock, stop, elsewhere } = benchOf();
    const asker = page.launch(remote<typeof Asker>("asker", elsewhere(Asker)));
    const asked = asker.call.ask(page.launch(images));
    await clock.settle();
    expect(await asked).toBe(1);
    expect(await stop()).toEqual(NOTHING_LEFT);
  });
});
