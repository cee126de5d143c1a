// Registrations: which processes stand under which keys. What a system's names and a registry hold.
//
// Owns the keys (what can be one, and when two are the same), one or several processes under each, and
// the rule that an entry ends with its process (P-5). Who may register, and who is told, is
// behaviours/names.ts and the registry's business.

import { WordedError } from "./errors.js";
import { printed } from "./exit-reason.js";
import { append, Node, remove } from "./list.js";
import { extrasOf, type Process, type Watcher } from "./process.js";

/** A part of a {@link Key}. Compared by what it says: two equal lists are one key. */
export type KeyPart = string | number | bigint | boolean | null | readonly KeyPart[];

/** What a process can be registered under: a string that is a word, or a list such as `["room", 7]`. */
export type Key = string | readonly KeyPart[];

/** A unique key is taken, or the process has another name in its system. */
export class AlreadyRegistered extends WordedError<AlreadyRegistered> {
  override readonly name: string = "AlreadyRegistered";
  readonly code: "already-registered" = "already-registered";
  declare readonly key: Key;
  /** The process that has it, such as `room#7`. */
  declare readonly process: string;
}

/** The error of a key that `process` has, or of one more for a process that is registered as `other`. */
export function alreadyRegistered(key: Key, process: string, other: Key = key): AlreadyRegistered {
  const message =
    `Cannot register ${printed(key)}: ${process} is registered as ${printed(other)}; ` +
    `unregister or stop that one first`;
  return new AlreadyRegistered({ message, key, process });
}

/** A process under a key. It stands among the watchers of its process, and so ends with it. */
export class Registration extends Node implements Watcher {
  readonly key: Key;
  readonly path: string;
  readonly process: Process;
  readonly value: unknown;
  readonly table: Registrations;

  constructor(table: Registrations, path: string, key: Key, process: Process, value: unknown) {
    super();
    this.table = table;
    this.path = path;
    this.key = key;
    this.process = process;
    this.value = value;
  }

  notify(): void {
    this.table.drop(this);
  }
}

/** What stands under each key; null under the one that is vacant. */
type Part = Map<string, Registration | Set<Registration> | null>;

/** All registrations of one registry, or of one system: the state of its process. */
export class Registrations {
  /** What belongs to the registry itself; made when first asked for. */
  meta: Map<string, unknown> | null = null;
  /** How often something was registered or taken out. */
  changes = 0;
  readonly unique: boolean;
  readonly #changed: ((joined: boolean, registration: Registration) => void) | undefined;
  // Several maps, for a map of a million entries stops the world when it grows.
  readonly #parts: Part[];
  // A key that is given up is mostly taken again soon: the last one keeps its place in its map, with
  // nothing in it. To take a key out and put it in again is what maps are slow at: each time leaves
  // an entry behind that all who look for the key pass by, until the map is made anew.
  #vacant: string | null = null;
  readonly #followers: Map<string, Set<() => void>> = new Map();

  constructor(
    unique: boolean,
    partitions: number,
    changed?: (joined: boolean, registration: Registration) => void,
  ) {
    this.unique = unique;
    this.#parts = Array.from({ length: partitions }, () => new Map());
    this.#changed = changed;
  }

  /** Registers a process that has not begun to end. Throws AlreadyRegistered. */
  add(path: string, key: Key, process: Process, value: unknown): void {
    const part = this.#part(path);
    const held = part.get(path) ?? null;
    if (this.unique && held !== null) {
      throw alreadyRegistered(key, (held as Registration).process.label);
    }
    if (this.#vacant === path) this.#vacant = null;
    const registration = new Registration(this, path, key, process, value);
    append(extrasOf(process).watchers, registration);
    if (this.unique) part.set(path, registration);
    else part.set(path, ((held as Set<Registration>) ?? new Set()).add(registration));
    this.#tell(true, registration);
  }

  /** Takes a registration out, and tells who follows its key. */
  drop(registration: Registration): void {
    const { path } = registration;
    const part = this.#part(path);
    remove(registration);
    const held = this.unique ? undefined : (part.get(path) as Set<Registration> | undefined);
    held?.delete(registration);
    if (held === undefined || held.size === 0) this.#vacate(part, path);
    this.#tell(false, registration);
  }

  /** What stands under a key, in the order it came. */
  at(path: string): Registration[] {
    const held = this.#part(path).get(path) ?? null;
    return held === null ? [] : held instanceof Set ? [...held] : [held];
  }

  /** The process of a unique key. */
  holder(path: string): Process | null {
    const held = this.#part(path).get(path);
    return held instanceof Registration ? held.process : null;
  }

  /** What a process is registered under here, in the order it came. */
  of({ extras }: Process): Registration[] {
    const list: Registration[] = [];
    for (let node = extras === null ? null : extras.watchers.first; node; node = node.next) {
      if (node instanceof Registration && node.table === this) list.push(node);
    }
    return list;
  }

  /** Everything, one partition after the other. */
  all(): Registration[] {
    return this.#parts.flatMap((part) =>
      [...part.values()].flatMap((held) => (held instanceof Set ? [...held] : (held ?? []))),
    );
  }

  /** Calls `listener` whenever something comes or goes under this key. Gives what ends that. */
  follow(path: string, listener: () => void): () => void {
    const followers = this.#followers.get(path) ?? new Set();
    this.#followers.set(path, followers.add(listener));
    return () => {
      followers.delete(listener);
      if (followers.size === 0 && this.#followers.get(path) === followers) {
        this.#followers.delete(path);
      }
    };
  }

  #tell(joined: boolean, registration: Registration): void {
    this.changes++;
    this.#changed?.(joined, registration);
    if (this.#followers.size === 0) return;
    const followers = this.#followers.get(registration.path);
    if (followers !== undefined) for (const listener of [...followers]) listener();
  }

  #vacate(part: Part, path: string): void {
    if (this.#vacant !== null) this.#part(this.#vacant).delete(this.#vacant);
    this.#vacant = path;
    part.set(path, null);
  }

  #part(path: string): Part {
    const { length } = this.#parts;
    let hash = 0;
    if (length > 1) {
      for (let at = 0; at < path.length; at++) hash = (hash * 31 + path.charCodeAt(at)) >>> 0;
    }
    return this.#parts[hash % length] as Part;
  }
}

/** What is registered with a process: a registry, or the root of a system, whose names are made now. */
export function tableOf(process: Process): Registrations | null {
  if (process.parent === null) process.state ??= new Registrations(true, 1);
  return process.state instanceof Registrations ? process.state : null;
}

/**
 * The text that stands for a key: equal keys have equal texts. Throws TypeError for what is no key: a
 * bare number or a string that looks like one could be the other, a function or an object is only equal
 * to itself.
 */
export function pathOf(key: unknown): string {
  // Most words stand for themselves, and cost no new text. Those that could be taken for a number, or for
  // the text of a list or of another word, are quoted: they begin with no more than a 9, or with a bracket.
  const first = typeof key === "string" ? key.charCodeAt(0) : 0;
  if (first > 57 && first !== 91) return key as string;
  const isKey =
    typeof key === "string"
      ? key !== "" && !/^-?\d+$/.test(key)
      : Array.isArray(key) && key.length > 0;
  const path = isKey ? pathOfPart(key as KeyPart) : null;
  if (path !== null) return path;
  throw new TypeError(
    `key is ${printed(key)}: it must be a word such as "news", or a list of strings, numbers and the like such as ["room", 7]`,
  );
}

function pathOfPart(part: KeyPart): string | null {
  if (typeof part === "string") return JSON.stringify(part);
  if (typeof part === "bigint") return `${part}n`;
  if (typeof part === "number") return Number.isFinite(part) ? String(part) : null;
  if (typeof part === "boolean" || part === null) return String(part);
  if (!Array.isArray(part)) return null;
  const parts = part.map(pathOfPart);
  return parts.includes(null) ? null : `[${parts.join()}]`;
}
