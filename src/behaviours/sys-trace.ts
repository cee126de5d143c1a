// Traces: what a process does, told as it does it.
//
// Owns the program that stands in for that of a traced process and tells; a process that nobody traces
// pays nothing. Who may look, and until when, is sys.ts.

import { LATER, POSTPONED, Promised, Rejection } from "../kernel/answer.js";
import { CALL, CAST, isThenable, unpackArguments, whenSettled } from "../kernel/operation.js";
import type { Info, Process, Program } from "../kernel/process.js";

/** Something that a traced process did. */
export interface TraceEvent {
  /**
   * `in`: a message is about to be handled, `value` is the list of its arguments, or what `info` gets.
   * `out`: its handler is done, `value` is what it gave (the reply of a call, unless that comes later).
   * `crash`: its handler threw `value`. `terminate`: it ends for the reason `value`.
   */
  readonly type: "in" | "out" | "crash" | "terminate";
  /** What kind of message it was; `event` is one that the behaviour made itself. */
  readonly kind: "call" | "cast" | "info" | "event";
  /** The name of the handler. */
  readonly name: string;
  /** What `type` says it is. */
  readonly value: unknown;
}

type Tell = (event: TraceEvent) => void;

/** Who looks at a traced process, by the program that tells them. */
const tracers: WeakMap<Program, Set<Tell>> = /* @__PURE__ */ new WeakMap();

/** Tells `listener` what a process does from now on. Gives the function that ends it. */
export function trace(process: Process, listener: Tell): () => void {
  const { program, kernel } = process;
  let listeners = tracers.get(program);
  if (listeners === undefined) {
    const all: Set<Tell> = new Set();
    const tellAll = (event: TraceEvent): void => {
      kernel.notify([...all].map((tell) => () => tell(event)));
    };
    process.program = traced(program, tellAll);
    tracers.set(process.program, all);
    listeners = all;
  }
  const tell = (event: TraceEvent): void => listener(event);
  listeners.add(tell);
  return () => {
    listeners.delete(tell);
    // Nobody looks any more: it is as it was, unless it has got another program since.
    if (listeners.size === 0 && tracers.get(process.program) === listeners) {
      process.program = Object.getPrototypeOf(process.program);
    }
  };
}

/** A program that does what another does, and tells of it. */
function traced(program: Program, tell: Tell): Program {
  const watched = (
    kind: TraceEvent["kind"],
    name: string,
    value: unknown,
    run: () => unknown,
  ): unknown => {
    const done = (type: "out" | "crash") => (given: unknown) => {
      tell({ type, kind, name, value: isMark(given) ? undefined : given });
    };
    tell({ type: "in", kind, name, value });
    try {
      const result = run();
      if (isThenable(result)) whenSettled(result, done("out"), done("crash"));
      else done("out")(result);
      return result;
    } catch (error) {
      done("crash")(error);
      throw error;
    }
  };
  const changed: Partial<Program> = {
    invoke(process, entry, arg) {
      const kind = entry.kind === CALL ? "call" : entry.kind === CAST ? "cast" : "event";
      return watched(kind, entry.name, unpackArguments(arg), () =>
        program.invoke(process, entry, arg),
      );
    },
    info: (process, message: Info) =>
      watched("info", "info", message, () => program.info(process, message)),
    terminate(process, reason) {
      tell({ type: "terminate", kind: "event", name: "terminate", value: reason });
      return program.terminate(process, reason);
    },
  };
  return Object.assign(Object.create(program), changed);
}

function isMark(value: unknown): boolean {
  return (
    value === LATER ||
    value === POSTPONED ||
    value instanceof Promised ||
    value instanceof Rejection
  );
}
