// Operations: what stands in a mailbox. Each is a small object with a `kind` to switch on.
//
// Owns the kinds, the entries (one shared object for each declared handler, so that a cast allocates
// nothing) and the packing of arguments. It does not run anything: run.ts does.

/** Operation kinds. */
export const CAST = 0;
export const CALL = 1;
export const INFO = 2;
export const SYSTEM = 3;
export const CONTINUE = 4;
/** Of entries only: it is queued as a call, which opens a stream. */
export const STREAM = 5;

/** What a mailbox holds, beside its argument. */
export interface Operation {
  readonly kind: number;
  /** What its handler is called, in messages for people. */
  readonly name: string;
}

/** A declared handler: its name, its kind and the function or value the behaviour gave. */
export class Entry implements Operation {
  readonly kind: number;
  readonly name: string;
  readonly handler: unknown;
  /** Checks the arguments of this handler before anything is sent; null without `accepts`. */
  readonly check: ((args: readonly unknown[]) => readonly unknown[]) | null;
  /** True once it has left a call waiting for longer than the turn that handled it. */
  takesLonger = false;
  constructor(
    kind: number,
    name: string,
    handler: unknown,
    check: ((args: readonly unknown[]) => readonly unknown[]) | null = null,
  ) {
    this.kind = kind;
    this.name = name;
    this.handler = handler;
    this.check = check;
  }
}

/** "No argument": a handler called without one sees `arguments.length` as it should. */
export const NONE: unique symbol = Symbol("troupe.none");

/** Two or more arguments, packed into the one place a message has. */
export class Arguments {
  readonly list: readonly unknown[];
  constructor(list: readonly unknown[]) {
    this.list = list;
  }
}

/** Packs an argument list: none, one as it is, or several. */
export function packArguments(list: readonly unknown[]): unknown {
  return list.length === 0 ? NONE : list.length === 1 ? list[0] : new Arguments(list);
}

/** The arguments as a list again. */
export function unpackArguments(arg: unknown): readonly unknown[] {
  return arg === NONE ? [] : arg instanceof Arguments ? arg.list : [arg];
}

/** Calls `handler` with its context and a packed argument. */
export function applyHandler(handler: unknown, self: unknown, arg: unknown): unknown {
  const run = handler as (self: unknown, ...args: unknown[]) => unknown;
  if (arg === NONE) return run(self);
  return arg instanceof Arguments ? run(self, ...arg.list) : run(self, arg);
}

/** True for anything with a `then` method: it makes a handler asynchronous. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && typeof (value as PromiseLike<unknown> | null)?.then === "function"
  );
}

/** Tells how a thenable settles. One that is no promise is made one: its `then` may throw, or tell
 * twice. */
export function whenSettled(
  result: PromiseLike<unknown>,
  fulfilled: ((value: unknown) => void) | undefined,
  rejected: (error: unknown) => void,
): void {
  (result instanceof Promise ? result : Promise.resolve(result)).then(fulfilled, rejected);
}
