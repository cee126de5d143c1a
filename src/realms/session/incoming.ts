// Incoming: what the other side wants of this realm's actors.
//
// Owns the way of a frame to a mailbox: who is meant, which declared handler, its arguments, and the
// answer. Only actors that were shown can be named, only declared handlers reached, by tables without a
// prototype. What a peer that is not trusted may not do is guests.ts. Starts are serving.ts.

import { Opening } from "../../behaviours/stream-opening.js";
import { CallRequest } from "../../kernel/call-request.js";
import { end, exitSignal, link, shutdown, stopRequest, unlink } from "../../kernel/ending.js";
import {
  deliver,
  deliverBeforeMail,
  deliverCall,
  deliverCast,
  deliverInfo,
  deliverSystem,
  deliverWhenRoom,
} from "../../kernel/inbox.js";
import {
  type CALL,
  CAST,
  type Entry,
  packArguments,
  type STREAM,
  SYSTEM,
} from "../../kernel/operation.js";
import type { Process, SystemOperation } from "../../kernel/process.js";
import type { Ref } from "../../kernel/ref.js";
import { exitError, lateError } from "../../kernel/told.js";
import { wrong } from "../wire/frame-checks.js";
import type { Movable } from "../wire/link.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import type { Cancel, Exit, LinkFrame, Send, Stop, WireId } from "../wire/wire.js";
import type { Channel } from "./channel.js";
import type { Exports } from "./exports.js";
import { entryOf } from "./handlers.js";
import { Numbered } from "./numbered.js";
import { onceHandled } from "./once-handled.js";
import { CREDIT } from "./peer-limits.js";
import { actorOf } from "./proxy.js";

/** Where the answers of calls go. */
interface Answers {
  /** True once for each call that has not been cancelled. */
  forget(id: number): boolean;
  reply(id: number, value: unknown, isPassedOn?: boolean): void;
  refuse(id: number, error: unknown): void;
}

/**
 * A call of the other side: its answer is a frame, and nobody waits for its promise. It has a deadline
 * and no timer: the caller's own clock runs out, and a `cancel` says so here.
 */
class RemoteCall extends CallRequest {
  readonly #caller: Ref | null;
  readonly #id: number;
  readonly #answers: Answers;
  readonly #deadlineMs: number;

  constructor(
    entry: Entry,
    process: Process,
    caller: Ref | null,
    id: number,
    deadlineMs: number,
    answers: Answers,
  ) {
    // Nobody here waits: the search for cycles ends with this call.
    super(entry, process, null);
    this.#caller = caller;
    this.#id = id;
    this.#answers = answers;
    this.#deadlineMs = deadlineMs;
  }

  override get caller(): Ref | undefined {
    return this.#caller ?? undefined;
  }

  override get leftMs(): number {
    return Math.max(0, this.#deadlineMs - (this.target as Process).kernel.platform.now());
  }

  override get deadlineMs(): number {
    return this.#deadlineMs;
  }

  override resolve(value: unknown): boolean {
    const isFirst = this.settle();
    if (isFirst && this.#answers.forget(this.#id))
      this.#answers.reply(this.#id, value, (this.target as Process).program.elsewhere);
    return isFirst;
  }

  override reject(error: unknown): boolean {
    const isFirst = this.settle();
    if (isFirst && this.#answers.forget(this.#id)) this.#answers.refuse(this.#id, error);
    return isFirst;
  }
}

/** What one session does with frames for this realm's actors. */
export class Incoming implements Answers {
  readonly #channel: Channel;
  readonly #exports: Exports;
  readonly #calls: Numbered<CallRequest> = new Numbered();

  constructor(channel: Channel, exports: Exports) {
    this.#channel = channel;
    this.#exports = exports;
  }

  /**
   * A call; one that opens a stream, which says how many values may come: see session-streams.ts; or an
   * offer, a cast that is answered once it is queued.
   */
  call(
    kind: typeof CALL | typeof CAST | typeof STREAM,
    id: number,
    to: WireId,
    m: string,
    args: unknown,
    ttl?: number,
    from?: readonly unknown[],
    credit?: number,
  ): void {
    if (ttl !== undefined && !(typeof ttl === "number" && ttl >= 0)) throw wrong("ttl", ttl);
    const process = this.#count(to);
    const { codec, guests, refs, signals, streams, link, limits } = this.#channel;
    const sink = credit === undefined ? null : streams.write(id, credit);
    try {
      // First: whoever is refused is to let go of the signals it sent.
      const decoded = codec.decode(args);
      signals.hold(id);
      if (process === null) {
        // Of one that is gone the peer has the name: it was told of its end.
        const label = this.#exports.find(to)?.ref.id ?? "an actor";
        throw exitError({ label }, `call ${label}.${m}`, "noproc", m);
      }
      guests?.checkCalls(`call ${process.label}.${m}`, this.#calls.size, limits.maxCalls);
      if (sink !== null) streams.checkRoom();
      const declared = entryOf(process, kind, m, guests, link.name);
      const entry = sink === null ? declared : new Opening(declared, sink);
      const arg = argumentOf(entry, decoded);
      // Whoever is not trusted speaks for nobody.
      const caller = from === undefined || guests !== null ? null : (refs.refIn(from) as Ref);
      const deadlineMs = ttl === undefined ? Infinity : this.#channel.heardAtMs + ttl;
      const request = new RemoteCall(entry, process, caller, id, deadlineMs, this);
      this.#calls.add(id, request);
      // One that is passed on is answered by the realm that it goes to.
      const isOffer = kind === CAST && !process.program.elsewhere;
      (isOffer ? deliverWhenRoom : deliverCall)(process, request, arg);
    } catch (error) {
      if (error instanceof MalformedFrame) throw error;
      this.refuse(id, error);
      signals.over(id);
    }
  }

  /** Casts to one handler, in their order: the arguments of each. */
  cast(to: WireId, m: string, list: readonly unknown[]): void {
    const { codec, guests, link } = this.#channel;
    let entry: Entry | null = null;
    for (const args of list) {
      const process = this.#count(to);
      const decoded = codec.decode(args);
      try {
        if (process !== null) {
          entry ??= entryOf(process, CAST, m, guests, link.name);
          deliverCast(process, entry, argumentOf(entry, decoded));
        }
      } catch (error) {
        if (error instanceof MalformedFrame) throw error;
        // Nobody waits for a cast. That it was not understood must not be lost; but a peer that is not
        // trusted must not fill the console.
        if (guests === null) this.#channel.kernel.fault(error);
        else lateError(process as Process, error);
      }
      this.#releaseBehind(process);
    }
  }

  send({ to, args }: Send): void {
    const process = this.#count(to);
    const message = this.#channel.codec.decode(args);
    if (process !== null) deliverInfo(process, { type: "message", message });
    this.#releaseBehind(process);
  }

  /** What came with a message that was just delivered, if to anybody, is needed until that is handled. */
  #releaseBehind(process: Process | null): void {
    const { signals } = this.#channel;
    if (process === null || signals.came.length === 0) return;
    const held = signals.came.splice(0);
    onceHandled(process, () => signals.release(held));
  }

  /** The caller gave up: the handler's signal aborts. Told back when nothing runs for it any more. */
  cancel({ id }: Cancel): void {
    const request = this.#calls.take(id);
    this.#channel.streams.stop(id);
    const reason = new DOMException("The caller waits no more", "AbortError");
    const told = (): void => {
      this.#channel.post({ t: "cancelled", id });
      // What promised to reply later may still wait for what came with it.
      this.#channel.signals.over(id, reason);
    };
    if (request === undefined) told();
    else {
      const process = request.target as Process;
      request.giveUp(reason);
      if (process.current !== request) told();
      else onceHandled(process, told, deliverBeforeMail);
    }
  }

  stop({ to, reason, how }: Stop): void {
    const process = this.#process(to);
    const decoded = this.#channel.codec.decodeReason(reason);
    if (process === null) return;
    if (how === "kill") end(process, "killed", true);
    else if (how === "waits") deliverSystem(process, stopRequest(decoded));
    else void shutdown(process, Infinity, decoded);
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
    for (const request of this.#calls.values()) request.giveUp(error);
  }

  /** Part of {@link Answers}. */
  forget(id: number): boolean {
    const request = this.#calls.take(id);
    if (request === undefined) return false;
    const { signals } = this.#channel;
    // An offer is handled after its reply, and a stream goes on.
    if (request.entry.kind === CAST) {
      onceHandled(request.target as Process, () => signals.over(id));
    } else if (!(request.entry instanceof Opening)) signals.over(id);
    return true;
  }

  /** Answers a request with an error. */
  refuse(id: number, error: unknown): void {
    this.#channel.streams.stop(id);
    this.#channel.post({ t: "reply", id, error: this.#channel.codec.encodeFailure(error) });
  }

  /** Answers a request. */
  reply(id: number, value: unknown, isPassedOn = false): void {
    const transfer: Movable[] = [];
    try {
      const ok = this.#channel.codec.encode(value, transfer, "reply", isPassedOn);
      this.#channel.post({ t: "reply", id, ok }, transfer);
    } catch (error) {
      this.refuse(id, error);
    }
  }

  #process(to: WireId): Process | null {
    return this.#exports.find(to)?.ref.target.process ?? null;
  }

  /**
   * Who is meant by a message; null if nobody is there. Counts it: credit is granted again once the actor
   * has dealt with what it was sent.
   */
  #count(to: WireId): Process | null {
    const shown = this.#exports.find(to);
    const process = shown?.ref.target.process ?? null;
    if (shown === undefined || process === null) return null;
    shown.owing++;
    shown.ungranted++;
    // Twice: what was sent to the incarnation before this one may have been on its way.
    this.#channel.guests?.checkOwing(shown.owing, 2 * CREDIT, shown.ref.id);
    if (shown.ungranted < CREDIT / 2) return process;
    const n = shown.ungranted;
    shown.ungranted = 0;
    const run = (): boolean => {
      shown.owing -= n;
      this.#channel.post({ t: "credit", to, n });
      return true;
    };
    const grant: SystemOperation = { kind: SYSTEM, name: "grant", run };
    // Not by deliverSystem: an actor that is suspended would be sent messages without end.
    deliver(process, grant, undefined);
    return process;
  }
}

/** The arguments of a handler as its `accepts` takes them. */
function argumentOf(entry: Entry, args: unknown): unknown {
  if (!Array.isArray(args)) throw new TypeError(`The arguments of ${entry.name} are no list`);
  return packArguments(entry.check === null ? args : entry.check(args));
}
