// Links over channels of one origin: within this realm, and to a worker that can be gone without a word.

import { source } from "worker-source:realms/tab.worker.ts";
import { broadcastLink, broadcastListener } from "../../src/realms/links/broadcast-link.js";
import { workerLink } from "../../src/realms/links/worker-link.js";
import type { Link } from "../../src/realms/wire/link.js";
import { hasCapability } from "../harness/capabilities.js";
import { defineSuite } from "../harness/suite.js";
import { startThread, startWorker } from "./host-workers.js";
import { linkConformance, settled, talkOver, untilWatched } from "./link-conformance.js";
import { runPeer } from "./peer.js";

let lastName = 0;
/** Runs in other realms use the same channels: theirs have other names. */
const run = Array.from({ length: 4 }, () => Math.random().toString(36).slice(2)).join("");
const newName = (): string => `${run}-${++lastName}`;
const needs = { needs: "broadcast" } as const;
/** Deno loses its channels when new ones are made while the last of all is being closed. */
const untilClosed = () => settled(50);

export const suite = defineSuite("realms broadcast-link", (harness) => {
  const { describe, test, expect } = harness;
  let open = 0;
  let closed = (): void => {};
  const channel = (name: string) => {
    open++;
    const made = new BroadcastChannel(name);
    const close = made.close.bind(made);
    made.close = () => {
      open--;
      close();
      closed();
    };
    return made;
  };
  /** An end that the other has closed closes its channel once it hears so, whenever that is. */
  const untilOpen = async (count: number): Promise<void> => {
    while (open !== count) await new Promise<void>((resolve) => (closed = resolve));
  };

  linkConformance(harness, {
    name: "channel",
    needs,
    open() {
      const name = newName();
      const before = open;
      const link = broadcastLink({ name, channel });
      const stop = broadcastListener({ name, channel }).listen((far) => runPeer(far));
      return {
        link,
        async gone() {
          stop();
          await untilOpen(before);
          await untilClosed();
        },
      };
    },
    transfer: false,
    held: () => open,
  });

  test("a host without channels says what to do", () => {
    const found = Object.getOwnPropertyDescriptor(globalThis, "BroadcastChannel");
    Reflect.deleteProperty(globalThis, "BroadcastChannel");
    try {
      expect(() => broadcastLink({ name: newName() })).toThrow(/^Cannot use BroadcastChannel on /);
    } finally {
      if (found !== undefined) Object.defineProperty(globalThis, "BroadcastChannel", found);
    }
  });

  describe("tabs", needs, () => {
    test("of several listeners one has the link, and the others hold nothing for it", async () => {
      const name = newName();
      const before = open;
      const links: Link[] = [];
      const listeners = [1, 2, 3].map(() =>
        broadcastListener({ name, channel }).listen((link) => {
          links.push(link);
          runPeer(link);
        }),
      );
      const link = broadcastLink({ name, channel });
      expect(await talkOver(link).ask({ ask: "echo", value: 1 })).toBe(1);
      // Three lobbies of listeners; a lobby and a room of the opener; one room.
      expect([links.length, open - before]).toEqual([1, 6]);
      link.close();
      for (const stop of listeners) stop();
      await untilOpen(before);
      await untilClosed();
    });

    test("each opener has a link of its own", async () => {
      const name = newName();
      const before = open;
      const stop = broadcastListener({ name, channel }).listen((far) => runPeer(far));
      const [one, two] = [broadcastLink({ name, channel }), broadcastLink({ name, channel })];
      const talks = [talkOver(one), talkOver(two)] as const;
      for (const [n, talk] of talks.entries())
        expect(await talk.ask({ ask: "echo", value: n })).toBe(n);
      one.close();
      expect(await talks[1].ask({ ask: "echo", value: "still" })).toBe("still");
      two.close();
      stop();
      await untilOpen(before);
      await untilClosed();
    });
  });

  const kinds = [
    { name: "worker", needs: { needs: "workers" }, start: startWorker },
    { name: "thread", needs: { needs: "threads" }, start: startThread },
  ] as const;
  for (const { name: kind, needs: kindNeeds, start } of kinds) {
    test(
      `a ${kind} that is gone without a word is noticed where there are locks`,
      kindNeeds,
      async () => {
        if (!hasCapability("broadcast")) return;
        const name = newName();
        const worker = start(source.replace("TAB_NAME", name));
        const owner = workerLink(worker);
        const link = broadcastLink({ name });
        const talk = talkOver(link);
        expect(await talk.ask({ ask: "echo", value: 1 })).toBe(1);
        // Node's threads do not see one another's locks: there only silence tells.
        if (kind === "worker" && hasCapability("locks")) await untilWatched(link);
        owner.terminate?.();
        if (link.capabilities.detectsClose) {
          expect((await talk.lost()).why).toMatch(/is gone/);
        } else link.close();
        await untilClosed();
      },
    );
  }

  test("a link without a name is refused", () => {
    expect(() => broadcastLink({ name: "" })).toThrow(TypeError);
    expect(() => broadcastListener({ name: 7 as never })).toThrow(TypeError);
  });
});
