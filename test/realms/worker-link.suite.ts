// Links to dedicated workers, of the web's kind and of Node's, each really started.

import { source } from "worker-source:realms/peer.worker.ts";
import { listenTo } from "../../src/realms/links/host-events.js";
import { type WorkerLike, workerLink } from "../../src/realms/links/worker-link.js";
import type { Link } from "../../src/realms/wire/link.js";
import { defineSuite } from "../harness/suite.js";
import { workerKinds } from "./host-workers.js";
import { linkConformance, settled, talkOver } from "./link-conformance.js";

/** In Deno an uncaught error ends a worker; platform/deno says so to those who start workers. */
const errorsEnd = "Deno" in globalThis;

export const suite = defineSuite("realms worker-link", (harness) => {
  const { describe, test, expect } = harness;
  for (const { name, needs, start } of workerKinds) {
    const linkTo = (text: string): { link: Link; worker: WorkerLike } => {
      const worker = start(text);
      return { link: workerLink(worker, { name: "peer", errorsEnd }), worker };
    };
    linkConformance(harness, {
      name,
      needs,
      open: () => linkTo(source),
      transfer: true,
      canLeave: true,
    });

    describe(`${name}s`, needs, () => {
      test("one that throws while it loads loses its link, with the error", async () => {
        const { link } = linkTo(`throw new Error("not today")`);
        const talk = talkOver(link);
        talk.tell({ ask: "echo", value: 1 });
        const { why, cause } = await talk.lost();
        expect(why).toBe("the worker threw while it loaded");
        expect(String(cause)).toMatch(/not today/);
        await settled();
        expect(talk.losses.length).toBe(1);
      });

      test("one whose text is no program loses its link", async () => {
        const talk = talkOver(linkTo("this is no program").link);
        expect((await talk.lost()).why).toBe("the worker threw while it loaded");
      });

      test("an error that nobody catches ends the link exactly where it ends the worker", async () => {
        const { link, worker } = linkTo(source);
        const talk = talkOver(link);
        await talk.ask({ ask: "echo", value: 1 });
        const isBrowser = name === "worker" && !errorsEnd && !("Bun" in globalThis);
        if (isBrowser) {
          // The page hears of it as of any error of its worker, which goes on.
          const heard = new Promise<void>((resolve) =>
            listenTo(worker, "error", (event) => {
              (event as Event).preventDefault();
              resolve();
            }),
          );
          talk.tell({ ask: "throw" });
          await heard;
          expect(await talk.ask({ ask: "echo", value: 2 })).toBe(2);
          link.close();
          return;
        }
        talk.tell({ ask: "throw" });
        const { why, cause } = await talk.lost();
        expect(why).toBe("the worker threw");
        expect(String(cause)).toMatch(/nobody catches/);
      });

      const endable = { needs: name === "worker" ? "endableWorkers" : "threads" } as const;
      test(
        "terminate ends a worker that is busy for ever, and tells this side nothing",
        endable,
        async () => {
          const { link } = linkTo("for (;;);");
          const talk = talkOver(link);
          talk.tell({ ask: "echo", value: 1 });
          await settled();
          link.terminate?.();
          await settled();
          expect(talk.losses).toEqual([]);
        },
      );

      test("closing the link ends the worker", async () => {
        const { link, worker } = linkTo(source);
        const talk = talkOver(link);
        await talk.ask({ ask: "echo", value: 1 });
        link.close();
        await settled();
        // A worker that were still there would answer.
        let answered = false;
        listenTo(worker, "message", () => {
          answered = true;
        });
        worker.postMessage({ ask: "echo", value: 2 }, []);
        await settled(100);
        expect(answered).toBe(false);
      });

      test("one that has a link already is refused, and its first link goes on", async () => {
        const { link, worker } = linkTo(source);
        const talk = talkOver(link);
        expect(() => workerLink(worker)).toThrow(/has a link already: make a new one each time/);
        expect(await talk.ask({ ask: "echo", value: 3 })).toBe(3);
        link.close();
      });

      const told = { needs: name === "worker" ? "locks" : "threads" } as const;
      test("one that is ended as soon as it has answered is noticed", told, async () => {
        for (let round = 0; round < 5; round++) {
          const { link, worker } = linkTo(source);
          const talk = talkOver(link);
          await talk.ask({ ask: "echo", value: round });
          worker.terminate();
          await talk.lost();
          expect(talk.losses.length).toBe(1);
        }
      });
    });
  }

  test("what is no worker is refused", () => {
    expect(() => workerLink({} as WorkerLike)).toThrow(TypeError);
  });
});
