// A pool whose workers are realms in memory, on one virtual clock, and whose jobs a test holds in its hands.

import {
  ActorExit,
  type Behaviour,
  createSystemOn,
  genServer,
  type System,
  type SystemOptions,
  streams,
} from "../../src/index.js";
import type { Place } from "../../src/realms/places/lease.js";
import { placeOf } from "../../src/realms/places/place.js";
import { remote } from "../../src/realms/places/remote.js";
import { type Pool, type PoolOptions, poolOn } from "../../src/realms/pools/pool.js";
import { type Served, serveOn } from "../../src/realms/session/serve.js";
import { type Link, LinkLost } from "../../src/realms/wire/link.js";
import { type MemoryRealmLink, memoryRealmLink } from "../../src/testing/memory-realm-link.js";
import { type VirtualClock, virtualPlatform } from "../../src/testing/virtual-platform.js";
import { type Latch, latch } from "../kernel/probes.js";

/** A job that runs, or ran, in a worker. */
export interface Run {
  readonly name: string;
  /** The number of the worker that has it. */
  readonly worker: number;
  readonly signal: AbortSignal;
  readonly end: Latch<string>;
}

interface Worker {
  readonly number: number;
  readonly link: MemoryRealmLink;
  readonly served: Served;
}

/** The behaviour whose actors do the jobs of worker `worker`. */
const imagesOf = (bench: { readonly runs: Run[]; readonly notes: string[] }, worker: number) =>
  genServer({
    id: "images",
    init: (_self, fails: boolean = false) => {
      if (fails) throw new Error("no model");
      return null;
    },
    call: {
      /** Runs until the test ends it; one that is called `deaf` does not hear that it was aborted. */
      resize: (self, name: string) => {
        const { signal } = self.from;
        const end = latch<string>();
        bench.runs.push({ name, worker, signal, end });
        if (!name.startsWith("deaf")) {
          signal.addEventListener("abort", () => end.reject(signal.reason));
        }
        return self.replyWith(end.promise);
      },
      /** The same, and holds the actor's mailbox meanwhile. */
      alone: async (self, name: string) => {
        const { signal } = self.from;
        const end = latch<string>();
        bench.runs.push({ name, worker, signal, end });
        if (!name.startsWith("deaf")) {
          signal.addEventListener("abort", () => end.reject(signal.reason));
        }
        return end.promise;
      },
      where: () => worker,
      deadline: (self) => self.from.deadlineMs,
      refuse: (self) => self.reject(new RangeError("no such image")),
      /** Rejects with what only looks as if this worker had ended. */
      rejectAs: (self, what: "link" | "exit" | "noproc") =>
        self.reject(
          what === "link"
            ? new LinkLost("elsewhere", { why: "its own" })
            : new ActorExit({
                action: "ask another",
                process: "images#77",
                reason: what === "exit" ? "killed" : "noproc",
              }),
        ),
      crash: (): void => {
        throw new RangeError("a bug");
      },
      size: (_self, bytes: Uint8Array) => bytes.byteLength,
      keep: (self, _bytes: Uint8Array) => self.replyLater<void>(),
    },
    cast: {
      note: (_self, text: string) => {
        bench.notes.push(`${worker} ${text}`);
      },
      leave: (self) => self.stop("tired"),
    },
    stream: {
      /** Two numbers, and what the test ends it with; one that is called `slow` begins with that. */
      async *pages(self, name: string) {
        const end = latch<string>();
        bench.runs.push({ name, worker, signal: self.signal, end });
        self.signal.addEventListener("abort", () => end.reject(self.signal.reason));
        // It may be closed before it comes to wait for that.
        end.promise.catch(() => {});
        try {
          if (name === "slow") yield await end.promise;
          yield 1;
          yield 2;
          if (name === "own") throw new LinkLost("elsewhere", { why: "its own" });
          if (name !== "slow") yield await end.promise;
        } finally {
          bench.notes.push(`${worker} closed ${name}`);
        }
      },
    },
    streams,
    info: (_self, message) => {
      if (message.type === "message") bench.notes.push(`${worker} ${String(message.message)}`);
    },
  });

export type Images = ReturnType<typeof imagesOf>;

export interface Bench {
  readonly clock: VirtualClock;
  readonly page: System;
  readonly pool: Pool;
  /** The behaviour at the pool. */
  readonly images: Images;
  /** A place beside the pool, where one behaviour is served; it counts as worker 0. */
  elsewhere(behaviour: Behaviour<never, unknown>): Place;
  /** All workers there ever were, first made first. */
  readonly workers: readonly Worker[];
  /** All jobs that ever ran, first begun first. */
  readonly runs: Run[];
  readonly notes: string[];
  /** The last worker that was made under a number. */
  worker(number: number): Worker;
  /** The last run of a job. */
  run(name: string): Run;
  /** Stops everything, and says what is left. */
  stop(): Promise<{ readonly timers: number; readonly openLinks: number }>;
}

/** Makes a page, and a pool of two workers that serve {@link Images}. */
export function benchOf(
  options: Partial<PoolOptions<never>> = {},
  {
    delayMs = 0,
    page: pageOptions,
    fails = () => false,
    ours = true,
    linkOf = (near) => near,
  }: {
    delayMs?: number;
    page?: SystemOptions;
    /** Which workers fail to load, by the number of workers made before. */
    fails?: (made: number) => boolean;
    /** Whether this side can end the workers. */
    ours?: boolean;
    /** What `create` gives of a link. */
    linkOf?: (near: Link) => Link;
  } = {},
): Bench {
  const { platform, clock } = virtualPlatform();
  const page = createSystemOn(platform, pageOptions);
  const workers: Worker[] = [];
  const runs: Run[] = [];
  const notes: string[] = [];
  const serve = serveOn(
    () => createSystemOn(platform, { onCrash: () => {} }),
    () => {
      throw new Error("no parent");
    },
  );
  const poolOf = poolOn<never>({
    cores: () => 3,
    link: () => {
      throw new Error("no workers");
    },
  });
  const make = (behaviour: Behaviour<never, unknown>, number: number): Link => {
    const link = memoryRealmLink({ platform, delayMs });
    const listen = (onLink: (far: Link) => void): (() => void) => {
      onLink(link.far);
      return () => {};
    };
    workers.push({ number, link, served: serve([behaviour], { on: { listen } }) });
    if (!ours) delete (link.near as { terminate?: unknown }).terminate;
    return link.near;
  };
  const pool = poolOf({
    ...options,
    create: (number) => {
      if (fails(workers.length)) throw new Error("404");
      return linkOf(make(imagesOf({ runs, notes }, number), number));
    },
  });
  const last = <T>(list: readonly T[], is: (item: T) => boolean): T => {
    const found = list.filter(is).at(-1);
    if (found === undefined) throw new Error("there is none");
    return found;
  };
  return {
    clock,
    page,
    pool,
    images: remote<Images>("images", pool),
    elsewhere: (behaviour) => placeOf("elsewhere", () => make(behaviour, 0)),
    workers,
    runs,
    notes,
    worker: (number) => last(workers, (worker) => worker.number === number),
    run: (name) => last(runs, (run) => run.name === name),
    async stop() {
      const stopping = page.stop();
      await clock.advance(20_000);
      await stopping;
      const openLinks = workers.filter(({ link }) => link.isOpen).length;
      const stopped = Promise.all(workers.map(({ served }) => served.stop()));
      await clock.advance(20_000);
      await stopped;
      return { timers: clock.timers, openLinks };
    },
  };
}
