// Links to shared workers, really started.

import { source } from "worker-source:realms/peer.worker.ts";
import {
  type SharedWorkerLike,
  sharedWorkerLink,
} from "../../src/realms/links/shared-worker-link.js";
import { defineSuite } from "../harness/suite.js";
import { startSharedWorker } from "./host-workers.js";
import { linkConformance, talkOver } from "./link-conformance.js";

const needs = { needs: "sharedWorkers" } as const;

export const suite = defineSuite("realms shared-worker-link", (harness) => {
  const { describe, test, expect } = harness;
  linkConformance(harness, {
    name: "shared worker",
    needs,
    open: () => ({ link: sharedWorkerLink(startSharedWorker(source), { name: "peer" }) }),
    transfer: true,
    canLeave: true,
  });

  describe("shared workers", needs, () => {
    test("one that throws while it loads loses its link", async () => {
      const link = sharedWorkerLink(startSharedWorker("this is no program"));
      expect((await talkOver(link).lost()).why).toBe("the shared worker threw while it loaded");
    });
  });

  test("what is no shared worker is refused", () => {
    expect(() => sharedWorkerLink({} as SharedWorkerLike)).toThrow(TypeError);
  });
});
