// A WebSocket without a network: a test plays the far end, the network and the host's buffer.
// Owns no assertion. Host-neutral.
import type { BinarySocket } from "../../../src/adapters/byte-link/socket-duplex.js";

/** A fake of the browser's `WebSocket`. The test moves it with `accept`, `message` and `drop`. */
export class FakeSocket extends EventTarget {
  /** Every socket that was constructed, oldest first; a test empties it. */
  static made: FakeSocket[] = [];

  readonly url: string;
  readonly protocols: string | string[] | undefined;
  readonly sent: number[][] = [];
  readonly closes: (number | undefined)[] = [];
  readyState = 0;
  binaryType = "blob";
  /** What the host has not sent yet. It grows with each send while `stalled`. */
  bufferedAmount = 0;
  stalled = false;
  /** Whether the far end answers a close. */
  answersClose = true;

  constructor(url: string | URL, protocols?: string | string[]) {
    super();
    this.url = String(url);
    this.protocols = protocols;
    FakeSocket.made.push(this);
  }

  send(data: Uint8Array): void {
    if (this.readyState !== 1) throw new DOMException("Not open.", "InvalidStateError");
    this.sent.push([...data]);
    if (this.stalled) this.bufferedAmount += data.byteLength;
  }

  close(code?: number): void {
    this.closes.push(code);
    if (this.readyState >= 2) return;
    this.readyState = 2;
    if (this.answersClose) Promise.resolve().then(() => this.drop(code ?? 1005));
  }

  /** The handshake succeeds. */
  accept(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  /** A message comes. */
  message(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  /** The connection ends: 1006 is a cut. */
  drop(code: number, reason = "", error?: unknown): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    if (code === 1006) {
      const event = new Event("error");
      this.dispatchEvent(error === undefined ? event : Object.assign(event, { error }));
    }
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }
}

/** An open socket, for `duplexOfWebSocket`. */
export function openSocket(): FakeSocket & BinarySocket {
  const socket = new FakeSocket("ws://bridge.invalid/");
  socket.readyState = 1;
  return socket;
}
