// Exit reasons: why a process ended, as plain structured-clonable data (P-2).
//
// Owns the reason vocabulary, its two questions (is it normal? how do people read it?) and the
// step from a thrown value to a record. It does not decide who is told: that is ending.ts.

/** An error that ended a process, as data: it can cross a thread or a socket. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
}

/**
 * Why a process ended. `normal`, `shutdown` and `{ shutdown: … }` are not failures; everything
 * else is. Any other string is a reason of the application's own. Source: Erlang/OTP exit reasons.
 */
export type ExitReason =
  | "normal"
  | "shutdown"
  | "killed"
  | "noproc"
  | "noconnection"
  | "timeout"
  | { readonly shutdown: unknown }
  | ErrorRecord
  | (string & {});

// The thrown value itself travels beside its record under a symbol: structured clone leaves it
// behind, so the record stays data, and inside one realm `cause` is still the original Error.
const THROWN: unique symbol = Symbol("troupe.thrown");

/** Thrown in `init` or a handler to end the process with a reason that is not an error of its own. */
export class ExitWith {
  readonly reason: ExitReason;
  constructor(reason: ExitReason, thrown: unknown) {
    this.reason = reason;
    if (thrown !== undefined && typeof reason === "object") keepThrown(reason, thrown);
  }
}

/** Not enumerable: nobody who looks at the record, or copies it, meets the value. */
function keepThrown<Reason extends object>(reason: Reason, thrown: unknown): Reason {
  return Object.defineProperty(reason, THROWN, { value: thrown });
}

/** Makes the exit reason of a thrown value. The value itself stays reachable with {@link thrownOf}. */
export function reasonOf(thrown: unknown): ExitReason {
  if (thrown instanceof ExitWith) return thrown.reason;
  if (!(thrown instanceof Error)) {
    const message = `A value that is not an Error was thrown: ${printed(thrown)}`;
    return keepThrown({ name: "Error", message }, thrown);
  }
  const { name, message, stack, cause } = thrown;
  const record: ErrorRecord = {
    name,
    message,
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && { cause: causeRecord(cause) }),
  };
  return keepThrown(record, thrown);
}

/** The value whose throwing made this reason, if it happened in this realm. */
export function thrownOf(reason: ExitReason): unknown {
  return typeof reason === "object" && reason !== null
    ? (reason as { [THROWN]?: unknown })[THROWN]
    : undefined;
}

/** True for `normal`, `shutdown` and `{ shutdown: … }`: ends that are not failures. */
export function isNormalReason(reason: ExitReason): boolean {
  return (
    reason === "normal" ||
    reason === "shutdown" ||
    (typeof reason === "object" && "shutdown" in reason)
  );
}

/** A reason in words, for messages and logs. */
export function formatReason(reason: ExitReason): string {
  if (typeof reason === "string") return reason;
  if (!isRecord(reason)) return printed(reason);
  return "shutdown" in reason
    ? `shutdown (${inShutdown(reason.shutdown)})`
    : `${reason.name}: ${reason.message}`;
}

/** Why a supervisor did not come up, which child and its reason, is what people meet most. */
function inShutdown(why: unknown): string {
  const failed = why as { failedToStartChild?: string; reason: ExitReason } | null | undefined;
  if (failed?.failedToStartChild === undefined) return printed(why);
  return `child ${failed.failedToStartChild} did not start: ${formatReason(failed.reason)}`;
}

/** A value as it should read in an error's sentence: short, quoted where it is a string. */
export function printed(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const tag: string = Object.prototype.toString.call(value);
  try {
    const json = (JSON.stringify(value) as string | undefined) ?? tag;
    // Of a promise or a map, what it is says more than that nothing of it can be seen.
    if (json !== "{}" || tag === "[object Object]") {
      return json.length > 120 ? `${json.slice(0, 117)}...` : json;
    }
  } catch {
    // A cycle or a throwing toJSON: fall through to the tag.
  }
  return tag;
}

function causeRecord(cause: unknown): unknown {
  if (cause instanceof Error) return { name: cause.name, message: cause.message };
  try {
    // A record must be able to cross a thread, whatever somebody put into a cause.
    return structuredClone(cause);
  } catch {
    return printed(cause);
  }
}

/** True if an error is only the echo of an abort: its reason itself, or the host's AbortError. */
export function isAbortOf(error: unknown, reason: unknown): boolean {
  if (reason === null || reason === undefined) return false;
  return error === reason || (error instanceof Error && error.name === "AbortError");
}

function isRecord(reason: unknown): boolean {
  if (typeof reason !== "object" || reason === null) return false;
  return "shutdown" in reason || typeof (reason as Partial<ErrorRecord>).message === "string";
}

/** Throws TypeError unless `reason` can be an exit reason: data that others can read. */
export function checkReason(reason: unknown): asserts reason is ExitReason {
  if (typeof reason === "string" ? reason !== "" : isRecord(reason)) return;
  throw new TypeError(
    `reason is ${printed(reason)}: it must be a string such as "shutdown", { shutdown: … } or an Error's name and message`,
  );
}
