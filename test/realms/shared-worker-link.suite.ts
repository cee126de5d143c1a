// Links to shared workers, really started.

import { source } from "worker-source:realms/peer.worker.ts";
import { UnsupportedError } from "../../src/index.js";
import { parentListenerOn } from "../../src/realms/links/parent-listener.js";
import {
  type SharedWorkerLike,
  sharedWorkerLink,
  sharedWorkerListener,
} from "../../src/realms/links/shared-worker-link.js";
import { defineSuite } from "../harness/suite.js";
import { thrown } from "../kernel/probes.js";
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

  const ignore = (): void => {};
  const scope = { postMessage: ignore, addEventListener: ignore, removeEventListener: ignore };

  test("a shared worker has no one parent, and is told how it serves its pages", () => {
    const error = thrown(() => parentListenerOn({ onconnect: null }, "browser"));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain("serve without `on`");
    expect(error.message).toContain("write serve([…], { on: sharedWorkerListener() })");
    // Named as by every other error of links.
    const { host } = thrown(() => parentListenerOn(undefined)) as UnsupportedError;
    expect(host).toBe((thrown(() => sharedWorkerListener(scope)) as UnsupportedError).host);
  });

  test("a realm that is no shared worker has no pages to listen to", () => {
    const error = thrown(() => sharedWorkerListener(scope));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain("a dedicated one calls serve([…])");
  });
});
