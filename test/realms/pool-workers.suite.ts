// Pools of real workers, of the web's kind and of Node's: on every host that has them, in real time.

import { source } from "worker-source:realms/pool.worker.ts";
import { createSystemOn } from "../../src/index.js";
import { type WorkerLike, workerLink } from "../../src/realms/links/worker-link.js";
import { remote } from "../../src/realms/places/remote.js";
import { type PoolOptions, poolOf, poolOn } from "../../src/realms/pools/pool.js";
import { transfer } from "../../src/realms/values/transfer.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";
import { patientPlace, startThread, startWorker } from "./host-workers.js";
import type { Cruncher } from "./pool.worker.js";

/** In Deno an uncaught error ends a worker; platform/deno says so to those who start workers. */
const errorsEnd = "Deno" in globalThis;

const kinds = [
  { name: "worker", needs: { needs: "workers" }, ends: { needs: "endableWorkers" } },
  { name: "thread", needs: { needs: "threads" }, ends: { needs: "threads" } },
] as const;

export const suite = defineSuite("pool workers", ({ describe, test, expect, platform }) => {
  const pool = poolOn<WorkerLike>({
    cores: () => 3,
    link: (worker, name) => workerLink(worker, { name, errorsEnd }),
  });
  const started = async (name: string, options: Partial<PoolOptions> = {}) => {
    const start = name === "thread" ? startThread : startWorker;
    const system = createSystemOn(platform, { shutdownMs: 200, disposeTimeoutMs: 200 });
    const create = () => start(source);
    const place = pool({ ...patientPlace, size: 2, name: "crunchers", create, ...options });
    const cruncher = await system.start(remote<typeof Cruncher>("cruncher", place));
    return { system, cruncher };
  };

  /** A job that never ends: what it is given, and when it has begun. */
  const endless = () => {
    const { port1, port2 } = new MessageChannel();
    const begun = new Promise<void>((resolve) => {
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
    });
    return { port: transfer(port2), begun };
  };

  for (const { name, needs, ends } of kinds) {
    describe(`${name}s`, needs, () => {
      test("jobs run side by side, each in a worker of its own", async () => {
        const { system, cruncher } = await started(name);
        const jobs = [1, 2, 3, 4].map(() => cruncher.call.hold(50));
        expect(new Set(await Promise.all(jobs)).size).toBe(2);
        expect(poolOf(cruncher).getSnapshot()).toEqual({
          size: 2,
          busy: 0,
          queued: 0,
          done: 4,
          lost: 0,
          restarts: 0,
        });
        await system.stop();
      });

      test("what is transferred is moved to the worker that gets the job", async () => {
        const { system, cruncher } = await started(name);
        const bytes = new Uint8Array(1_000_000).fill(1);
        const sum = cruncher.call.sum(transfer(bytes));
        expect(await sum).toBe(1_000_000);
        expect(bytes.byteLength).toBe(0);
        await system.stop();
      });

      test("streams come from workers while others compute", async () => {
        const { system, cruncher } = await started(name);
        const held = cruncher.call.hold(100);
        const got: number[] = [];
        for await (const value of cruncher.stream.count(100)) {
          if (typeof value === "number") got.push(value);
        }
        expect(got).toEqual([...Array(100).keys()].map((n) => n + 1));
        await held;
        await system.stop();
      });

      test(
        "a job that never ends costs its own worker once it is aborted, and no other",
        ends,
        async () => {
          const { system, cruncher } = await started(name, { graceMs: 50 });
          const controller = new AbortController();
          const { port, begun } = endless();
          const hung = rejection(cruncher.with({ signal: controller.signal }).call.hang(port));
          await begun;
          const other = await cruncher.call.who();
          controller.abort(new Error("enough"));
          expect((await hung).message).toBe("enough");
          const jobs = await Promise.all([cruncher.call.hold(300), cruncher.call.hold(300)]);
          expect(jobs).toContain(other);
          expect(poolOf(cruncher).getSnapshot()?.lost).toBe(0);
          await system.stop();
        },
      );

      test("stopping the system ends workers that hang", ends, async () => {
        const { system, cruncher } = await started(name, { size: 1 });
        const { port, begun } = endless();
        const hung = rejection(cruncher.call.hang(port));
        await begun;
        // What an actor may take to end, and its disposal: no more. By timers beside theirs, one after the
        // other as theirs are: whoever stands still meanwhile is late for one of each.
        let ticks = 0;
        let limit: unknown;
        const tick = (): void => {
          ticks++;
          limit = platform.setTimer(tick, 100);
        };
        tick();
        await system.stop();
        platform.clearTimer(limit);
        expect(ticks).toBeLessThan(20);
        expect((await hung).code).toBe("actor-exit");
      });

      if (name !== "thread") return;
      test("a thread that exits loses its job, and comes back", async () => {
        const { system, cruncher } = await started(name, { size: 1 });
        const before = await cruncher.call.who();
        const { code, message } = await rejection(cruncher.call.exit());
        expect(code).toBe("job-lost");
        expect(message).toContain("worker 1 ended (the worker ended with code 7)");
        expect(await cruncher.call.who()).not.toBe(before);
        await system.stop();
      });
    });
  }
});
