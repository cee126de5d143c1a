// SocketEnd: a link over one WebSocket, whichever side of it this is and however its host tells of it.
//
// Owns what is sent while a socket opens, the limit of what is taken, and what each end of a socket means
// for the link. Packets are text, or bytes. Some hosts' sockets have events, others call functions of the
// server: both are fed in as `SocketFeed`. A half-open connection tells nothing: pings do.

import { copiesOnly } from "./copies-only.js";
import { LinkEnd } from "./link-end.js";

/** A socket, as far as it is written to. */
export interface RawSocket {
  /** Sends text. */
  send(data: string): unknown;
  /** How many bytes wait to be sent, where the socket tells. */
  readonly bufferedAmount?: number;
  /** Closes it, in order. */
  close(code?: number, reason?: string): unknown;
}

/** What happens to a socket. */
export interface SocketFeed {
  /** It may be written to now. */
  opened(): void;
  /** Text or bytes have come. */
  message(data: unknown): void;
  /** It failed; its end follows. */
  failed(error: unknown): void;
  /** It is gone. */
  closed(code: number | undefined, reason?: string): void;
}

/** How a socket wants its link. */
export interface SocketEndOptions {
  readonly name: string;
  readonly trusted: boolean;
  /** The longest packet that is taken, in characters of text or bytes. */
  readonly maxFrameBytes: number;
  /** Whether it may be written to already. */
  readonly isOpen: boolean;
  /** Lets go of listeners. */
  release?(): void;
}

const NORMAL = 1000;
const TOO_BIG = 1009;
const TOO_SLOW = 1008;
/** How many of the longest packets may wait for a peer that is not trusted. */
const MAX_WAITING = 16;
// What a client is told that waits for hello.
const OPENING = "the WebSocket is not open yet: does a server answer there?";
const OPENED =
  "does the server hand its sockets to the listener that serve([…], { on }) was given, and does its authenticate settle?";

/** A link over `socket`, to be fed with what happens to it. */
export class SocketEnd extends LinkEnd implements SocketFeed {
  readonly #socket: RawSocket;
  readonly #waiting: string[] = [];
  #isWritable: boolean;
  #cause: unknown;

  constructor(socket: RawSocket, options: SocketEndOptions) {
    const { name, trusted, maxFrameBytes } = options;
    const capabilities = {
      clone: false,
      transfer: false,
      maxFrameBytes,
      trusted,
      ordered: true,
      detectsClose: false,
    };
    super(name, capabilities, {
      post: (packet) => {
        if (typeof packet !== "string" && !ArrayBuffer.isView(packet))
          throw new TypeError(`Cannot send a packet over ${name}: it must be text or bytes`);
        // A socket takes both; what is fed with text alone is never given bytes by a codec of text.
        if (this.#isWritable) socket.send(packet as string);
        else this.#waiting.push(packet as string);
        // Credit bounds what a peer asks for, and not what it leaves unread.
        const waitingBytes = socket.bufferedAmount ?? 0;
        if (trusted || waitingBytes <= MAX_WAITING * maxFrameBytes) return;
        this.lose(`it does not read: ${waitingBytes} bytes wait to be sent`);
        socket.close(TOO_SLOW);
      },
      leave: (isOwn) => {
        options.release?.();
        if (isOwn) socket.close(NORMAL);
      },
    });
    copiesOnly(this);
    this.#socket = socket;
    this.#isWritable = options.isOpen;
    this.hint = options.isOpen ? OPENED : OPENING;
  }

  opened(): void {
    this.#isWritable = true;
    this.hint = OPENED;
    if (this.isOpen) for (const packet of this.#waiting.splice(0)) this.#socket.send(packet);
  }

  message(data: unknown): void {
    const length = typeof data === "string" ? data.length : (data as ArrayBuffer).byteLength;
    const { maxFrameBytes } = this.capabilities;
    if (length > maxFrameBytes) {
      if (!this.isOpen) return;
      this.lose(
        `a packet of ${length} bytes came, and at most ${maxFrameBytes} are taken (maxFrameBytes)`,
      );
      this.#socket.close(TOO_BIG);
    } else this.receive(data instanceof ArrayBuffer ? new Uint8Array(data) : data);
  }

  failed(error: unknown): void {
    this.#cause ??= error;
  }

  closed(code: number | undefined, reason = ""): void {
    const how = reason === "" ? "" : `: ${reason}`;
    const why = this.#isWritable
      ? `the WebSocket closed with code ${code ?? "unknown"}${how}`
      : "the WebSocket did not open (does a server answer there, and does it let this origin in?)";
    this.lose(why, this.#cause);
  }
}
