// Proxies: local processes that stand for actors of another realm.
//
//   caller ──► mailbox of the proxy ──► frame ══ link ══ frame ──► mailbox of the actor
//          └───── if it is idle ─────────┘
//
// Owns what a proxy does with each message: it is forwarded, in order, as far as the actor's credit goes;
// then the proxy's mailbox waits. Since a proxy is a process like any other, links, monitors, restarts,
// timeouts and bounds are the kernel's. Which proxies there are is imports.ts, their starts remote.ts.

import { cast } from "../../behaviours/gen.js";
import { Opening } from "../../behaviours/stream-opening.js";
import { LATER, Rejection } from "../../kernel/answer.js";
import type { CallRequest } from "../../kernel/call-request.js";
import type { ExitReason } from "../../kernel/exit-reason.js";
import { deliverCall } from "../../kernel/inbox.js";
import { CALL, CAST, type Entry, unpackArguments } from "../../kernel/operation.js";
import {
  DEAD,
  extrasOf,
  IDLE,
  type Info,
  own,
  type Process,
  type Program,
} from "../../kernel/process.js";
import { Ref } from "../../kernel/ref.js";
import type { Movable } from "../wire/link.js";
import type { Call, Stop, WireId } from "../wire/wire.js";
import type { Channel } from "./channel.js";
import { RemoteActor } from "./remote-actor.js";

/** Stands for the handler of a message that came from a third realm: what it holds is nobody's here. */
export const PASSED_ON = 1;

/** The actor of a proxy; null while it starts. */
export function actorOf({ state }: Process): RemoteActor | null {
  return state instanceof RemoteActor ? state : null;
}

const PROXY: Omit<Program, "id" | "init"> = {
  terminates: true,
  // An exit signal is for the actor, not for its proxy.
  plain: true,
  elsewhere: true,

  invoke(process, entry, arg) {
    return pass(process, entry, arg);
  },

  info(process, message) {
    const actor = process.state as RemoteActor;
    if (message.type === "exit") return forwardExit(actor, message);
    if (message.type !== "message") return undefined;
    if (isTrusted(actor)) return pass(process, null, message.message);
    const why = "a realm that is not trusted takes calls and casts, which its handlers check";
    process.kernel.fault(new TypeError(`Cannot send ${process.label} a plain message: ${why}`));
    return undefined;
  },

  // In order: the actor ends there, with its own `terminate`, and then its proxy here.
  terminate(process, reason) {
    const actor = process.state as RemoteActor;
    if (actor.gone) return undefined;
    if (!actor.falling) {
      if (forgets(process, actor)) return undefined;
      stop(actor, reason, process.ending?.wasAsked ? "waits" : undefined);
    }
    return actor.whenGone();
  },

  view: ({ state }) => (state as RemoteActor).look(),

  linked(process, other, on) {
    const actor = actorOf(process);
    if (actor === null || actor.linking || actor.gone) return;
    // The end of a local actor is told by its own `down`.
    if (!on && other.status === DEAD) actor.fallen.add(other);
    else postLink(actor, other, on ? "link" : "unlink");
  },
};

/** The program of proxies of one behaviour. `init` gives the {@link RemoteActor}. */
export function proxyProgram(id: string, init: Program["init"]): Program {
  return { ...PROXY, id, init, accept };
}

/** The actor is known: from now on what the mailbox holds is forwarded. */
function accept(process: Process, value: unknown): void {
  const actor = value as RemoteActor;
  process.state = actor;
  actor.process = process;
  const extras = extrasOf(process);
  extras.trapsExits = true;
  extras.owed = actor;
  own(process, () => release(process, actor));
  for (const other of extras.links ?? []) postLink(actor, other, "link");
}

/** Sends what is in hand, as soon as the actor takes it. */
function pass(process: Process, entry: Entry | null, arg: unknown): unknown {
  const actor = process.state as RemoteActor;
  const { current } = process;
  const request = current?.kind === CALL ? (current as CallRequest) : null;
  if (actor.takes) return forward(process, actor, entry, arg, request);
  return actor.room().then(() => pass(process, entry, arg));
}

// Past the mailbox: a proxy that is idle would only hand on, a turn later, what nothing is before.

/** Whether a message may go to the actor now, past the mailbox of its proxy. */
function isOpen(process: Process | null): process is Process {
  if (process === null || process.status !== IDLE || process.ending !== null) return false;
  // One that is traced is to see what passes.
  return process.program.invoke === PROXY.invoke && (process.state as RemoteActor).credit > 0;
}

/** Sends a cast: at once where nothing is before it. As `cast`. */
export function castThrough(ref: Ref, entry: Entry, arg: unknown): boolean {
  const { process } = ref.target;
  if (!isOpen(process) || ref.origin !== null) return cast(ref, entry, arg);
  forward(process, process.state as RemoteActor, entry, arg, null);
  return true;
}

/** Brings a call to its actor: at once where nothing is before it. As `deliverCall`. */
export function deliverThrough(process: Process, request: CallRequest, arg: unknown): void {
  if (!isOpen(process)) {
    deliverCall(process, request, arg);
    return;
  }
  const actor = process.state as RemoteActor;
  const refused = forward(process, actor, request.entry, arg, request);
  if (refused instanceof Rejection) request.reject(refused.error);
  else if (!request.settled) request.owner = actor;
}

/** Sends a message: a call, a cast, or a plain one (without an entry). */
function forward(
  process: Process,
  actor: RemoteActor,
  entry: Entry | null,
  arg: unknown,
  request: CallRequest | null,
): unknown {
  const { channel, id: to } = actor;
  const { codec, kernel } = channel;
  const transfer: Movable[] = [];
  // Its caller gave up while there was no credit.
  if (request?.settled) return LATER;
  try {
    const value = codec.encode(
      entry === null ? arg : unpackArguments(arg),
      transfer,
      entry === null ? "message" : "args",
      entry?.handler === PASSED_ON,
    );
    if (request === null) {
      actor.credit--;
      if (entry === null) channel.post({ t: "send", to, args: value }, transfer);
      else channel.post({ t: "cast", to, m: entry.name, args: value }, transfer);
    } else if (entry !== null) {
      const id = channel.nextId();
      const call: { -readonly [K in keyof Call]: Call[K] } = {
        t: "call",
        id,
        to,
        m: entry.name,
        args: value,
      };
      const { leftMs } = request;
      if (leftMs !== Infinity) call.ttl = coarse(leftMs);
      const { caller } = request;
      if (caller instanceof Ref && isTrusted(actor)) call.from = channel.refs.refOut(caller);
      actor.credit--;
      actor.sent(request, id);
      if (entry instanceof Opening) {
        channel.post({ ...call, t: "stream-open", credit: entry.sink.credit }, transfer);
        channel.streams.read(id, process, entry);
      } else if (entry.kind === CAST) channel.post({ ...call, t: "offer" }, transfer);
      else channel.post(call, transfer);
      // The link refused it at once: nobody owes an answer.
      if (request.settled) actor.delete(request);
    }
  } catch (error) {
    if (request !== null) return new Rejection(error);
    kernel.fault(error);
  }
  return request === null ? undefined : LATER;
}

/**
 * What is left of a timeout, rounded up: the caller's own clock decides. The other side keeps a list of
 * timers for each duration, so there should be few.
 */
function coarse(ms: number): number {
  const step = ms > 1_000 ? 250 : 10;
  return Math.max(0, Math.ceil(ms / step) * step);
}

/** An exit signal that somebody sent; one along a link is told by the other's `down`. */
function forwardExit(actor: RemoteActor, { from, reason }: Info & { type: "exit" }): void {
  const { channel, id: to } = actor;
  const sender = from as Ref;
  const { process } = sender.target;
  const isTold = process !== null && actor.fallen.has(process) && process.exitReason === reason;
  if (isTold || !isTrusted(actor)) return;
  channel.post({
    t: "exit",
    to,
    from: channel.refs.refOut(sender),
    reason: channel.codec.encodeFailure(reason),
  });
}

function postLink(actor: RemoteActor, other: Process, t: "link" | "unlink"): void {
  const { channel, id: to } = actor;
  if (isTrusted(actor)) channel.post({ t, to, from: channel.refs.refOut(other.ref as Ref) });
}

/** A peer that is not trusted is not asked for what it would refuse, and end the link for. */
function isTrusted({ channel }: RemoteActor): boolean {
  return channel.guests === null;
}

/** Asks for the actor's end: at once, behind the mail it has, or as a supervisor does. */
function stop(
  { channel, id: to }: { readonly channel: Channel; readonly id: WireId },
  reason: ExitReason,
  how?: Stop["how"],
): void {
  channel.post({ t: "stop", to, reason: channel.codec.encodeFailure(reason), how });
}

/** The proxy ends. Its actor goes with it, unless the proxy was only a ref to it. */
export function release(process: Process, actor: RemoteActor): Promise<void> | undefined {
  if (actor.gone) return undefined;
  // It ends already, in order, and nobody was impatient.
  if (actor.falling && !process.ending?.abrupt) return actor.whenGone();
  if (forgets(process, actor)) {
    actor.channel.post({ t: "demonitor", to: actor.id, n: actor.given });
    actor.down(process.exitReason);
    return undefined;
  }
  // Killed: nobody may see this end before the actor's own.
  stop(actor, process.exitReason, "kill");
  return actor.whenGone();
}

/**
 * True where not the actor is to end, but what is known of it here: with the realm, or because it is
 * shared, or its realm would refuse.
 */
function forgets({ parent }: Process, actor: RemoteActor): boolean {
  if (actor.bond === "owned") return false;
  return actor.bond === "shared" || !isTrusted(actor) || (parent?.ending ?? null) !== null;
}
