// SessionStreams: the streams that are open over one link, of both sides.
//
//   generator ─► Writing ─► stream-next ══ link ══► Reading ─► reader      credit the other way
//
// Owns what stands under the numbers of `stream-*` frames: how far each side may go, who is told of an end,
// and the loss of the link. Opening is a call, which proxy.ts sends and incoming.ts takes; what runs a
// generator and what reads is behaviours/.

import type { Opening } from "../../behaviours/stream-opening.js";
import type { Failure, OpenSink, StreamSource } from "../../behaviours/stream-sink.js";
import { remove } from "../../kernel/list.js";
import { type Monitor, type Process, watch } from "../../kernel/process.js";
import { exitError } from "../../kernel/told.js";
import type { Codec } from "../values/codec.js";
import { PeerBusy } from "../wire/errors.js";
import { wrong } from "../wire/frame-checks.js";
import type { Link, Movable } from "../wire/link.js";
import type { Frame } from "../wire/wire.js";
import type { StreamCredit, StreamEnd, StreamNext } from "../wire/wire-streams.js";
import type { GuestRules } from "./guest-rules.js";
import type { PeerLimits } from "./peer-limits.js";

/** How many streams the other side may have open at once, and how many values ahead each may go. */
const MAX_STREAMS = 1_024;
const MAX_CREDIT = 1_024;

/** What carries the frames: a Channel. */
interface Carrier {
  readonly codec: Codec;
  readonly link: Link;
  readonly guests: GuestRules | null;
  readonly limits: PeerLimits;
  readonly signals: { hold(by: unknown): void; over(by: unknown): void };
  post(frame: Frame, transfer?: readonly Movable[]): void;
  stop(id: number, frame: Frame, told?: () => void): void;
}

/** All streams of one session. */
export class SessionStreams {
  readonly #channel: Carrier;
  readonly #reading: Map<number, Reading> = new Map();
  readonly #writing: Map<number, Writing> = new Map();

  constructor(channel: Carrier) {
    this.#channel = channel;
  }

  /** How many are read here: whoever reads waits for the other side. */
  get reading(): number {
    return this.#reading.size;
  }

  /** A `stream-open` is about to be sent to the actor behind `proxy`: its values go to the sink. */
  read(id: number, proxy: Process, { name, sink }: Opening): void {
    const channel = this.#channel;
    const forget = (): boolean => this.#reading.delete(id);
    const reading = new Reading(id, channel, proxy, name, sink, forget);
    this.#reading.set(id, reading);
    sink.attach(reading);
  }

  next({ id, n, value, progress }: StreamNext): void {
    // One that was left may still be on its way.
    const reading = this.#reading.get(id);
    reading?.count(n);
    const decoded = this.#channel.codec.decode(value);
    if (reading === undefined) return;
    this.#channel.signals.hold(reading.giver);
    reading.next(decoded, progress === true);
  }

  end(frame: StreamEnd): void {
    const failure = "error" in frame ? { error: this.#channel.codec.decode(frame.error) } : null;
    const reading = this.#reading.get(frame.id);
    reading?.check(frame.n);
    reading?.end(failure);
  }

  /** The sink of a stream that the other side opens. */
  write(id: number, credit: number): OpenSink {
    if (this.#writing.has(id)) throw wrong("the id of a stream", id);
    const forget = (): boolean => {
      this.#channel.signals.over(id);
      return this.#writing.delete(id);
    };
    const writing = new Writing(id, this.#channel, checkCredit(credit), forget);
    this.#writing.set(id, writing);
    return writing;
  }

  /** Throws {@link PeerBusy} if the stream that was opened last is one too many. */
  checkRoom(): void {
    const { guests, limits, link } = this.#channel;
    // Each holds a snapshot of its actor: for a peer that is not trusted it counts as a call.
    const max = guests === null ? MAX_STREAMS : Math.min(limits.maxCalls, MAX_STREAMS);
    if (this.#writing.size <= max) return;
    const message = `Cannot open a stream over ${link.name}: ${max} are open already`;
    throw new PeerBusy({ message, max });
  }

  credit({ id, n }: StreamCredit): void {
    this.#writing.get(id)?.grant(checkCredit(n));
  }

  /** A value could not be sent: its stream fails, and its generator is closed. */
  unsent(id: number, error: unknown): void {
    const writing = this.#writing.get(id);
    writing?.end({ error });
    writing?.leave();
  }

  /** Its reader has left, or it was never opened. */
  stop(id: number): void {
    this.#writing.get(id)?.stop();
  }

  /** The link is gone: readers here are told by the ends of their proxies. */
  close(): void {
    for (const writing of [...this.#writing.values()]) writing.stop();
  }
}

/** A number of values that may come: never more than a window at once. */
function checkCredit(n: unknown): number {
  if (Number.isInteger(n) && (n as number) > 0 && (n as number) <= MAX_CREDIT) return n as number;
  throw wrong("the credit of a stream", n);
}

/** A stream of the other side, as the reader here sees it. */
class Reading implements StreamSource {
  /** The actor behind the proxy. */
  readonly giver: unknown;
  readonly #id: number;
  readonly #channel: Carrier;
  readonly #sink: OpenSink;
  readonly #forget: () => boolean;
  readonly #proxyGone: Monitor;
  /** How many values have come, and how many still may. */
  #came = 0;
  #left: number;
  /** Read, and values that gave way, for which no credit is on its way. */
  #took = 0;
  #replaced = 0;

  constructor(
    id: number,
    channel: Carrier,
    proxy: Process,
    name: string,
    sink: OpenSink,
    forget: () => boolean,
  ) {
    this.giver = proxy.state;
    this.#id = id;
    this.#channel = channel;
    this.#sink = sink;
    this.#left = sink.credit;
    this.#forget = forget;
    this.#proxyGone = watch(proxy, (reason) => {
      this.end({ error: exitError(proxy, `read ${proxy.label}.${name}`, reason, name) });
    });
  }

  /** A value has come, and says which one it is. */
  count(n: number): void {
    this.check(n);
    this.#came++;
  }

  /** Throws {@link MalformedFrame} unless `n` values have come. */
  check(n: number): void {
    if (n !== this.#came) throw wrong(`the value behind ${this.#came}`, n);
  }

  next(value: unknown, isProgress: boolean): void {
    if (--this.#left < 0) throw wrong("the credit of a stream", this.#left);
    this.#sink.put(value, isProgress);
  }

  end(failure: Failure | null): void {
    if (this.#close()) this.#sink.end(failure);
  }

  took(n: number): void {
    this.#took += n;
    const due = this.#took + this.#replaced;
    // In steps of half a window: a frame for each value would cost as much as the value.
    if (due * 2 < this.#sink.credit) return;
    this.#took = this.#replaced = 0;
    this.#left += due;
    this.#channel.post({ t: "stream-credit", id: this.#id, n: due });
  }

  // Not granted before something is read: or it would come as fast as the link goes, to be dropped here.
  replaced(): void {
    this.#replaced++;
  }

  stop(): void {
    const id = this.#id;
    if (!this.#close()) return;
    this.#channel.stop(id, { t: "stream-stop", id }, () => this.#sink.stopped?.());
  }

  #close(): boolean {
    remove(this.#proxyGone);
    return this.#forget();
  }
}

/** A stream of this side, as its generator sees the reader there. */
class Writing implements OpenSink {
  readonly credit: number;
  isOver = false;
  readonly #id: number;
  readonly #channel: Carrier;
  readonly #forget: () => boolean;
  #source: StreamSource | null = null;
  #sent = 0;
  /** How many values the reader has room for, as far as it said. */
  #room: number;

  constructor(id: number, channel: Carrier, credit: number, forget: () => boolean) {
    this.credit = credit;
    this.#room = credit;
    this.#id = id;
    this.#channel = channel;
    this.#forget = forget;
  }

  attach(source: StreamSource): void {
    this.#source = source;
  }

  put(value: unknown, isProgress: boolean): void {
    if (this.isOver) return;
    const { codec } = this.#channel;
    const transfer: Movable[] = [];
    const encoded = codec.encode(value, transfer);
    this.#room--;
    this.#channel.post(
      {
        t: "stream-next",
        id: this.#id,
        value: encoded,
        ...(isProgress ? { progress: isProgress } : {}),
        // The last field, as in `stream-end`: a frame that was cut short has none.
        n: this.#sent++,
      },
      transfer,
    );
  }

  end(failure: Failure | null): void {
    if (!this.#close()) return;
    const { codec } = this.#channel;
    const error = failure === null ? {} : { error: codec.encodeFailure(failure.error) };
    this.#channel.post({ t: "stream-end", id: this.#id, ...error, n: this.#sent });
  }

  grant(n: number): void {
    this.#room += n;
    if (this.#room > this.credit) throw wrong("the credit of a stream", n);
    this.#source?.took(n);
  }

  /** Nobody reads there any more. */
  stop(): void {
    if (this.#close()) this.leave();
  }

  leave(): void {
    this.#source?.stop();
  }

  #close(): boolean {
    this.isOver = true;
    return this.#forget();
  }
}
