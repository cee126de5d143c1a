// What the process of an event stream's client remembers: its connection, its place in the stream,
// its counters.
//
//   Connection ──► OpenStream ──► parser ──► Feed ──► onEvent and subscriptions
//        ▲               └── next read ◄───────┘  only when all events are handled: backpressure
//
// Owns the read loop, the id to resume after, the stall watchdog and what each failure means. One
// attempt is request.ts; attempts in sequence are the Connection's; the public face is client.ts.

import type { SentLater } from "../../behaviours/self.js";
import type { MachineSelf } from "../../behaviours/state-machine.js";
import { UnsupportedError } from "../../kernel/errors.js";
import type { Info } from "../../kernel/process.js";
import { Connection, type ConnectionStatus } from "../connection.js";
import { ConnectTimeout } from "../connection-times.js";
import { Feed } from "../feed.js";
import { unchanged } from "../snapshot.js";
import { type Verdict, verdict } from "../verdict.js";
import { EventTooLarge, SseLost, SseRefused, SseStalled, SseUnavailable } from "./errors.js";
import { checkEventSourceOptions, type EventSourceOptions } from "./options.js";
import { createEventStreamParser, type EventStreamParser, type ServerSentEvent } from "./parser.js";
import { type OpenStream, openStream, Stopped } from "./request.js";
import { pageVisibility } from "./visibility.js";

/**
 * Where a client stands: the states of every connection, and `ended` when there is nothing more to
 * come (204, or the end of a stream that is not repeated).
 */
export type EventSourceStatus = ConnectionStatus | "ended";

/** The snapshot of a client. The same object until something in it changes. */
export interface EventSourceView {
  /** Where the client stands. */
  readonly status: EventSourceStatus;
  /** Attempts since the stream was last good. */
  readonly attempts: number;
  /** Why the last attempt failed or the stream was lost, in words. */
  readonly error: string | undefined;
  /** How often an open stream has ended or was lost. */
  readonly losses: number;
  /** The id to resume after; `""` for none. */
  readonly lastEventId: string;
  /** Events received. */
  readonly events: number;
  /** Events refused, because they were larger than `maxEventBytes`. */
  readonly oversized: number;
  /** Bytes received. */
  readonly bytes: number;
  /** When the last event came, in milliseconds since 1970. */
  readonly lastEventAtMs: number | undefined;
}

type Self = MachineSelf<unknown, ConnectionStatus>;
type InitSelf = Pick<Self, "ref" | "platform" | "use" | "log" | "sendAfter">;

/** One open stream, with the parser of its own. */
class Link {
  readonly stream: OpenStream;
  readonly parser: EventStreamParser;
  readonly lose: (error: unknown) => void;
  /** When the present read began; the watchdog does not run while nothing is read. */
  readingSinceMs: number | undefined;
  constructor(stream: OpenStream, parser: EventStreamParser, lose: (error: unknown) => void) {
    this.stream = stream;
    this.parser = parser;
    this.lose = lose;
  }
}
class Chunk {
  readonly link: Link;
  readonly bytes: Uint8Array;
  constructor(link: Link, bytes: Uint8Array) {
    this.link = link;
    this.bytes = bytes;
  }
}
class StallCheck {}
class VisibilityChange {}

/** The session of one client process. */
export class Session {
  readonly #self: InitSelf;
  readonly #options: EventSourceOptions;
  readonly #connection: Connection<Link>;
  readonly #feed: Feed<ServerSentEvent>;
  readonly #repeat: boolean;
  #lastEventId: string;
  #authRefreshed = false;
  /** The server's `retry`: no attempt comes sooner. */
  #retryMs = 0;
  #events = 0;
  #oversized = 0;
  #bytes = 0;
  #lastEventAtMs: number | undefined;
  #stallCheck: SentLater | undefined;
  #view: EventSourceView | undefined;
  #hasEnded = false;
  /** What the parser of the chunk in hand has given. */
  #parsed: ServerSentEvent[] = [];

  constructor(self: InitSelf, options: EventSourceOptions) {
    checkEventSourceOptions(options);
    this.#self = self;
    this.#options = options;
    this.#lastEventId = options.lastEventId ?? "";
    this.#repeat = options.repeat ?? (options.method ?? "GET").toUpperCase() === "GET";
    this.#feed = new Feed(self, options.onEvent, () => this.#readOn());
    this.#connection = new Connection<Link>(self, options, {
      open: (signal, lose) => this.#open(signal, lose),
      close: (link) => link.stream.abort(),
      judge: (error) => this.#judge(error),
      opened: () => {
        this.#authRefreshed = false;
        this.#readOn();
        this.#watchForStall();
      },
      lost: () => this.#stallCheck?.cancel(),
    });
    if (options.pauseWhileHidden === true) this.#followVisibility();
  }

  /** The first state. */
  get first(): ConnectionStatus {
    return this.#isHidden ? "waiting" : "connecting";
  }

  entered(self: Self): void {
    if (self.state === "connecting") {
      this.#hasEnded = false;
      this.#feed.resume();
    }
    this.#connection.entered(self);
    if (self.state === "failed") {
      this.#feed.finish(this.#hasEnded ? "done" : { error: this.#connection.error });
    }
  }

  info(self: Self, message: Info): void {
    if (this.#connection.info(self, message) || this.#feed.info(message)) return;
    if (message.type !== "message") return;
    const own = message.message;
    if (own instanceof Chunk) this.#onChunk(own);
    else if (own instanceof StallCheck) this.#onStallCheck();
    else if (own instanceof VisibilityChange) {
      if (this.#isHidden) this.#connection.suspend(self);
      else this.#connection.resume(self);
    }
  }

  timeout(self: Self): void {
    this.#connection.timeout(self);
  }

  reconnect(self: Self): void {
    this.#connection.reconnect(self);
  }

  view(status: ConnectionStatus): EventSourceView {
    const now = this.#connection.view(status);
    const view: EventSourceView = {
      ...now,
      status: status === "failed" && this.#hasEnded ? "ended" : status,
      error: this.#hasEnded ? undefined : now.error,
      lastEventId: this.#lastEventId,
      events: this.#events,
      oversized: this.#oversized,
      bytes: this.#bytes,
      lastEventAtMs: this.#lastEventAtMs,
    };
    this.#view = unchanged(this.#view, view);
    return this.#view;
  }

  async #open(signal: AbortSignal, lose: (error: unknown) => void): Promise<Link> {
    const stream = await openStream(this.#options, {
      signal,
      lastEventId: this.#lastEventId,
      wallTimeMs: this.#self.platform.wallTime(),
      host: this.#self.platform.host,
      authRefreshed: this.#authRefreshed,
      refreshed: () => {
        this.#authRefreshed = true;
      },
    });
    const parser = createEventStreamParser({
      onEvent: (event) => this.#parsed.push(event),
      onRetry: (retryMs) => {
        this.#retryMs = retryMs;
      },
      maxEventBytes: this.#options.maxEventBytes,
      lastEventId: this.#lastEventId,
    });
    return new Link(stream, parser, lose);
  }

  #judge(error: unknown): Verdict {
    if (error instanceof Stopped || (error === undefined && !this.#repeat)) {
      this.#hasEnded = true;
      return verdict("failed");
    }
    if (error instanceof SseUnavailable) {
      const { retryAfterMs = 0 } = error;
      const afterMs = Math.max(retryAfterMs, this.#retryMs);
      return verdict("retry", { afterMs, patient: retryAfterMs > 0 });
    }
    const isFinal =
      error instanceof SseRefused ||
      error instanceof EventTooLarge ||
      error instanceof UnsupportedError;
    const mayHaveArrived =
      error === undefined ||
      error instanceof SseLost ||
      error instanceof SseStalled ||
      error instanceof ConnectTimeout;
    if (isFinal || (mayHaveArrived && !this.#repeat)) return verdict("failed");
    return verdict("retry", { afterMs: this.#retryMs });
  }

  /** Starts the next read, unless events still wait to be handled. */
  #readOn(): void {
    const link = this.#connection.resource;
    if (link === null || link.readingSinceMs !== undefined || this.#feed.busy) return;
    link.readingSinceMs = this.#self.platform.now();
    const mailbox = this.#self.ref;
    link.stream.read().then(
      (bytes) => {
        if (bytes === undefined) link.lose(undefined);
        else mailbox.send(new Chunk(link, bytes));
      },
      (error: unknown) => link.lose(error),
    );
  }

  #onChunk({ link, bytes }: Chunk): void {
    // Of a stream that is given up: its events would come again with the next one.
    if (link !== this.#connection.resource) return;
    link.readingSinceMs = undefined;
    this.#bytes += bytes.byteLength;
    let failure: unknown;
    try {
      link.parser.push(bytes);
    } catch (error) {
      failure = error;
      if (error instanceof EventTooLarge) this.#oversized++;
    }
    this.#lastEventId = link.parser.lastEventId;
    const events = this.#parsed;
    if (events.length > 0) {
      this.#parsed = [];
      this.#events += events.length;
      this.#lastEventAtMs = this.#self.platform.wallTime();
      this.#connection.proven();
      for (const event of events) this.#feed.push(event);
    }
    if (failure !== undefined) link.lose(failure);
    else this.#readOn();
  }

  #watchForStall(): void {
    const { stallMs = Number.POSITIVE_INFINITY } = this.#options;
    const link = this.#connection.resource;
    if (link === null || stallMs === Number.POSITIVE_INFINITY) return;
    // One timer that looks back, not one for each chunk.
    const now = this.#self.platform.now();
    const leftMs = stallMs - (now - (link.readingSinceMs ?? now));
    this.#stallCheck = this.#self.sendAfter(Math.max(leftMs, 1), new StallCheck());
  }

  #onStallCheck(): void {
    const { stallMs = Number.POSITIVE_INFINITY } = this.#options;
    const link = this.#connection.resource;
    const sinceMs = link?.readingSinceMs;
    if (link === null) return;
    if (sinceMs !== undefined && this.#self.platform.now() - sinceMs >= stallMs) {
      link.lose(new SseStalled(stallMs));
    } else this.#watchForStall();
  }

  get #isHidden(): boolean {
    const { pauseWhileHidden, visibility = pageVisibility } = this.#options;
    return pauseWhileHidden === true && visibility.hidden;
  }

  #followVisibility(): void {
    const { visibility = pageVisibility } = this.#options;
    const mailbox = this.#self.ref;
    const end = visibility.subscribe(() => mailbox.send(new VisibilityChange()));
    this.#self.use(visibility, end);
    if (this.#isHidden) this.#connection.suspend();
  }
}
