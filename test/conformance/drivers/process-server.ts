// The table-driven server of process.json: what a row says, done with the public API of a genServer.
// Owns the translation of rows to handlers' results. Which process has which label, and what is
// recorded, is the stage's: drivers/process.ts.
import {
  type ActorExit,
  type ActorRef,
  CallCycle,
  type From,
  genServer,
  type Handle,
  idleTimeout,
  ignore,
  type Server,
  type ServerHandle,
} from "../../../src/index.js";
import { fromReason, type Json, toReason } from "./reasons.js";

/** What a process or a server is called by: its label, or the name it is registered under. */
export type Name = string | { readonly name: string };

interface Do {
  readonly op: string;
  readonly [key: string]: unknown;
}

interface Result {
  readonly kind?: string;
  readonly value?: unknown;
  readonly reason?: Json;
  readonly continue?: string;
  readonly timeout?: number;
  readonly hibernate?: boolean;
}

interface Row {
  readonly on: string;
  readonly msg: string;
  readonly max?: number;
  readonly do?: readonly Do[];
  readonly result: Result;
}

/** What a scenario says of a server. */
export interface ServerSpec {
  readonly trapExit?: boolean;
  readonly init?: Result & { readonly do?: readonly Do[] };
  readonly rows?: readonly Row[];
  readonly terminate?: {
    readonly do?: readonly Do[];
    readonly raise?: string;
    readonly exit?: Json;
  };
}

/** One callback, as it is recorded. */
export interface LogEntry {
  readonly cb: string;
  readonly msg?: unknown;
  readonly reason?: Json;
}

interface Handlers {
  handle(msg: unknown): unknown;
}

/** What a server needs of the scenario it plays in. */
export interface Stage {
  readonly froms: Map<string, From>;
  begin(label: string, ref: Handle): void;
  note(label: string, entry: LogEntry): void;
  sleep(label: string, ms: number, self: Self): Promise<void>;
  find(to: Name): Handle;
  server(to: Name): ServerHandle<Handlers, Handlers, undefined>;
  labelOf(ref: ActorRef): string;
}

interface State {
  readonly label: string;
  readonly spec: ServerSpec;
  readonly stage: Stage;
  readonly taken: Map<Row, number>;
}

// biome-ignore lint/suspicious/noExplicitAny: the same code runs in init, in every handler and at the end
type Self = any;

/** A callback ends its process in the middle, as Erlang's exit/1 does. */
class Leave {
  readonly reason: Json;
  constructor(reason: Json) {
    this.reason = reason;
  }
}

/** The server. One behaviour for all tables, so that a name can be called whoever has it. */
export const TableServer: Server<
  [label: string, spec: ServerSpec, stage: Stage],
  { call: Handlers; cast: Handlers; view: undefined }
> = genServer({
  id: "server",
  async init(self, label: string, spec: ServerSpec, stage: Stage): Promise<State | typeof ignore> {
    stage.begin(label, self.ref);
    stage.note(label, { cb: "init" });
    const state: State = { label, spec, stage, taken: new Map() };
    self.trapExit(spec.trapExit === true);
    const { init = {} } = spec;
    await run(self, state, init.do);
    if (init.kind === "ignore") return ignore;
    if (init.kind === "bad_return") throw new Error("bad_return_value");
    decide(self, init);
    return state;
  },
  continue: { next: (self: Self, name: string) => callback(self, "continue", name) },
  call: {
    async handle(self, msg: unknown) {
      const replies = await callback(self, "call", msg);
      return replies === null ? self.replyLater<unknown>() : replies.value;
    },
  },
  cast: { handle: (self, msg: unknown) => callback(self, "cast", msg) },
  info(self, message) {
    if (message.type === "timeout") return callback(self, "timeout", "timeout", {});
    if (message.type === "message") return callback(self, "info", message.message);
    const { reason } = message;
    const key = message.type === "exit" ? "EXIT" : "DOWN";
    const who = self.state.stage.labelOf(message.type === "exit" ? message.from : message.ref);
    return callback(self, "info", key, { msg: { [key]: who, reason: fromReason(reason) } });
  },
  async terminate(self, reason) {
    const { label, spec, stage } = self.state;
    stage.note(label, { cb: "terminate", reason: fromReason(reason) });
    await run(self, self.state, spec.terminate?.do);
    if (spec.terminate?.raise !== undefined) throw new Error(spec.terminate.raise);
    if (spec.terminate?.exit !== undefined) self.stop(toReason(spec.terminate.exit));
  },
});

type Reply = { readonly value: unknown } | null;

/** Records a callback, and does what the first row says that matches. Gives the reply of a call. */
async function callback(
  self: Self,
  on: string,
  msg: unknown,
  logged: Omit<LogEntry, "cb"> = { msg },
): Promise<Reply> {
  const state: State = self.state;
  const { label, spec, stage, taken } = state;
  stage.note(label, { cb: on, ...logged });
  const row = spec.rows?.find(
    (candidate) =>
      candidate.on === on &&
      (candidate.msg === "*" || candidate.msg === msg) &&
      (taken.get(candidate) ?? 0) < (candidate.max ?? Number.POSITIVE_INFINITY),
  );
  if (row === undefined) return { value: "default" };
  taken.set(row, (taken.get(row) ?? 0) + 1);
  try {
    await run(self, state, row.do);
  } catch (error) {
    if (!(error instanceof Leave)) throw error;
    return decide(self, { kind: "exit", reason: error.reason });
  }
  return decide(self, row.result);
}

/** Does what a callback's result says. */
function decide(self: Self, result: Result): Reply {
  const { kind = "ok", reason = "normal", value } = result;
  if (kind === "raise") throw new Error(reason as string);
  if (kind === "stop" || kind === "exit" || kind === "stop_reply") self.stop(toReason(reason));
  if (result.continue !== undefined) self.continue("next", result.continue);
  if (result.timeout !== undefined) idleTimeout(self, result.timeout);
  if (result.hibernate) self.hibernate();
  return kind === "reply" || kind === "stop_reply" || kind === "throw" ? { value } : null;
}

async function run(self: Self, state: State, ops: readonly Do[] = []): Promise<void> {
  for (const op of ops) await operate(self, state, op);
}

async function operate(self: Self, { label, stage }: State, op: Do): Promise<void> {
  const { msg } = op;
  switch (op.op) {
    case "saveFrom":
      stage.froms.set(op.as as string, self.from);
      return;
    case "reply":
      self.reply(op.to === undefined ? self.from : stage.froms.get(op.to as string), op.value);
      return;
    case "sleep":
      return stage.sleep(label, op.ms as number, self);
    case "send":
      stage.find(op.to as Name).send(msg);
      return;
    case "selfSend":
      self.ref.send(msg);
      return;
    case "selfCast":
      self.ref.cast.handle(msg);
      return;
    case "trapExit":
      self.trapExit(op.value);
      return;
    case "call":
    case "callSelf": {
      const server = op.op === "call" ? stage.server(op.server as Name) : self.ref;
      // As in Erlang, a call that fails ends its caller with the reason.
      const failed = (error: unknown): never => {
        if (error instanceof CallCycle) throw new Leave("calling_self");
        throw new Leave(fromReason((error as ActorExit).reason));
      };
      const reply = await self.bind(server).call.handle(msg).catch(failed);
      stage.note(label, { cb: "called", msg: reply });
      return;
    }
    default:
      throw new TypeError(`The format has no action ${op.op}`);
  }
}
