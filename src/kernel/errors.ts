// The errors of the kernel, and the base of every error of troupe.
//
// Owns the `ActorError` base (one literal `code` a class, data in fields) and the classes that
// processes, calls and mailboxes reject with. Classes of other layers live in those layers.
// Wrong arguments are not here: they are TypeError and RangeError, thrown before anything is sent.

import { type ExitReason, formatReason, printed, thrownOf } from "./exit-reason.js";

/** The base of every error that troupe makes. `code` is a literal: switch on it. */
export abstract class ActorError extends Error {
  /** Which error this is, stable across versions and minifiers. */
  abstract readonly code: string;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** What a {@link WordedError} is made of: its fields, its sentence, and its cause if it has one. */
export type Worded<E extends ActorError> = Omit<E, keyof ActorError> & {
  readonly message: string;
  readonly cause?: unknown;
};

/**
 * The base of errors whose sentence is not made by their class. Whoever makes one gives it among the fields:
 * so a page that may only be told of an error by another realm has the class, and no words.
 */
export abstract class WordedError<E extends ActorError> extends ActorError {
  constructor(fields: Worded<E>) {
    const { message, cause, ...own } = fields;
    super(message, cause);
    // A subclass only declares its fields: defining them would take back what is set here.
    Object.assign(this, own);
  }
}

/**
 * A call or an operation failed because its process ended, or was never there (`noproc`).
 * `reason` says why it ended; `cause` is the error behind that: what a handler threw, or how a link was lost.
 */
export class ActorExit extends ActorError {
  override readonly name: string = "ActorExit";
  readonly code: "actor-exit" = "actor-exit";
  /** Why the process ended. */
  readonly reason: ExitReason;
  /** The process, such as `counter#7`. */
  readonly process: string;
  /** The handler that was called, or the one whose throw ended the process. */
  readonly handler: string | undefined;
  /** How often its supervisor had restarted this child when it ended. */
  readonly restarts: number;

  constructor(detail: {
    action: string;
    process: string;
    reason: ExitReason;
    handler?: string | undefined;
    restarts?: number | undefined;
    cause?: unknown;
  }) {
    const { action, process, reason, handler, restarts = 0, cause = thrownOf(reason) } = detail;
    const why =
      reason === "noproc"
        ? "no such process is alive"
        : `process exited with reason ${formatReason(reason)}`;
    const times =
      restarts > 0 ? ` (restarted ${restarts} ${restarts === 1 ? "time" : "times"})` : "";
    super(`Cannot ${action}: ${why}${times}`, cause);
    this.reason = reason;
    this.process = process;
    this.handler = handler;
    this.restarts = restarts;
  }
}

/** A call was not answered within its timeout. The request may still run: its outcome is unknown. */
export class CallTimeout extends ActorError {
  override readonly name: string = "CallTimeout";
  readonly code: "call-timeout" = "call-timeout";
  readonly process: string;
  readonly handler: string;
  readonly timeoutMs: number;

  constructor(process: string, handler: string, timeoutMs: number, why = "no reply came") {
    super(`Cannot call ${process}.${handler} within ${timeoutMs} ms: ${why}`);
    this.process = process;
    this.handler = handler;
    this.timeoutMs = timeoutMs;
  }
}

/** A process could not be started: its `init` threw, refused or took too long. */
export class StartFailed extends ActorError {
  override readonly name: string = "StartFailed";
  readonly code: "start-failed" = "start-failed";
  /** The behaviour's id. */
  readonly behaviour: string;
  readonly reason: ExitReason;

  constructor(behaviour: string, reason: ExitReason, why?: string) {
    super(`Cannot start ${behaviour}: ${why ?? formatReason(reason)}`, thrownOf(reason));
    this.behaviour = behaviour;
    this.reason = reason;
  }
}

/** A bounded mailbox had no room. Nothing was queued. */
export class MailboxFull extends ActorError {
  override readonly name: string = "MailboxFull";
  readonly code: "mailbox-full" = "mailbox-full";
  readonly mailbox: string;
  readonly max: number;

  constructor(mailbox: string, max: number, remedy = "wait for room with offer") {
    super(
      `Cannot queue a message for ${mailbox}: its mailbox holds its limit of ${max}; ` +
        `${remedy}, or raise mailbox.max`,
    );
    this.mailbox = mailbox;
    this.max = max;
  }
}

/** A mailbox was closed before the operation could finish. */
export class MailboxClosed extends ActorError {
  override readonly name: string = "MailboxClosed";
  readonly code: "mailbox-closed" = "mailbox-closed";

  constructor(action: string) {
    super(`Cannot ${action}: the mailbox is closed`);
  }
}

/** The context of a process was used after that process had ended. */
export class ProcessEnded extends ActorError {
  override readonly name: string = "ProcessEnded";
  readonly code: "process-ended" = "process-ended";
  readonly process: string;
  readonly reason: ExitReason;

  constructor(process: string, reason: ExitReason) {
    super(
      `Cannot use the context of ${process}: it ended with reason ${formatReason(reason)}; ` +
        `watch self.signal in work that outlives a handler`,
    );
    this.process = process;
    this.reason = reason;
  }
}

/** A process waited for its own end, which could never come. Use `self.stop()`. */
export class SelfStop extends ActorError {
  override readonly name: string = "SelfStop";
  readonly code: "self-stop" = "self-stop";

  constructor(action: string, remedy: string) {
    super(`Cannot ${action} from inside a handler of it: ${remedy}`);
  }
}

/** Calls wait for each other in a circle, so none could ever be answered (C-6). */
export class CallCycle extends ActorError {
  override readonly name: string = "CallCycle";
  readonly code: "call-cycle" = "call-cycle";
  /** The processes of the circle, in the order of the calls; the first is also the last. */
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super(
      `Cannot call ${path[path.length - 1]}: it waits for this call itself (${path.join(" → ")}); ` +
        `reply with replyWith, or send a cast`,
    );
    this.path = path;
  }
}

/** This host lacks a capability. The message names what to use instead. */
export class UnsupportedError extends ActorError {
  override readonly name: string = "UnsupportedError";
  readonly code: "unsupported" = "unsupported";
  readonly capability: string;
  readonly host: string;
  readonly alternative: string;

  constructor(detail: { capability: string; host: string; alternative: string }) {
    super(`Cannot use ${detail.capability} on ${detail.host}: ${detail.alternative}`);
    this.capability = detail.capability;
    this.host = detail.host;
    this.alternative = detail.alternative;
  }
}

/** Throws a RangeError unless `value` is a time in milliseconds: 0 or more, `Infinity` if allowed. */
export function checkMs(name: string, value: number, allowInfinity = false): void {
  if (typeof value !== "number" || !(value >= 0)) {
    throw new RangeError(
      `${name} is ${printed(value)}: it must be a number of milliseconds, 0 or more`,
    );
  }
  if (value === Infinity ? !allowInfinity : value > MAX_TIMER_MS) {
    throw new RangeError(
      `${name} is ${printed(value)}: it must be at most ${MAX_TIMER_MS} ms (24.8 days)` +
        `${allowInfinity ? ", or Infinity" : ""}`,
    );
  }
}

/** Throws a RangeError unless `value` is a whole number of `min` or more; `remedy` ends its sentence. */
export function checkWhole(name: string, value: number, min: number, remedy = ""): void {
  if (!Number.isInteger(value) || value < min) {
    throw new RangeError(
      `${name} is ${printed(value)}: it must be a whole number, ${min} or more${remedy}`,
    );
  }
}

/** As {@link checkWhole}, where `Infinity` means that there is no limit. */
export function checkCount(name: string, value: number, min: number): void {
  if (value !== Infinity) checkWhole(name, value, min);
}

/** What every host's timer can hold: 2^31 − 1 ms. */
export const MAX_TIMER_MS = 2_147_483_647;

/** Throws TypeError unless `value` is a function; gives it. */
export function checkFunction<F>(name: string, value: F): F {
  if (typeof value === "function") return value;
  throw new TypeError(`${name} is ${printed(value)}: it must be a function`);
}

/** Throws TypeError unless `signal` is an AbortSignal. */
export function checkSignal(signal: unknown): void {
  if (typeof (signal as Partial<AbortSignal> | null)?.addEventListener === "function") return;
  throw new TypeError(
    `signal is ${printed(signal)}: it must be an AbortSignal, such as AbortSignal.timeout(50)`,
  );
}

/** Throws TypeError unless `value` is left out or one of `allowed`. */
export function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value as string)) return;
  const list = allowed.map((item) => JSON.stringify(item)).join(", ");
  throw new TypeError(`${name} is ${printed(value)}: it must be one of ${list}`);
}
