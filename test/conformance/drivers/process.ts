// Performs the scenarios of process.json on our own actors: scriptable processes, and servers that
// follow a table.
//
// Owns the translation: names to refs, operations to calls of the public API, reasons and errors to how
// the format writes them. The servers are process-server.ts. It holds no queue, no timer and no order:
// after each step it lets happen what happens without time passing, and time pass where somebody blocks.

import {
  type ActorExit,
  type ActorHandle,
  type ActorRef,
  type ActorSelf,
  actor,
  byName,
  type From,
  type Handle,
  type HandleOf,
  type Mailbox,
  type MessageLater,
  mailbox,
  named,
  register,
  type System,
  sendLater,
  startLink,
  startWithin,
  sys,
  unregister,
  whereis,
} from "../../../src/index.js";
import { testSystem, type VirtualClock } from "../../../src/testing/index.js";
import type { Group, Scenario } from "../replay.js";
import {
  type LogEntry,
  type Name,
  type ServerSpec,
  type Stage,
  TableServer,
} from "./process-server.js";
import { fromReason, isTimeout, type Json, toReason } from "./reasons.js";

interface Op {
  readonly op: string;
  readonly [key: string]: unknown;
}

interface Step extends Op {
  readonly by?: string;
  readonly async?: string;
}

interface ProcessScenario extends Scenario {
  readonly procs: readonly string[];
  readonly servers?: Readonly<Record<string, ServerSpec>>;
  readonly steps: readonly Step[];
}

interface Recorded {
  result: unknown;
  exits?: Record<string, Json>;
  log?: Record<string, LogEntry[]>;
}

type Self = ActorSelf<unknown>;
type Command = (self: Self) => Promise<void>;

/** Does one operation at a time; what it is sent stays in its mailbox until an operation takes it. */
const Puppet = actor({
  id: "puppet",
  async run(self, commands: Mailbox<Command>) {
    for await (const command of commands.read(self)) await command(self);
  },
});

/** The group of process.json. */
export const processes: Group = {
  name: "process",
  isOf: (scenario) => "procs" in scenario,
  replay: (scenario) => new Play(scenario as ProcessScenario).perform(),
};

/** A result that may still be open. */
class Outcome {
  value: { readonly result: unknown } | null = null;
  settle(result: unknown): void {
    this.value ??= { result };
  }
}

const raised = (what: string): Json => ({ raised: what });

/** One performance of a scenario. */
class Play implements Stage {
  readonly system: System;
  readonly froms: Map<string, From> = new Map();
  readonly #scenario: ProcessScenario;
  readonly #clock: VirtualClock;
  readonly #refs: Map<string, Handle> = new Map();
  readonly #labels: Map<string, string> = new Map();
  readonly #commands: Map<string, Mailbox<Command>> = new Map();
  readonly #timers: Map<string, MessageLater> = new Map();
  /** By the puppet's label and the number of the monitor. */
  readonly #monitors: Map<string, { readonly as: string; readonly process: string }> = new Map();
  readonly #open: Map<string, Outcome> = new Map();
  /** What an operation of a puppet will give, by its label: it may die in the middle of it. */
  readonly #doing: Map<string, Outcome> = new Map();
  readonly #sleeping: Map<string, number> = new Map();
  #exits: Record<string, Json> = {};
  #log: Record<string, LogEntry[]> = {};

  constructor(scenario: ProcessScenario) {
    this.#scenario = scenario;
    const { system, clock } = testSystem({ onCrash: () => {} });
    this.system = system;
    this.#clock = clock;
    system.observe((event) => {
      if (event.type !== "stopped" && event.type !== "startFailed") return;
      const label = this.#labels.get(event.process.id);
      if (label === undefined) return;
      this.#exits[label] = fromReason(event.reason);
      this.#sleeping.delete(label);
      this.#doing.get(label)?.settle("by_died");
    });
  }

  async perform(): Promise<unknown> {
    for (const label of this.#scenario.procs) this.#spawn(label);
    await this.#clock.settle();
    const steps: Recorded[] = [];
    for (const step of this.#scenario.steps) steps.push(await this.#step(step));
    const final = [...this.#refs].map(([label, ref]) => [
      label,
      ref.status === "live" ? "alive" : "dead",
    ]);
    this.#exits = {};
    this.#log = {};
    void this.system.stop();
    while (await this.#clock.next()) {
      // Whatever still sleeps in a terminate.
    }
    return { steps, final: Object.fromEntries(final) };
  }

  // What servers do here, beside their own.

  begin(label: string, ref: Handle): void {
    this.#refs.set(label, ref);
    this.#labels.set(ref.id, label);
  }

  note(label: string, entry: LogEntry): void {
    this.#log[label] ??= [];
    this.#log[label].push(entry);
  }

  async sleep(label: string, ms: number, { platform }: Pick<Self, "platform">): Promise<void> {
    const change = (by: number): void => {
      this.#sleeping.set(label, (this.#sleeping.get(label) ?? 0) + by);
    };
    change(1);
    await new Promise<void>((resolve) => void platform.setTimer(resolve, ms));
    change(-1);
  }

  find(to: Name): Handle {
    if (typeof to !== "string") return byName(this.system, to.name);
    const ref = this.#refs.get(to);
    if (ref === undefined) throw new TypeError(`The scenario has no process ${to}`);
    return ref;
  }

  server(to: Name): HandleOf<typeof TableServer> {
    if (typeof to !== "string") return byName(this.system, to.name, TableServer);
    return this.find(to) as HandleOf<typeof TableServer>;
  }

  labelOf({ id }: ActorRef): string {
    return this.#labels.get(id) ?? id;
  }

  #spawn(label: string): ActorHandle<unknown> {
    const commands = mailbox<Command>();
    const ref = this.system.launch(Puppet, commands);
    this.#commands.set(label, commands);
    this.begin(label, ref);
    return ref;
  }

  async #step(step: Step): Promise<Recorded> {
    this.#exits = {};
    this.#log = {};
    // Waiting is the clock's business alone: nobody else may move it meanwhile.
    if (step.op === "wait") await this.#clock.advance(step.ms as number);
    const outcome = this.#begin(step);
    if (step.async !== undefined) this.#open.set(step.async, outcome);
    await this.#clock.settle();
    const isBusy = () => [...this.#sleeping.values()].some((count) => count > 0);
    while ((outcome.value === null && step.async === undefined) || isBusy()) {
      if (!(await this.#clock.next())) break;
    }
    const result = outcome.value === null ? "pending" : outcome.value.result;
    const recorded: Recorded = { result };
    if (Object.keys(this.#exits).length > 0) recorded.exits = this.#exits;
    if (Object.keys(this.#log).length > 0) recorded.log = this.#log;
    return recorded;
  }

  #begin(step: Step): Outcome {
    const { by } = step;
    if (by === undefined && step.op === "await") {
      return this.#open.get(step.key as string) as Outcome;
    }
    const outcome = new Outcome();
    const settle = (result: unknown): void => outcome.settle(result);
    if (by === undefined) {
      void this.#perform(step).then(settle, (error: unknown) => settle(raised(String(error))));
    } else if (this.find(by).status !== "live") settle("by_dead");
    else {
      this.#doing.set(by, outcome);
      this.#commands.get(by)?.tryCast(async (self) => {
        const result = await this.#operate(self, by, step);
        // What it did may have ended it: then that is told.
        if (this.find(by).status === "live") settle(result);
      });
    }
    return outcome;
  }

  /** Steps that no puppet performs. */
  async #perform(step: Step): Promise<unknown> {
    if (step.op === "suspend") await sys.suspend(this.find(step.target as Name));
    else if (step.op === "resume") await sys.resume(this.find(step.target as Name));
    else if (step.op !== "wait") throw new TypeError(`The format has no step ${step.op}`);
    return null;
  }

  async #operate(self: Self, by: string, op: Op): Promise<unknown> {
    const { system } = this;
    const to = op.to as Name;
    const key = (op.as ?? op.ref) as string;
    switch (op.op) {
      case "multi": {
        const results: unknown[] = [];
        for (const next of op.ops as Op[]) results.push(await this.#operate(self, by, next));
        return results;
      }
      case "spawn": {
        const ref = this.#spawn(op.name as string);
        if (op.link) self.link(ref);
        if (op.monitor) this.#monitor(self, by, op.monitor as string, ref, op.name as string);
        return "ok";
      }
      case "send":
        // To a process it always succeeds; to a name only if somebody has it.
        return this.find(to).send(op.msg) || typeof to === "string" ? "ok" : raised("badarg");
      case "exit":
        self.stop(toReason(op.reason as Json));
        return undefined;
      case "error":
        throw new Error(op.reason as string);
      case "signal":
        self.exit(this.find(to), toReason(op.reason as Json));
        return "ok";
      case "trapExit":
        return self.trapExit(op.value as boolean);
      case "link":
        try {
          self.link(this.find(to));
          return "ok";
        } catch (error) {
          return raised((error as ActorExit).reason as string);
        }
      case "unlink":
        self.unlink(this.find(to));
        return "ok";
      case "links":
        return (await sys.getStatus(self.ref)).links.map((ref) => this.labelOf(ref)).sort();
      case "monitor":
        this.#monitor(self, by, key, this.find(to), typeof to === "string" ? to : to.name);
        return "ok";
      case "demonitor": {
        const found = self.demonitor(this.#monitorNumber(by, key), { flush: op.flush === true });
        return op.info ? found : true;
      }
      case "receive": {
        const wanted = (message: unknown): boolean => matches(message, op.match);
        const { timeout } = op as { timeout?: number };
        if (timeout === undefined) return this.#shown(by, await self.receive(wanted));
        const message = await self.receive(wanted, { afterMs: timeout });
        return message === undefined ? "timeout" : this.#shown(by, message);
      }
      case "mailbox": {
        const messages: unknown[] = [];
        for (;;) {
          const message = await self.receive(undefined, { afterMs: 0 });
          if (message === undefined) break;
          messages.push(this.#shown(by, message));
        }
        const text = (message: unknown): string => JSON.stringify(message);
        return op.sort ? messages.sort((a, b) => (text(a) < text(b) ? -1 : 1)) : messages;
      }
      case "register":
        try {
          register(system, op.name as string, this.find(to));
          return true;
        } catch {
          return raised("badarg");
        }
      case "unregister":
        return unregister(system, op.name as string) || raised("badarg");
      case "whereis": {
        const ref = whereis(system, op.name as string);
        return ref === null ? "undefined" : this.labelOf(ref);
      }
      case "isAlive":
        return this.find(to).status === "live";
      case "sendAfter":
        this.#timers.set(key, sendLater(this.find(to), op.ms as number, op.msg));
        return "ok";
      case "startTimer": {
        const message = { TIMEOUT: key, msg: op.msg };
        this.#timers.set(key, sendLater(this.find(to), op.ms as number, message));
        return "ok";
      }
      case "cancelTimer":
        return this.#timers.get(key)?.cancel() === false ? false : "time_left";
      case "readTimer":
        return this.#timers.get(key)?.leftMs === false ? false : "time_left";
      case "startServer":
        return this.#startServer(self, op);
      case "call": {
        const { timeout: timeoutMs } = op as { timeout?: number };
        const { call } = this.server(op.server as Name).with({ timeoutMs });
        return call.handle(op.msg).then((reply) => ({ reply }), failed);
      }
      case "cast":
        this.server(op.server as Name).cast.handle(op.msg);
        return "ok";
      case "stopServer": {
        const timeoutMs = (op.timeout as number | undefined) ?? Number.POSITIVE_INFINITY;
        const reason = toReason(op.reason as Json);
        const server = this.find(op.server as Name);
        return sys.terminate(server, reason, { timeoutMs }).then(() => "ok", failed);
      }
      case "replyTo":
        self.reply(this.froms.get(op.key as string) as From, op.value);
        return "ok";
      default:
        throw new TypeError(`The format has no operation ${op.op}`);
    }
  }

  async #startServer(self: Self, op: Op): Promise<unknown> {
    const label = op.server as string;
    const spec = this.#scenario.servers?.[label] ?? {};
    let behaviour = TableServer;
    if (op.register !== undefined) behaviour = named(op.register as string, behaviour);
    if (op.timeout !== undefined) behaviour = startWithin(op.timeout as number, behaviour);
    try {
      if (op.link) await startLink(self, behaviour, label, spec, this);
      else await this.system.start(behaviour, label, spec, this);
      return "ok";
    } catch (error) {
      const { reason, cause } = error as ActorExit & { cause?: { code?: string } };
      if (reason === "ignored") return "ignore";
      return {
        error: cause?.code === "already-registered" ? "already_started" : fromReason(reason),
      };
    }
  }

  #monitor(self: Self, by: string, as: string, ref: ActorRef, process: string): void {
    this.#monitors.set(`${by} ${self.monitor(ref)}`, { as, process });
  }

  #monitorNumber(by: string, as: string): number {
    const found = [...this.#monitors].find(([of, it]) => of.startsWith(`${by} `) && it.as === as);
    return Number(found?.[0].slice(by.length + 1));
  }

  /** A message as the format writes it. */
  #shown(by: string, message: unknown): unknown {
    const news = message as { type?: string; from: ActorRef; reason: never; monitor: number };
    if (news.type === "exit") {
      return { EXIT: this.labelOf(news.from), reason: fromReason(news.reason) };
    }
    if (news.type !== "down") return message;
    const monitor = this.#monitors.get(`${by} ${news.monitor}`);
    return { DOWN: monitor?.as, process: monitor?.process, reason: fromReason(news.reason) };
  }
}

function matches(message: unknown, match: unknown): boolean {
  if (match === undefined || message === match) return true;
  const { type } = message as { type?: string };
  return (match === "EXIT" && type === "exit") || (match === "DOWN" && type === "down");
}

/** A failed call or stop. */
const failed = (error: unknown): Json => ({
  exit: isTimeout(error) ? "timeout" : fromReason((error as ActorExit).reason),
});
