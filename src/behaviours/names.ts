// Names: processes that others find by a word instead of a ref (P-5).
//
// Owns what a user does with names: of a system, whose names are a small registry of its own, and of
// registries, which hold many. The entries are kernel/registrations.ts, the handles named-target.ts.
// All of it is functions: a bundle that names nothing holds nothing of it.

import type { ActorRef } from "../kernel/actor-ref.js";
import { printed } from "../kernel/exit-reason.js";
import { NamedTarget } from "../kernel/named-target.js";
import type { Process, Program, Target } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import {
  alreadyRegistered,
  type Key,
  pathOf,
  type Registrations,
  tableOf,
} from "../kernel/registrations.js";
import { exitError } from "../kernel/told.js";
import { type Behaviour, Implementation, implementationOf } from "./behaviour.js";
import { type Owner, processOf } from "./owner.js";
import type { Handle } from "./server-handle.js";

/** How a name may be told to differ. */
export interface NamedOptions {
  /** The registry whose key the name is. Default: the names of the system. */
  readonly registry?: ActorRef | undefined;
  /** What the registry keeps beside it. */
  readonly value?: unknown;
}

/**
 * The same behaviour, whose process is registered under `name` from before its `init` to its end. A
 * start while another process has the name fails, and its `init` does not run.
 *
 * @example
 * ```ts
 * const Main = named("main", Counter);
 * await system.start(Main, 3);
 * byName(system, "main", Counter).cast.inc();
 * ```
 *
 * **How to supervise.** As a child like any other: `child(named("main", Counter), [3])`. Each new
 * incarnation takes the name again; handles by name follow it.
 *
 * **When not to use it.** For a child of your own, pass its handle on: that needs no name, and the
 * compiler knows it.
 *
 * @throws TypeError for a name that is no {@link Key} and a value that is no behaviour. At the start,
 * {@link AlreadyRegistered} as the cause of StartFailed.
 * Source: OTP gen_server:start_link/4.
 */
export function named<Args extends readonly unknown[], H>(
  name: Key,
  behaviour: Behaviour<Args, H>,
  options: NamedOptions = {},
): Behaviour<Args, H> {
  const path = pathOf(name);
  const { program, refClass } = implementationOf(behaviour);
  const { registry, value } = options;
  const target = registry === undefined ? null : targetOf(registry);
  const own: Program = Object.assign(Object.create(program), {
    init(process: Process, args: readonly unknown[]): unknown {
      enter(target ?? rootOver(process), path, name, process, value);
      return program.init(process, args);
    },
  });
  return new Implementation(own, refClass) as never;
}

/**
 * Gives a process a name in its system. It loses it with its end.
 *
 * @throws AlreadyRegistered if another process has the name, or this one has another name; ActorExit
 * with the reason `noproc` if it is gone; TypeError for a name that is no {@link Key}.
 *
 * @example
 * ```ts
 * register(system, "main", await system.start(Counter));
 * ```
 * Source: OTP erlang:register/2.
 */
export function register(owner: Owner, name: Key, ref: ActorRef): void {
  enterRef(rootOver(processOf("owner", owner)), name, ref, undefined);
}

/** Takes a name back. False if nobody has it. */
export function unregister(owner: Owner, name: Key): boolean {
  const table = tableOf(rootOver(processOf("owner", owner)));
  const found = table?.at(pathOf(name)) ?? [];
  for (const registration of found) table?.drop(registration);
  return found.length > 0;
}

/** The process that has a name now, as a ref to this incarnation; null if nobody has it. */
export function whereis(owner: Owner, name: Key): Handle | null {
  const process = tableOf(rootOver(processOf("owner", owner)))?.holder(pathOf(name));
  return process ? (process.ref as Ref) : null;
}

/**
 * A handle by name: each send finds who has the name then, so it follows restarts. While nobody has
 * it, casts give `false` and calls reject with `noproc`, or wait with `with({ whenDown: "wait" })`.
 *
 * `status`, `subscribe` and `getSnapshot` are those of whoever has the name. With a behaviour the
 * handle can call it; a send throws TypeError if a process of another behaviour has the name.
 *
 * @example
 * ```ts
 * const main = byName(system, "main", Counter);
 * const count = await main.with({ whenDown: "wait" }).call.get();
 * ```
 */
export function byName(owner: Owner, name: Key): Handle;
export function byName<Args extends readonly unknown[], H>(
  owner: Owner,
  name: Key,
  behaviour: Behaviour<Args, H>,
): H;
export function byName(owner: Owner, name: Key, behaviour?: unknown): unknown {
  return handleAt(rootOver(processOf("owner", owner)), name, behaviour);
}

/** A handle to whoever is registered under a key of `registry`. */
export function handleAt(registry: Target, key: Key, behaviour: unknown): Ref {
  if (behaviour === undefined) return new Ref(new NamedTarget(registry, key, null));
  const { program, refClass } = implementationOf(behaviour);
  return new refClass(new NamedTarget(registry, key, program));
}

/** Registers the process that `ref` means now. */
export function enterRef(registry: Target, key: Key, ref: ActorRef, value: unknown): void {
  const { process } = targetOf(ref);
  if (process === null || process.ending !== null) {
    throw exitError({ label: ref.id }, `register ${ref.id}`, "noproc");
  }
  enter(registry, pathOf(key), key, process, value);
}

/** The registrations of a registry that is there. Throws ActorExit with `noproc` otherwise. */
export function tableIn(registry: Target): Registrations {
  const { process } = registry;
  const table = process === null || process.ending !== null ? null : tableOf(process);
  if (table !== null) return table;
  throw exitError(registry, `use the registry ${registry.label}`, "noproc");
}

function enter(registry: Target, path: string, key: Key, process: Process, value: unknown): void {
  const table = tableIn(registry);
  // As in OTP: a process with two names in a system would be two things to whoever reads of it.
  const other = registry === rootOver(process) ? table.of(process)[0] : undefined;
  if (other !== undefined) throw alreadyRegistered(key, process.label, other.key);
  table.add(path, key, process, value);
}

/** The root of a system: its state are the names of the system. */
function rootOver(process: Process): Process {
  let root = process;
  while (root.parent !== null) root = root.parent;
  return root;
}

function targetOf(ref: ActorRef): Target {
  if (ref instanceof Ref) return ref.target;
  throw new TypeError(`Cannot register ${printed(ref)}: it is not a ref or a handle`);
}
