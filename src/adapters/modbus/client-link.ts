// The links of a client, one after the other: each is a pump, and the bytes of all are counted.
//
// Owns the pumps from the moment their link is open, and the totals. Which link is in use is the
// bus's; opening and closing are the connection's.

import type { ByteDuplex } from "../byte-link/byte-duplex.js";
import { type Pump, startPump } from "../byte-link/pump.js";
import type { OwnTurn } from "./own-turn.js";

/** An open link of a client. */
export class ClientLink {
  readonly pump: Pump;
  /** The line's speed in bits per second, if the link says so. */
  readonly baudRate: number | undefined;
  /** Says that this link is of no use any more. */
  readonly lose: (error: unknown) => void;

  constructor(pump: Pump, baudRate: number | undefined, lose: (error: unknown) => void) {
    this.pump = pump;
    this.baudRate = baudRate;
    this.lose = lose;
  }
}

/** What happens on a link, in the client's own turn. */
export interface LinkEvents {
  received(link: ClientLink, bytes: Uint8Array): void;
  /** An error of the line that the link survived (SER-2). */
  lineError(link: ClientLink, error: unknown): void;
}

/** All links of one client, past and present. */
export class ClientLinks {
  readonly #turn: OwnTurn;
  readonly #events: LinkEvents;
  readonly #open: Set<ClientLink> = new Set();
  readonly #past = { bytesIn: 0, bytesOut: 0 };

  constructor(turn: OwnTurn, events: LinkEvents) {
    this.#turn = turn;
    this.#events = events;
  }

  /** The bytes that came and went so far. */
  get bytes(): { bytesIn: number; bytesOut: number } {
    let { bytesIn, bytesOut } = this.#past;
    for (const { pump } of this.#open) {
      bytesIn += pump.stats.bytesIn;
      bytesOut += pump.stats.bytesOut;
    }
    return { bytesIn, bytesOut };
  }

  /** Takes a link over that was just opened. `lose` is told of its end, once it was released. */
  add(duplex: ByteDuplex, lose: (error: unknown) => void): ClientLink {
    const pump = startPump(duplex, {
      timers: this.#turn.platform,
      onChunk: (bytes) => {
        this.#turn.post(() => this.#events.received(link, bytes));
      },
      onRecoverableError: (error) => {
        this.#turn.post(() => this.#events.lineError(link, error));
      },
      onEnd: (error) => {
        this.#open.delete(link);
        this.#past.bytesIn += pump.stats.bytesIn;
        this.#past.bytesOut += pump.stats.bytesOut;
        lose(error);
      },
    });
    const link = new ClientLink(pump, duplex.baudRate, lose);
    this.#open.add(link);
    return link;
  }
}
