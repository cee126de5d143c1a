// pool: a place of several workers, behind one handle.
//
// Owns the options of pools, their defaults and checks, and the view of one. A pool makes no worker before
// something is started there. What it does with messages is pool-program.ts; which `Worker` a host has, and
// how many cores, its entry says.

import type { Placement } from "../../behaviours/behaviour.js";
import type { Handle } from "../../behaviours/server-handle.js";
import { checkCount, checkFunction, checkWhole } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import { checkAllowance } from "../../supervision/child-spec.js";
import { leftLink } from "../links/left-link.js";
import type { WorkerLike } from "../links/worker-link.js";
import type { PlaceOptions } from "../places/lease.js";
import { placeOf } from "../places/place.js";
import type { Link } from "../wire/link.js";
import { type PoolPlan, type PoolSnapshot, poolBehaviour } from "./pool-program.js";
import { PoolRef } from "./pool-ref.js";

/** Options of `pool`: see {@link MakePool}. Those of places go for each worker; times are in milliseconds. */
export interface PoolOptions<Worker = WorkerLike> extends PlaceOptions {
  /** Makes a worker, or a link of one's own; it is told which one it is for, 1 for the first. */
  readonly create: (worker: number) => Worker | Link | PromiseLike<Worker | Link>;
  /** How many workers; default one less than the host has cores, from 1 to 4. */
  readonly size?: number | undefined;
  /** How many jobs a worker has at a time; the others wait in the pool. Default 1. */
  readonly perWorker?: number | undefined;
  /** How many messages may wait for a worker; what is more is refused. Default 1,000. */
  readonly queue?: number | undefined;
  /**
   * How often a job is sent again whose worker ended while it ran. Nobody knows how far it had come, so
   * it must do no harm twice. Default 0.
   */
  readonly retry?: number | undefined;
  /**
   * How many restarts of workers are allowed within `periodMs`. A worker that had to be ended, because
   * a job did not stop, counts too. Default 10 for each worker.
   */
  readonly maxRestarts?: number | undefined;
  /** Default 5,000. */
  readonly periodMs?: number | undefined;
}

/** A place of several workers. */
export interface Pool extends Placement {
  /** What it is called in errors and inspectors. */
  readonly name: string;
  /** How many workers there are. */
  readonly size: number;
}

/** What a pool must know of its host. */
export interface PoolHost<Worker> {
  /** How many cores there are; undefined where the host does not tell. */
  cores(): number | undefined;
  /** The link to a worker that was just made; `name` is which one it is, such as `1 of pool images`. */
  link(worker: Worker, name: string): Link;
}

/**
 * Makes a place of several workers. A behaviour that runs there has one handle; each call, cast or plain
 * message through it goes to the worker that has the least to do, in the order they were sent. A worker
 * has one job at a time unless `perWorker` says more; the others wait.
 *
 * Every worker has an actor of its own, with a state of its own, made with the same arguments: a pool is
 * for work that keeps nothing from one call to the next.
 *
 * @example
 * ```ts
 * // import type { Images } from "./images.js";
 * const images = await system.start(
 *   remote<typeof Images>("images", pool({
 *     size: 4,
 *     create: () => new Worker(new URL("./images.worker.js", import.meta.url), { type: "module" }),
 *   })),
 * );
 * const small = await Promise.all(photos.map((photo) => images.with({ signal }).call.resize(photo, 800)));
 * ```
 *
 * **How to supervise.** As a child like any other. The pool supervises its workers itself: one that ends
 * is started again, more than `maxRestarts` times within `periodMs` end the pool with {@link PoolFailed}.
 *
 * **Lost jobs.** When a worker ends, the jobs it has reject with {@link JobLost}, or are sent again as
 * often as `retry` says; so does the job of a handler that throws, which ends its actor. What waits for
 * a worker is never lost. What is more than `queue` rejects with {@link QueueFull}, and casts give `false`.
 *
 * **Timeouts.** A job has none unless `with({ timeoutMs })` sets one. A job that is given up while it waits
 * never runs. One that runs is told, and its worker takes no other until it has stopped; a worker that does
 * not stop within `graceMs` is ended, and only that one.
 *
 * **When not to use it.** For state that calls share, start one actor with `remote`; for a state for each
 * key, `partitionSupervisor` over such places. Small work is done sooner without a worker.
 *
 * @throws TypeError for a `create` that is no function; RangeError for numbers and times out of range. At
 * the start, what the start of one remote actor rejects with, if any of the workers does not start.
 */
export type MakePool<Worker> = (options: PoolOptions<Worker>) => Pool;

const MOST_BY_DEFAULT = 4;

/**
 * Makes the `pool` of a host.
 *
 * @example
 * ```ts
 * export const pool = poolOn({
 *   cores: () => navigator.hardwareConcurrency,
 *   link: (worker: Worker, name) => workerLink(worker, { name }),
 * });
 * ```
 */
export function poolOn<Worker>(host: PoolHost<Worker>): MakePool<Worker> {
  return (options) => {
    const { name = "pool", size = defaultSize(host) } = options;
    const { perWorker = 1, queue = 1_000, retry = 0 } = options;
    const pool = options.name === undefined ? "the pool" : `pool ${name}`;
    checkFunction(`create of ${pool}, as in () => new Worker(…),`, options.create);
    checkWhole(`size of ${pool}`, size, 1);
    checkCount(`perWorker of ${pool}`, perWorker, 1);
    checkCount(`queue of ${pool}`, queue, 0);
    checkCount(`retry of ${pool}`, retry, 0);
    const { maxRestarts = 10 * size, periodMs = 5_000 } = options;
    checkAllowance(`of ${pool}`, { maxRestarts, periodMs });
    const places = Array.from({ length: size }, (_, index) => {
      const number = index + 1;
      // What a link to a worker is called begins with what it is.
      const which = `${number} of ${pool}`;
      const own = { ...options, name: `worker ${which}` };
      return placeOf(own.name, () => open(host, options, number, which), own);
    });
    const plan: PoolPlan = { perWorker, queue, retry, maxRestarts, periodMs, places };
    return { name, size, remote: (id) => poolBehaviour(id, plan) };
  };
}

async function open<Worker>(
  host: PoolHost<Worker>,
  { create }: PoolOptions<Worker>,
  number: number,
  name: string,
): Promise<Link> {
  const made = create(number);
  // A worker is listened to in the turn it was made in: what it says first must not be missed.
  return isThenable(made) ? linkOf(host, await made, name) : linkOf(host, made, name);
}

function linkOf<Worker>(host: PoolHost<Worker>, made: Worker | Link, name: string): Link {
  // A job that ignores its abort would keep its worker for ever: who cannot be ended is left, and made anew.
  return isLink(made) ? leftLink(made) : host.link(made, name);
}

function isLink(made: unknown): made is Link {
  return typeof (made as Partial<Link> | null)?.capabilities === "object";
}

function isThenable<T>(made: T | PromiseLike<T>): made is PromiseLike<T> {
  return typeof (made as Partial<PromiseLike<T>> | null)?.then === "function";
}

function defaultSize({ cores }: PoolHost<never>): number {
  return Math.max(1, Math.min(MOST_BY_DEFAULT, (cores() ?? 1) - 1));
}

/** What a UI binds to see a pool. */
export type PoolView = Pick<
  Handle<PoolSnapshot>,
  "status" | "subscribe" | "getSnapshot" | "getInitialSnapshot"
>;

/**
 * The pool behind a handle, to look at: how many workers are busy, how many jobs wait, were done or were
 * lost.
 *
 * @example
 * ```ts
 * const { subscribe, getSnapshot } = poolOf(images);
 * subscribe(() => console.log(getSnapshot()?.queued));
 * ```
 *
 * @throws TypeError for a handle of something else.
 */
export function poolOf(handle: Handle): PoolView {
  if (handle instanceof PoolRef) return handle as unknown as PoolView;
  throw new TypeError(`poolOf got ${printed(handle)}: it must be a handle of remote(…) at a pool`);
}
