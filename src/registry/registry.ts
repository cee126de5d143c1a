// registry: processes under keys of your own, found, listed and told by them.
//
// Owns the definition of a registry and its refs. The entries are kernel/registrations.ts, handles by key
// kernel/named-target.ts. A registry is a process, so it is supervised like one; what it is asked it
// answers at once, for it only looks into a map of its own realm. Source: Elixir's Registry.

import {
  type Behaviour,
  checkId,
  Implementation,
  implementationOf,
} from "../behaviours/behaviour.js";
import { enterRef, handleAt, tableIn } from "../behaviours/names.js";
import type { Handle } from "../behaviours/server-handle.js";
import type { ActorRef } from "../kernel/actor-ref.js";
import { exitSignal } from "../kernel/ending.js";
import { checkFunction, checkWhole, oneOf } from "../kernel/errors.js";
import { isNormalReason, printed } from "../kernel/exit-reason.js";
import { type Process, type Program, watch } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { type Key, pathOf, type Registration, Registrations } from "../kernel/registrations.js";

/** How a registry may be told to differ. */
export interface RegistryOptions {
  /** One process a key (`unique`, the default), or any number (`duplicate`). */
  readonly keys?: "unique" | "duplicate" | undefined;
  /** Its identity in logs and inspectors. Default `registry`. */
  readonly id?: string | undefined;
  /**
   * Over how many tables the keys are spread. One map stops everything while it grows, for milliseconds
   * from some hundred thousand keys on; several grow one at a time. A whole number; default 1.
   */
  readonly partitions?: number | undefined;
  /** Processes that are told of each entry that comes or goes, by a {@link RegistryEvent}. */
  readonly listeners?: readonly ActorRef[] | undefined;
}

/** An entry of a registry. */
export interface Registered<Value> {
  /** What it stands under. */
  readonly key: Key;
  /** The process. */
  readonly ref: Handle;
  /** What was kept beside it. */
  readonly value: Value;
}

/** What listeners get, as the `message` of an `info` of type `message`. */
export interface RegistryEvent<Value = unknown> extends Registered<Value> {
  /** What happened. */
  readonly type: "register" | "unregister";
  /** The registry. */
  readonly registry: ActorRef;
}

/**
 * A ref or handle of a registry. Each method but `via` throws ActorExit with the reason `noproc` while the
 * registry is down, and TypeError for what is no {@link Key}.
 *
 * `getSnapshot` is a number that changes whenever an entry comes or goes: a UI lists again then.
 */
export interface Registry<Value = undefined> extends Handle<number> {
  /**
   * Puts the process that `ref` means now under a key, with a value. It ends with the process.
   *
   * @throws AlreadyRegistered if keys are unique and this one is taken, ActorExit with the reason
   * `noproc` if the process is gone.
   */
  register(
    key: Key,
    ref: ActorRef,
    ...value: undefined extends Value ? [value?: Value] : [value: Value]
  ): void;
  /** Takes out what stands under a key; with `ref`, of that process only. False if there was nothing. */
  unregister(key: Key, ref?: ActorRef): boolean;
  /** What stands under a key, in the order it came. */
  lookup(key: Key): Registered<Value>[];
  /** All keys, each once; with `ref`, those of that process. */
  keys(ref?: ActorRef): Key[];
  /** The values under a key; with `ref`, of that process only. */
  values(key: Key, ref?: ActorRef): Value[];
  /** How many entries there are, or stand under a key. */
  count(key?: Key): number;
  /** The entries under a key that `where` says yes to. */
  match(key: Key, where: (value: Value, ref: Handle) => boolean): Registered<Value>[];
  /** All entries that `where` says yes to, or what `project` makes of each. */
  select(where?: (entry: Registered<Value>) => boolean): Registered<Value>[];
  select<Result>(
    where: (entry: Registered<Value>) => boolean,
    project: (entry: Registered<Value>) => Result,
  ): Result[];
  /**
   * Publishes: calls `each` for every process under a key, in the order they came. With a behaviour only
   * for processes of that behaviour, whose calls and casts `each` can use then. Gives how many.
   */
  dispatch(key: Key, each: (ref: Handle, value: Value) => unknown): number;
  dispatch<Args extends readonly unknown[], H>(
    key: Key,
    each: (ref: H, value: Value) => unknown,
    behaviour: Behaviour<Args, H>,
  ): number;
  /** Publishes a plain message: `info` of each process under a key gets it. Gives how many got it. */
  publish(key: Key, message: unknown): number;
  /**
   * A handle to whoever stands under a unique key: each send looks it up, so it follows restarts. As
   * `byName`, of which names of a system are the other case. The registry need not be there yet.
   *
   * @throws TypeError for a registry with duplicate keys.
   */
  via(key: Key): Handle;
  via<Args extends readonly unknown[], H>(key: Key, behaviour: Behaviour<Args, H>): H;
  /** What belongs to the registry itself. It begins empty with each incarnation. */
  readonly meta: Map<string, unknown>;
}

/**
 * Defines a registry: processes under keys. A key is a word or a list, such as `["room", 7]`; equal lists
 * are one key. An entry ends with its process, before anybody hears of that end.
 *
 * @example
 * ```ts
 * const rooms = await system.start(registry({ keys: "unique" }));
 * await system.start(named(["room", 7], Counter, { registry: rooms }), 3);
 * rooms.via(["room", 7], Counter).cast.inc();
 *
 * const topics = await system.start(registry<undefined>({ keys: "duplicate" }));
 * topics.register("news", await system.start(Counter));
 * topics.dispatch("news", (counter) => counter.cast.inc(), Counter);
 * ```
 *
 * **How to supervise.** As a child before those that use it, under `restForOne`: they register again
 * when it begins again. A registry that is killed or crashes takes the processes registered in it along,
 * as Elixir's does by its links: none is left that believes to be registered.
 *
 * **Timeouts.** None: what it is asked it answers at once.
 *
 * **When not to use it.** For children of your own pass handles on. For data that is no process, a table.
 *
 * @throws TypeError or RangeError for options out of range.
 * Source: Elixir Registry.
 */
export function registry<Value = undefined>(
  options: RegistryOptions = {},
): Behaviour<[], Registry<Value>> {
  const { keys = "unique", id = "registry", partitions = 1, listeners = [] } = options;
  checkId("registry", id);
  oneOf(`keys of ${id}`, keys, ["unique", "duplicate"]);
  checkWhole(`partitions of ${id}`, partitions, 1);
  for (const listener of listeners) {
    if (!(listener instanceof Ref)) {
      throw new TypeError(
        `listeners of ${id} has ${printed(listener)}: it must be a ref or a handle`,
      );
    }
  }
  const program: Program = {
    id,
    terminates: false,
    init(process) {
      const table = new Registrations(keys === "unique", partitions, (joined, registration) => {
        process.extras?.view?.touch();
        if (listeners.length === 0) return;
        const type = joined ? "register" : "unregister";
        const event = { type, registry: process.ref, ...entryOf(registration) };
        for (const listener of listeners) (listener as Ref).send(event);
      });
      // Not on the way down, but when it is gone: its supervisor hears of it first, and what it takes
      // along finds it again.
      watch(process, (reason) => {
        const registrations = table.all();
        for (const registration of registrations) table.drop(registration);
        if (isNormalReason(reason)) return;
        for (const one of new Set(registrations.map((registration) => registration.process))) {
          exitSignal(one, process, reason);
        }
      });
      return table;
    },
    invoke: () => undefined,
    info: () => undefined,
    terminate: () => undefined,
    view: (process) => (process.state as Registrations).changes,
  };
  return new Implementation(program, RegistryRef) as never;
}

const entryOf = ({ key, process, value }: Registration): Registered<unknown> => ({
  key,
  ref: process.ref as Ref,
  value,
});

class RegistryRef extends Ref {
  register(key: Key, ref: ActorRef, value: unknown): void {
    enterRef(this.target, key, ref, value);
  }

  unregister(key: Key, ref?: ActorRef): boolean {
    const found = this.#at(key, ref);
    for (const registration of found) registration.table.drop(registration);
    return found.length > 0;
  }

  lookup(key: Key): Registered<unknown>[] {
    return this.#at(key).map(entryOf);
  }

  keys(ref?: ActorRef): Key[] {
    const table = tableIn(this.target);
    const list = ref === undefined ? table.all() : of(table, ref);
    return [...new Map(list.map(({ path, key }) => [path, key])).values()];
  }

  values(key: Key, ref?: ActorRef): unknown[] {
    return this.#at(key, ref).map(({ value }) => value);
  }

  count(key?: Key): number {
    return (key === undefined ? tableIn(this.target).all() : this.#at(key)).length;
  }

  match(key: Key, where: (value: unknown, ref: Handle) => boolean): Registered<unknown>[] {
    checkFunction("where", where);
    return this.lookup(key).filter(({ value, ref }) => where(value, ref));
  }

  select(
    where: (entry: Registered<unknown>) => boolean = () => true,
    project: (entry: Registered<unknown>) => unknown = (entry) => entry,
  ): unknown[] {
    checkFunction("where", where);
    checkFunction("project", project);
    return tableIn(this.target).all().map(entryOf).filter(where).map(project);
  }

  dispatch(
    key: Key,
    each: (ref: Handle, value: unknown) => unknown,
    behaviour?: Behaviour<never, unknown>,
  ): number {
    checkFunction("each", each);
    const id = behaviour === undefined ? undefined : implementationOf(behaviour).id;
    const found = this.#at(key).filter(
      ({ process }) => id === undefined || process.program.id === id,
    );
    for (const { process, value } of found) each(process.ref as Ref, value);
    return found.length;
  }

  publish(key: Key, message: unknown): number {
    return this.#at(key).filter(({ process }) => (process.ref as Ref).send(message)).length;
  }

  via(key: Key, behaviour?: unknown): Ref {
    const { state } = (this.target.process ?? {}) as Partial<Process>;
    if (state instanceof Registrations && !state.unique) {
      throw new TypeError(
        `Cannot reach one process via ${printed(key)} of ${this.id}: its keys are duplicate; use dispatch or lookup`,
      );
    }
    return handleAt(this.target, key, behaviour);
  }

  get meta(): Map<string, unknown> {
    const table = tableIn(this.target);
    table.meta ??= new Map();
    return table.meta;
  }

  #at(key: Key, ref?: ActorRef): Registration[] {
    const table = tableIn(this.target);
    const path = pathOf(key);
    return ref === undefined
      ? table.at(path)
      : of(table, ref).filter((registration) => registration.path === path);
  }
}

/** What a process is registered under. */
function of(table: Registrations, ref: ActorRef): Registration[] {
  if (!(ref instanceof Ref)) {
    throw new TypeError(`ref is ${printed(ref)}: it must be a ref or a handle`);
  }
  const { process } = ref.target;
  return process === null ? [] : table.of(process);
}
