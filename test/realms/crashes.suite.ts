// What a crash in another realm tells here: what it would tell if its actor were here, and once.
// Each scenario is played twice, with the actor here and there, and `onCrash` must be told the same. Owns
// GS-7 of remote actors and RLM-19; the ends themselves are semantics.suite.ts.

import {
  type Behaviour,
  child,
  genServer,
  type HandleOf,
  type StandardSchema,
  SupervisorGaveUp,
  type System,
  supervisor,
} from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { jsonCodec } from "../../src/realms/values/json-codec.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { rejection } from "../kernel/probes.js";
import { type Pair, pairOf } from "./pair.js";

const any: StandardSchema = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) },
};

/** Ends as it is told. */
const Part = genServer({
  id: "part",
  init: (_self, how = "") => {
    if (how === "init") throw new RangeError("no start");
    return how;
  },
  call: {
    crash: (): void => {
      throw new RangeError("asked for", { cause: new TypeError("deeper") });
    },
    text: (): void => {
      throw "no error";
    },
    stop: (self, reason: string): void => self.stop(reason),
    never: (self) => self.replyLater<void>(),
  },
  cast: {
    crash: (): void => {
      throw new RangeError("asked for");
    },
  },
  terminate: (self) => {
    if (self.state === "terminate") throw new RangeError("no end");
  },
  accepts: { crash: [], text: [], stop: [any], never: [] },
});
type Part = HandleOf<typeof Part>;

/** Gives up at the second crash of its child. */
const App = supervisor({
  id: "app",
  maxRestarts: 1,
  children: (add: typeof child, how?: string) => ({ part: add(Part, [how]) }),
});

/** Has a supervisor of its own, and falls with it. */
const Owner = genServer({
  id: "owner",
  init: async (self) => self.spawn(App),
  call: {
    part: async (self) => (await self.state).child.part,
    never: (self) => self.replyLater<void>(),
  },
});

/** Errors to compare: what tells realms and incarnations apart is left out. */
function inData(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const text = JSON.stringify({ ...error, message: error.message }, (key, value) =>
    key === "stack" ? undefined : value,
  ).replace(/#\d+/g, "#n");
  return {
    ...(JSON.parse(text) as object),
    class: error.constructor,
    ...(error.cause === undefined ? {} : { cause: inData(error.cause) }),
  };
}

interface Stage {
  readonly system: System;
  /** The behaviour as it runs here or there. */
  at<B extends Behaviour<never, unknown>>(behaviour: B): B;
  settle(): Promise<void>;
  /** Waits for something that rejects. */
  fails(promise: Promise<unknown>): Promise<void>;
}

/** What `onCrash` is told on both sides. */
async function told(
  where: "here" | "there",
  scenario: (stage: Stage) => Promise<unknown>,
  options: Parameters<typeof pairOf>[1] = {},
): Promise<unknown[]> {
  const crashes: unknown[] = [];
  const pair: Pair = pairOf([Part, App, Owner], {
    ...options,
    page: { onCrash: (error) => crashes.push(error) },
    worker: { onCrash: (error) => crashes.push(["there", error]) },
  });
  const { page: system, place, clock, stop } = pair;
  const ids = new Map<unknown, string>([
    [Part, "part"],
    [App, "app"],
    [Owner, "owner"],
  ]);
  const settle = () => clock.advance(10);
  await scenario({
    system,
    at: (behaviour) =>
      where === "here" ? behaviour : remote<typeof behaviour>(ids.get(behaviour) as string, place),
    settle,
    async fails(promise) {
      const failed = rejection(promise);
      await settle();
      await failed;
    },
  });
  await settle();
  const { timers } = await stop();
  if (timers !== 0) throw new Error(`${timers} timers are left`);
  return crashes.map(inData);
}

export const suite = defineSuite("crashes of other realms", ({ describe, test, expect }) => {
  function same(name: string, count: number, scenario: (stage: Stage) => Promise<unknown>): void {
    for (const [how, options] of [
      ["structured clones", {}],
      ["text", { codec: jsonCodec, link: { clone: false } }],
    ] as const) {
      test(`${name} (over ${how})`, async () => {
        const here = await told("here", scenario);
        expect(here).toHaveLength(count);
        expect(await told("there", scenario, options)).toEqual(here);
      });
    }
  }
  async function twice({ fails, settle }: Stage, part: Part): Promise<void> {
    await settle();
    await fails(part.call.crash());
    await fails(part.call.crash());
  }

  describe("servers that nobody supervises", () => {
    same("GS-7: RLM-19: a crash in a call is told once, with its error", 1, async (s) => {
      const part = s.system.launch(s.at(Part));
      await s.fails(part.call.crash());
    });

    same("GS-7: RLM-19: so is one in a cast, and what is thrown that is no error", 2, async (s) => {
      const [one, other] = [s.system.launch(s.at(Part)), s.system.launch(s.at(Part))];
      one.cast.crash();
      await s.fails(other.call.text());
    });

    same(
      "GS-7: RLM-19: an end with a reason of its own is a crash, in order none",
      1,
      async (s) => {
        const parts = Array.from({ length: 5 }, () => s.system.launch(s.at(Part)));
        await s.settle();
        const [mine, normal, shutdown, stopped, killed] = parts;
        void mine?.call.stop("mine");
        void normal?.call.stop("normal");
        void shutdown?.call.stop("shutdown");
        void stopped?.stop();
        killed?.kill();
        await s.settle();
      },
    );

    same("GS-7: RLM-19: a start that fails after a launch is told", 1, async (s) => {
      await s.fails(s.system.launch(s.at(Part), "init").ready);
    });

    same(
      "GS-7: RLM-19: a terminate that throws is told, also while the system stops",
      2,
      async (s) => {
        const one = s.system.launch(s.at(Part), "terminate");
        s.system.launch(s.at(Part), "terminate");
        await s.settle();
        void one.stop();
        await s.settle();
        void s.system.stop();
        await s.settle();
      },
    );
  });

  describe("supervisors that give up", () => {
    same("GS-7: RLM-19: at the top of a system it is told once", 1, async (s) => {
      const app = s.system.launch(s.at(App));
      await s.settle();
      await twice(s, app.child.part);
      expect(app.status).toBe("down");
    });

    same("GS-7: RLM-19: whoever supervises it tells it as the cause of its own", 1, async (s) => {
      const Top = supervisor({
        id: "top",
        maxRestarts: 1,
        children: { app: child(s.at(App), []) },
      });
      const top = s.system.launch(Top);
      await s.settle();
      await twice(s, top.child.app.child.part);
      expect(top.status).toBe("live");
      await twice(s, top.child.app.child.part);
      expect(top.status).toBe("down");
    });

    same("GS-7: RLM-19: an actor that owns it falls with it, and tells why", 1, async (s) => {
      const owner = s.system.launch(s.at(Owner));
      const found = owner.call.part();
      await s.settle();
      const waiting = rejection(owner.call.never());
      await twice(s, await found);
      expect(inData(await waiting)).toMatchObject({
        code: "actor-exit",
        reason: "shutdown",
        cause: { code: "gave-up", cause: { message: "asked for" } },
      });
    });

    same("GS-7: RLM-19: who is linked with it falls too, and tells the same", 2, async (s) => {
      const Linked = genServer({
        id: "linked",
        init: (self, other: HandleOf<typeof App>) => self.link(other),
      });
      const app = s.system.launch(s.at(App));
      await s.settle();
      const linked = s.system.launch(Linked, app);
      await twice(s, app.child.part);
      expect(linked.status).toBe("down");
    });

    same("GS-7: RLM-19: it is told also if it gives up while its system stops", 1, async (s) => {
      const app = s.system.launch(s.at(App));
      await s.settle();
      await s.fails(app.child.part.call.crash());
      const last = rejection(app.child.part.call.crash());
      await s.settle();
      void s.system.stop();
      await s.settle();
      await last;
    });

    same("GS-7: RLM-19: a child that does not start is told of after a launch", 1, async (s) => {
      await s.fails(s.system.launch(s.at(App), "init").ready);
    });

    test("RLM-19: what is told is a SupervisorGaveUp, with the class of its cause", async () => {
      const crashes: Error[] = [];
      const { page, place, clock, stop } = pairOf([App], {
        page: { onCrash: (error) => crashes.push(error as Error) },
      });
      const app = page.launch(remote<typeof App>("app", place));
      await clock.settle();
      for (let n = 0; n < 2; n++) {
        const failed = rejection(app.child.part.call.crash());
        await clock.settle();
        await failed;
      }
      expect(crashes).toHaveLength(1);
      const [error] = crashes as [Error];
      expect(error).toBeInstanceOf(SupervisorGaveUp);
      expect(error.message).toMatch(/^Cannot keep app#\d+ running: child part exited with reason/);
      const { cause } = error as { cause?: Error };
      expect(cause).toBeInstanceOf(RangeError);
      expect(cause?.cause).toBeInstanceOf(TypeError);
      await stop();
    });
  });

  test("RLM-19: a loss two realms away is told with its cause", async () => {
    const inner = pairOf([Part]);
    const Middle = genServer({
      id: "middle",
      init: async (self) => self.spawn(remote<typeof Part>("part", inner.place)),
    });
    const crashes: unknown[] = [];
    const { page, place, clock, stop } = pairOf([Middle], {
      page: { onCrash: (error) => crashes.push(error) },
      worker: { onCrash: (error) => crashes.push(error) },
    });
    const settle = async () => {
      for (let n = 0; n < 3; n++) {
        await clock.advance(10);
        await inner.clock.advance(10);
      }
    };
    const middle = page.launch(remote<typeof Middle>("middle", place));
    await settle();
    expect([middle.status, inner.workers.length]).toEqual(["live", 1]);
    inner.workers[0]?.link.cut("cut");
    await settle();
    expect(crashes).toMatchObject([
      { code: "actor-exit", reason: "noconnection", cause: { code: "link-lost", why: "cut" } },
    ]);
    expect(middle.status).toBe("down");
    await stop();
    await inner.stop();
  });

  describe("actors that are shared", () => {
    for (const trusted of [true, false]) {
      test(`RLM-19: each realm that reached one is told once, and so is its own (trusted: ${trusted})`, async () => {
        const there: unknown[] = [];
        const home = testSystem({ onCrash: (error) => there.push(error) });
        const app = await home.system.start(App);
        const shared = { part: await home.system.start(Part), app };
        const pages = [0, 1].map(() => {
          const crashes: Error[] = [];
          const onCrash = (error: unknown) => crashes.push(error as Error);
          const pair = pairOf([], {
            link: { trusted },
            shared: true,
            serve: { system: home.system, shared },
            page: { onCrash },
          });
          const part = pair.page.launch(remote<typeof Part>("part", pair.place));
          pair.page.launch(remote<typeof App>("app", pair.place));
          return { ...pair, part, crashes };
        });
        const settle = async () => {
          for (let n = 0; n < 5; n++) {
            for (const { clock } of pages) await clock.advance(10);
            await home.clock.advance(10);
          }
        };
        await settle();
        const failed = rejection((pages[0] as (typeof pages)[0]).part.call.crash());
        await settle();
        await failed;
        for (let n = 0; n < 2; n++) {
          await app.child.part.call.crash().catch(() => {});
          await settle();
        }
        for (const list of [there, ...pages.map(({ crashes }) => crashes)]) {
          const isTold = trusted || list === there;
          const why = { child: "part", cause: { message: "asked for" } };
          expect(list).toMatchObject([
            { name: "RangeError", message: "asked for" },
            { code: "gave-up", maxRestarts: 1, ...(isTold ? why : {}) },
          ]);
          if (!isTold) expect(Object.keys(list[1] as object)).not.toContain("reason");
          expect(list[1]).toBeInstanceOf(SupervisorGaveUp);
        }
        if (!trusted)
          for (const { crashes } of pages) expect(crashes[1]?.stack).not.toMatch(/\.ts/);
        for (const { stop } of pages) await stop();
        await home.system.stop();
      });
    }

    test("RLM-19: whoever only holds a ref is told of nothing but its end", async () => {
      const crashes: unknown[] = [];
      const { page, place, clock, stop } = pairOf([Owner], {
        page: { onCrash: (error) => crashes.push(error) },
        worker: { onCrash: (error) => crashes.push(error) },
      });
      const owner = page.launch(remote<typeof Owner>("owner", place));
      const found = owner.call.part();
      await clock.settle();
      const part = await found;
      const failed = rejection(part.call.crash());
      await clock.settle();
      await failed;
      expect([crashes, part.status, owner.status]).toEqual([[], "live", "live"]);
      await stop();
    });
  });
});
