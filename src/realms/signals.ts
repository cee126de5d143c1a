// Signals: AbortSignals that were sent as arguments, on both sides of a link.
//
// Owns the numbers under which their aborts are told. A structured clone would make an empty object of
// a signal. A call's own `with({ signal })` is not here: that is a `cancel`.

import type { Channel } from "./channel.js";
import { wrong } from "./frame-checks.js";

/** The signals of one session. */
export class Signals {
  readonly #channel: Channel;
  readonly #out: Map<AbortSignal, { readonly id: number; readonly unlisten: () => void }> =
    new Map();
  readonly #in: Map<number, AbortController> = new Map();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The number under which the aborts of a signal are told. */
  out(signal: AbortSignal): number {
    let sent = this.#out.get(signal);
    if (sent === undefined) {
      const id = this.#channel.nextId();
      const tell = (): void => {
        this.#out.delete(signal);
        const { codec } = this.#channel;
        this.#channel.post({ t: "abort", id, reason: codec.encodeFailure(signal.reason) });
      };
      signal.addEventListener("abort", tell, { once: true });
      sent = { id, unlisten: () => signal.removeEventListener("abort", tell) };
      this.#out.set(signal, sent);
      // Told behind the frame that carries the signal.
      if (signal.aborted) void Promise.resolve().then(tell);
    }
    return sent.id;
  }

  /** The signal that stands here for one of the other side. */
  in(id: unknown): AbortSignal {
    if (typeof id !== "number") throw wrong("the id of a signal", id);
    const { guests, limits } = this.#channel;
    const known = this.#in.get(id);
    if (known !== undefined) return known.signal;
    guests?.checkKnown("signals", this.#in.size, limits.maxRefs);
    const controller = new AbortController();
    this.#in.set(id, controller);
    return controller.signal;
  }

  abort(id: number, reason: unknown): void {
    const controller = this.#in.get(id);
    this.#in.delete(id);
    controller?.abort(reason);
  }

  /** The link is gone: what waited for these signals would wait for ever. */
  close(error: unknown): void {
    for (const { unlisten } of this.#out.values()) unlisten();
    for (const controller of this.#in.values()) controller.abort(error);
  }
}
