// streams: gives servers and state machines their streams.
//
// Owns the opening of a stream, which is a call like any other, and the process that a running generator
// is. What writes and what reads are stream-producer.ts and stream-reader.ts; definitions are
// stream-handlers.ts. Bundles have it only where a definition names it.

import type { ActorRef } from "../kernel/actor-ref.js";
import { Rejection } from "../kernel/answer.js";
import type { CallRequest } from "../kernel/call-request.js";
import { shutdown } from "../kernel/ending.js";
import { type ExitReason, printed } from "../kernel/exit-reason.js";
import { applyHandler, Entry, STREAM } from "../kernel/operation.js";
import type { Process, Program } from "../kernel/process.js";
import { stateOf } from "../kernel/run.js";
import { exitError } from "../kernel/told.js";
import { argumentCheck } from "./accepts.js";
import { Implementation, type RefClass } from "./behaviour.js";
import { Context } from "./context.js";
import { checkHandlers, faceClass } from "./faces.js";
import type { Handle } from "./server-handle.js";
import type { AddStreams, Streams } from "./stream-handlers.js";
import { Opening, openStream } from "./stream-opening.js";
import { Producer } from "./stream-producer.js";
import { beginTask } from "./task.js";

/**
 * Runs the `stream` handlers of a server or a state machine: name it in the definition, beside them. A
 * definition without streams pays for none of it.
 *
 * A stream handler is an async generator. It runs beside the mailbox, on a snapshot of the state, in a
 * process of its own that belongs to the server's. It is at most 16 values ahead of its reader, and it
 * ends when the reader leaves the loop, when the reader's signal aborts, and with the server: then its
 * `self.signal` aborts and its `finally` runs. What it throws rejects the reader only.
 *
 * @example
 * ```ts
 * const Pages = genServer({
 *   id: "pages",
 *   init: () => ({ base: "https://example.com" }),
 *   stream: {
 *     async *load(self, paths: string[]) {
 *       for (const [done, path] of paths.entries()) {
 *         yield progress({ done, total: paths.length });
 *         const response = await fetch(self.state.base + path, { signal: self.signal });
 *         yield await response.text();
 *       }
 *     },
 *   },
 *   streams,
 * });
 * const pages = await system.start(Pages);
 * for await (const part of pages.with({ signal }).stream.load(["/a", "/b"])) {
 *   if (typeof part === "string") console.log(part);
 * }
 * ```
 *
 * **Timeouts.** Opening it is a call, with the timeout of calls. After that it has none: use a signal.
 *
 * **When not to use it.** For one result, a call. For work that must see the state change, calls or a
 * subscription: a stream keeps the snapshot it began with.
 */
export const streams: Streams = ((behaviour, handlers, accepts) => {
  const { program, refClass } = behaviour;
  const { id, invoke, settled } = program;
  const table = new Map(
    checkHandlers(`stream of ${id}`, handlers).map(([name, handler]) => [
      name,
      new Entry(STREAM, name, handler, argumentCheck(`${id}.${name}`, accepts?.[name])),
    ]),
  );
  const withStreams: Program = {
    ...program,
    streams: table,
    invoke: (process, entry, arg) =>
      entry instanceof Opening ? begin(process, entry, arg) : invoke(process, entry, arg),
    // To open a stream is no event of a machine: its timeouts go on.
    ...(settled && {
      settled: (process) =>
        (process.current as Partial<CallRequest>).entry instanceof Opening
          ? undefined
          : settled(process),
    }),
  };
  return new Implementation(withStreams, streamRefClass(refClass, [...table.values()]));
}) satisfies AddStreams as never;

/** Makes the class of the refs of a behaviour with streams. */
function streamRefClass(refClass: RefClass, entries: readonly Entry[]): RefClass {
  const OwnFace = faceClass(entries, openStream);
  return class StreamRef extends refClass {
    #stream: object | null = null;

    get stream(): object {
      this.#stream ??= new OwnFace(this);
      return this.#stream;
    }
  };
}

/** In a turn of the mailbox: takes the snapshot, and starts the process that runs the generator. */
function begin(process: Process, { name, sink }: Opening, arg: unknown): unknown {
  if (sink.isOver) return undefined;
  const { label, program, kernel, current } = process;
  const handler = program.streams?.get(name)?.handler;
  if (handler === undefined) {
    const why = "its code was changed, and has no such stream";
    return new Rejection(new TypeError(`Cannot read ${label}.${name}: ${why}`));
  }
  const { caller } = current as CallRequest;
  const snapshot = new Snapshot(process);
  const producer = new Producer(sink);
  const run = (): Promise<void> =>
    producer.run(
      task.process,
      () =>
        applyHandler(handler, new StreamContext(task.process, process.ref, caller, snapshot), arg),
      () => {
        const { exitReason } = process.ending === null ? task.process : process;
        return exitError(process, `read ${label}.${name}`, exitReason, name);
      },
    );
  const task = beginTask(process, run, { id: `${program.id}.${name}` }, null);
  sink.attach({
    took: (n) => producer.grant(n),
    // In this realm the next value costs nothing: the one that waits is always the latest.
    replaced: () => producer.grant(1),
    // In order: its `finally` is still part of it, and a restart of the server waits for that.
    stop: () => void shutdown(task.process, kernel.limits.shutdownMs, LEFT),
  });
  return undefined;
}

const LEFT: ExitReason = { shutdown: "cancelled" };

/** The state as it was when a stream was opened. */
class Snapshot {
  readonly of: Process;
  readonly isMachine: boolean;
  readonly #state: unknown;
  readonly #refused: { readonly error: unknown } | null = null;

  constructor(process: Process) {
    this.of = process;
    this.isMachine = process.program.save !== undefined;
    try {
      this.#state = structuredClone(stateOf(process));
    } catch (error) {
      this.#refused = { error };
    }
  }

  /** Throws TypeError if there is none: only who looks at the state needs one that can be cloned. */
  get state(): unknown {
    if (this.#refused === null) return this.#state;
    const { error } = this.#refused;
    throw new TypeError(
      `Cannot give a stream of ${this.of.label} the state: structuredClone refused it (${printed(error)}); ` +
        `keep functions, handles and other live things out of the state, or hand over what it needs as arguments`,
      { cause: error },
    );
  }
}

/** What `self` is in a stream handler: the context of its own process, with the server's ref. */
class StreamContext extends Context {
  readonly #ref: Handle;
  readonly #snapshot: Snapshot;
  readonly caller: ActorRef | undefined;

  constructor(process: Process, ref: ActorRef, caller: ActorRef | undefined, snapshot: Snapshot) {
    super(process);
    this.#ref = ref as Handle;
    this.#snapshot = snapshot;
    this.caller = caller;
  }

  override get ref(): Handle {
    void this.process;
    return this.#ref;
  }

  get state(): unknown {
    void this.process;
    const { state, isMachine } = this.#snapshot;
    return isMachine ? (state as { state: unknown }).state : state;
  }

  get data(): unknown {
    void this.process;
    return (this.#snapshot.state as { data: unknown }).data;
  }
}
