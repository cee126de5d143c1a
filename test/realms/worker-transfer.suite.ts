// What is moved from one real worker to another, through the realm that started both. In real time; what moves
// when is transfer.suite.ts, over links in memory.

import { source } from "worker-source:realms/store.worker.ts";
import { createSystemOn } from "../../src/index.js";
import { worker } from "../../src/realms/places/places.js";
import { remote } from "../../src/realms/places/remote.js";
import { defineSuite } from "../harness/suite.js";
import { patientPlace, patientSystem, workerKinds } from "./host-workers.js";
import type { Asker, Store } from "./store.worker.js";

export const suite = defineSuite("worker transfer", ({ describe, test, expect, platform }) => {
  for (const { name, needs, start } of workerKinds) {
    describe(`${name}s`, needs, () => {
      test("RLM-7: bytes and ports are moved on from one to the other, there and back", async () => {
        const system = createSystemOn(platform, { ...patientSystem, onCrash: () => {} });
        const [here, there] = [0, 1].map(() => worker(() => start(source), patientPlace));
        if (here === undefined || there === undefined) throw new Error("no places");
        const asker = await system.start(remote<typeof Asker>("asker", here));
        const store = await system.start(remote<typeof Store>("store", there));
        expect(await asker.call.swap(store, 1_000)).toEqual([1_000, 0, 0]);
        expect(await asker.call.swap(store, 70_000)).toEqual([70_000, 0, 1_000]);
        await system.stop();
      });
    });
  }
});
