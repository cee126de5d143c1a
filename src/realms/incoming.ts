// Incoming: what the other side wants of this realm's actors.
//
// Owns the way of a frame to a mailbox: who is meant, which declared handler, its arguments, and the
// answer. Only actors that were shown can be named, only declared handlers reached, by tables without a
// prototype. What a peer that is not trusted may not do at all is refused here. Starts are serving.ts.

import { Opening } from "../behaviours/stream-opening.js";
import { CallRequest } from "../kernel/call-request.js";
import { end, exitSignal, link, stopRequest, unlink } from "../kernel/ending.js";
import {
  deliverBeforeMail,
  deliverCall,
  deliverCast,
  deliverInfo,
  deliverSystem,
} from "../kernel/inbox.js";
import { CALL, CAST, Entry, packArguments, STREAM, SYSTEM } from "../kernel/operation.js";
import type { Process, SystemOperation } from "../kernel/process.js";
import type { Ref } from "../kernel/ref.js";
import { exitError } from "../kernel/told.js";
import type { Channel } from "./channel.js";
import { NoMethod } from "./errors.js";
import type { Exports } from "./exports.js";
import { MalformedFrame } from "./malformed-frame.js";
import { actorOf } from "./proxy.js";
import { RemoteRef } from "./remote-ref.js";
import type { Cancel, Exit, LinkFrame, Send, Stop, WireId } from "./wire.js";

/** A table of the handlers that may be named from outside. */
type Table = Record<string, Entry>;

interface Tables {
  readonly calls: Table;
  readonly casts: Table;
  readonly streams: Table;
}

/** Made once for each class of refs, of what its behaviour declares. */
const tables: WeakMap<object, Tables> = new WeakMap();

function tablesOf(process: Process): Tables {
  const refClass = process.ref.constructor as Partial<Record<"calls" | "casts", readonly Entry[]>>;
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

/** The declared handler; of actors of a third realm, or a pool of them, whatever is asked for. */
function entryOf(
  process: Process,
  kind: typeof CALL | typeof CAST | typeof STREAM,
  name: string,
): Entry {
  const { calls, casts, streams } = tablesOf(process);
  const table = kind === CALL ? calls : kind === CAST ? casts : streams;
  const entry = process.ref instanceof RemoteRef ? new Entry(kind, name, null) : table[name];
  if (entry === undefined) throw new NoMethod(process.label, name, Object.keys(table));
  return entry;
}

/** Where the answers of calls go. */
interface Answers {
  /** True once for each call that has not been cancelled. */
  forget(id: number): boolean;
  reply(id: number, value: unknown): void;
  refuse(id: number, error: unknown): void;
}

/**
 * A call of the other side: its answer is a frame, and nobody waits for its promise. It has a deadline
 * and no timer: the caller's own clock runs out, and a `cancel` says so here.
 */
class RemoteCall extends CallRequest {
  readonly #id: number;
  readonly #answers: Answers;
  readonly #deadlineMs: number;

  constructor(
    entry: Entry,
    process: Process,
    caller: Process | null,
    id: number,
    ttl: number | undefined,
    answers: Answers,
  ) {
    super(entry, process, caller, null);
    this.#id = id;
    this.#answers = answers;
    this.#deadlineMs =
      ttl === undefined ? Number.POSITIVE_INFINITY : process.kernel.platform.now() + ttl;
  }

  override get deadlineMs(): number {
    return this.#deadlineMs;
  }

  override resolve(value: unknown): boolean {
    const isFirst = this.settle();
    if (isFirst && this.#answers.forget(this.#id)) this.#answers.reply(this.#id, value);
    return isFirst;
  }

  override reject(error: unknown): boolean {
    const isFirst = this.settle();
    if (isFirst && this.#answers.forget(this.#id)) this.#answers.refuse(this.#id, error);
    return isFirst;
  }
}

/** How many messages an actor takes from a peer before that must wait; granted again in such steps. */
export const CREDIT = 1_024;

/** What one session does with frames for this realm's actors. */
export class Incoming implements Answers {
  readonly #channel: Channel;
  readonly #exports: Exports;
  readonly #calls: Map<number, CallRequest> = new Map();

  constructor(channel: Channel, exports: Exports) {
    this.#channel = channel;
    this.#exports = exports;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** `credit` is set for a call that opens a stream: see session-streams.ts. */
  call(
    id: number,
    to: WireId,
    m: string,
    args: unknown,
    ttl?: number,
    from?: readonly unknown[],
    credit?: number,
  ): void {
    const process = this.#process(to);
    const { codec, refs, streams } = this.#channel;
    const sink = credit === undefined ? null : streams.write(id, credit);
    try {
      if (process === null) {
        throw exitError(
          { label: this.#labelOf(to) },
          `call ${this.#labelOf(to)}.${m}`,
          "noproc",
          m,
        );
      }
      if (sink !== null) streams.checkRoom();
      const entry =
        sink === null ? entryOf(process, CALL, m) : new Opening(entryOf(process, STREAM, m), sink);
      const arg = argumentOf(entry, codec.decode(args));
      const caller = from === undefined ? null : (refs.refIn(from) as Ref).target.process;
      const request = new RemoteCall(entry, process, caller, id, ttl, this);
      this.#calls.set(id, request);
      deliverCall(process, request, arg);
      this.#count(to, process);
    } catch (error) {
      this.refuse(id, error);
    }
  }

  cast(to: WireId, m: string, args: unknown): void {
    const process = this.#process(to);
    if (process === null) return;
    try {
      const entry = entryOf(process, CAST, m);
      deliverCast(process, entry, argumentOf(entry, this.#channel.codec.decode(args)));
    } catch (error) {
      // Nobody waits for a cast. That it was not understood must not be lost.
      process.kernel.fault(error);
    }
    this.#count(to, process);
  }

  send({ to, message }: Send): void {
    const process = this.#process(to);
    if (process === null) return;
    deliverInfo(process, { type: "message", message: this.#channel.codec.decode(message) });
    this.#count(to, process);
  }

  /** The caller gave up: the handler's signal aborts. Told back when nothing runs for it any more. */
  cancel({ id }: Cancel): void {
    const request = this.#calls.get(id);
    this.#calls.delete(id);
    this.#channel.streams.stop(id);
    const told = (): boolean => {
      this.#channel.post({ t: "cancelled", id });
      return true;
    };
    if (request === undefined) told();
    else {
      const process = request.target as Process;
      const isInHand = process.current === request;
      request.giveUp(new DOMException("The caller waits no more", "AbortError"));
      if (!isInHand || process.current !== request) told();
      else
        deliverBeforeMail(
          process,
          { kind: SYSTEM, name: "cancelled", run: told } as SystemOperation,
          undefined,
        );
    }
  }

  stop({ to, reason, kill }: Stop): void {
    const process = this.#process(to);
    const decoded = this.#channel.codec.decodeReason(reason);
    if (process === null) return;
    if (kill) end(process, "killed", true);
    // A stop waits behind earlier mail; a shutdown, as by a supervisor, does not.
    else if (decoded === "normal") deliverSystem(process, stopRequest(decoded));
    else end(process, decoded, false);
  }

  exit({ to, from, reason }: Exit): void {
    const process = this.#process(to);
    const { codec, refs } = this.#channel;
    const sender = (refs.refIn(from) as Ref).target.process;
    const decoded = codec.decodeReason(reason);
    if (process === null || sender === null) return;
    if (decoded === "kill") end(process, "killed", true);
    else exitSignal(process, sender, decoded);
  }

  link({ t, to, from }: LinkFrame): void {
    const process = this.#process(to);
    const other = (this.#channel.refs.refIn(from) as Ref).target.process;
    if (process === null || other === null) return;
    const actor = actorOf(other);
    if (actor === null) return;
    actor.linking = true;
    if (t === "link") link(process, other);
    else unlink(process, other);
    actor.linking = false;
  }

  /** The link is gone: nobody waits for these any more. */
  close(error: unknown): void {
    for (const request of [...this.#calls.values()]) request.giveUp(error);
  }

  /** Part of {@link Answers}. */
  forget(id: number): boolean {
    return this.#calls.delete(id);
  }

  /** Answers a request with an error. */
  refuse(id: number, error: unknown): void {
    this.#channel.streams.stop(id);
    this.#channel.post({ t: "reply", id, error: this.#channel.codec.encodeFailure(error) });
  }

  /** Answers a request. */
  reply(id: number, value: unknown): void {
    const transfer: Transferable[] = [];
    try {
      const ok = this.#channel.codec.encode(value, transfer, "reply");
      this.#channel.post({ t: "reply", id, ok }, transfer);
    } catch (error) {
      this.refuse(id, error);
    }
  }

  #process(to: WireId): Process | null {
    return this.#exports.find(to)?.ref.target.process ?? null;
  }

  #labelOf(to: WireId): string {
    return this.#exports.find(to)?.ref.id ?? String(to);
  }

  /** Grants credit again, once the actor has dealt with what it was sent. */
  #count(to: WireId, process: Process): void {
    const shown = this.#exports.find(to);
    if (shown === undefined) return;
    shown.owing++;
    shown.ungranted++;
    if (shown.owing > 2 * CREDIT) {
      throw new MalformedFrame(`${shown.owing} messages for ${shown.ref.id} past its credit`);
    }
    if (shown.ungranted < CREDIT / 4) return;
    const n = shown.ungranted;
    shown.ungranted = 0;
    const run = (): boolean => {
      shown.owing -= n;
      this.#channel.post({ t: "credit", to, n });
      return true;
    };
    deliverSystem(process, { kind: SYSTEM, name: "grant", run });
  }
}

/** The arguments of a handler as its `accepts` takes them. */
function argumentOf(entry: Entry, args: unknown): unknown {
  if (!Array.isArray(args)) throw new TypeError(`The arguments of ${entry.name} are no list`);
  return packArguments(entry.check === null ? args : entry.check(args));
}
