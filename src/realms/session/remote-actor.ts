// RemoteActor: what a proxy knows of the actor it stands for, which lives in another realm.
//
// Owns the calls that wait there, the credit (how many messages it still takes), the snapshot it sent last,
// and whether it is gone. It is the state of a proxy process: see proxy.ts, which does the sending.

import type { CallRequest } from "../../kernel/call-request.js";
import { end } from "../../kernel/ending.js";
import type { ExitReason } from "../../kernel/exit-reason.js";
import type { Owed, Process } from "../../kernel/process.js";
import { exitError } from "../../kernel/told.js";
import type { WireId } from "../wire/wire.js";
import type { Channel } from "./channel.js";
import { Numbered } from "./numbered.js";

/**
 * How a proxy came to its actor: it was started for it, and ends with it; it is there once for all, and
 * is reached; or somebody gave a ref to it.
 */
export type Bond = "owned" | "shared" | "known";

/** How long snapshots that nobody looks at are sent, in milliseconds. */
const UNSEEN_MS = 5_000;

/**
 * How many messages past its credit an actor is sent at most, so that ends behind them are told. Behind more
 * an end waits as they do: a link over which actors end all the time would have no credit at all.
 */
const HURRIED = 4_096;

/** The actor behind a proxy. */
export class RemoteActor implements Owed {
  readonly channel: Channel;
  readonly id: WireId;
  readonly bond: Bond;
  /** Its proxy. */
  process: Process | null = null;
  /** Set while a link is made because the peer said so: it need not be told of it. */
  linking = false;
  /** Local actors that ended while they were linked with it. */
  readonly fallen: WeakSet<Process> = new WeakSet();
  /** Its end has begun there by itself: nobody here need ask for it. */
  falling = false;
  gone = false;
  /** How often a ref of it has come. */
  given = 0;
  /** How many messages it still takes; below 0 if it was sent more. */
  credit: number;
  /** How many ends are to be told behind what waits for it here. */
  #hurries = 0;
  /** What its `view` gave last; undefined until somebody looks. */
  view: unknown;
  #isSent = false;
  /** Whether somebody has looked at what came last, and when the last was come that somebody did look at. */
  #wasSeen = false;
  #seenAtMs = 0;
  /** Told of each call whose caller gave up, once nothing runs there for it any more. */
  onStopped: ((request: CallRequest) => void) | null = null;
  readonly #calls: Numbered<CallRequest> = new Numbered();
  #room: (() => void)[] = [];
  #onGone: (() => void)[] = [];

  constructor(channel: Channel, id: WireId, bond: Bond) {
    this.channel = channel;
    this.id = id;
    this.bond = bond;
    this.credit = channel.credit;
  }

  /** A call waits there under this number. */
  sent(request: CallRequest, id: number): void {
    request.ticket = id;
    this.#calls.add(id, request);
    this.channel.await(id, request);
  }

  /** Part of {@link Owed}: a call that was sent is owed an answer already. */
  add(): void {}

  /** A call has settled. If no reply did that, its caller gave up, and the other side must know. */
  delete(request: CallRequest): void {
    const id = request.ticket;
    // A call may have been passed on to another actor, under a number of that one's.
    if (this.#calls.get(id) !== request) return;
    this.#calls.take(id);
    request.ticket = 0;
    if (!this.channel.pending.has(id)) return;
    const { onStopped } = this;
    const told = onStopped === null ? null : () => onStopped(request);
    this.channel.cancel(id, { t: "cancel", id }, told);
  }

  [Symbol.iterator](): Iterator<CallRequest> {
    return this.#calls.values()[Symbol.iterator]();
  }

  /** Whether it may be sent a message now. */
  get takes(): boolean {
    return this.credit > 0 || (this.#hurries > 0 && this.credit > -HURRIED);
  }

  /**
   * An end more (`n` is 1), or less, is to be told behind what waits for it: until then it is sent more than
   * it has granted, up to {@link HURRIED}. Not where that is counted, by a realm that does not trust this one.
   */
  hurry(n: 1 | -1): void {
    if (this.channel.peerMaxRefs < Infinity) return;
    this.#hurries += n;
    this.grant(0);
  }

  /** Resolves as soon as it takes a message. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#room.push(resolve));
  }

  /** Somebody looks, for the first time since something came: what it shows is sent from now on. */
  look(): unknown {
    this.#wasSeen = true;
    this.#watch(true);
    return this.view;
  }

  /** Its `view` gave another snapshot. What nobody has looked at for a while is not to be sent on. */
  show(value: unknown): void {
    const { signals, heardAtMs } = this.channel;
    signals.hold(this);
    if (this.#wasSeen) this.#seenAtMs = heardAtMs;
    else if (heardAtMs - this.#seenAtMs >= UNSEEN_MS) this.#watch(false);
    this.#wasSeen = false;
    this.view = value;
    this.process?.extras?.view?.touch();
  }

  #watch(on: boolean): void {
    if (this.#isSent === on) return;
    this.#isSent = on;
    this.channel.post({ t: "watch", to: this.id, on });
  }

  grant(n: number): void {
    this.credit += n;
    for (const resolve of this.#room.splice(0)) resolve();
  }

  /** Resolves when it is gone, or when nobody can know any more. */
  whenGone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.gone) resolve();
      else {
        this.channel.expect(1);
        this.#onGone.push(resolve);
      }
    });
  }

  /** Its end has begun there: so has that of its proxy, which takes nothing any more (H-1). */
  fall(reason: ExitReason): void {
    const { process } = this;
    if (process === null || process.ending !== null) return;
    this.falling = true;
    end(process, reason, false);
  }

  /** It is gone, or nobody can know any more; so is its proxy. `why`: the error behind the reason, if told. */
  down(reason: ExitReason, why?: unknown): void {
    if (this.gone) return;
    this.gone = true;
    this.channel.signals.over(this);
    this.channel.expect(-this.#onGone.length);
    for (const resolve of this.#onGone.splice(0)) resolve();
    const { process } = this;
    if (process === null) return;
    const { label, place, ending } = process;
    const { loss } = this.channel;
    const failure = why ?? loss ?? undefined;
    // It was asked to end, and has: a link that is lost meanwhile is no failure. What it said itself counts.
    if (ending !== null && !this.falling && loss !== null) end(process, ending.reason, true);
    else {
      // One that was killed here keeps that for its reason.
      if (ending?.abrupt === false) {
        ending.reason = reason;
        ending.failure = failure;
      }
      end(process, reason, true, undefined, failure);
    }
    // One that was ending already would refuse them with a reason of its own, and later.
    for (const request of this.#calls.values()) {
      const { name } = request;
      const who = { label, place, ending: { failure } };
      request.reject(exitError(who, `call ${label}.${name}`, reason, name));
    }
  }
}
