// actor: a plain process with a loop of its own.
//
// Owns the definition of an actor, its types, its program and its context. What it has received and not
// yet looked at is actor-mail.ts. Starting, links, monitors and ending are those of every process; it has
// no calls: what it is asked it answers by messages. Source: Erlang's processes, and the Go library `sup`.

import type { ActorRef } from "../kernel/actor-ref.js";
import { crashed, end } from "../kernel/ending.js";
import { checkCount, checkFunction } from "../kernel/errors.js";
import { isAbortOf } from "../kernel/exit-reason.js";
import { deliverNext } from "../kernel/inbox.js";
import {
  applyHandler,
  CONTINUE,
  Entry,
  isThenable,
  packArguments,
  whenSettled,
} from "../kernel/operation.js";
import type { Info, Process, Program } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { lateError } from "../kernel/told.js";
import { ActorMail, POLLED } from "./actor-mail.js";
import { type Behaviour, checkId, type Fixed, Implementation } from "./behaviour.js";
import { Context } from "./context.js";
import type { SelfBase, SelfReplies } from "./self.js";
import type { Handle } from "./server-handle.js";

/** What an actor receives beside what it is sent: the news of others, and of timers. */
export type News = Exclude<Info, { readonly type: "message" }>;

/** How long `receive` waits. */
export interface ReceiveOptions {
  /** Gives `undefined` after so many milliseconds. 0 takes what is there, and does not wait. */
  readonly afterMs: number;
}

/** The messages of an actor, oldest first. Its iteration ends when the actor is to end. */
export interface ActorMailbox<Message> extends AsyncIterable<Message | News> {
  /** Messages that wait, as far as they were looked at. */
  readonly size: number;
}

/** `self` in the loop of an actor. */
export interface ActorSelf<Message = unknown> extends SelfBase, Pick<SelfReplies, "reply"> {
  /** Everything that comes, for a loop: `for await (const message of self.mailbox)`. */
  readonly mailbox: ActorMailbox<Message>;
  /**
   * Takes the oldest message that `match` accepts, or waits for one. What it does not accept stays,
   * in order (P-6). Without `match` it takes the oldest.
   *
   * @throws ProcessEnded (as a rejection) once the actor is to end: let it pass. RangeError for an
   * `afterMs` that is no time.
   *
   * @example
   * ```ts
   * const Asking = actor({
   *   id: "asking",
   *   async run(self, counter: HandleOf<typeof Counter>) {
   *     counter.send({ from: self.ref });
   *     const reply = await self.receive((message) => typeof message === "number", { afterMs: 500 });
   *     if (reply === undefined) self.stop("timeout");
   *   },
   * });
   * ```
   */
  receive<Wanted extends Message | News>(
    match: (message: Message | News) => message is Wanted,
  ): Promise<Wanted>;
  receive<Wanted extends Message | News>(
    match: (message: Message | News) => message is Wanted,
    options: ReceiveOptions,
  ): Promise<Wanted | undefined>;
  receive(match?: (message: Message | News) => boolean): Promise<Message | News>;
  receive(
    match: ((message: Message | News) => boolean) | undefined,
    options: ReceiveOptions,
  ): Promise<Message | News | undefined>;
}

/** A ref or handle of an actor. */
export interface ActorHandle<Message> extends Handle<undefined> {
  /** Sends a message. False if nobody is there. */
  send(message: Message): boolean;
}

/** How many messages `receive` may pass over. */
const MAX_SAVED = 10_000;

/**
 * Defines an actor: a process that is one asynchronous function, with its own loop. It lives as long
 * as the function runs; a throw is its crash, its return a normal end.
 *
 * It gets what is sent to it by `ref.send` as it is, and `{ type: "down", … }` of processes it
 * monitors; of exit signals `{ type: "exit", … }` if it traps them, those of its parent too.
 *
 * @example
 * ```ts
 * const Echo = actor({
 *   id: "echo",
 *   async run(self: ActorSelf<string>, greeting: string) {
 *     self.log.info(greeting);
 *     for await (const message of self.mailbox) if (message === "stop") return;
 *   },
 * });
 * const echo = await system.start(Echo, "hello");
 * echo.send("stop");
 * ```
 *
 * **How to supervise.** As a child like a server: `child(Echo, ["hello"])`. Its mailbox ends with it.
 * Messages that must outlive a crash belong in a `mailbox` that is handed to it: `for await (const job
 * of jobs.read(self))` loses only the job in hand (M-3).
 *
 * **Timeouts.** `receive` waits as long as `afterMs` says, for ever without. A shutdown aborts
 * `self.signal`, ends `self.mailbox` and rejects `receive`; a function that has not returned within
 * `shutdownMs` is left behind, fenced.
 *
 * **When not to use it.** For state and questions about it, `genServer`: calls, timeouts and their
 * errors are there already. For one result, a task.
 *
 * @throws TypeError for an id that is no string and a `run` that is no function, RangeError for a
 * `maxSaved` that is no whole number.
 */
export function actor<Args extends readonly unknown[], Message = unknown>(definition: {
  /** Its identity in logs, inspectors and on the wire. */
  id: string;
  /** What it does. It begins once `start` has resolved. */
  run: (self: ActorSelf<Message>, ...args: Args) => unknown;
  /**
   * How many messages a `receive` may pass over (P-6). One more ends the actor with `"overload"`.
   * Default 10,000.
   */
  maxSaved?: number;
}): Fixed<Behaviour<Args, ActorHandle<Message>>> {
  const { id, run, maxSaved = MAX_SAVED } = definition;
  checkId("actor", id);
  checkFunction(`run of ${id}`, run);
  checkCount(`maxSaved of ${id}`, maxSaved, 0);
  const loop = new Entry(CONTINUE, "run", run);
  const contextOf = (process: Process): ActorContext => process.self as ActorContext;
  const program: Program = {
    id,
    plain: true,
    terminates: true,
    init(process, args) {
      process.self = new ActorContext(process, maxSaved);
      deliverNext(process, loop, packArguments(args));
    },
    invoke(process, entry, arg) {
      const context = contextOf(process);
      if (entry !== POLLED) runLoop(process, context, applyHandler(entry.handler, context, arg));
      else context.mail.polled(arg);
    },
    info(process, message) {
      contextOf(process).mail.put(message.type === "message" ? message.message : message);
    },
    // The function that runs is waited for, as a handler would be.
    terminate: (process) => contextOf(process).running,
  };
  return new Implementation(program, Ref) as never;
}

/** Follows the function of an actor to its end, which is the actor's. */
function runLoop(process: Process, context: ActorContext, result: unknown): void {
  const returned = (): void => {
    context.running = undefined;
    end(process, "normal", false);
  };
  if (!isThenable(result)) {
    returned();
    return;
  }
  context.running = result;
  whenSettled(result, returned, (error) => {
    context.running = undefined;
    const { ending } = process;
    if (ending === null) crashed(process, error, "run");
    // An orderly end waits for the function, and takes its error. Nobody waits after a kill.
    else if (ending.abrupt && !isAbortOf(error, ending.abortReason)) lateError(process, error);
  });
}

class ActorContext extends Context {
  readonly mail: ActorMail;
  running: PromiseLike<unknown> | undefined;

  constructor(process: Process, maxSaved: number) {
    super(process);
    this.mail = new ActorMail(process, maxSaved);
  }

  get mailbox(): ActorMailbox<unknown> {
    void this.process;
    return this.mail as ActorMailbox<unknown>;
  }

  receive(
    match?: (message: unknown) => boolean,
    options?: Partial<ReceiveOptions>,
  ): Promise<unknown> {
    void this.process;
    return this.mail.receive(match, options?.afterMs);
  }

  override demonitor(monitor: number, options?: { readonly flush?: boolean }): boolean {
    const found = super.demonitor(monitor, options);
    if (options?.flush) {
      this.mail.discard((message) => {
        const info = message as Partial<Info & { monitor: number; ref: ActorRef }> | null;
        return info?.type === "down" && info.monitor === monitor;
      });
    }
    return found;
  }
}
