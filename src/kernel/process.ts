// A process: the record of one actor, and what a behaviour is to the kernel.
//
// Owns the fields of a process and the questions they answer alone, and the contract between the
// kernel and the behaviours. It is a plain record: what happens to it is inbox.ts (mail), run.ts
// (handlers) and ending.ts (links, exit signals, the end), each a set of functions, so that a bundle
// holds those that are used. What most processes never need is in `extras`, made when first used.

import type { ActorRef } from "./actor-ref.js";
import type { Bound, MailboxOptions } from "./bound.js";
import type { Caller, CallRequest } from "./call-request.js";
import type { Ending } from "./ending-record.js";
import type { ExitReason } from "./exit-reason.js";
import type { Fifo } from "./fifo.js";
import type { KernelOf } from "./kernel.js";
import { append, List, Node, remove } from "./list.js";
import type { Entry, Operation, SYSTEM } from "./operation.js";
import type { TimerNode } from "./timers.js";
import { View } from "./view.js";

// Status of a process.
const NEW = 0;
export const IDLE = 1;
export const READY = 2;
export const RUNNING = 3;
/** An asynchronous handler is pending. */
export const WAITING = 4;
export const DEAD = 5;
/** Its mail waits; system requests are answered. */
export const SUSPENDED = 6;

/** Where a process or child stands, as a handle shows it. */
export type Status = "starting" | "live" | "restarting" | "down";

/** How long a child may take to end: milliseconds, `Infinity`, or no time at all. */
export type Shutdown = number | "brutalKill";

/** A message that no call or cast handler takes: from the system, a timer or `ref.send`. */
export type Info =
  | {
      readonly type: "down";
      readonly monitor: number;
      readonly ref: ActorRef;
      readonly reason: ExitReason;
    }
  | { readonly type: "exit"; readonly from: ActorRef; readonly reason: ExitReason }
  | { readonly type: "timeout"; readonly name: string }
  | { readonly type: "message"; readonly message: unknown };

/** A behaviour as the kernel runs it: shared by all processes of that behaviour, so stateless. */
export interface Program {
  readonly id: string;
  readonly terminates: boolean;
  /** A plain process: an exit signal from its parent is a message as from any other, if it traps. */
  readonly plain?: boolean;
  /** It stands for an actor of another realm: what it holds is not the state of that. */
  readonly elsewhere?: boolean;
  /** Its children are its work, and may take their time to end. */
  readonly supervises?: boolean;
  readonly mailbox?: MailboxOptions | undefined;
  /** How long its `init` may take, where its supervisor does not say. */
  readonly initTimeoutMs?: number;
  /** Gives what the behaviour's `init` gives, or a promise of it. */
  init(process: Process, args: readonly unknown[]): unknown;
  /** Takes what `init` gave as the first state. Left out, that is the state. */
  accept?(process: Process, value: unknown): void;
  /** Runs a call, cast or continue handler. */
  invoke(process: Process, entry: Entry, arg: unknown): unknown;
  info(process: Process, message: Info): unknown;
  terminate(process: Process, reason: ExitReason): unknown;
  /** True if the event in hand is postponed: the program keeps it, and brings it with `deliverFirst`. */
  postpones?(process: Process, op: Operation, result: unknown): boolean;
  /** Runs after each handler, once its reply was sent: where a state machine changes its state. */
  settled?(process: Process): unknown;
  /** It begins to end with a failure, and somebody observes: what was it doing? */
  failing?(process: Process, reason: ExitReason): void;
  /** The snapshot of the present state; without it a process has none. */
  view?: ((process: Process) => unknown) | undefined;
  /** A supervised child has begun to end. */
  childEnding?(process: Process, child: Process, reason: ExitReason): void;
  /** A link with another process was made, or taken away (`on` is false). */
  linked?(process: Process, other: Process, on: boolean): void;
  /** Its end is not told to its parent: the program says itself who hears of it, as a task's does. */
  readonly tellsItself?: boolean;
  /** A child has ended: true if the program deals with it. */
  childExit?(process: Process, child: Process, reason: ExitReason): boolean;
  /** The state as it would be kept for a restart, and its way back. Left out, the state itself. */
  save?(process: Process): unknown;
  restore?(process: Process, saved: unknown): void;
  /** The outage that `process` ended by, with `failure`: left out, or undefined, where that is a failure like any. */
  outage?(process: Process, failure: unknown): Outage | undefined;
  readonly code?: Code;
  /** Its stream handlers by name, each with the check of its arguments. */
  readonly streams?: ReadonlyMap<string, Entry>;
}

/** What a process needs is out of reach for a while, as what is behind a network may be: one for all that need it. */
export interface Outage {
  /** Until when a restart is to wait at least, on the platform's clock. */
  readonly retryAtMs: number;
  /** Whether it counts against a supervisor's limit: once, and not at all if what is needed is only gone. */
  counts(limit: object): boolean;
}

type HandlerMap = Readonly<Record<string, unknown>> | undefined;

/** The handlers of a program as they were written, for those who exchange it in a live process. */
export interface Code {
  readonly call?: HandlerMap;
  readonly cast?: HandlerMap;
  readonly continue?: HandlerMap;
  readonly version?: string | number;
  readonly codeChange?: (state: never, from: string | number | undefined) => unknown;
}

/** The class of a behaviour's refs. */
export type RefClass = new (target: Process) => ActorRef;

/** The services of a system. */
export type Kernel = KernelOf<Process>;

/** The place of a supervised child, which outlives each of its processes. */
export interface Place {
  /** The child id. */
  readonly name: string;
  /** What its next incarnations run, if that is not what was specified: its code was changed. */
  implementation?: { readonly program: Program; readonly refClass: RefClass };
  /** How often the child has been restarted. */
  readonly restarts: number;
  /** Where the child stands, its restarts included. */
  readonly standing: Status;
  /** Calls `listener` after each change of the snapshot and the standing. */
  subscribe(listener: () => void): () => void;
}

/** What a ref points at: one process for ever, or the place where a child's incarnations stand. */
export interface Target {
  readonly kernel: Kernel;
  readonly label: string;
  /** The process that is meant now. */
  readonly process: Process | null;
  readonly standing: Status;
  /** The snapshot that is shown now. */
  readonly view: View | null;
  /**
   * Calls `ready` once with the live process, or with null if there will be none. What it gives, if
   * anything, ends a wait that could last for ever.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to give
  whenLive(ready: (process: Process | null) => void): (() => void) | void;
  /** Calls `listener` after each change of the snapshot and the standing. */
  subscribe(listener: () => void): () => void;
}

/** Who stands among the watchers of a process: told once, when the process is gone. */
export interface Watcher extends Node {
  notify(reason: ExitReason): void;
  /** Told before that, as soon as the end begins; it must not throw. */
  onEnding?(): void;
}

/** One watch of a process. */
export class Monitor extends Node implements Watcher {
  readonly notify: (reason: ExitReason) => void;
  declare onEnding?: () => void;
  constructor(notify: (reason: ExitReason) => void) {
    super();
    this.notify = notify;
  }
}

/** Calls that are owed an answer: each leaves as soon as it has settled. */
export interface Owed extends Iterable<CallRequest> {
  add(request: CallRequest): unknown;
  delete(request: CallRequest): unknown;
}

/** Copies of the state, for a restart. */
export interface Saved {
  /** The state before the message in hand; undefined before the first. */
  readonly state: unknown;
  /** A message is about to be handled: what it throws is thrown by that. */
  keep(process: Process): void;
}

/** What a process has beside its mail and its state. Most have nothing of it. */
export class Extras {
  /** Events that come before the mail, the next one last. */
  front: Mail[] | null = null;
  bound: Bound | null = null;
  lastChild: Process | null = null;
  trapsExits = false;
  /** Who started it with a link, where that is not its owner: an exit signal from it is an order. */
  leader: Process | null = null;
  /** Who watches this process. */
  readonly watchers: List = new List();
  links: Set<Process> | null = null;
  /** The watches this process has of others, by the number that `self.monitor` gave. */
  monitors: Map<number, Monitor> | null = null;
  lastMonitor = 0;
  resources: (() => unknown)[] | null = null;
  timers: Set<TimerNode> | null = null;
  controller: AbortController | null = null;
  /** Calls that wait for a reply without being in hand: replyLater, replyWith, postponed. */
  owed: Owed | null = null;
  /** Who waits for the end of `init`. */
  onStarted: ((process: Process | null) => void)[] | null = null;
  view: View | null = null;
  /** Set by `restartFrom: "lastState"`. */
  saved: Saved | null = null;
  /** In which turn `continue` was called last, and where its next event goes. */
  nextTurn = -2;
  nextAt = 0;
}

/** Something that waits for its turn. */
export interface Mail {
  readonly op: Operation;
  readonly arg: unknown;
}

/**
 * A request to the process itself, not to its behaviour: it waits behind earlier mail, except while
 * the process is suspended. It runs no handler.
 */
export interface SystemOperation extends Operation {
  readonly kind: typeof SYSTEM;
  /** False if nothing more may be handled now. */
  run(process: Process): boolean;
}

/** One process. Started by behaviours/gen.ts, the one path of start. */
export class Process implements Caller, Target {
  readonly kernel: Kernel;
  /** Exchanged only by those who look into a live process; see behaviours/sys.ts. */
  program: Program;
  readonly parent: Process | null;
  readonly id: number;
  status: number = NEW;
  /** Where its supervisor keeps it; null for a process that no supervisor started. */
  place: Place | null = null;
  /** The behaviour's state, or a state machine's whole standing. */
  state: unknown = undefined;
  /** The context that handlers get. */
  self: unknown = null;
  /** The operation in hand, and its argument. */
  current: Operation | null = null;
  currentArg: unknown = undefined;
  /** Counts the handlers it has begun, and so tells one visit from the next; -1 until `init` succeeds. */
  turn = -1;
  // Its mail: see inbox.ts.
  slotOp: Operation | null = null;
  slotArg: unknown = undefined;
  ring: Fifo<unknown> | null = null;
  // The tree: a list of siblings in each parent, which costs an idle process no array.
  previousSibling: Process | null = null;
  nextSibling: Process | null = null;
  ending: Ending | null = null;
  extras: Extras | null = null;
  #ref: ActorRef | RefClass;

  /** `refClass` is shared by all processes of the behaviour: an idle process holds no ref. */
  constructor(kernel: Kernel, parent: Process | null, program: Program, refClass: RefClass) {
    this.kernel = kernel;
    this.program = program;
    this.parent = parent;
    this.id = ++kernel.lastId;
    this.#ref = refClass;
    if (parent === null) return;
    const family = extrasOf(parent);
    const elder = family.lastChild;
    this.previousSibling = elder;
    if (elder !== null) elder.nextSibling = this;
    family.lastChild = this;
  }

  /** True once `init` has succeeded. */
  get hasStarted(): boolean {
    return this.turn >= 0;
  }

  get lastChild(): Process | null {
    return this.extras === null ? null : this.extras.lastChild;
  }

  /** The ref of this incarnation. */
  get ref(): ActorRef {
    if (typeof this.#ref === "function") this.#ref = new this.#ref(this);
    return this.#ref;
  }

  /** Unique in its system, such as `counter#7`. */
  get label(): string {
    return `${this.program.id}#${this.id}`;
  }

  /** As a target, a process is always itself. */
  get process(): this {
    return this;
  }

  /** Why it ends or ended; `normal` while it lives. */
  get exitReason(): ExitReason {
    return this.ending === null ? "normal" : this.ending.reason;
  }

  /** True once its context may not be used any more: killed, or gone. */
  get isFenced(): boolean {
    return this.ending !== null && (this.ending.abrupt || this.status === DEAD);
  }

  get standing(): Status {
    return this.ending !== null ? "down" : this.hasStarted ? "live" : "starting";
  }

  /** Its children, first started first. */
  get children(): Process[] {
    const list: Process[] = [];
    for (let child = this.lastChild; child !== null; child = child.previousSibling) {
      list.push(child);
    }
    return list.reverse();
  }

  /** The view, made when first asked for; null if the behaviour has none. */
  get view(): View | null {
    const { kernel } = this;
    if (this.program.view === undefined || !this.hasStarted) return null;
    const extras = extrasOf(this);
    extras.view ??= new View(kernel, this.label, () => this.program.view?.(this));
    return extras.view;
  }

  whenLive(ready: (process: Process | null) => void): void {
    const { standing } = this;
    if (standing !== "starting") ready(standing === "live" ? this : null);
    else {
      const extras = extrasOf(this);
      extras.onStarted ??= [];
      extras.onStarted.push(ready);
    }
  }

  subscribe(listener: () => void): () => void {
    let live = true;
    const tell = (): void => {
      if (live) this.kernel.notify([listener]);
    };
    let unsubscribe = this.view?.subscribe(tell);
    if (this.standing === "starting") {
      this.whenLive((process) => {
        if (process === null || !live) return;
        unsubscribe = this.view?.subscribe(tell);
        tell();
      });
    }
    const monitor = this.status === DEAD ? null : watch(this, tell);
    return () => {
      live = false;
      if (monitor !== null) remove(monitor);
      unsubscribe?.();
    };
  }
}

/** The extras of a process, made now if there were none. */
export function extrasOf(process: Process): Extras {
  process.extras ??= new Extras();
  return process.extras;
}

/** Makes the process own a resource: `dispose` runs when it ends, last owned first. */
export function own(process: Process, dispose: () => unknown): void {
  const extras = extrasOf(process);
  extras.resources ??= [];
  extras.resources.push(dispose);
}

/**
 * Calls `notify` once when the process is gone; with `noproc` at once if it is already. To end the
 * watch, `remove` it from its list.
 */
export function watch(process: Process, notify: (reason: ExitReason) => void): Monitor {
  const monitor = new Monitor(notify);
  if (process.status === DEAD) notify("noproc");
  else append(extrasOf(process).watchers, monitor);
  return monitor;
}

/** Tells those who wait for the end of `init` how it went. */
export function tellStarted(process: Process): void {
  const { extras } = process;
  if (!extras?.onStarted) return;
  const waiting = extras.onStarted;
  extras.onStarted = null;
  for (const ready of waiting) ready(process.standing === "live" ? process : null);
}

/** Calls `body` as this process: calls made in it know their caller. */
export function runAs<T>(process: Process, body: () => T): T {
  const { kernel } = process;
  const outer = kernel.running;
  kernel.running = process;
  try {
    return body();
  } finally {
    kernel.running = outer;
  }
}
