// A system: the explicit home of actors. Nothing is global: a page makes one, a request handler one
// for each request, a test as many as it likes.
//
// Owns the root of the process tree, starting at the top of it, observation, and the orderly end of
// everything. What is started and how it restarts are behaviours and supervisors; it is neither.

import { asyncDispose } from "../kernel/disposal.js";
import { crashUnsupervised, shutdown } from "../kernel/ending.js";
import { checkFunction, checkMs, SelfStop, StartFailed } from "../kernel/errors.js";
import { isNormalReason, thrownOf } from "../kernel/exit-reason.js";
import { KernelOf, type Limits } from "../kernel/kernel.js";
import type { Observer, ProcessInfo } from "../kernel/observers.js";
import type { Platform } from "../kernel/platform.js";
import { Process, type Program, type Status } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { run } from "../kernel/run.js";
import { infoOf } from "../kernel/told.js";
import { type Behaviour, type Implementation, implementationOf } from "./behaviour.js";
import { type Outcome, spawn, startError } from "./gen.js";

/** How a system may be told to differ. */
export interface SystemOptions {
  /** How long actors may run before the host gets its turn, in milliseconds. Default 4. */
  readonly budgetMs?: number | undefined;
  /** How long a call waits for its reply, in milliseconds. Default 5,000. */
  readonly callTimeoutMs?: number | undefined;
  /** How long an `init` may take, in milliseconds. Default `Infinity`. */
  readonly initTimeoutMs?: number | undefined;
  /** How long a process may take to end in order, in milliseconds. Default 5,000. */
  readonly shutdownMs?: number | undefined;
  /** How long disposing of what a process owned may take, in milliseconds. Default 5,000. */
  readonly disposeTimeoutMs?: number | undefined;
  /**
   * Takes the crash of a process that nobody supervises (GS-7). Default: the host's channel for
   * uncaught errors, which in a page is `reportError` and ends a program in Node.
   */
  readonly onCrash?: ((error: unknown) => void) | undefined;
  /**
   * Whether a shutdown by a supervisor or an owner ends a process in order that does not trap exits,
   * its `terminate` included. Default `true`; `false` is OTP's way: only those that trap see their end.
   */
  readonly terminateUntrapped?: boolean | undefined;
}

/** A process as {@link System.processes} shows it. */
export interface ProcessSnapshot extends ProcessInfo {
  /** `starting`, `live` or `down`. */
  readonly status: Status;
  /** How often its supervisor had restarted this child when it started. */
  readonly restarts: number;
  /** What it started, and what belongs to it, oldest first. */
  readonly children: readonly ProcessSnapshot[];
}

/** An actor system. Make one with `createSystem`. */
export interface System extends AsyncDisposable {
  /**
   * Starts a behaviour and resolves with its ref after `init`.
   *
   * @throws StartFailed (as a rejection) when `init` throws, stops, takes too long (`reason` is
   * `timeout`) or gives `ignore` (`ignored`); its `cause` is the error. TypeError when the value is not a behaviour.
   */
  start<Args extends readonly unknown[], Handle>(
    behaviour: Behaviour<Args, Handle>,
    ...args: Args
  ): Promise<Handle>;
  /**
   * Starts a behaviour and gives its ref at once: `status` is `starting`, what is sent waits, `ready`
   * resolves. A failed start rejects `ready` and goes to `onCrash`.
   */
  launch<Args extends readonly unknown[], Handle>(
    behaviour: Behaviour<Args, Handle>,
    ...args: Args
  ): Handle;
  /** Tells `observer` what happens from now on, in order (SUP-8). Gives the function that ends it. */
  observe(observer: Observer): () => void;
  /** All processes of now, as trees. */
  processes(): readonly ProcessSnapshot[];
  /**
   * Ends everything, last started first, each in order within its time. Resolves when all is gone: no
   * timer, listener or promise is left. Idempotent.
   *
   * @throws SelfStop (as a rejection) in the synchronous part of a handler of this system.
   */
  stop(): Promise<void>;
  /** True once `stop` was called. */
  readonly stopped: boolean;
}

/** The options of a system for a host: what a host's `createSystem` passes on. */
export function createSystemOn(platform: Platform, options: SystemOptions = {}): System {
  return new RootedSystem(platform, options);
}

/** The process at the root of a system, for what belongs to the system itself; null for any other value. */
export function rootOf(system: unknown): Process | null {
  return system instanceof RootedSystem ? system.root : null;
}

const nothing = (): void => {};
/** The root of the tree is a process that handles nothing: its children are nobody's to restart. */
const ROOT: Program = {
  id: "system",
  terminates: false,
  supervises: true,
  init: nothing,
  invoke: nothing,
  info: nothing,
  terminate: nothing,
};

/**
 * Nobody waits for the start: its failure must not be silent. Stopped while it started is no crash; a child
 * of a supervisor that did not start is one.
 */
function crashIfFailed(outcome: Outcome, process: Process): void {
  if (outcome.kind !== "failed") return;
  const { reason } = outcome;
  if (isNormalReason(reason) && thrownOf(reason) === undefined) return;
  crashUnsupervised(process, startError(process, reason));
}

class RootedSystem implements System {
  readonly #root: Process;
  #stopping: Promise<void> | null = null;

  constructor(platform: Platform, options: SystemOptions) {
    const {
      budgetMs = 4,
      callTimeoutMs = 5_000,
      initTimeoutMs = Infinity,
      shutdownMs = 5_000,
      disposeTimeoutMs = 5_000,
      onCrash = platform.reportError,
      terminateUntrapped = true,
    } = options;
    checkMs("budgetMs", budgetMs);
    const limits: Limits = { callTimeoutMs, initTimeoutMs, shutdownMs, disposeTimeoutMs };
    for (const [name, ms] of Object.entries(limits)) checkMs(name, ms, true);
    checkFunction("onCrash", onCrash);
    const kernel = new KernelOf(platform, budgetMs, limits, onCrash, run, terminateUntrapped);
    this.#root = new Process(kernel, null, ROOT, Ref);
    this.#root.turn = 0;
  }

  /** See {@link rootOf}. */
  get root(): Process {
    return this.#root;
  }

  get stopped(): boolean {
    return this.#stopping !== null;
  }

  start<Args extends readonly unknown[], Handle>(
    behaviour: Behaviour<Args, Handle>,
    ...args: Args
  ): Promise<Handle> {
    return new Promise((resolve, reject) => {
      this.#spawn(implementationOf(behaviour), args, (outcome, process) => {
        if (outcome.kind === "started") resolve(process.ref as unknown as Handle);
        else reject(startError(process, outcome.kind === "failed" ? outcome.reason : "ignored"));
      });
    });
  }

  launch<Args extends readonly unknown[], Handle>(
    behaviour: Behaviour<Args, Handle>,
    ...args: Args
  ): Handle {
    const process = this.#spawn(implementationOf(behaviour), args, crashIfFailed);
    return process.ref as unknown as Handle;
  }

  observe(observer: Observer): () => void {
    return this.#root.kernel.observers.add(checkFunction("observer", observer));
  }

  processes(): readonly ProcessSnapshot[] {
    return this.#root.children.map(snapshotOf);
  }

  stop(): Promise<void> {
    const { kernel } = this.#root;
    if (kernel.running !== null) {
      return Promise.reject(
        new SelfStop("stop the system", "stop it from outside, or after an await"),
      );
    }
    this.#stopping ??= shutdown(this.#root, Infinity).then(() => {
      kernel.timers.clear();
    });
    return this.#stopping;
  }

  [asyncDispose](): Promise<void> {
    return this.stop();
  }

  #spawn(
    implementation: Implementation,
    args: readonly unknown[],
    settled: (outcome: Outcome, process: Process) => void,
  ): Process {
    if (this.#stopping !== null) {
      throw new StartFailed(implementation.id, "shutdown", "its system was stopped");
    }
    return spawn(this.#root, implementation, args, settled);
  }
}

function snapshotOf(child: Process): ProcessSnapshot {
  return {
    ...infoOf(child),
    status: child.standing,
    restarts: child.place?.restarts ?? 0,
    children: child.children.map(snapshotOf),
  };
}
