// The program of a pool: the process behind the handle, which spreads messages over workers.
//
//   handle ──► pool ─┬─ mailbox: what waits for a worker
//                    └─ dynamic supervisor ──► proxy, proxy, … one for each worker
//
// Owns how a pool starts, waits and fails. It takes a message out of its mailbox only once a worker has
// room, so order, bounds, timeouts and aborts of what waits are the kernel's. Which worker, and what becomes
// of lost jobs, is pool-jobs.ts. Restarts are the supervisor's.

import { type Behaviour, Implementation, implementationOf } from "../../behaviours/behaviour.js";
import { ignore, spawn } from "../../behaviours/gen.js";
import { Opening } from "../../behaviours/stream-opening.js";
import { signalOf } from "../../kernel/abort.js";
import { LATER } from "../../kernel/answer.js";
import type { CallRequest } from "../../kernel/call-request.js";
import { end } from "../../kernel/ending.js";
import { StartFailed } from "../../kernel/errors.js";
import { ExitWith, reasonOf } from "../../kernel/exit-reason.js";
import { deliverCast, deliverInfo } from "../../kernel/inbox.js";
import { CALL, type Entry } from "../../kernel/operation.js";
import { extrasOf, type Process, type Program } from "../../kernel/process.js";
import type { Ref } from "../../kernel/ref.js";
import { child } from "../../supervision/child-spec.js";
import {
  type DynamicHandle,
  dynamicSupervisor,
  type StartAny,
} from "../../supervision/dynamic-supervisor.js";
import type { Slot } from "../../supervision/slot.js";
import type { Place } from "../places/lease.js";
import { remoteAt } from "../places/remote.js";
import type { Member } from "./pool-attempt.js";
import { PoolFailed } from "./pool-errors.js";
import { PoolJobs } from "./pool-jobs.js";
import { PoolRef } from "./pool-ref.js";

/** What a pool is made of, once its options are checked. */
export interface PoolPlan {
  readonly perWorker: number;
  readonly queue: number;
  readonly retry: number;
  readonly maxRestarts: number;
  readonly periodMs: number;
  /** One for each worker. */
  readonly places: readonly Place[];
}

/** What a pool does now, for people. The same object until something of it changes. */
export interface PoolSnapshot {
  /** How many workers there are. */
  readonly size: number;
  /** How many of them have a job, or one that was given up and has not stopped yet. */
  readonly busy: number;
  /** How many messages wait for a worker. */
  readonly queued: number;
  /** How many calls were answered, with a value or an error of their own. */
  readonly done: number;
  /** How many calls were rejected with {@link JobLost}. */
  readonly lost: number;
  /** How often a worker's actor was started again. */
  readonly restarts: number;
}

/** The behaviour of that id, as a pool runs it. */
export function poolBehaviour(id: string, plan: PoolPlan): Implementation {
  const program: Program = {
    id,
    terminates: true,
    // Its workers are its work: they may take their time to end.
    supervises: true,
    mailbox: { max: plan.queue },
    init: (process, args) => start(process, args, plan),

    accept(process, value) {
      const jobs = value as PoolJobs;
      process.state = jobs;
      extrasOf(process).owed = jobs;
      signalOf(process).addEventListener("abort", () => jobs.wake(), { once: true });
    },

    invoke(process, entry: Entry, arg) {
      const jobs = process.state as PoolJobs;
      const { current } = process;
      if (current?.kind === CALL) return giveCall(process, jobs, current as CallRequest, arg);
      return tellOne(process, jobs, (member) => deliverCast(member, entry, arg));
    },

    info(process, message) {
      if (message.type !== "message") return undefined;
      return tellOne(process, process.state as PoolJobs, (member) => deliverInfo(member, message));
    },

    terminate: () => undefined,

    // Its supervisor gave up, or somebody ended it.
    childExit(process) {
      const { lastEnd } = process.state as PoolJobs;
      const { maxRestarts, periodMs } = plan;
      const failure = new PoolFailed({ behaviour: id, maxRestarts, periodMs, ...lastEnd });
      end(process, reasonOf(failure), false);
      return true;
    },

    view: snapshotOf,
  };
  return new Implementation(program, PoolRef);
}

/** Starts all workers side by side. One that does not start fails the start of the pool. */
async function start(process: Process, args: readonly unknown[], plan: PoolPlan): Promise<unknown> {
  const { id } = process.program;
  const { maxRestarts, periodMs, places } = plan;
  const Workers = dynamicSupervisor({ id: `${id} workers`, maxRestarts, periodMs });
  const workers = spawn(process, implementationOf(Workers), [], () => {})
    .ref as unknown as DynamicHandle<StartAny>;
  const starting = places.map((place) => {
    const actor: Behaviour<never, unknown> = remoteAt(id, place);
    return workers.startChild(child(actor, args as never));
  });
  let handles: readonly Ref[];
  try {
    handles = (await Promise.all(starting)) as readonly Ref[];
  } catch (error) {
    throw error instanceof StartFailed ? new ExitWith(error.reason, error.cause) : error;
  }
  if (handles.every(({ status }) => status === "down")) return ignore;
  const slots = handles.map(({ target }) => target as Slot);
  return new PoolJobs(process, slots, plan);
}

/** Hands a call on as soon as a worker has room. While it waits, so does the mailbox. */
function giveCall(process: Process, jobs: PoolJobs, request: CallRequest, arg: unknown): unknown {
  const give = (member: Member): unknown => {
    const { entry } = request;
    // Whoever wanted to read has left, or the caller gave up: nothing runs.
    if (entry instanceof Opening && entry.sink.isOver) return undefined;
    if (!request.settled) jobs.give(member, request, arg);
    return LATER;
  };
  const member = jobs.free();
  return member !== null
    ? give(member)
    : whenFree(process, jobs).then((free) => (free === null ? LATER : give(free)));
}

/** Hands on what nobody waits for. The worker counts as free again at once: nobody knows its end. */
function tellOne(process: Process, jobs: PoolJobs, deliver: (member: Process) => unknown): unknown {
  const tell = (member: Member | null): void => {
    if (member !== null) deliver(member.process as Process);
  };
  const member = jobs.free();
  return member !== null ? tell(member) : whenFree(process, jobs).then(tell);
}

/** A worker with room, as soon as there is one; null if the pool ends first. */
async function whenFree(process: Process, jobs: PoolJobs): Promise<Member | null> {
  let member: Member | null = null;
  while (member === null && process.ending === null) {
    await jobs.room();
    if (process.ending === null) member = jobs.free();
    if (member === null) process.extras?.view?.touch();
  }
  return member;
}

const snapshots: WeakMap<PoolJobs, PoolSnapshot> = new WeakMap();

function snapshotOf({ state, extras }: Process): PoolSnapshot {
  const jobs = state as PoolJobs;
  const { members, done, lost, isWaiting } = jobs;
  const snapshot: PoolSnapshot = {
    size: members.length,
    busy: members.filter(({ busy }) => busy > 0).length,
    queued: (extras?.bound?.size ?? 0) + (extras?.front?.length ?? 0) + (isWaiting ? 1 : 0),
    done,
    lost,
    restarts: members.reduce((sum, { slot }) => sum + slot.restarts, 0),
  };
  const last = snapshots.get(jobs);
  const isSame =
    last !== undefined &&
    (Object.keys(snapshot) as (keyof PoolSnapshot)[]).every((key) => last[key] === snapshot[key]);
  if (isSame) return last;
  snapshots.set(jobs, snapshot);
  return snapshot;
}
