// Observers: what a system tells about itself, as it happens (SUP-8).
//
// Owns the events and their delivery: after the transition, in order, each listener guarded, so
// that an observer can neither block nor crash anything. Costs one null check where nobody looks.
// Words and trees are made from these events elsewhere (src/inspect).

import type { ExitReason } from "./exit-reason.js";
import { Fifo } from "./fifo.js";
import { isThenable, whenSettled } from "./operation.js";
import type { Platform } from "./platform.js";

/** Which process an event is about. */
export interface ProcessInfo {
  /** Unique in its system, such as `counter#7`; a restarted child has a new one. */
  readonly id: string;
  /** The id of its behaviour, such as `counter`. */
  readonly behaviour: string;
  /** The child id its supervisor knows it by, stable over restarts. */
  readonly name: string | undefined;
  /** The id of the process that started it; undefined at the top of the system. */
  readonly parent: string | undefined;
}

/** Something that happened in a system. `atMs` is the platform's monotonic clock. */
export type SystemEvent = { readonly atMs: number } & (
  | {
      /** A supervisor has taken a child specification. */
      readonly type: "registered";
      readonly supervisor: ProcessInfo;
      readonly child: string;
      readonly restart: string;
    }
  | {
      /** A process has finished its `init` and handles messages. */
      readonly type: "started";
      readonly process: ProcessInfo;
      readonly tookMs: number;
    }
  | {
      /** A start did not succeed. */
      readonly type: "startFailed";
      readonly process: ProcessInfo;
      readonly reason: ExitReason;
    }
  | {
      /** A process has begun to end with a failure: nothing new is handled. Told before `stopped`. */
      readonly type: "ending";
      readonly process: ProcessInfo;
      readonly reason: ExitReason;
    }
  | {
      /** A state machine has begun to end with a failure: what it was doing (SM-5). After `ending`. */
      readonly type: "crashReport";
      readonly process: ProcessInfo;
      readonly reason: ExitReason;
      /** The state it was in. */
      readonly state: string;
      /** The event in hand; undefined if there was none. */
      readonly last: EventReport | undefined;
      /** What it had postponed, oldest first; at most a hundred. */
      readonly postponed: readonly EventReport[];
      /** What still waited, the next one first: inserted and replayed events, then the mail. */
      readonly queued: readonly EventReport[];
    }
  | {
      /** A process is gone, after its `terminate` and the disposal of what it owned. */
      readonly type: "stopped";
      readonly process: ProcessInfo;
      readonly reason: ExitReason;
      /** The handler whose throw ended it. */
      readonly handler: string | undefined;
      /** Calls that were rejected because it ended. */
      readonly rejectedCalls: number;
    }
  | {
      /** A supervisor is about to restart a child; sent before any delay. */
      readonly type: "restarting";
      readonly supervisor: ProcessInfo;
      readonly child: string;
      /** Restarts of this child so far, this one included. */
      readonly count: number;
      readonly reason: ExitReason;
      readonly delayMs: number;
    }
  | {
      /** A supervisor has brought a child back. */
      readonly type: "restarted";
      readonly supervisor: ProcessInfo;
      readonly child: string;
      readonly count: number;
      /** From the end of the old process to the end of the new one's `init`. */
      readonly tookMs: number;
    }
  | {
      /** A supervisor gave up: more restarts than it allows. */
      readonly type: "terminal";
      readonly supervisor: ProcessInfo;
      readonly child: string;
      readonly reason: ExitReason;
    }
  | {
      /**
       * A child that was added to a running supervisor is gone for good: that supervisor was restarted,
       * and starts with the children it was written with.
       */
      readonly type: "lost";
      readonly supervisor: ProcessInfo;
      readonly child: string;
    }
  | {
      /** A state machine has changed its state. */
      readonly type: "state";
      readonly process: ProcessInfo;
      readonly from: string;
      readonly to: string;
    }
  | {
      /** `self.log` of a process. */
      readonly type: "log";
      readonly process: ProcessInfo;
      readonly level: LogLevel;
      readonly message: string;
      readonly data: unknown;
    }
  | {
      /** A message was refused or dropped by a bounded mailbox. */
      readonly type: "dropped";
      readonly process: ProcessInfo;
      readonly handler: string;
    }
  | {
      /** Work of a process failed after that process had ended, or while it was ending. */
      readonly type: "lateError";
      readonly process: ProcessInfo;
      readonly error: unknown;
    }
);

/** An event of a state machine, in a crash report. */
export interface EventReport {
  /** `call`, `cast`, `info`, `internal`, `stateTimeout`, `eventTimeout`, `timeout` or `stop`. */
  readonly type: string;
  /** Of a call, a cast, an internal event or a named timeout. */
  readonly name: string;
  /** What came with it. */
  readonly args: readonly unknown[];
}

/** How loud a line of `self.log` is. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Takes events. What it throws goes to the host's error channel and stops nothing. */
export type Observer = (event: SystemEvent) => void;

type WithoutTime<E> = E extends unknown ? Omit<E, "atMs"> : never;

/** The observers of one system. */
export class Observers {
  readonly #platform: Platform;
  readonly #listeners: Set<Observer> = new Set();
  readonly #queue: Fifo<SystemEvent> = new Fifo();
  #delivering = false;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** True if anybody looks. Ask before building an event. */
  get active(): boolean {
    return this.#listeners.size > 0;
  }

  /** Adds an observer; gives the function that removes it. */
  add(observer: Observer): () => void {
    // A function of its own: the same observer twice is two observers.
    const listener: Observer = (event) => observer(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells everybody. An event that is caused by an observer waits for its turn. */
  emit(event: WithoutTime<SystemEvent>): void {
    if (!this.active) return;
    this.#queue.put({ atMs: this.#platform.now(), ...event } as SystemEvent);
    if (this.#delivering) return;
    this.#delivering = true;
    while (this.#queue.size > 0) {
      const next = this.#queue.take();
      for (const listener of [...this.#listeners]) this.#tell(listener, next);
    }
    this.#delivering = false;
  }

  /** Shows an error of code that only looks on, where it ends nothing. */
  fault(error: unknown): void {
    const { reportError, reportFault = reportError } = this.#platform;
    reportFault(error);
  }

  #tell(listener: Observer, event: SystemEvent): void {
    try {
      // An asynchronous function passes for an observer: its rejection is a throw like any other.
      const result = listener(event) as unknown;
      if (isThenable(result)) whenSettled(result, undefined, (error) => this.fault(error));
    } catch (error) {
      this.fault(error);
    }
  }
}
