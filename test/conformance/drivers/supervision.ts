// Performs supervision scenarios on supervisors of troupe, and tells what was seen.
//
// Owns the translation of scenarios into specifications, of steps into calls of the public API, and of
// names, reasons and errors back into OTP's words. It holds no queue, no timer, no order and no restart
// decision. What is made of what was seen is supervision-record.ts.
import {
  ActorExit,
  type ChildEntry,
  type ChildSpec,
  type ChildSummary,
  child,
  countChildren,
  deleteChild,
  dynamicSupervisor,
  type ExitReason,
  genServer,
  getChildSpec,
  type Handle,
  type HandleOf,
  ignore,
  type ProcessSnapshot,
  restartChild,
  type Server,
  StartFailed,
  type System,
  startChild,
  supervisor,
  sys,
  terminateChild,
  whichChildren,
} from "../../../src/index.js";
import { testSystem } from "../../../src/testing/test-system.js";
import type { VirtualClock } from "../../../src/testing/virtual-platform.js";
import type { Group, Scenario } from "../replay.js";
import { Recorder, type Seen, SUPERVISOR } from "./supervision-record.js";
import {
  camel,
  InitStopped,
  inOtpsWords,
  reasonOf,
  refusalOf,
  toReason,
} from "./supervision-words.js";

/** A worker or a supervisor as a scenario has it. */
export interface Spec {
  readonly id?: string;
  readonly name?: string;
  readonly type?: string;
  readonly restart?: string;
  readonly shutdown?: number | string;
  readonly significant?: unknown;
  readonly start?: Start | readonly Start[];
  readonly omitStart?: boolean;
  readonly trapExit?: boolean;
  readonly terminateDelay?: number;
  readonly strategy?: string;
  readonly intensity?: number;
  readonly period?: number;
  readonly auto_shutdown?: string;
  readonly children?: readonly Spec[];
}

type Start = "ok" | "error" | "crash" | "ignore";

/** A step of a scenario: an operation and its arguments. */
interface Step {
  readonly op: string;
  readonly sup: string;
  readonly child: string;
  readonly target: string;
  readonly reason: unknown;
  readonly byId?: boolean;
  readonly spec?: Spec;
  readonly args?: readonly [string];
  readonly specs: readonly Spec[];
  readonly auto_shutdown?: string;
  readonly exits: readonly { readonly child: string; readonly reason: unknown }[];
  readonly call: Step;
  readonly ms: number;
}

interface SupervisionScenario extends Scenario {
  readonly tree: Spec;
  readonly steps: readonly Step[];
}

/** A handle of a worker or a supervisor. */
// biome-ignore lint/suspicious/noExplicitAny: a scenario decides at run time what it is
type Any = any;

/** The group of supervision scenarios. */
export const supervision: Group = {
  name: "supervision",
  isOf: (scenario) => "tree" in scenario,
  replay: async (scenario) => {
    const run = new Run();
    try {
      return await run.perform(scenario as SupervisionScenario);
    } finally {
      await run.end();
    }
  },
};

/** A process that starts the tree, or one that has nothing to do with it. */
const Bystander: Server<
  [],
  { call: { start(root: Any): Any; signal(target: Any, reason: ExitReason): string } }
> = genServer({
  id: "bystander",
  init: (self) => void self.trapExit(),
  call: {
    start: (self, root: Any) => self.spawn(root) as Any,
    signal: (self, target: Any, reason: ExitReason) => {
      self.exit(target, reason);
      return "ok";
    },
  },
});

/** True while a process, or one below it, starts or ends. */
const isBusy = ({ status, children }: ProcessSnapshot): boolean =>
  status !== "live" || children.some(isBusy);

class Run {
  readonly #system: System;
  readonly #clock: VirtualClock;
  readonly #recorder = new Recorder();
  /** The present processes of workers by label, and how to find a supervisor by its label. */
  readonly #workers = new Map<string, Handle>();
  readonly #supervisors = new Map<string, { find: () => Any; spec: Spec }>();
  readonly #attempts = new Map<string, number>();
  #parent!: HandleOf<typeof Bystander>;
  #stranger!: HandleOf<typeof Bystander>;
  /** What is to happen inside the next start of a child. */
  #duringStart: { label: string; run: () => void } | null = null;

  constructor() {
    // OTP's ways where ours differ: see docs/semantics.md.
    const { system, clock } = testSystem({ terminateUntrapped: false, onCrash: () => {} });
    this.#system = system;
    this.#clock = clock;
    system.observe((event) => this.#recorder.observe(event));
  }

  async perform({ tree, steps }: SupervisionScenario): Promise<unknown> {
    const start = await this.#record(() => this.#startRoot(tree));
    const told: unknown[] = [];
    for (const step of steps) told.push(await this.#record(() => this.#step(step)));
    return { start, steps: told };
  }

  async end(): Promise<void> {
    const stopped = this.#system.stop();
    while (await this.#clock.next());
    await stopped;
  }

  // --- steps -----------------------------------------------------------------------------------

  /** Performs something, lets everything settle, and tells what was seen. */
  async #record(perform: () => Promise<unknown>): Promise<Seen> {
    const result = await perform();
    await this.#settle();
    const children = async (label: string): Promise<unknown> => {
      const { find, spec } = this.#supervisors.get(label) as { find: () => Any; spec: Spec };
      const handle = find();
      return {
        alive: true,
        children: this.#listed(await whichChildren(handle), spec),
        counts: await countChildren(handle),
      };
    };
    return this.#recorder.take(result, this.#system.processes(), children);
  }

  /** Lets time pass, timer by timer, until something has come to its end. */
  async #until<T>(work: Promise<T>): Promise<T> {
    let pending = true;
    const done = (): void => {
      pending = false;
    };
    work.then(done, done);
    await this.#clock.settle();
    while (pending && (await this.#clock.next()));
    return work;
  }

  /** Lets time pass as long as some process is starting or ending. */
  async #settle(): Promise<void> {
    await this.#clock.settle();
    while (this.#system.processes().some(isBusy)) {
      if (!(await this.#clock.next())) throw new Error("a process ends without an end");
    }
  }

  async #step(step: Step): Promise<unknown> {
    const { op, child: label, reason } = step;
    switch (op) {
      case "exit":
        return this.#exit(label, reason);
      case "signal": {
        const target = this.#find(step.target);
        if (target === undefined) return "no_process";
        return this.#stranger.call.signal(target, toReason(reason));
      }
      case "exitTogether": {
        const supervisor = this.#find(step.sup);
        if (supervisor === undefined) return "no_process";
        const told: string[] = [];
        await sys.suspend(supervisor);
        for (const each of step.exits) {
          told.push(await this.#exit(each.child, each.reason));
          await this.#settle();
        }
        await sys.resume(supervisor);
        return told;
      }
      case "exitAndCall": {
        const answer = new Promise<unknown>((resolve) => {
          this.#duringStart = { label, run: () => resolve(this.#step(step.call)) };
        });
        await this.#exit(label, reason);
        await this.#clock.settle();
        // Whoever performs the call lets time pass, if it needs any.
        if (this.#duringStart === null) return answer;
        await this.#settle();
        if (this.#duringStart === null) return answer;
        throw new Error(`${label} was not started again: the call has no moment to come in`);
      }
      case "parentExit": {
        const root = this.#find("root");
        if (root === undefined) return "no_process";
        return this.#parent.call.signal(root, toReason(reason));
      }
      case "wait":
        await this.#clock.advance(step.ms);
        return "ok";
      case "checkChildspecs":
        try {
          supervisor({
            autoShutdown: camel(step.auto_shutdown ?? "anySignificant") as never,
            children: this.#children({ children: step.specs }, () => undefined),
          });
          return "ok";
        } catch (error) {
          return { error: refusalOf(error) };
        }
      default:
        return this.#api(step);
    }
  }

  /** What a supervisor is asked by its API. */
  async #api(step: Step): Promise<unknown> {
    const { op, sup, child: label, reason } = step;
    const { find, spec } = this.#supervisors.get(sup) ?? {};
    const handle = find?.();
    if (handle === undefined) return { exit: "noproc" };
    const isDynamic = spec?.strategy === "simple_one_for_one";
    // Of a dynamic supervisor a label is a process, unless there never was one.
    const which = (isDynamic && step.byId !== true && this.#workers.get(label)) || label;
    try {
      switch (op) {
        case "startChild": {
          const started = isDynamic
            ? await this.#until(handle.startChild(...(step.args ?? [])))
            : await this.#until(this.#startChild(handle, sup, step.spec as Spec));
          return { ok: this.#started(started, step.args?.[0] ?? (step.spec?.id as string)) };
        }
        case "terminateChild":
          await this.#until(terminateChild(handle, which));
          return "ok";
        case "restartChild":
          return {
            ok: this.#started(await this.#until(restartChild(handle, which as string)), label),
          };
        case "deleteChild":
          await this.#until(deleteChild(handle, which as string));
          return "ok";
        case "whichChildren":
          return { ok: this.#listed(await this.#until(whichChildren(handle)), spec as Spec) };
        case "countChildren":
          return { ok: await countChildren(handle) };
        case "getChildspec": {
          const summary: ChildSummary = await this.#until(getChildSpec(handle, which));
          const id = isDynamic ? spec?.children?.[0]?.id : summary.id;
          return { ok: { ...inOtpsWords(summary), id } };
        }
        case "stopSupervisor":
          await this.#until(sys.terminate(handle, toReason(reason), { timeoutMs: Infinity }));
          return "ok";
        default:
          throw new TypeError(`op is ${op}: the supervision driver knows no such step`);
      }
    } catch (error) {
      if (error instanceof ActorExit) return { exit: reasonOf(error.reason) };
      if (!(error instanceof StartFailed)) return { error: refusalOf(error) };
      const why = reasonOf(error.reason);
      return { error: op === "startChild" && !isDynamic ? { start_failed: why } : why };
    }
  }

  #startChild(handle: Any, sup: string, spec: Spec): Promise<Any> {
    const made = this.#child(spec, () => this.#supervisors.get(sup)?.find());
    return startChild(handle, spec.id as string, made);
  }

  async #exit(label: string, reason: unknown): Promise<string> {
    const process = this.#find(label);
    if (process === undefined) return "no_process";
    this.#end(process, reason);
    return "ok";
  }

  #end(process: Any, reason: unknown): void {
    if (reason === "kill") process.kill();
    else process.cast.exit(reason);
  }

  /** The live process of a label. */
  #find(label: string): Any {
    const process = this.#workers.get(label) ?? this.#supervisors.get(label)?.find();
    return process?.status === "live" ? process : undefined;
  }

  #started(handle: Handle, label: string): string {
    return handle.status === "down" ? "undefined" : label;
  }

  #listed(entries: readonly ChildEntry[], spec: Spec): unknown[] {
    const isDynamic = spec.strategy === "simple_one_for_one";
    const list = entries.map(({ id, handle, state, type }) => {
      const label = this.#recorder.labelOf(handle.id) ?? null;
      const said = { state: state === "stopped" ? "undefined" : state, type };
      if (!isDynamic) return { id, ...said };
      return { id: "undefined", child: state === "running" ? label : null, ...said };
    });
    // OTP lists the last first, and does not promise it; instances are told in the order of labels.
    if (!isDynamic) return list.reverse();
    return list.sort((a, b) => (String(Object(a).child) < String(Object(b).child) ? -1 : 1));
  }

  // --- the tree --------------------------------------------------------------------------------

  async #startRoot(tree: Spec): Promise<unknown> {
    this.#parent = await this.#system.start(Bystander);
    this.#stranger = await this.#system.start(Bystander);
    const root: Any = await this.#parent.call.start(
      this.#supervisor({ ...tree, id: "root" }, () => root),
    );
    try {
      await this.#until(root.ready);
      return { ok: "root" };
    } catch (error) {
      const { reason } = error as ActorExit;
      return reason === "normal" ? { ok: "ignore" } : { error: reasonOf(reason) };
    }
  }

  /** The children of a supervisor, as pairs of id and specification. */
  #children({ children = [] }: Spec, find: () => Any): (readonly [string, ChildSpec<Any>])[] {
    return children.map((spec) => [spec.id as string, this.#child(spec, find)] as const);
  }

  /** A specification as `child` makes it; throws what troupe refuses. */
  #child(spec: Spec, parent: () => Any): ChildSpec<Any> {
    const { id = "", type, omitStart } = spec;
    const find = (): Any => parent()?.child?.[id];
    const behaviour = omitStart
      ? undefined
      : type === "supervisor"
        ? this.#supervisor(spec, find)
        : this.#worker(id, spec);
    return child(behaviour as Any, [], this.#options(spec));
  }

  #options({ restart, shutdown, significant, type }: Spec): Any {
    const words: Record<string, unknown> = { infinity: Infinity, brutal_kill: "brutalKill" };
    const shutdownMs = typeof shutdown === "string" ? (words[shutdown] ?? shutdown) : shutdown;
    return { restart, shutdownMs, significant, type };
  }

  /** The `start` of this attempt, which the scenario counts by label. */
  #attempt(label: string, { start = "ok" }: Spec): Start {
    const count = this.#attempts.get(label) ?? 0;
    this.#attempts.set(label, count + 1);
    const plan = typeof start === "string" ? [start] : start;
    const now = plan[Math.min(count, plan.length - 1)] as Start;
    if (now === "ignore") this.#recorder.add({ event: "ignored", child: label });
    else if (now !== "ok") this.#recorder.add({ event: "start_failed", child: label, how: now });
    return now;
  }

  #worker(id: string, spec: Spec, family?: string): Any {
    const { trapExit = true, terminateDelay = 0 } = spec;
    const run = this;
    const begin = (self: Any, label: string): unknown => {
      const now = run.#attempt(label, spec);
      if (now === "ignore") return ignore;
      if (now === "crash") throw new Error("start_crash");
      if (now === "error") self.stop("start_error");
      else {
        self.trapExit(trapExit);
        run.#workers.set(label, self.ref);
        run.#recorder.add({ event: "start", child: label });
      }
      return {};
    };
    return genServer({
      id: "worker",
      init: (self, label: string = id) => {
        run.#recorder.name(self.ref.id, label);
        if (family !== undefined) run.#recorder.instance(label, family);
        const during = run.#duringStart;
        if (during?.label !== label) return begin(self, label);
        run.#duringStart = null;
        // From outside, as it would come: while this `init` is pending.
        return Promise.resolve()
          .then(during.run)
          .then(() => begin(self, label));
      },
      cast: {
        exit(self, reason: unknown) {
          const raised = Object(reason).error as string | undefined;
          if (raised !== undefined) throw new Error(raised);
          self.stop(toReason(reason));
        },
      },
      info() {},
      terminate(self) {
        run.#recorder.entered(self.ref.id);
        if (terminateDelay === 0) return undefined;
        const { platform } = self;
        return new Promise<void>((resolve) => void platform.setTimer(resolve, terminateDelay));
      },
    });
  }

  #supervisor(spec: Spec, find: () => Any): Any {
    const label = spec.id as string;
    const { strategy = "one_for_one", intensity = 1, period = 5, children = [] } = spec;
    const autoShutdown = camel(spec.auto_shutdown ?? "never");
    const id = SUPERVISOR + label;
    const begin = (): boolean => {
      const now = this.#attempt(label, spec);
      if (now === "crash") throw new Error("start_crash");
      if (now === "error") throw new InitStopped("start_error");
      if (now === "ignore") return false;
      this.#supervisors.set(label, { find, spec });
      this.#recorder.starts(label);
      return true;
    };
    const limit = { maxRestarts: intensity, periodMs: period * 1_000 };
    if (strategy !== "simple_one_for_one") {
      const flags = { ...limit, strategy: camel(strategy), autoShutdown };
      return supervisor({
        id,
        init: () => (begin() ? (flags as Any) : ignore),
        children: () => this.#children(spec, find),
      });
    }
    const templates = children.map((each) => this.#worker("", each, label));
    const init = (): Any => (begin() ? limit : ignore);
    try {
      return dynamicSupervisor({
        id,
        init,
        autoShutdown: autoShutdown as Any,
        template: (templates.length === 1 ? templates[0] : templates) as Any,
        childOptions: this.#options(children[0] ?? {}),
      });
    } catch (error) {
      // Refused where it is defined, as OTP refuses it where it starts.
      const refuse = (): never => {
        begin();
        throw error;
      };
      return supervisor({ id, init: refuse, children: {} });
    }
  }
}
