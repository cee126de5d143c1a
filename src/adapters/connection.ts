// A connection under supervision: the ONE path of connecting, losing, waiting and connecting again,
// for every device and stream.
//
// Owns the attempts, their timeout, the backoff, the wake-ups and the resource while it is open: a lost
// link is a state, not a crash. What a resource is, what is sent over it and what an error means is the
// adapter's: it keeps a Connection in its state machine's data and passes enter, info and stateTimeout
// on to it.

import type { Log } from "../behaviours/self.js";
import type { Handle } from "../behaviours/server-handle.js";
import type { MachineSelf } from "../behaviours/state-machine.js";
import type { Info } from "../kernel/process.js";
import { type Backoff, createBackoff } from "./backoff.js";
import { type ConnectionTimes, ConnectTimeout, checkConnectionTimes } from "./connection-times.js";
import type { Verdict } from "./verdict.js";

/** The states of a connection. `failed` is left only by `reconnect`. */
export type ConnectionStatus = "connecting" | "open" | "waiting" | "needsPermission" | "failed";

/** What the adapter gives. `Resource` is what an attempt opens. */
export interface ConnectionHooks<Resource> {
  /**
   * Makes one attempt. Aborting `signal` ends it; what it opens after that is closed again. `lose`
   * is for later: it says that what this attempt opened has ended, and does nothing once another
   * attempt has taken its place.
   */
  open(signal: AbortSignal, lose: (error: unknown) => void): Promise<Resource>;
  /** Gives a resource back; called once for each that was opened, on every way out. */
  close(resource: Resource, reason: unknown): unknown;
  /** Says what an error means. `undefined` is an end without an error. */
  judge(error: unknown): Verdict;
  /** The link is up: the state is `open`. */
  opened?(resource: Resource): void;
  /** The link is down: what waits for it can be told. Called before the state changes. */
  lost?(error: unknown): void;
  /** Calls `listener` when an attempt may succeed that failed before (a cable plugged in). */
  wake?(listener: () => void): () => void;
  /** A wake-up came while the link is open: it may be dead without knowing (sleep, a new network). */
  woken?(): void;
}

/** What a snapshot says of a connection. */
export interface ConnectionView {
  /** Where it stands. */
  readonly status: ConnectionStatus;
  /** Attempts since the link was last stable. */
  readonly attempts: number;
  /** Why the last attempt failed or the link was lost, in words. */
  readonly error: string | undefined;
  /** How often a link has been lost. */
  readonly losses: number;
}

class Opened {
  readonly attempt: number;
  readonly resource: unknown;
  constructor(attempt: number, resource: unknown) {
    this.attempt = attempt;
    this.resource = resource;
  }
}
class Failed {
  readonly attempt: number;
  readonly error: unknown;
  constructor(attempt: number, error: unknown) {
    this.attempt = attempt;
    this.error = error;
  }
}
class Wake {
  /** From the link's own source (a cable), not the host's (a page that is shown again). */
  readonly own: boolean;
  constructor(own: boolean) {
    this.own = own;
  }
}

type Self = MachineSelf<unknown, ConnectionStatus>;

/**
 * The connection of one adapter process.
 *
 * ```text
 *  connecting ──► open ──► waiting ──► connecting …
 *       │  ▲                  │ ▲
 *       │  └── backoff, wake ─┘ │
 *       │  └── wake ── needsPermission      only a person can help
 *       └─────────────► failed              the same attempt would fail in the same way
 * ```
 */
export class Connection<Resource> {
  readonly #hooks: ConnectionHooks<Resource>;
  readonly #ref: Handle;
  readonly #backoff: Backoff;
  readonly #connectTimeoutMs: number;
  readonly #stableMs: number;
  #attempt = 0;
  #abort: AbortController | null = null;
  #resource: Resource | null = null;
  /** What was opened and is on its way to `#onOpened`: an end of the process would lose its mail. */
  readonly #arrived: Set<Resource> = new Set();
  #error: unknown = undefined;
  #losses = 0;
  #waitMs = 0;
  #patient = false;
  /** The attempt, or the link it opened, during which a wake-up came. */
  #wokenAttempt = 0;
  #suspended = false;
  #unsubscribe: (() => void)[] = [];
  /** The closing of the link before: no attempt starts while the old link may still hold its port. */
  #closing: Promise<unknown> | null = null;
  #disposed = false;
  readonly #log: Log;

  /** Makes the connection of the process whose `init` runs: it owns what will be open. */
  constructor(
    self: Pick<Self, "ref" | "platform" | "use" | "log">,
    times: ConnectionTimes,
    hooks: ConnectionHooks<Resource>,
  ) {
    const { connectTimeoutMs, minBackoffMs, maxBackoffMs, stableMs } = checkConnectionTimes(times);
    this.#hooks = hooks;
    this.#ref = self.ref;
    this.#log = self.log;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#stableMs = stableMs;
    this.#backoff = createBackoff({
      minMs: minBackoffMs,
      maxMs: maxBackoffMs,
      random: self.platform.random,
    });
    const { onWake } = self.platform;
    for (const subscribe of [onWake, hooks.wake?.bind(hooks)]) {
      if (subscribe === undefined) continue;
      const wake = new Wake(subscribe !== onWake);
      this.#unsubscribe.push(subscribe(() => void this.#ref.send(wake)));
    }
    self.use(this, () => this.#dispose());
  }

  /** What is open now; null in every other state. */
  get resource(): Resource | null {
    return this.#resource;
  }

  /** Why the last attempt failed or the link was lost. */
  get error(): unknown {
    return this.#error;
  }

  /** For the adapter's view. Only the same numbers give the same snapshot: compare before use. */
  view(status: ConnectionStatus): ConnectionView {
    const error = this.#error;
    return {
      status,
      attempts: this.#backoff.attempts,
      error: error === undefined ? undefined : inWords(error),
      losses: this.#losses,
    };
  }

  /** To be called in `enter` of every state. */
  entered(self: Self): void {
    if (self.state === "connecting") this.#connect(self);
    else if (self.state === "open") {
      self.stateTimeout(this.#stableMs);
      this.#hooks.opened?.(this.#resource as Resource);
    } else if (self.state === "waiting") {
      self.stateTimeout(this.#suspended ? Number.POSITIVE_INFINITY : this.#waitMs);
    }
  }

  /** To be called with every info message. True if it was one of the connection's own. */
  info(self: Self, message: Info): boolean {
    if (message.type !== "message") return false;
    const own = message.message;
    if (own instanceof Opened) this.#onOpened(self, own);
    else if (own instanceof Failed) this.#onFailed(self, own);
    else if (own instanceof Wake) {
      // A cable that comes back before its link is known to be lost, or while an attempt is about
      // to fail for the lack of it, must not wait for the backoff. The host's wake-ups come to all
      // clients of a server alike: an open link that is lost after one keeps its backoff.
      if (self.state === "connecting" || own.own) this.#wokenAttempt = this.#attempt;
      if (self.state === "open") this.#hooks.woken?.();
      else if (this.#suspended || (this.#patient && self.state === "waiting")) return true;
      else if (self.state === "waiting" || self.state === "needsPermission") {
        self.nextState("connecting");
      }
    } else return false;
    return true;
  }

  /** To be called in `stateTimeout` of every state. */
  timeout(self: Self): void {
    if (self.state === "connecting") {
      const error = new ConnectTimeout(this.#connectTimeoutMs);
      this.#abort?.abort(error);
      this.#onFailed(self, new Failed(this.#attempt, error));
    } else if (self.state === "open") this.#backoff.reset();
    else if (self.state === "waiting") self.nextState("connecting");
  }

  /** Something proves that the link is good: the backoff starts afresh. */
  proven(): void {
    this.#backoff.reset();
  }

  /**
   * Closes what is open and makes no attempt until `resume` (a page that is hidden). In `init`, call
   * it before the first state is given, which is `waiting` then. It is no loss.
   */
  suspend(self?: Self): void {
    if (this.#suspended) return;
    this.#suspended = true;
    if (self === undefined) return;
    if (self.state === "connecting") {
      this.#attempt++;
      this.#abort?.abort();
      this.#abort = null;
      self.nextState("waiting");
    } else if (self.state === "open") {
      this.#release(undefined);
      this.#losses--;
      self.nextState("waiting");
    } else if (self.state === "waiting") self.stateTimeout(Number.POSITIVE_INFINITY);
  }

  /** Ends what `suspend` began, and connects now. */
  resume(self: Self): void {
    if (!this.#suspended) return;
    this.#suspended = false;
    if (self.state === "waiting") self.nextState("connecting");
  }

  /** Closes what is open and connects again now, from any state. */
  reconnect(self: Self): void {
    this.#suspended = false;
    this.#backoff.reset();
    if (self.state === "connecting") return;
    if (self.state === "open") this.#release(undefined);
    self.nextState("connecting");
  }

  #connect(self: Self): void {
    const attempt = ++this.#attempt;
    const controller = new AbortController();
    this.#abort = controller;
    self.stateTimeout(this.#connectTimeoutMs);
    const lose = (error: unknown): void => {
      this.#ref.send(new Failed(attempt, error));
    };
    // Through a promise even where `open` throws at once: one way of failing.
    Promise.resolve(this.#closing)
      .then(() => {
        // Given up while the old link closed: it would open a port that nobody waits for.
        controller.signal.throwIfAborted();
        return this.#hooks.open(controller.signal, lose);
      })
      .then(
        (resource) => {
          this.#arrived.add(resource);
          if (this.#ref.send(new Opened(attempt, resource))) return;
          // The process ended while this was opening: nobody else knows of it.
          this.#arrived.delete(resource);
          void this.#close(resource, undefined);
        },
        (error: unknown) => {
          this.#ref.send(new Failed(attempt, error));
        },
      );
  }

  #onOpened(self: Self, { attempt, resource }: Opened): void {
    this.#arrived.delete(resource as Resource);
    if (attempt !== this.#attempt || self.state !== "connecting") {
      void this.#close(resource as Resource, undefined);
      return;
    }
    this.#abort = null;
    this.#resource = resource as Resource;
    this.#error = undefined;
    self.nextState("open");
  }

  #onFailed(self: Self, { attempt, error }: Failed): void {
    const { state } = self;
    // An old attempt's, or of a link that is given up already.
    if (attempt !== this.#attempt || (state !== "connecting" && state !== "open")) return;
    this.#abort = null;
    if (state === "open") this.#release(error);
    else this.#error = error;
    const verdict = this.#hooks.judge(error);
    this.#patient = verdict.then === "retry" && verdict.patient === true;
    if (verdict.then === "retryNow") this.#waitMs = 0;
    else if (verdict.then === "retry") {
      this.#waitMs = this.#backoff.next(verdict.afterMs);
      if (this.#wokenAttempt === attempt && !this.#patient) this.#waitMs = 0;
    }
    self.nextState(
      verdict.then === "retry" || verdict.then === "retryNow" ? "waiting" : verdict.then,
    );
  }

  #release(error: unknown): void {
    const resource = this.#resource;
    this.#resource = null;
    this.#error = error;
    this.#losses++;
    // What comes from the old link from now on is of an old attempt.
    this.#attempt++;
    this.#hooks.lost?.(error);
    if (resource !== null) this.#closing = this.#close(resource, error);
  }

  /** Closes a resource while the process lives. What fails at that is said, and nothing waits. */
  async #close(resource: Resource, reason: unknown): Promise<void> {
    try {
      await this.#hooks.close(resource, reason);
    } catch (error) {
      // Gone before it was closed: the process's own end, which no longer takes lines.
      if (this.#disposed) return;
      this.#log.warn(`the old link did not close: ${inWords(error)}`, error);
    }
  }

  // A failure to close here is told to observers by the end of the process, whose resource this is.
  #dispose(): unknown {
    this.#disposed = true;
    for (const end of this.#unsubscribe) end();
    this.#unsubscribe = [];
    this.#abort?.abort();
    const open = [...this.#arrived];
    this.#arrived.clear();
    if (this.#resource !== null) open.push(this.#resource);
    this.#resource = null;
    const closings = open.map(async (resource) => this.#hooks.close(resource, undefined));
    if (this.#closing !== null) closings.push(this.#closing);
    return closings.length === 0 ? undefined : Promise.all(closings);
  }
}

const inWords = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
