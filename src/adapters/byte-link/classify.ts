// Turns anything a link threw into a `LinkError`: what to do next, and a sentence with the remedy.
//
// Owns the matching of an error to its row in remedies.ts and the wording. Platform files throw
// their host's plain errors, so that they need nothing of ours at run time; this file gives those
// their meaning. It decides nothing: the client's state machine acts on `disposition`.

import { type LinkDisposition, LinkError } from "./errors.js";
import {
  type Remedy,
  remedyOfCode,
  remedyOfName,
  remedyOfText,
  serialPermission,
} from "./remedies.js";

/** Options of {@link classifyLinkError}. */
export interface ClassifyContext {
  /** What was tried, as the end of "Cannot …". Default: from the error, else `use the link`. */
  readonly action?: string | undefined;
}

/**
 * Gives any thrown value its meaning for a link. It never throws.
 *
 * A `LinkError` comes back as it is. An error with a `disposition` of its own (`AmbiguousPort`)
 * keeps it. An unknown error is `retry`: giving up for ever is worse than one attempt too many.
 * The error is `cause` of the result.
 *
 * @example
 * ```ts
 * const connect = webSerial({ baudRate: 19_200 });
 * const duplex = await connect({ signal }).catch((thrown) => {
 *   const error = classifyLinkError(thrown, { action: "connect to the meter" });
 *   if (error.disposition === "final") throw error;
 * });
 * ```
 */
export function classifyLinkError(error: unknown, context: ClassifyContext = {}): LinkError {
  if (error instanceof LinkError) return error;
  const code = textField(error, "code");
  const name = textField(error, "name");
  const text = trimmed(textField(error, "message") ?? (isObject(error) ? "" : String(error)));
  const own = ownDisposition(error, code);
  if (own !== undefined) {
    return new LinkError({
      message: text,
      disposition: own,
      hostError: code ?? name,
      cause: error,
    });
  }
  const { disposition, remedy } = remedyOf(error, code, name, text);
  const action = context.action ?? defaultAction(textField(error, "syscall"));
  // Node's AggregateError (several addresses tried) has an empty message.
  const what = text === "" ? (code ?? name ?? "it failed") : text;
  return new LinkError({
    message: `Cannot ${action}: ${what}; ${remedy}`,
    disposition,
    hostError: code ?? (name === "Error" ? undefined : name),
    cause: error,
  });
}

/**
 * Whether a read error leaves the port usable (SER-2): the stream ended, the port's `readable` is a
 * new one, and only the request in flight is lost.
 */
export function isRecoverableReadError(error: unknown): boolean {
  switch (textField(error, "name")) {
    case "BufferOverrunError":
    case "BreakError":
    case "FramingError":
    case "ParityError":
      return true;
    default:
      return false;
  }
}

function ownDisposition(error: unknown, code: string | undefined): LinkDisposition | undefined {
  const own = textField(error, "disposition");
  if (own === "retry" || own === "needsPermission" || own === "final") return own;
  // UnsupportedError: it names its remedy.
  return code === "unsupported" ? "final" : undefined;
}

function remedyOf(
  error: unknown,
  code: string | undefined,
  name: string | undefined,
  text: string,
): Remedy {
  const path = textField(error, "path") ?? "";
  if ((code === "EACCES" || code === "EPERM") && path.startsWith("/dev/")) return serialPermission;
  return (
    (code === undefined ? undefined : remedyOfCode(code)) ??
    // serialport's errors are plain ones whose only content is the text.
    (name === "Error" ? remedyOfText(text) : undefined) ??
    (name === undefined ? undefined : remedyOfName(name)) ?? {
      disposition: "retry",
      remedy: "the link is opened again",
    }
  );
}

function defaultAction(syscall: string | undefined): string {
  switch (syscall) {
    case "connect":
      return "connect";
    case "listen":
      return "listen";
    case "open":
      return "open the port";
    case "read":
      return "read from the link";
    case "write":
      return "write to the link";
    default:
      return "use the link";
  }
}

function textField(value: unknown, field: string): string | undefined {
  const found = isObject(value) ? value[field] : undefined;
  return typeof found === "string" ? found : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Hosts end their sentences; ours go on with the remedy. */
function trimmed(text: string): string {
  return text.replace(/[.\s]+$/, "");
}
