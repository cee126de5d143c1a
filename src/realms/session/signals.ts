// Signals: AbortSignals that were sent, on both sides of a link.
//
//   signal ── $signal, abort ══ link ══► a signal here ─► handler      release the other way
//
// Owns the numbers under which their aborts are told, and how long: until what they came with is over, or the
// actor that gave them; when that is, others know. A structured clone would make an empty object of a signal.
// A call's own `with({ signal })` is not here: that is a `cancel`.

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
  checkRoom(what: string, known: number): void;
  post(frame: Frame): void;
}

/** The signals of one session. */
export class Signals {
  readonly #channel: Carrier;
  /** How to listen no more, by the number of each that was sent. */
  readonly #out: Map<number, () => void> = new Map();
  readonly #in: Map<number, AbortController> = new Map();
  /** What came with a request, by the number of that; what an actor gave, by that. */
  readonly #held: Map<unknown, number[]> = new Map();
  /** What goes with the value in hand; what went with others, for they may not be sendable. */
  readonly #goes: number[] = [];
  readonly #went: WeakMap<object, readonly number[]> = new WeakMap();
  /** What came with the frame in hand, as far as it was read. */
  came: number[] = [];

  constructor(channel: Carrier) {
    this.#channel = channel;
  }

  /** The codec, which lets go of what goes with a value that it refuses. */
  through(codec: Codec): Codec {
    const goes = this.#goes;
    const encode: Codec["encode"] = (value, transfer, where, isPassedOn) => {
      try {
        const encoded = codec.encode(value, transfer, where, isPassedOn);
        if (goes.length > 0) this.#went.set(encoded as object, goes.splice(0));
        return encoded;
      } catch (error) {
        this.released(goes.splice(0));
        throw error;
      }
    };
    return { ...codec, encode };
  }

  /** A value that was encoded could not be sent. */
  unsent(value: unknown): void {
    this.released(this.#went.get(value as object) ?? []);
  }

  /** The number under which the abort of a signal is told. Throws PeerBusy if the other side takes no more. */
  out(signal: AbortSignal): number {
    this.#channel.checkRoom("a signal", this.#out.size);
    const id = this.#channel.nextId();
    this.#goes.push(id);
    const tell = (): void => {
      this.released([id]);
      const { codec } = this.#channel;
      this.#channel.post({ t: "abort", id, reason: codec.encodeFailure(signal.reason) });
    };
    signal.addEventListener("abort", tell);
    this.#out.set(id, () => signal.removeEventListener("abort", tell));
    // Told behind the frame that carries the signal.
    if (signal.aborted) void Promise.resolve().then(tell);
    return id;
  }

  /** Nobody there needs them any more. */
  released(ids: readonly number[]): void {
    for (const id of ids) {
      this.#out.get(id)?.();
      this.#out.delete(id);
    }
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

  /** What came with a request, or was given by an actor, is needed until that is {@link over}. */
  hold(by: unknown): void {
    if (this.came.length === 0) return;
    const held = this.#held.get(by) ?? [];
    held.push(...this.came.splice(0));
    this.#held.set(by, held);
  }

  /** A request is over, or an actor. `reason`: who may still wait hears that it was given up. */
  over(by: unknown, reason?: unknown): void {
    const held = this.#held.get(by);
    if (held === undefined) return;
    this.#held.delete(by);
    if (reason !== undefined) for (const id of held) this.#in.get(id)?.abort(reason);
    this.release(held);
  }

  release(held: readonly number[]): void {
    const ids = held.filter((id) => this.#in.delete(id));
    if (ids.length > 0) this.#channel.post({ t: "release", ids });
  }

  abort(id: number, reason: unknown): void {
    this.#in.get(id)?.abort(reason);
    this.#in.delete(id);
  }

  /** The link is gone: what waited for these signals would wait for ever. */
  close(error: unknown): void {
    for (const unlisten of this.#out.values()) unlisten();
    for (const controller of this.#in.values()) controller.abort(error);
  }
}
