// What the process of a WebSocket's client remembers: its connection, its two directions, its
// counters.
//
//   Connection ──► Socket ──► Feed ──► onMessage and subscriptions
//                    ▲  └──► Heartbeat
//                  Sender ◄── outbox ◄── send
//
// Owns what each failure means, the refresh of credentials and the closings that are under way. The
// parts are files of their own beside this one; the public face is client.ts.

import type { MachineSelf } from "../../behaviours/state-machine.js";
import { UnsupportedError } from "../../kernel/errors.js";
import type { Platform } from "../../kernel/platform.js";
import type { Info } from "../../kernel/process.js";
import { hostWebSocket } from "../../realms/links/host-websocket.js";
import { Connection, type ConnectionStatus } from "../connection.js";
import { Feed } from "../feed.js";
import { forAttempt } from "../per-attempt.js";
import { unchanged } from "../snapshot.js";
import { type Verdict, verdict } from "../verdict.js";
import { classifyClose } from "./close-class.js";
import {
  HandshakeFailed,
  HeartbeatLost,
  InboxFull,
  MessageDropped,
  SocketClosed,
  SocketRefused,
} from "./errors.js";
import { Heartbeat } from "./heartbeat.js";
import { checkWebSocketOptions, type SocketMessage, type WebSocketOptions } from "./options.js";
import { Sender } from "./sender.js";
import { openSocket, type Socket, type SocketConstructor } from "./socket.js";

/** Where a client stands: the states of every connection, and `ended` after a normal end (1000). */
export type WebSocketStatus = ConnectionStatus | "ended";

/** The snapshot of a client. The same object until something in it changes. */
export interface WebSocketView {
  /** Where the client stands. */
  readonly status: WebSocketStatus;
  /** Attempts since the link was last stable. */
  readonly attempts: number;
  /** Why the last attempt failed or the link was lost, in words. */
  readonly error: string | undefined;
  /** How often an open link was lost. */
  readonly losses: number;
  /** The code of the last close by the far end. */
  readonly closeCode: number | undefined;
  /** The subprotocol of the open link, or `""`. */
  readonly protocol: string;
  /** Messages that came, answers to heartbeats left out. */
  readonly received: number;
  /** When the last one came, in milliseconds since 1970. */
  readonly lastMessageAtMs: number | undefined;
  /** Messages that a socket took. That is not delivery. */
  readonly sent: number;
  /** Messages that were dropped unsent. */
  readonly dropped: number;
  /** Messages that wait to be sent. */
  readonly queued: number;
  /** Their bytes. */
  readonly queuedBytes: number;
}

type Self = MachineSelf<unknown, ConnectionStatus>;
type InitSelf = Pick<Self, "ref" | "platform" | "use" | "log" | "sendAfter">;

class Incoming {
  readonly socket: Socket;
  readonly data: SocketMessage;
  constructor(socket: Socket, data: SocketMessage) {
    this.socket = socket;
    this.data = data;
  }
}

/** Closes that fresh credentials may help against: IANA's unauthorized, and the same in 4xxx. */
const UNAUTHORIZED: readonly number[] = [3000, 4401];

/** The session of one client process. */
export class Session {
  readonly #self: InitSelf;
  /** Kept apart: sockets are closed after a kill too, and `self` throws by then. */
  readonly #platform: Platform;
  readonly #options: WebSocketOptions;
  readonly #connection: Connection<Socket>;
  readonly #feed: Feed<SocketMessage>;
  readonly #heartbeat: Heartbeat | undefined;
  readonly sender: Sender;
  readonly #closings: Set<Promise<void>> = new Set();
  /** Nobody waits for closings any more: no timer may be started. */
  #isOver = false;
  /** Ends the present link with an error of our own. */
  #lose: (error: unknown) => void = () => {};
  /** Links in a row that ended before `minUptimeMs`. */
  #failures = 0;
  #wantsRefresh = false;
  #refreshed = false;
  #hasEnded = false;
  #closeCode: number | undefined;
  #received = 0;
  #lastMessageAtMs: number | undefined;
  #view: WebSocketView | undefined;

  constructor(self: InitSelf, options: WebSocketOptions) {
    checkWebSocketOptions(options);
    this.#self = self;
    this.#platform = self.platform;
    this.#options = options;
    this.#feed = new Feed(self, options.onMessage, () => this.#connection.resource?.resume());
    this.sender = new Sender(self, options);
    if (options.heartbeat !== undefined) {
      this.#heartbeat = new Heartbeat(
        self,
        options.heartbeat,
        (frame) => this.sender.sendNow(frame),
        (timeoutMs) => this.#onSilence(timeoutMs),
      );
    }
    // Owned before the connection, so disposed of after it: the last closing is among them then.
    self.use(this.#closings, (closings) => {
      this.#isOver = true;
      return Promise.all(closings);
    });
    const times = { ...options, stableMs: options.minUptimeMs };
    this.#connection = new Connection<Socket>(self, times, {
      open: (signal, lose) => this.#open(signal, lose),
      close: (socket, reason) => this.#close(socket, reason),
      judge: (error) => this.#judge(error),
      opened: (socket) => {
        this.#heartbeat?.start();
        if (this.#feed.busy) socket.pause();
        this.sender.attach(socket);
      },
      lost: () => {
        this.#heartbeat?.stop();
        this.sender.detach();
      },
      woken: () => this.#heartbeat?.probe(),
    });
  }

  entered(self: Self): void {
    if (self.state === "connecting") {
      this.#hasEnded = false;
      this.#feed.resume();
      this.sender.reopen();
    }
    this.#connection.entered(self);
    if (self.state !== "failed") return;
    const { error } = this.#connection;
    this.#feed.finish(this.#hasEnded ? "done" : { error });
    this.sender.close(error instanceof SocketClosed ? error : new MessageDropped("closed"));
  }

  info(self: Self, message: Info): void {
    if (this.#connection.info(self, message) || this.#feed.info(message)) return;
    if (this.sender.info(message) || this.#heartbeat?.info(message)) return;
    if (message.type === "message" && message.message instanceof Incoming) {
      this.#onMessage(message.message);
    }
  }

  timeout(self: Self): void {
    if (self.state === "open") {
      this.#failures = 0;
      this.#refreshed = false;
    }
    this.#connection.timeout(self);
  }

  reconnect(self: Self): void {
    this.#connection.reconnect(self);
  }

  view(status: ConnectionStatus): WebSocketView {
    const now = this.#connection.view(status);
    const { count, bytes } = this.sender.waiting;
    const view: WebSocketView = {
      ...now,
      status: status === "failed" && this.#hasEnded ? "ended" : status,
      error: this.#hasEnded ? undefined : now.error,
      closeCode: this.#closeCode,
      protocol: this.#connection.resource?.protocol ?? "",
      received: this.#received,
      lastMessageAtMs: this.#lastMessageAtMs,
      sent: this.sender.sent,
      dropped: this.sender.dropped,
      queued: count,
      queuedBytes: bytes,
    };
    this.#view = unchanged(this.#view, view);
    return this.#view;
  }

  async #open(signal: AbortSignal, lose: (error: unknown) => void): Promise<Socket> {
    const { url, protocols = [], binaryType = "arraybuffer", refreshAuth } = this.#options;
    const Socket =
      this.#options.WebSocket ??
      hostWebSocket<SocketConstructor>("webSocket({ url, WebSocket })", this.#platform.host);
    if (this.#wantsRefresh) {
      await refreshAuth?.({ signal });
      this.#wantsRefresh = false;
    }
    const target = { url: await forAttempt(url), protocols: await forAttempt(protocols) };
    const mailbox = this.#self.ref;
    this.#lose = lose;
    return openSocket(
      { Socket, ...target, binaryType, signal },
      {
        message: (socket, data) => mailbox.send(new Incoming(socket, data as SocketMessage)),
        closed: (_socket, error) => lose(error),
      },
    );
  }

  /** Gives a socket back without waiting for it: the next attempt need not. The process's end does. */
  #close(socket: Socket, reason: unknown): void {
    if (this.#isOver || reason instanceof HeartbeatLost || reason instanceof InboxFull) {
      socket.drop();
      return;
    }
    const { closeTimeoutMs = 1_000 } = this.#options;
    const closing = socket.close(closeTimeoutMs, this.#platform).finally(() => {
      this.#closings.delete(closing);
    });
    this.#closings.add(closing);
  }

  #judge(error: unknown): Verdict {
    this.#failures++;
    if (error instanceof UnsupportedError || error instanceof SocketRefused) {
      return verdict("failed");
    }
    if (error instanceof HandshakeFailed && (error.status === 401 || error.status === 403)) {
      return this.#refreshOnce() ?? verdict("failed");
    }
    if (error instanceof SocketClosed) {
      this.#closeCode = error.closeCode;
      const close = { code: error.closeCode, reason: error.reason, wasClean: error.wasClean };
      const kind = classifyClose(close, this.#options);
      if (kind === "final") {
        const isUnauthorized = UNAUTHORIZED.includes(error.closeCode);
        const again = isUnauthorized ? this.#refreshOnce() : undefined;
        if (again !== undefined) return again;
        this.#hasEnded = error.closeCode === 1000;
        return verdict("failed");
      }
      if (kind === "retryLater") {
        const { overloadedMs = 10_000 } = this.#options;
        return verdict("retry", { afterMs: overloadedMs, patient: true });
      }
    }
    const { refreshAuth, refreshAfter = 3 } = this.#options;
    // A browser shows a refused token as a cut connection (1006), and nothing else.
    if (refreshAuth !== undefined && this.#failures % refreshAfter === 0) this.#wantsRefresh = true;
    return verdict("retry");
  }

  /** Tries again with fresh credentials, unless that has just been tried or there is no way to. */
  #refreshOnce(): Verdict | undefined {
    const { refreshAuth, url, protocols } = this.#options;
    const canRefresh =
      refreshAuth !== undefined || typeof url === "function" || typeof protocols === "function";
    if (this.#refreshed || !canRefresh) return undefined;
    this.#refreshed = true;
    this.#wantsRefresh = refreshAuth !== undefined;
    return verdict("retryNow");
  }

  #onMessage({ socket, data }: Incoming): void {
    // A socket that was left may have been heard already; its messages would come out of order.
    if (!this.#isCurrent(socket)) return;
    this.#heartbeat?.alive();
    if (this.#heartbeat?.isReply(data)) return;
    this.#received++;
    this.#lastMessageAtMs = this.#platform.wallTime();
    this.#feed.push(data);
    if (!this.#feed.busy || socket.pause()) return;
    const { maxInbox = 1_000 } = this.#options;
    if (this.#feed.size > maxInbox) this.#lose(new InboxFull(maxInbox));
  }

  #onSilence(timeoutMs: number): void {
    // We have not read: nothing can have come.
    if (this.#connection.resource?.isPaused) this.#heartbeat?.probe();
    else this.#lose(new HeartbeatLost(timeoutMs));
  }

  /** The socket that is open, or the one that is opening: a message may come with the opening. */
  #isCurrent(socket: Socket): boolean {
    const { resource } = this.#connection;
    return resource === null ? !socket.isLeft : resource === socket;
  }
}
