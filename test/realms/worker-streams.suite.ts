// Streams of actors in real workers: values that are moved, generators that never wait, and a worker that is
// ended in the middle. In real time. What streams promise is tested on virtual time beside this.

import { source } from "worker-source:realms/streams.worker.ts";
import { createSystemOn } from "../../src/index.js";
import type { WorkerLike } from "../../src/realms/links/worker-link.js";
import { worker } from "../../src/realms/places/places.js";
import { remote } from "../../src/realms/places/remote.js";
import { transfer } from "../../src/realms/values/transfer.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";
import { patientPlace, patientSystem, workerKinds } from "./host-workers.js";
import type { Jobs } from "./streams.worker.js";

/** In Deno an uncaught error ends a worker. */
const errorsEnd = "Deno" in globalThis;

export const suite = defineSuite("worker streams", ({ describe, test, expect, platform }) => {
  for (const { name, needs, start } of workerKinds) {
    describe(`${name}s`, needs, () => {
      test("ST-7: parts and progress come in order, and buffers are moved", async () => {
        const system = createSystemOn(platform, patientSystem);
        const place = worker(() => start(source), { ...patientPlace, errorsEnd });
        const jobs = await system.start(remote<Jobs>("jobs", place));
        const parts: number[] = [];
        let last = 0;
        for await (const part of jobs.stream.parts(50, 1_000)) {
          if (typeof part === "number") last = part;
          else parts.push(new Uint8Array(part)[999] as number);
        }
        expect(parts).toEqual([...Array(50).keys()].map((n) => n + 1));
        expect(last).toBe(1);
        await system.stop();
      });

      test("ST-7: a generator that never waits hears that its reader has left", async () => {
        const system = createSystemOn(platform, patientSystem);
        const place = worker(() => start(source), { ...patientPlace, errorsEnd });
        const jobs = await system.start(remote<Jobs>("jobs", place));
        let most = 0;
        for await (const n of jobs.stream.busy()) {
          expect(n).toBeGreaterThanOrEqual(most);
          most = n;
          if (n > 1_000) break;
        }
        // The same worker: it was not ended for it.
        expect(await jobs.call.closed()).toBe(1);
        await system.stop();
      });

      const told = { needs: name === "worker" ? "locks" : "threads" } as const;
      test(
        "RLM-3: one that is killed in mid-call, and in mid-stream, fails who waits, and the next start has a new one",
        told,
        async () => {
          const system = createSystemOn(platform, { ...patientSystem, onCrash: () => {} });
          const workers: WorkerLike[] = [];
          const place = worker(
            () => {
              const started = start(source);
              workers.push(started);
              return started;
            },
            { ...patientPlace, errorsEnd },
          );
          for (const how of ["call", "stream"] as const) {
            const jobs = await system.start(remote<Jobs>("jobs", place));
            let parts = 0;
            const waits = rejection(
              how === "call"
                ? jobs.call.wait()
                : (async () => {
                    for await (const part of jobs.stream.parts(1_000_000, 1_000)) {
                      if (typeof part !== "number") parts++;
                      if (parts === 5) workers.at(-1)?.terminate();
                    }
                  })(),
            );
            // It was begun there: what is asked behind it is answered.
            if (how === "call") {
              expect(await jobs.call.waiting()).toBe(1);
              workers.at(-1)?.terminate();
            }
            expect(await waits).toMatchObject({
              code: "actor-exit",
              reason: "noconnection",
              cause: { code: "link-lost" },
            });
            expect(jobs.status).toBe("down");
            if (how === "stream") expect(parts).toBeGreaterThanOrEqual(5);
          }
          const jobs = await system.start(remote<Jobs>("jobs", place));
          expect([await jobs.call.waiting(), workers.length]).toEqual([0, 3]);
          await system.stop();
        },
      );

      test("ST-7: a worker that cannot hear it is ended after the grace", async () => {
        const system = createSystemOn(platform, { ...patientSystem, onCrash: () => {} });
        const place = worker(() => start(source), { ...patientPlace, graceMs: 50, errorsEnd });
        const jobs = await system.start(remote<Jobs>("jobs", place));
        const other = jobs.stream.busy();
        await other.next();
        const { port1, port2 } = new MessageChannel();
        const deaf = new Promise((resolve) => {
          port1.onmessage = resolve;
        });
        const gate = new Int32Array(new SharedArrayBuffer(4));
        port1.postMessage(gate);
        for await (const n of jobs.stream.hog(transfer(port2))) {
          expect(n).toBe(1);
          // If it were left before, it would hear so and stop.
          await deaf;
          break;
        }
        port1.close();
        const error = await rejection(
          (async () => {
            for await (const _ of other);
          })(),
        );
        expect(error.reason).toBe("noconnection");
        expect(jobs.status).toBe("down");
        await system.stop();
        // A worker of Deno's runs on.
        Atomics.store(gate, 0, 1);
        Atomics.notify(gate, 0);
      });
    });
  }
});
