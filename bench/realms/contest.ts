// The contest: what every subject does with its worker, whatever library is between the two.
//
// Owns the scenarios' work and its proof: each reply is added up, each one-way message is counted in the
// worker and asked for, a buffer that was moved is empty where it was. A subject leaves out what its
// library does not have.

import { check, heap, type Meter, type Subject, timed } from "../meter.ts";

/** A worker of a subject, ready to be called. */
export interface Remote {
  /** A request and its reply: the same number. */
  add(by: number): Promise<number>;
  /** A message without a reply. */
  hit?: (by: number) => unknown;
  /** How many hits the worker has handled. It is asked behind them. */
  hits?: () => Promise<number>;
  /** Moves a buffer there, and gives the same when it has been moved back. */
  move?: (buffer: ArrayBuffer) => Promise<ArrayBuffer>;
  /** Gives a copy of the copy that it was sent. */
  copy?: (buffer: ArrayBuffer) => Promise<ArrayBuffer>;
  /** So many refs of actors (or objects) of the worker. */
  refs?: (count: number) => Promise<readonly unknown[]>;
  close(): unknown;
}

/** Calls in flight at once, and one-way messages of a burst. */
export const IN_FLIGHT = 1_000;
const KIB = 1_024;
const MIB = KIB * KIB;

/** The subject of a library: `open` starts a worker, and may not have heard of it yet. */
export function contest(open: () => Promise<Remote>): Subject {
  const moves = async (bytes: number): Promise<Meter | undefined> => {
    const { move } = await open();
    if (move === undefined) return undefined;
    let buffer = new ArrayBuffer(bytes);
    return timed(async (count) => {
      for (let i = 0; i < count; i++) {
        const sent = buffer;
        buffer = await move(sent);
        check("what was left of a moved buffer", sent.byteLength, 0);
        check("its return", buffer.byteLength, bytes);
      }
    });
  };
  return {
    async "round trip"(): Promise<Meter> {
      const remote = await open();
      return timed(async (count) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += await remote.add(1);
        check("round trip", sum, count);
      });
    },

    async "calls × 1,000"(): Promise<Meter> {
      const remote = await open();
      return timed(async (count) => {
        for (let done = 0; done < count; ) {
          const size = Math.min(IN_FLIGHT, count - done);
          const calls: Promise<number>[] = [];
          for (let i = 0; i < size; i++) calls.push(remote.add(1));
          let sum = 0;
          for (const reply of await Promise.all(calls)) sum += reply;
          check("calls", sum, size);
          done += size;
        }
      });
    },

    async casts(): Promise<Meter | undefined> {
      const { hit, hits } = await open();
      if (hit === undefined || hits === undefined) return undefined;
      let sent = 0;
      return timed(async (count) => {
        for (let done = 0; done < count; ) {
          const size = Math.min(IN_FLIGHT, count - done);
          for (let i = 0; i < size; i++) hit(1);
          sent += size;
          check("casts", await hits(), sent);
          done += size;
        }
      });
    },

    "64 KiB moved": () => moves(64 * KIB),
    "16 MiB moved": () => moves(16 * MIB),
    "64 MiB moved": () => moves(64 * MIB),

    async "64 MiB copied"(): Promise<Meter | undefined> {
      const { copy } = await open();
      if (copy === undefined) return undefined;
      const buffer = new ArrayBuffer(64 * MIB);
      return timed(async (count) => {
        for (let i = 0; i < count; i++) {
          check("a copy", (await copy(buffer)).byteLength, buffer.byteLength);
        }
      });
    },

    start(): Meter {
      return async (count) => {
        let nanoseconds = 0;
        for (let i = 0; i < count; i++) {
          const from = performance.now();
          const remote = await open();
          check("the first reply", await remote.add(1), 1);
          nanoseconds += (performance.now() - from) * 1e6;
          await remote.close();
        }
        return nanoseconds;
      };
    },

    async "a remote ref"(): Promise<Meter | undefined> {
      const { refs } = await open();
      if (refs === undefined) return undefined;
      let all: readonly unknown[] = [];
      return async (count) => {
        all = [];
        const before = await heap();
        all = await refs(count);
        check("refs", all.length, count);
        return (await heap()) - before;
      };
    },
  };
}
