// Channel: one link with everything that is in flight on it.
//
// Owns the way of frames out (the first of a turn at once, its followers together), the requests that
// wait for an answer, what was cancelled and has not stopped yet, and the pulse: pings while something is
// pending, so that a silent peer is shown as busy. What arrives, and what it means, is reception.ts.
//
//   post ──► [first] ──► link       post, post ──► queue ──(end of the turn)──► [second, third] ──► link

import { printed } from "../../kernel/exit-reason.js";
import type { Kernel } from "../../kernel/process.js";
import { Alarm } from "../../kernel/timers.js";
import type { Codec, Resolver } from "../values/codec.js";
import { movedAway } from "../values/sendable.js";
import { compact } from "../wire/compact.js";
import { PeerBusy } from "../wire/errors.js";
import type { Link, LinkLoss, Movable } from "../wire/link.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import { joinRuns } from "../wire/runs.js";
import type { Frame, WireId } from "../wire/wire.js";
import type { GuestRules } from "./guest-rules.js";
import type { LinkTimes } from "./link-times.js";
import { Numbered } from "./numbered.js";
import type { PeerLimits } from "./peer-limits.js";
import type { Realm } from "./realm.js";
import type { SessionStreams } from "./session-streams.js";
import type { Signals } from "./signals.js";

/** Where a link stands, as `linkOf` shows it. */
export type LinkStatus = "connecting" | "open" | "busy" | "closed";

/** Somebody who waits for a `reply`: a call, a start. */
export interface Pending {
  readonly settled: boolean;
  resolve(value: unknown): unknown;
  reject(error: unknown): unknown;
}

/** What was cancelled and runs on: when that is too long, and who hears that it is over. */
interface Stopping {
  readonly overdue: Alarm;
  readonly told: (() => void) | null;
}

/** How many frames of one turn go together at most. */
const FLOOD = 256;
const NOTHING: readonly Movable[] = [];

/** One link, and what is in flight on it. */
export class Channel {
  readonly link: Link;
  /** What is asked for a peer that is not trusted; null for one that is. */
  readonly guests: GuestRules | null;
  readonly kernel: Kernel;
  readonly times: LinkTimes;
  readonly limits: PeerLimits;
  /** Set by the session, before anything is posted. */
  codec!: Codec;
  refs!: Resolver;
  streams!: SessionStreams;
  signals!: Signals;
  /** Told of a message that could not be sent: its actor takes one more. */
  unsent: (to: WireId) => void = () => {};
  /** How many messages each actor of the peer takes at first, the longest packet it takes, and how many refs. */
  credit = 0;
  peerMaxFrame: number = Infinity;
  peerMaxRefs: number = Infinity;
  readonly pending: Numbered<Pending> = new Numbered();
  /** Told of each change of the status. */
  readonly listeners: Set<() => void> = new Set();
  status: LinkStatus = "connecting";
  /** How many packets have come. */
  received = 0;
  /** Why it was lost or closed, once it was. */
  loss: Error | null = null;
  /** What has to be done when it is lost: set by the session. */
  readonly #lose: (loss: LinkLoss) => void;
  readonly #realm: Realm;
  readonly #stopping: Map<number, Stopping> = new Map();
  #lastId = 0;
  #expected = 0;
  #queue: Frame[] | null = null;
  /** For how long questions have had no answer; below 0: nothing was asked, and nothing heard. */
  #silentMs = 0;
  /** How many packets have gone. */
  #sent = 0;
  /** Whether the last beat asked nothing, for nobody waits and something was heard. */
  #isIdle = false;
  /** When the packet in hand came, once somebody asked. */
  #heardAtMs: number | null = null;
  readonly #pulse: Alarm = new Alarm(() => this.#beat());
  readonly #endTurn = (): void => {
    // What cannot be sent is answered in the same turn.
    while (this.#queue !== null && this.#queue.length > 0) this.#flush();
    this.#queue = null;
  };

  constructor(
    link: Link,
    guests: GuestRules | null,
    realm: Realm,
    times: LinkTimes,
    limits: PeerLimits,
    lose: (loss: LinkLoss) => void,
  ) {
    this.link = link;
    this.guests = guests;
    this.kernel = realm.root.kernel;
    this.times = times;
    this.limits = limits;
    this.#realm = realm;
    this.#lose = lose;
  }

  /** A number for a request of this side. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Sends a frame: at once if it is the first of this turn, else with the others at its end. */
  post(frame: Frame, transfer: readonly Movable[] = NOTHING): void {
    if (this.status === "closed") return;
    if (transfer.length > 0) {
      // What is moved goes with its own frame: a batch that fails is sent again, frame by frame.
      this.#flush();
      this.#send([frame], transfer);
    } else if (this.#queue !== null) {
      // A flood goes in parts: the other side handles the first while this one makes the next.
      if (this.#queue.push(frame) >= FLOOD) this.#flush();
    } else {
      this.#queue = [];
      this.kernel.platform.microtask(this.#endTurn);
      // What begins to end has most often something to say still: that goes together.
      if (frame.t === "fall") this.#queue.push(frame);
      else this.#send([frame], transfer);
    }
  }

  /** Keeps who waits for the reply `id`. */
  await(id: number, pending: Pending): void {
    this.pending.add(id, pending);
    this.#watch();
  }

  /** So many more, or fewer, wait to hear that an actor is gone. */
  expect(more: number): void {
    this.#expected += more;
    if (more > 0) this.#watch();
  }

  /** Throws {@link PeerBusy} if the other side, which knows so many of what is shown, takes no more. */
  checkRoom(what: string, known: number): void {
    const { peerMaxRefs: max } = this;
    if (known < max) return;
    // Whoever does not trust this realm ends the link for one more, trusted or not.
    const message = `Cannot show ${what} to ${this.link.name}: it takes ${max}; raise limits.maxRefs on both sides`;
    throw new PeerBusy({ message, max });
  }

  /**
   * Nobody waits for the reply `id` any more. Whatever runs for it has a grace to stop; then the realm
   * is ended, if it is ours. `told` is called when it has stopped; not if the link is lost first.
   */
  cancel(id: number, frame: Frame, told: (() => void) | null = null): void {
    if (this.pending.take(id) !== undefined) this.stop(id, frame, told);
  }

  /** Asks the other side to stop something, which has the same grace. */
  stop(id: number, frame: Frame, told: (() => void) | null = null): void {
    if (this.status === "closed") return;
    this.post(frame);
    // The opening of a stream may be cancelled and its stream stopped: that is one grace.
    if (this.#stopping.has(id)) return;
    const { graceMs } = this.times;
    const isOurs = this.link.terminate !== undefined;
    if (!isOurs && told === null) return;
    const overdue = new Alarm(() =>
      this.#lose({ why: `what was cancelled there did not stop within ${graceMs} ms (graceMs)` }),
    );
    this.#stopping.set(id, { overdue, told });
    if (isOurs) this.kernel.timers.start(overdue, graceMs);
  }

  /** What was cancelled has stopped. */
  stopped(id: number): void {
    const stopping = this.#stopping.get(id);
    if (stopping === undefined) return;
    this.#stopping.delete(id);
    this.kernel.timers.drop(stopping.overdue);
    stopping.told?.();
  }

  /** Something arrived: the peer is there. */
  heard(): void {
    this.received++;
    this.#silentMs = 0;
    this.#heardAtMs = null;
    if (this.status === "busy") this.set("open");
  }

  /** When the packet in hand came: one look at the clock for all of its calls. */
  get heardAtMs(): number {
    this.#heardAtMs ??= this.kernel.platform.now();
    return this.#heardAtMs;
  }

  /** Asks whether the peer is there, or says so; and how many packets there should have come. */
  ping(t: "ping" | "pong"): void {
    this.#flush();
    this.#send([{ t, n: this.#sent }], NOTHING);
  }

  /** A ping or pong has come. Throws {@link MalformedFrame} if what was sent before it has not. */
  check(n: number): void {
    if (n === this.received - 1) return;
    throw new MalformedFrame(`${n} packets were sent, and ${this.received - 1} came`);
  }

  set(status: LinkStatus): void {
    this.status = status;
    this.kernel.notify(this.listeners);
    if (status === "open") this.#watch();
  }

  /** Sends what is queued; what is posted from now on goes nowhere. Gives who waited for replies. */
  close(): Pending[] {
    this.#flush();
    const waiting = this.pending.values();
    this.pending.clear();
    this.kernel.timers.drop(this.#pulse);
    for (const { overdue } of this.#stopping.values()) this.kernel.timers.drop(overdue);
    this.#stopping.clear();
    this.set("closed");
    return waiting;
  }

  #flush(): void {
    const frames = this.#queue;
    if (frames === null || frames.length === 0) return;
    this.#queue = [];
    this.#send(frames, NOTHING);
  }

  /** `isInWords`: what one of them tells stands there in words already. */
  #send(frames: readonly Frame[], transfer: readonly Movable[], isInWords = false): void {
    if (this.status === "closed") return;
    const { frameLog } = this.#realm;
    if (frameLog !== null) for (const frame of frames) frameLog("out", this.link.name, frame);
    try {
      const joined = frames.length > 2 ? joinRuns(frames) : frames;
      const packet = this.codec.pack(joined.map(compact) as readonly Frame[], this.peerMaxFrame);
      this.link.send(packet, transfer);
      movedAway(transfer);
      this.#sent++;
    } catch (error) {
      if (frames.length > 1) for (const frame of frames) this.#send([frame], transfer);
      else this.#unsent(frames[0] as Frame, error, isInWords);
    }
  }

  /** A frame that cannot be sent fails whoever waits for it, and nobody else. */
  #unsent(frame: Frame, error: unknown, isInWords: boolean): void {
    const { codec } = this;
    if (frame.t === "reply" && !("error" in frame))
      this.post({ t: "reply", id: frame.id, error: codec.encodeFailure(error) });
    // Whoever looks goes on with the snapshot before.
    else if (frame.t === "view") this.kernel.fault(error);
    else if (frame.t === "stream-next") this.streams.unsent(frame.id, error);
    else if ("args" in frame) {
      this.signals.unsent(frame.args);
      if ("to" in frame) this.unsent(frame.to);
      const pending = "id" in frame ? this.pending.take(frame.id) : undefined;
      if (pending === undefined) this.kernel.fault(error);
      else pending.reject(error);
    } else if ("failure" in frame && frame.failure !== undefined) {
      this.#send([{ ...frame, failure: undefined }], NOTHING);
    } else if (("error" in frame || "reason" in frame) && !isInWords) {
      const words = codec.encodeFailure(
        new Error(`A failure that cannot be sent: ${printed(error)}`),
      );
      const told = "error" in frame ? { error: words } : { reason: words };
      this.#send([{ ...frame, ...told } as Frame], NOTHING, true);
    } else {
      // An answer or a piece of news: without it the other side would wait for ever.
      this.#lose({ why: `a frame ${frame.t} could not be sent`, cause: error });
    }
  }

  /** Listens for the pulse while somebody waits, or for ever on a link that does not tell of its end. */
  #watch(): void {
    const { status } = this;
    // Whoever waits from now on is not to wait for a beat of the time when nobody did.
    if (this.#pulse.list !== null && !(this.#isIdle && this.#waits)) return;
    if (status === "connecting" || status === "closed") return;
    const { times, kernel } = this;
    const limitMs = this.#unresponsiveMs;
    kernel.timers.drop(this.#pulse);
    this.#isIdle &&= !this.#waits;
    const beatMs = this.#isIdle
      ? Math.min(times.idleMs, limitMs / 4)
      : Math.min(times.busyAfterMs, limitMs);
    kernel.timers.start(this.#pulse, beatMs);
  }

  /** Whether anybody waits for the other side. */
  get #waits(): boolean {
    return this.pending.size + this.streams.reading + this.#expected > 0;
  }

  /** A link that does not tell of its end would be waited on for ever. */
  get #unresponsiveMs(): number {
    const { unresponsiveMs = this.link.capabilities.detectsClose ? Infinity : 15_000 } = this.times;
    return unresponsiveMs;
  }

  // Each beat asks, and looks whether the beat before it was answered.
  #beat(): void {
    const limitMs = this.#unresponsiveMs;
    const silentMs = this.#silentMs;
    // A link that does not tell of its end is listened to while nothing is pending, too.
    const listens = !this.link.capabilities.detectsClose && limitMs !== Infinity;
    const waits = this.#waits;
    if (!waits && !listens && this.status === "open") return;
    if (silentMs > 0 && this.status === "open") this.set("busy");
    if (silentMs >= limitMs) {
      // It may only be frozen: when it wakes, it is to know.
      this.post({ t: "bye", reason: "silent for too long" });
      this.#lose({ why: `it has been silent for ${silentMs} ms (unresponsiveMs)` });
      return;
    }
    // While nobody waits, whatever was heard will do: one side's questions answer the other's.
    this.#isIdle = !waits && silentMs === 0;
    if (this.#isIdle) this.#silentMs = -1;
    else {
      this.#silentMs = Math.max(0, silentMs) + Math.min(this.times.busyAfterMs, limitMs);
      this.ping("ping");
    }
    this.#watch();
  }
}
