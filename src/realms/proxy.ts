// Proxies: local processes that stand for actors of another realm.
//
//   caller ──► mailbox of the proxy ──► frame ══ link ══ frame ──► mailbox of the actor
//
// Owns what a proxy does with each message: it is forwarded, in order, as far as the actor's credit goes;
// then the proxy's mailbox waits. Since a proxy is a process like any other, links, monitors, restarts,
// timeouts and bounds are the kernel's. Which proxies there are is imports.ts, their starts remote.ts.

import { Opening } from "../behaviours/stream-opening.js";
import { LATER, Rejection } from "../kernel/answer.js";
import type { CallRequest } from "../kernel/call-request.js";
import type { ExitReason } from "../kernel/exit-reason.js";
import { CAST, type Entry, unpackArguments } from "../kernel/operation.js";
import { extrasOf, type Info, own, type Process, type Program } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import type { Channel } from "./channel.js";
import { RemoteActor } from "./remote-actor.js";
import type { Call, WireId } from "./wire.js";

/** The actor of a proxy; null while it starts. */
export function actorOf({ state }: Process): RemoteActor | null {
  return state instanceof RemoteActor ? state : null;
}

/** True for the processes that this file makes programs for. */
export function isProxy({ program }: Process): boolean {
  return program.invoke === PROXY.invoke;
}

const PROXY: Omit<Program, "id" | "init"> = {
  terminates: true,
  // An exit signal is for the actor, not for its proxy.
  plain: true,

  invoke(process, entry, arg) {
    const actor = process.state as RemoteActor;
    if (actor.credit > 0) return forward(process, actor, entry, arg);
    return waitForRoom(process, actor, entry, arg);
  },

  info(process, message) {
    const actor = process.state as RemoteActor;
    if (message.type === "message") return forward(process, actor, null, message.message);
    if (message.type === "exit") return forwardExit(actor, message);
    return undefined;
  },

  // In order: the actor ends there, with its own `terminate`, and then its proxy here.
  terminate(process, reason) {
    const actor = process.state as RemoteActor;
    if (actor.gone || forgets(process, actor)) return undefined;
    stop(actor, reason);
    return actor.whenGone();
  },

  view(process) {
    const actor = process.state as RemoteActor;
    if (!actor.watched) {
      actor.watched = true;
      actor.channel.post({ t: "watch", to: actor.id });
    }
    return actor.view;
  },

  linked(process, other, on) {
    const actor = actorOf(process);
    // The end of a local actor is told by its own `down`.
    if (actor === null || actor.linking || (!on && other.ending !== null)) return;
    postLink(actor, other, on ? "link" : "unlink");
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

async function waitForRoom(
  process: Process,
  actor: RemoteActor,
  entry: Entry,
  arg: unknown,
): Promise<unknown> {
  while (actor.credit === 0) await actor.room();
  return forward(process, actor, entry, arg);
}

/** Sends a message: a call, a cast, or a plain one (without an entry). */
function forward(process: Process, actor: RemoteActor, entry: Entry | null, arg: unknown): unknown {
  const { channel, id: to } = actor;
  const { codec, kernel } = channel;
  const transfer: Transferable[] = [];
  const request = entry === null || entry.kind === CAST ? null : (process.current as CallRequest);
  // Its caller gave up while there was no credit.
  if (request?.settled) return LATER;
  try {
    const value = codec.encode(
      entry === null ? arg : unpackArguments(arg),
      transfer,
      entry === null ? "message" : "args",
    );
    if (entry === null) channel.post({ t: "send", to, message: value }, transfer);
    else if (request === null)
      channel.post({ t: "cast", to, m: entry.name, args: value }, transfer);
    else {
      const id = channel.nextId();
      const call: { -readonly [K in keyof Call]: Call[K] } = {
        t: "call",
        id,
        to,
        m: entry.name,
        args: value,
      };
      const leftMs = request.deadlineMs - kernel.platform.now();
      if (leftMs !== Number.POSITIVE_INFINITY) call.ttl = coarse(leftMs);
      const { caller } = request;
      if (caller instanceof Ref && channel.link.capabilities.trusted) {
        call.from = channel.refs.refOut(caller);
      }
      actor.sent(request, id);
      if (entry instanceof Opening) {
        channel.post({ ...call, t: "stream-open", credit: entry.sink.credit }, transfer);
        channel.streams.read(id, process, entry);
      } else channel.post(call, transfer);
    }
    actor.credit--;
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
  if (sender.target.process?.ending !== null) return;
  channel.post({
    t: "exit",
    to,
    from: channel.refs.refOut(sender),
    reason: channel.codec.encodeFailure(reason),
  });
}

function postLink(actor: RemoteActor, other: Process, t: "link" | "unlink"): void {
  const { channel, id: to } = actor;
  channel.post({ t, to, from: channel.refs.refOut(other.ref as Ref) });
}

/** Asks for the actor's end. */
export function stop(
  { channel, id: to }: { readonly channel: Channel; readonly id: WireId },
  reason: ExitReason,
  kill = false,
): void {
  const encoded = channel.codec.encodeFailure(reason);
  channel.post({ t: "stop", to, reason: encoded, ...(kill ? { kill } : {}) });
}

/** The proxy ends. Its actor goes with it, unless the proxy was only a ref to it. */
function release(process: Process, actor: RemoteActor): Promise<void> | undefined {
  if (actor.gone) return undefined;
  if (forgets(process, actor)) {
    actor.channel.post({ t: "demonitor", to: actor.id });
    actor.down("normal");
    return undefined;
  }
  // Killed: nobody may see this end before the actor's own.
  stop(actor, process.exitReason, true);
  return actor.whenGone();
}

/** True where not the actor was told to end, but the realm that knows of it. */
function forgets({ parent }: Process, actor: RemoteActor): boolean {
  return !actor.owned && parent !== null && parent.ending !== null;
}
