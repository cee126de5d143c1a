// The README's first example with its counter in a real worker, and with its supervisor there too: no line of it
// changes. In real time, for it is about which of two messages of a worker comes first. What ends mean on
// virtual time is semantics.suite.ts.

import { source } from "worker-source:realms/counter.worker.ts";
import { type child, createSystemOn, supervisor } from "../../src/index.js";
import { worker } from "../../src/realms/places/places.js";
import { remote } from "../../src/realms/places/remote.js";
import { defineSuite } from "../harness/suite.js";
import type { Counter, App as Tree } from "./counter.worker.js";
import { patientPlace, patientSystem, workerKinds } from "./host-workers.js";

/** In Deno an uncaught error ends a worker. */
const errorsEnd = "Deno" in globalThis;

export const suite = defineSuite("worker readme", ({ describe, test, expect, platform }) => {
  for (const { name, needs, start } of workerKinds) {
    describe(`${name}s`, needs, () => {
      for (const isTree of [false, true]) {
        test(`the first example with its ${isTree ? "supervisor" : "counter"} there, again and again`, async () => {
          const system = createSystemOn(platform, { ...patientSystem, onCrash: () => {} });
          const place = worker(() => start(source), { ...patientPlace, errorsEnd });
          const Here = supervisor({
            maxRestarts: 100,
            children: (add: typeof child) => ({
              counter: add(remote<typeof Counter>("counter", place), [3]),
            }),
          });
          const app = isTree ? remote<typeof Tree>("app", place) : Here;
          const { counter } = (await system.start(app)).child;
          for (let n = 0; n < 10; n++) {
            counter.cast.inc(2);
            expect(await counter.call.get()).toBe(5);
            const error = await counter.call.crash().catch((reason) => reason);
            expect(error.code).toBe("actor-exit");
            expect(await counter.with({ whenDown: "wait" }).call.get()).toBe(3);
            expect(await counter.call.quit()).toBe("bye");
            expect(await counter.with({ whenDown: "wait" }).call.get()).toBe(3);
          }
          await system.stop();
        });
      }
    });
  }
});
