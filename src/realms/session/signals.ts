// Signals: AbortSignals that were sent as arguments, on both sides of a link.
//
//   signal ── $signal, abort ══ link ══► a signal here ─► handler      release the other way
//
// Owns the numbers under which their aborts are told, and how long: until what they came with is over; when
// that is, incoming.ts and serving.ts know. A structured clone would make an empty object of a signal. A
// call's own `with({ signal })` is not here: that is a `cancel`.

import type { Codec } from "../values/codec.js";
import { wrong } from "../wire/frame-checks.js";
import type { Frame } from "../wire/wire.js";
import type { GuestRules } from "./guest-rules.js";
import type { PeerLimits } from "./peer-limits.js";

/** What carries the frames: a Channel. */
interface Carrier {
  readonly codec: Codec;
  readonly guests: GuestRules | null;
  readonly limits: PeerLimits;
  nextId(): number;
  post(frame: Frame): void;
}

/** The signals of one session. */
export class Signals {
  readonly #channel: Carrier;
  /** How to listen no more, by the number of each that was sent. */
  readonly #out: Map<number, () => void> = new Map();
  readonly #in: Map<number, AbortController> = new Map();
  /** What came with a request, by the number of that. */
  readonly #held: Map<number, readonly number[]> = new Map();
  /** What came with the frame in hand, as far as it was read. */
  came: number[] = [];

  constructor(channel: Carrier) {
    this.#channel = channel;
  }

  /** The number under which the abort of a signal is told. */
  out(signal: AbortSignal): number {
    const id = this.#channel.nextId();
    const tell = (): void => {
      this.released(id);
      const { codec } = this.#channel;
      this.#channel.post({ t: "abort", id, reason: codec.encodeFailure(signal.reason) });
    };
    signal.addEventListener("abort", tell);
    this.#out.set(id, () => signal.removeEventListener("abort", tell));
    // Told behind the frame that carries the signal.
    if (signal.aborted) void Promise.resolve().then(tell);
    return id;
  }

  /** Nobody there needs it any more. */
  released(id: number): void {
    this.#out.get(id)?.();
    this.#out.delete(id);
  }

  /** The signal that stands here for one of the other side. */
  in(id: unknown): AbortSignal {
    if (typeof id !== "number") throw wrong("the id of a signal", id);
    const { guests, limits } = this.#channel;
    const controller = this.#in.get(id) ?? new AbortController();
    this.#in.set(id, controller);
    guests?.checkKnown("signals", this.#in.size - 1, limits.maxRefs);
    this.came.push(id);
    return controller.signal;
  }

  /** What came with a request is needed until that is {@link over}. */
  hold(request: number): void {
    if (this.came.length > 0) this.#held.set(request, this.came.splice(0));
  }

  /** A request is over. */
  over(request: number): void {
    const held = this.#held.get(request);
    if (held === undefined) return;
    this.#held.delete(request);
    this.release(held);
  }

  release(ids: readonly number[]): void {
    for (const id of ids) if (this.#in.delete(id)) this.#channel.post({ t: "release", id });
  }

  abort(id: number, reason: unknown): void {
    const controller = this.#in.get(id);
    this.#in.delete(id);
    controller?.abort(reason);
  }

  /** The link is gone: what waited for these signals would wait for ever. */
  close(error: unknown): void {
    for (const unlisten of this.#out.values()) unlisten();
    for (const controller of this.#in.values()) controller.abort(error);
  }
}
