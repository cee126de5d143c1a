// Streams of actors in real workers: values that are moved, generators that never wait, and a worker that is
// ended in the middle. In real time. What streams promise is tested on virtual time beside this.

import { source } from "worker-source:realms/streams.worker.ts";
import { createSystemOn } from "../../src/index.js";
import { worker } from "../../src/realms/places/places.js";
import { remote } from "../../src/realms/places/remote.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";
import { startThread, startWorker } from "./host-workers.js";
import type { Jobs } from "./streams.worker.js";

/** In Deno an uncaught error ends a worker. */
const errorsEnd = "Deno" in globalThis;

const kinds = [
  { name: "worker", needs: { needs: "workers" }, start: startWorker },
  { name: "thread", needs: { needs: "threads" }, start: startThread },
] as const;

export const suite = defineSuite("worker streams", ({ describe, test, expect, platform }) => {
  for (const { name, needs, start } of kinds) {
    describe(`${name}s`, needs, () => {
      test("ST-7: parts and progress come in order, and buffers are moved", async () => {
        const system = createSystemOn(platform);
        const place = worker(() => start(source), { errorsEnd });
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
        const system = createSystemOn(platform);
        const place = worker(() => start(source), { errorsEnd });
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

      test("ST-7: a worker that cannot hear it is ended after the grace", async () => {
        const system = createSystemOn(platform, { onCrash: () => {} });
        const place = worker(() => start(source), { graceMs: 50, errorsEnd });
        const jobs = await system.start(remote<Jobs>("jobs", place));
        const other = jobs.stream.busy();
        await other.next();
        for await (const n of jobs.stream.hog(20_000)) {
          expect(n).toBe(1);
          break;
        }
        const error = await rejection(
          (async () => {
            for await (const _ of other);
          })(),
        );
        expect(error.reason).toBe("noconnection");
        expect(jobs.status).toBe("down");
        await system.stop();
      });
    });
  }
});
