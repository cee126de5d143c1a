// Handlers: what of an actor can be named from another realm.
//
// Owns the tables of declared handlers, which have no prototype, so that no other name means anything. Which
// of them a peer that is not trusted may call is guests.ts, what is done with a message incoming.ts.

import { CALL, type CAST, Entry, STREAM } from "../../kernel/operation.js";
import type { Process } from "../../kernel/process.js";
import { NoMethod } from "../wire/errors.js";
import { wrong } from "../wire/frame-checks.js";
import type { GuestRules } from "./guest-rules.js";
import { PASSED_ON } from "./proxy.js";
import { RemoteRef } from "./remote-ref.js";

/** The handlers of one kind, by name. */
type Table = Record<string, Entry>;

interface Tables {
  readonly calls: Table;
  readonly casts: Table;
  readonly streams: Table;
}

/** What the refs of a behaviour declare: see behaviours/faces.ts. */
export type Declared = Partial<Record<"calls" | "casts", readonly Entry[]>>;

/** Made once for each class of refs, of what its behaviour declares. */
const tables: WeakMap<object, Tables> = new WeakMap();

function tablesOf(process: Process): Tables {
  const refClass = process.ref.constructor as Declared;
  let found = tables.get(refClass);
  if (found === undefined) {
    const streams = tableOf([...(process.program.streams?.values() ?? [])]);
    found = { calls: tableOf(refClass.calls), casts: tableOf(refClass.casts), streams };
    tables.set(refClass, found);
  }
  return found;
}

function tableOf(entries: readonly Entry[] = []): Table {
  const table: Table = Object.create(null);
  for (const entry of entries) table[entry.name] = entry;
  return table;
}

/**
 * The declared handler of that name; of actors of a third realm, or a pool of them, whatever is asked for.
 *
 * @throws NoMethod, or NotServable where the peer is not trusted and nothing checks what it sends.
 */
export function entryOf(
  process: Process,
  kind: typeof CALL | typeof CAST | typeof STREAM,
  name: string,
  guests: GuestRules | null,
  peer: string,
): Entry {
  if (typeof name !== "string") throw wrong("a handler", name);
  if (guests === null && process.ref instanceof RemoteRef) return new Entry(kind, name, PASSED_ON);
  const { calls, casts, streams } = tablesOf(process);
  const table = kind === CALL ? calls : kind === STREAM ? streams : casts;
  const entry = table[name];
  if (entry === undefined) {
    const known = Object.keys(table);
    if (name in casts) known.push(`the cast ${name}`);
    // Whoever is not trusted is not told what else there is.
    throw new NoMethod(process.label, name, guests === null ? known : []);
  }
  guests?.checkHandler(process, entry, peer);
  return entry;
}
