// The event of a serial port that was plugged in or pulled out.
//
// Owns its target: the specification fires it at the port, from where it bubbles to `navigator.serial`
// with the port as the target still. An EventTarget of one's own has no parents, so the fakes fire
// one event at each and this class says whose it is.

/** A `connect` or `disconnect` whose target is the port, wherever it is heard. */
export class PortEvent extends Event {
  readonly #port: EventTarget;

  constructor(type: "connect" | "disconnect", port: EventTarget) {
    super(type, { bubbles: true });
    this.#port = port;
  }

  override get target(): EventTarget {
    return this.#port;
  }
}
