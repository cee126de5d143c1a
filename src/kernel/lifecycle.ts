// The life of a process: exit signals, who is told when it ends, and the end itself.
//
// Owns what the end of one process means for another, and the one path of ending, in order:
//   (wait for the handler) → terminate → children, last first → resources, last first → notices
// An abrupt end (kill, an untrapped exit signal) fences the process at once and enters that path at
// "children". It does not know messages or handlers: process.ts adds those.

import { disposeAll } from "./belongings.js";
import { CHILDREN, Ending, HANDLER, RESOURCES, TERMINATE } from "./ending.js";
import { ActorExit, ProcessEnded } from "./errors.js";
import { type ExitReason, isAbortOf, isNormalReason, reasonOf, thrownOf } from "./exit-reason.js";
import { Kin } from "./kin.js";
import type { ProcessInfo } from "./observers.js";
import { isThenable } from "./operation.js";
import { DEAD, IDLE, type Place, RUNNING, type Shutdown, WAITING } from "./status.js";
import { Alarm } from "./timers.js";

/** A process as something that starts, owns, and ends. */
export abstract class Lifecycle extends Kin<Lifecycle> {
  /** True once `init` has succeeded. */
  hasStarted = false;
  /** Where its supervisor keeps it; null for a process that no supervisor started. */
  place: Place | null = null;
  #ending: Ending | null = null;

  /** The id of its behaviour. */
  abstract get behaviourId(): string;
  /** True if its behaviour wants `terminate` to run on an orderly end. */
  protected abstract get hasTerminate(): boolean;
  /** Runs the behaviour's `terminate`; what it throws becomes the reason. */
  protected abstract runTerminate(reason: ExitReason): unknown;
  /** A trapped exit signal, as a message. */
  protected abstract exitMessage(from: Lifecycle, reason: ExitReason): void;
  /** Rejects every call that is owed an answer; gives how many. */
  protected abstract refuseAll(reason: ExitReason): number;
  /** A supervised child of this process has begun to end. */
  protected childEnding(_child: Lifecycle, _reason: ExitReason): void {}
  /** A child of this process is gone (its start had succeeded). True if that is dealt with. */
  protected abstract childExit(child: Lifecycle, reason: ExitReason): boolean;

  /** How long it may take to end in order, where no supervisor said so. */
  protected get shutdownMs(): number {
    return this.kernel.limits.shutdownMs;
  }

  /** Unique in its system, such as `counter#7`. */
  get label(): string {
    return `${this.behaviourId}#${this.id}`;
  }

  /** What observers are told of this process. */
  get info(): ProcessInfo {
    return {
      id: this.label,
      behaviour: this.behaviourId,
      name: this.place?.name,
      parent: this.parent === null || this.parent.parent === null ? undefined : this.parent.label,
    };
  }

  /** True once the end has begun. */
  get isEnding(): boolean {
    return this.#ending !== null;
  }

  /** True once its context may not be used any more: killed, or gone. */
  get isFenced(): boolean {
    return this.#ending?.abrupt === true || this.status === DEAD;
  }

  /** True once it can own nothing more: what it owned is being given back. */
  get isClosing(): boolean {
    return this.#ending !== null && this.#ending.stage === RESOURCES;
  }

  /** Why it ends or ended; `normal` while it lives. */
  get exitReason(): ExitReason {
    return this.#ending === null ? "normal" : this.#ending.reason;
  }

  /** Aborted when the end begins. Made when first asked for. */
  get signal(): AbortSignal {
    const belongings = this.owned();
    if (belongings.controller === null) {
      belongings.controller = new AbortController();
      if (this.#ending !== null) belongings.controller.abort(this.abortReason);
    }
    return belongings.controller.signal;
  }

  /** What its signals abort with: an Error, for whoever rethrows it. */
  protected get abortReason(): ProcessEnded {
    const ending = this.#ending as Ending;
    if (ending.abortReason === null) {
      ending.abortReason = new ProcessEnded(this.label, ending.reason);
    }
    return ending.abortReason;
  }

  /** Links both processes. A dead other gives an exit signal `noproc`, as in OTP (P-3). */
  link(other: Lifecycle): void {
    if (other === this) return;
    if (other.status === DEAD) {
      this.exitSignal(other, "noproc");
      return;
    }
    this.addLink(other);
    other.addLink(this);
  }

  /** An exit signal from another process, or from itself (P-3). `kill` is {@link kill}. */
  exitSignal(from: Lifecycle, reason: ExitReason): void {
    if (this.status === DEAD) return;
    if (this.trapsExits) this.exitMessage(from, reason);
    else if (reason !== "normal" || from === this) this.end(reason, true);
  }

  /** Ends the process at once, trapping or not. Its reason is `killed`. */
  kill(): void {
    this.end("killed", true);
  }

  /**
   * Ends the process in order, and kills it when that takes longer than `timeoutMs`. Resolves with
   * its exit reason when it is gone.
   */
  shutdown(how: Shutdown, reason: ExitReason = "shutdown"): Promise<ExitReason> {
    return new Promise((resolve) => {
      this.watch((why) => resolve(why));
      if (how === "brutalKill") this.kill();
      else {
        this.end(reason, false);
        this.killAfter(how);
      }
    });
  }

  /** Sets the time after which an end that has begun becomes a kill. The shortest one counts. */
  killAfter(ms: number): void {
    const ending = this.#ending;
    if (this.status === DEAD || ending === null || ms === Number.POSITIVE_INFINITY) return;
    const old = ending.timer;
    if (old !== null) {
      if (old.dueAt <= this.kernel.platform.now() + ms) return;
      this.kernel.timers.drop(old);
    }
    ending.timer = new Alarm(() => this.kill());
    this.kernel.timers.start(ending.timer, ms);
  }

  /**
   * Begins the end. An orderly end waits for the handler that runs; an abrupt one does not, but
   * never disposes under a handler that is on the stack. A second end is ignored, unless it is
   * abrupt and the first was not.
   */
  end(reason: ExitReason, abrupt: boolean, handler?: string): void {
    if (this.status === DEAD) return;
    let ending = this.#ending;
    if (ending !== null) {
      if (!abrupt || ending.abrupt) return;
      ending.abrupt = true;
      ending.reason = reason;
      ending.step++;
      if (ending.stage < CHILDREN && this.status !== RUNNING) this.#endChildren();
      return;
    }
    ending = this.#ending = new Ending(reason, abrupt);
    ending.handler = handler;
    const { observers } = this.kernel;
    if (observers.active && !isNormalReason(reason)) {
      observers.emit({ type: "ending", process: this.info, reason });
    }
    if (this.place !== null && this.hasStarted) this.parent?.childEnding(this, reason);
    this.abortSignals();
    // Aborting runs listeners, and one of them may have ended things further.
    if (ending.stage !== HANDLER || ending.step !== 0) return;
    if (abrupt ? this.status !== RUNNING : this.status !== RUNNING && this.status !== WAITING) {
      this.handlerDone();
    }
  }

  /** A handler threw: that is the reason, even of an end which had begun in order. */
  protected crashed(error: unknown, handler: string): void {
    const ending = this.#ending;
    if (ending === null) this.end(reasonOf(error), false, handler);
    // A handler that gives up because its signal aborted obeys: the reason stays.
    else if (!isAbortOf(error, ending.abortReason)) {
      ending.reason = reasonOf(error);
      ending.handler = handler;
    }
  }

  /** The handler (or `init`) that the end was waiting for has settled. */
  protected handlerDone(): void {
    const ending = this.#ending as Ending;
    if (ending.stage !== HANDLER) return;
    if (ending.abrupt || !this.hasTerminate || !this.hasStarted) {
      this.#endChildren();
      return;
    }
    ending.stage = TERMINATE;
    const step = ++ending.step;
    const next = (): void => {
      if (ending.step === step) this.#endChildren();
    };
    const failed = (error: unknown): void => {
      if (ending.step !== step) this.lateError(error);
      else {
        if (!isAbortOf(error, ending.abortReason)) {
          ending.reason = reasonOf(error);
          ending.handler = "terminate";
        }
        this.#endChildren();
      }
    };
    let result: unknown;
    // As a handler: a kill from inside it must not dispose under it.
    this.status = RUNNING;
    try {
      result = this.runTerminate(ending.reason);
    } catch (error) {
      this.status = IDLE;
      if (ending.step === step) failed(error);
      else {
        this.lateError(error);
        this.#endChildren();
      }
      return;
    }
    this.status = IDLE;
    if (isThenable(result)) Promise.resolve(result).then(next, failed);
    if (ending.step !== step) this.#endChildren();
    else if (!isThenable(result)) next();
  }

  /** A failure that came too late to end anything: told to observers, never lost, never thrown. */
  lateError(error: unknown): void {
    const { observers } = this.kernel;
    if (observers.active) observers.emit({ type: "lateError", process: this.info, error });
  }

  /** Aborts `signal` and the signals of calls in hand; stops the timers. */
  protected abortSignals(): void {
    const belongings = this.belongings;
    if (belongings === null) return;
    belongings.dropTimers(this.kernel.timers);
    belongings.controller?.abort(this.abortReason);
  }

  // Children end last first, one after the other; after an abrupt end all at once, for their owner
  // is gone already. Nobody is told of this end before the last of them is gone: what replaces this
  // process never meets them.
  #endChildren(): void {
    const ending = this.#ending as Ending;
    ending.stage = CHILDREN;
    if (this.lastChild === null) this.#disposeResources();
    else if (ending.abrupt) for (const child of this.children) child.#endAfterOwner(ending);
    else this.lastChild.#endAfterOwner(ending);
  }

  // In order, as every shutdown is, when the owner ends in order. After an abrupt end only a process
  // that wants to see its end gets the time.
  #endAfterOwner(owner: Ending): void {
    const abrupt = owner.abrupt && this.hasStarted && !(this.hasTerminate || this.trapsExits);
    const reason = owner.reason === "normal" ? "shutdown" : owner.reason;
    // Through the queue of deaths: a deep tree falls in a loop, not in a recursion.
    this.kernel.bury(() => {
      this.end(reason, abrupt);
      this.killAfter(this.shutdownMs);
    });
  }

  #disposeResources(): void {
    const ending = this.#ending as Ending;
    ending.stage = RESOURCES;
    const resources = this.belongings?.resources ?? null;
    if (resources === null) this.#finish();
    else {
      disposeAll(
        resources,
        this.kernel.timers,
        this.kernel.limits.disposeTimeoutMs,
        (error) => this.lateError(error),
        () => this.#finish(),
      );
    }
  }

  #finish(): void {
    const ending = this.#ending as Ending;
    const { reason } = ending;
    const wasStarting = !this.hasStarted;
    if (ending.timer !== null) this.kernel.timers.drop(ending.timer);
    this.status = DEAD;
    const parent = this.parent;
    this.leaveParent();
    const rejectedCalls = this.refuseAll(reason);
    const belongings = this.belongings;
    this.belongings = null;
    // What `terminate` or a disposal started after the first sweep.
    belongings?.dropTimers(this.kernel.timers);
    if (belongings?.watching) for (const monitor of belongings.watching) monitor.cancel();
    this.kernel.bury(() => {
      const { observers } = this.kernel;
      // The system itself is nobody's process: it was never told of as started.
      if (observers.active && parent !== null) {
        const { info } = this;
        observers.emit(
          wasStarting
            ? { type: "startFailed", process: info, reason }
            : { type: "stopped", process: info, reason, handler: ending.handler, rejectedCalls },
        );
      }
      if (belongings !== null) {
        if (belongings.links !== null) {
          for (const other of belongings.links) {
            other.belongings?.links?.delete(this);
            // A failed start is told to whoever asked for it, not along links.
            if (!wasStarting) other.exitSignal(this, reason);
          }
        }
        if (belongings.watchers !== null) {
          for (const monitor of belongings.watchers) monitor.notify(reason);
        }
      }
      if (parent === null) return;
      if (!wasStarting) {
        if (parent.#ending === null) this.#tellParent(parent, reason);
        // The system stops, and its `terminate` failed: that must not be silent either.
        else if (parent.parent === null && thrownOf(reason) !== undefined) {
          this.crashUnsupervised(this.#crashError(reason));
        }
      }
      const last = parent.#ending;
      if (last !== null && last.stage === CHILDREN && parent.status !== DEAD) {
        if (parent.lastChild === null) parent.#disposeResources();
        else if (!last.abrupt) parent.lastChild.#endAfterOwner(last);
      }
    });
  }

  #tellParent(parent: Lifecycle, reason: ExitReason): void {
    if (parent.childExit(this, reason)) return;
    if (parent.parent !== null) parent.exitSignal(this, reason);
    // A kill is somebody's wish, and observers are told of it: only a failure is a crash.
    else if (!isNormalReason(reason) && reason !== "killed") {
      this.crashUnsupervised(this.#crashError(reason));
    }
  }

  /** Nobody supervises this process: its crash goes to the system's `onCrash`. */
  crashUnsupervised(error: unknown): void {
    try {
      this.kernel.onCrash(error);
    } catch (failure) {
      this.kernel.fault(failure);
    }
  }

  #crashError(reason: ExitReason): unknown {
    const action = `keep ${this.label} running`;
    return thrownOf(reason) ?? new ActorExit({ action, process: this.label, reason });
  }
}
