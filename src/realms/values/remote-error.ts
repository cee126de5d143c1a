// Errors on the wire: what is sent of one, and which class it has on the other side.
//
// An error is `["$error", name, message, fields]`; a DOMException has the tag `$dom`. It comes back as an
// instance of the class that its `code` or name stands for in a fixed table, made without its constructor,
// whose arguments nobody kept; else as a RemoteError. Owns both directions and the table. Walking
// through the fields is the caller's part.

import { NotInState } from "../../behaviours/machine-table.js";
import {
  ActorError,
  ActorExit,
  CallCycle,
  CallTimeout,
  MailboxClosed,
  MailboxFull,
  ProcessEnded,
  SelfStop,
  StartFailed,
  UnsupportedError,
  type Worded,
  WordedError,
} from "../../kernel/errors.js";
import { type ExitReason, printed, thrownOf } from "../../kernel/exit-reason.js";
import { AlreadyRegistered } from "../../kernel/registrations.js";
import { NoSuchRow, TableAccess, TableEnded } from "../../registry/tables/table-errors.js";
import { ChildRefused } from "../../supervision/child-refused.js";
import { SupervisorGaveUp } from "../../supervision/supervisor-gave-up.js";
import { NoMethod, NotServable, NotServed, PeerBusy, RealmSilent } from "../wire/errors.js";
import { reasonIn } from "../wire/frame-checks.js";
import { LinkLost } from "../wire/link.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import { isPlainObject, kindOf } from "./sendable.js";

/** Any class of errors. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Classes of errors that come back as such: by what their `code` is, or their `name` where they have no
 * code. A list takes these from the class (a static `code`, the prototype's `name`, the class's own
 * name); where a minifier shortens that name, say it: `{ "out-of-paper": OutOfPaper }`.
 */
export type ErrorClasses = readonly ErrorClass[] | Readonly<Record<string, ErrorClass>>;

/**
 * An error of the other side whose class this side does not know: `name`, `message`, `code` and the
 * fields are those of the original. Its class comes back if it is named in the option `errors`.
 */
export class RemoteError extends WordedError<RemoteError> {
  declare readonly name: string;
  /** The original's; `remote-error` if it had none. */
  declare readonly code: string;

  constructor(fields: { name: string; message: string; code?: string; cause?: unknown }) {
    super({ code: "remote-error", ...fields } as Worded<RemoteError>);
  }
}

/** What the codec of a session knows about errors. */
export interface ErrorOptions {
  readonly trusted: boolean;
  readonly known: ReadonlyMap<string, ErrorClass>;
}

type Table = Readonly<Record<string, ErrorClass | undefined>>;

const byCode = {
  __proto__: null,
  "actor-exit": ActorExit,
  "already-registered": AlreadyRegistered,
  "call-cycle": CallCycle,
  "call-timeout": CallTimeout,
  "child-refused": ChildRefused,
  "gave-up": SupervisorGaveUp,
  "link-lost": LinkLost,
  "mailbox-closed": MailboxClosed,
  "mailbox-full": MailboxFull,
  "malformed-frame": MalformedFrame,
  busy: PeerBusy,
  "no-method": NoMethod,
  "not-servable": NotServable,
  "no-such-row": NoSuchRow,
  "not-in-state": NotInState,
  "not-served": NotServed,
  "process-ended": ProcessEnded,
  "realm-silent": RealmSilent,
  "self-stop": SelfStop,
  "start-failed": StartFailed,
  "table-access": TableAccess,
  "table-ended": TableEnded,
  unsupported: UnsupportedError,
} as unknown as Table;

const byName = {
  __proto__: null,
  AggregateError,
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
} as unknown as Table;

/** Which of them others ask for their reason, and rely on it. */
const withReason = ["actor-exit", "gave-up", "process-ended", "start-failed"];

/** Not among the fields, or not as others see them. */
const hidden = ["cause", "errors", "stack"];

/** The classes of the option `errors` by what they are found by. Throws TypeError for what is no class. */
export function knownErrors(errors: ErrorClasses): Map<string, ErrorClass> {
  const known = new Map<string, ErrorClass>();
  const isList = Array.isArray(errors);
  for (const [key, value] of Object.entries(errors) as [string, unknown][]) {
    const where = isList ? `errors[${key}]` : `errors[${printed(key)}]`;
    const named = value as ErrorClass & { readonly code?: unknown };
    if (typeof value !== "function" || !(named.prototype instanceof Error)) {
      throw new TypeError(`${where} is ${printed(value)}: it must be a class that extends Error`);
    }
    const { prototype } = named;
    const keys = isList
      ? [named.code, Object.hasOwn(prototype, "name") && prototype.name, named.name]
      : [key];
    for (const one of keys) if (typeof one === "string" && one !== "") known.set(one, named);
  }
  return known;
}

/** Whether it is an error, of this realm or of another one. `kind` is what `kindOf` says of it. */
export function isError(value: object, kind: string): value is Error {
  return kind === "Error" || kind === "DOMException" || value instanceof Error;
}

/**
 * An error as it stands in a frame. `write` gives a field as it stands there, undefined for one to leave
 * out. A peer that is not trusted sees no stack, and fields only of errors made to be read by others:
 * ours, and those of the option `errors`.
 */
export function errorOut(
  error: Error,
  write: (field: unknown) => unknown,
  { trusted, known }: ErrorOptions,
): unknown[] {
  const fields: Record<string, unknown> = {};
  const showsFields =
    trusted ||
    error instanceof ActorError ||
    [...known.values()].some((known) => error instanceof known);
  const names = showsFields ? Object.keys(error) : ["code"];
  // What an error was made of may be anybody's: a peer that is not trusted is told the error alone.
  let words = String(error.message);
  for (const name of trusted ? [...names, "cause", "errors"] : names) {
    const field = Object.getOwnPropertyDescriptor(error, name);
    if (field === undefined || !("value" in field) || !isFieldName(name)) continue;
    // What a reason was made of is sent with the reason.
    if (name === "cause" && field.value !== undefined && field.value === causeOfReason(error))
      continue;
    const written = write(field.value);
    if (written !== undefined) fields[name] = written;
  }
  if (trusted) {
    if (typeof error.stack === "string") fields.stack = error.stack;
  } else if (error instanceof SupervisorGaveUp) {
    // So may be why its child ended, which stands in its words and its fields.
    words = `Cannot keep ${error.supervisor} running`;
    delete fields.child;
    delete fields.reason;
  }
  const isDom = error instanceof DOMException || kindOf(error) === "DOMException";
  return [isDom ? "$dom" : "$error", String(error.name), words, fields];
}

/**
 * The way back. `made` is told of the error before its fields are read with `read`, for they may hold it.
 * Throws {@link MalformedFrame}.
 */
export function errorIn(
  raw: readonly unknown[],
  read: (field: unknown) => unknown,
  { trusted, known }: ErrorOptions,
  made: (error: Error) => void,
): Error {
  const [tag, name, message, fields] = raw;
  const isRecord = typeof fields === "object" && fields !== null && isPlainObject(fields);
  if (raw.length !== 4 || typeof name !== "string" || typeof message !== "string" || !isRecord) {
    throw new MalformedFrame(`${tag} holds no error`);
  }
  const code = Object.hasOwn(fields, "code") ? (fields as { code?: unknown }).code : undefined;
  const error =
    tag === "$dom"
      ? new DOMException(message, name)
      : construct(message, classOf(name, code, known));
  made(error);
  if (error.name !== name) define(error, "name", name, true);
  define(error, "stack", `${name}: ${message}`, false);
  for (const [key, value] of Object.entries(fields)) {
    if (!isFieldName(key)) continue;
    if (key === "stack" && !trusted) continue;
    define(error, key, read(value), !hidden.includes(key));
  }
  if (error instanceof RemoteError && code === undefined) {
    define(error, "code", "remote-error", true);
  }
  if (error instanceof ActorError && withReason.includes(error.code)) {
    const { reason } = error as { reason?: unknown };
    // To a peer that is not trusted it is not told why a supervisor gave up.
    if (reason !== undefined || error.code !== "gave-up") reasonIn(reason, name);
  }
  const cause = causeOfReason(error);
  if (cause !== undefined && !Object.hasOwn(error, "cause")) define(error, "cause", cause, false);
  return error;
}

function classOf(name: string, code: unknown, known: ReadonlyMap<string, ErrorClass>): ErrorClass {
  const coded = typeof code === "string" ? (known.get(code) ?? byCode[code]) : undefined;
  return coded ?? known.get(name) ?? byName[name] ?? RemoteError;
}

/** A genuine error of a class. Only the constructor of Error runs. */
function construct(message: string, errorClass: ErrorClass): Error {
  return Reflect.construct(Error, [message], errorClass) as Error;
}

/** What would stand in the way of the methods of every object stays behind; so does what is sent apart. */
function isFieldName(name: string): boolean {
  return name !== "name" && name !== "message" && !(name in Object.prototype);
}

/** Sets a property of its own, whatever its name. */
export function define(target: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, name, { value, enumerable, writable: true, configurable: true });
}

function causeOfReason(error: Error): unknown {
  return error instanceof ActorError
    ? thrownOf((error as { reason?: unknown }).reason as ExitReason)
    : undefined;
}
