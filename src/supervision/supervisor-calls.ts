// What a supervisor can be asked: start, terminate, restart and delete a child, and who they are.
//
// Owns SUP-5: each is a call like any other, so it waits its turn behind restarts. What users ask with is
// child-operations.ts and the handle of a dynamic supervisor; what a supervisor does by itself is
// supervisor-program.ts. Source: OTP's supervisor, whose answers these are.

import { call } from "../behaviours/gen.js";
import type { Handle } from "../behaviours/server-handle.js";
import { Promised, Rejection } from "../kernel/answer.js";
import { CallCycle, StartFailed } from "../kernel/errors.js";
import { CALL, Entry } from "../kernel/operation.js";
import { disownTimer } from "../kernel/own-timers.js";
import type { Process, Shutdown } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { childRefused } from "./child-refused.js";
import type { ChildType, Restart, Specification } from "./child-spec.js";
import {
  addChild,
  type Child,
  checkChild,
  checkSpecification,
  forget,
  isForgotten,
  restartOf,
  type Supervising,
} from "./children.js";
import { startChild, stopChild } from "./start-child.js";

/** A child as {@link whichChildren} lists it. */
export interface ChildEntry {
  /** The child id; in a dynamic supervisor a number that it gave. */
  readonly id: string;
  /** Its stable handle. */
  readonly handle: Handle;
  /** `stopped`: the specification is there, without a process. */
  readonly state: "running" | "restarting" | "stopped";
  /** What its specification calls it. */
  readonly type: ChildType;
}

/** How many children a supervisor has. */
export interface ChildCounts {
  /** Specifications, with a process or without; of a template it is one. */
  readonly specs: number;
  /** Processes that run. */
  readonly active: number;
  /** Children that are supervisors. */
  readonly supervisors: number;
  /** Children that are not. */
  readonly workers: number;
}

/** A child specification, with its defaults filled in. */
export interface ChildSummary {
  /** The child id. */
  readonly id: string;
  /** When it comes back. */
  readonly restart: Restart;
  /** How long it may take to end, in milliseconds. */
  readonly shutdownMs: Shutdown;
  /** Whether the supervisor's work may be done when this child is. */
  readonly significant: boolean;
  /** How it is listed. */
  readonly type: ChildType;
}

type Work = (process: Process, state: Supervising, list: readonly unknown[]) => unknown;

/** An entry whose handler is `work`: what it throws is the caller's, and ends nothing. */
function entry(name: string, work: Work): Entry {
  return new Entry(CALL, name, (process: Process, list: readonly unknown[]): unknown => {
    const state = process.state as Supervising;
    const answer = (async () => work(process, state, list))();
    // The mailbox of a dynamic supervisor waits for no child.
    if (state.dynamic !== null) return new Promised(answer);
    return answer.catch((error: Error) => new Rejection(error));
  });
}

/**
 * Asks a supervisor. Children may take their time to start and to end: there is no timeout unless `with`
 * sets one.
 */
export function ask(supervisor: Ref, entry: Entry, list: readonly unknown[]): Promise<unknown> {
  const { id, target, options } = supervisor;
  const { running } = target.kernel;
  // It waits for this very `init`, and takes no call before: that would never end.
  if (running !== null && !running.hasStarted && running.parent === target.process) {
    return Promise.reject(new CallCycle([id, running.label, id]));
  }
  const patient = options?.timeoutMs === undefined;
  const asked = patient ? supervisor.with({ timeoutMs: Infinity }) : supervisor;
  return call(asked, entry, list);
}

export const START: Entry = /* @__PURE__ */ entry("startChild", async (process, state, list) => {
  const { children, dynamic, flags } = state;
  const { id: supervisor } = process.program;
  const [first, second] = list;
  let id = first as string;
  let specification: Specification;
  if (dynamic === null) {
    specification = checkChild(supervisor, id, second, flags);
    const present = children.get(id);
    if (present !== undefined) {
      const why = present.process === null ? "alreadyPresent" : "alreadyStarted";
      throw childRefused("start", id, why);
    }
  } else {
    const { template, maxChildren } = dynamic;
    id = String(++state.lastId);
    specification =
      template === null ? checkSpecification(supervisor, id, first, flags) : template.with(list);
    if (children.size >= maxChildren) throw childRefused("start", id, "maxChildren");
  }
  return start(process, state, addChild(process, state, id, specification, true), false);
});

export const RESTART: Entry = /* @__PURE__ */ entry("restartChild", (process, state, [id]) =>
  start(process, state, stopped("restart", state, id), true),
);

export const DELETE: Entry = /* @__PURE__ */ entry("deleteChild", (_process, state, [id]) => {
  const child = stopped("delete", state, id);
  forget(state, child);
  state.slots.delete(child.id);
});

export const TERMINATE: Entry = /* @__PURE__ */ entry(
  "terminateChild",
  async (process, state, [which]) => {
    const child = find("terminate", state, which);
    // One that is down for good is as terminated as it can be.
    if (child === null) return;
    child.restarting = false;
    if (child.timer !== null) disownTimer(process, child.timer);
    await stopChild(child);
    if (isForgotten(state, child)) forget(state, child);
    else child.slot.set("down");
  },
);

export const WHICH: Entry = /* @__PURE__ */ entry(
  "whichChildren",
  (_process, { children }): ChildEntry[] =>
    [...children.values()].map((child) => ({
      id: child.id,
      handle: child.slot.handle,
      state: isActive(child) ? "running" : child.restarting ? "restarting" : "stopped",
      type: typeOf(child.specification),
    })),
);

export const COUNT: Entry = /* @__PURE__ */ entry(
  "countChildren",
  (_process, { children, dynamic }): ChildCounts => {
    const all = [...children.values()];
    const supervisors = all.filter(
      ({ specification }) => typeOf(specification) === "supervisor",
    ).length;
    return {
      specs: dynamic?.template ? 1 : all.length,
      active: all.filter(isActive).length,
      supervisors,
      workers: all.length - supervisors,
    };
  },
);

export const SPEC: Entry = /* @__PURE__ */ entry(
  "getChildSpec",
  (process, state, [which]): ChildSummary => {
    const child = find("describe", state, which);
    if (child === null) throw childRefused("describe", nameOf(which), "notFound");
    const { specification } = child;
    const { implementation, options } = specification;
    const { supervises } = implementation.program;
    return {
      id: child.id,
      restart: restartOf(child),
      shutdownMs: options.shutdownMs ?? (supervises ? Infinity : process.kernel.limits.shutdownMs),
      significant: options.significant ?? false,
      type: typeOf(specification),
    };
  },
);

const isActive = ({ process }: Child): boolean => process?.hasStarted === true;
const typeOf = ({ implementation, options }: Specification): ChildType =>
  options.type ?? (implementation.program.supervises ? "supervisor" : "worker");
const nameOf = (which: unknown): string => (which instanceof Ref ? which.id : String(which));

/** Starts a child that was asked for; one that does not start is the caller's business. */
async function start(
  process: Process,
  state: Supervising,
  child: Child,
  isRestart: boolean,
): Promise<Ref> {
  const { slot } = child;
  const outcome = await startChild(process, child);
  if (outcome.kind === "failed") {
    slot.set("down");
    if (!isRestart) forget(state, child);
    throw new StartFailed(child.id, outcome.reason);
  }
  if (outcome.kind === "ignored" && isForgotten(state, child)) forget(state, child);
  return slot.handle;
}

/** The child under an id, which has to have no process. */
function stopped(action: string, state: Supervising, id: unknown): Child {
  if (state.dynamic !== null) throw childRefused(action, nameOf(id), "dynamic");
  const child = find(action, state, id) as Child;
  if (child.process !== null || child.restarting) {
    throw childRefused(action, child.id, child.restarting ? "restarting" : "running");
  }
  return child;
}

/**
 * The child under an id, or under its handle or a ref of its process. Null for a handle of a child that
 * is gone for good.
 */
function find(action: string, state: Supervising, which: unknown): Child | null {
  const { children, dynamic } = state;
  if (which instanceof Ref) {
    const { target } = which;
    const { process } = target;
    const { name = "" } = (process?.place ?? target) as { name?: string };
    const child = children.get(name);
    if (child?.slot === target || (process !== null && child?.process === process)) return child;
    if (dynamic !== null && target.standing === "down") return null;
  } else {
    const child = children.get(which as string);
    if (child !== undefined) return child;
    if (dynamic !== null) throw childRefused(action, nameOf(which), "dynamic");
  }
  throw childRefused(action, nameOf(which), "notFound");
}
