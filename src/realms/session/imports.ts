// Imports: the actors of the other realm that are known here, each by one ref.
//
//   ref ──► Process (proxy)                       one incarnation there
//   handle ──► Slot ──► Process (proxy)?          the place of a supervised child there
//
// Owns the step from a number on the wire to a ref, the news of ends and returns, and the end of all of
// them with the link. What a proxy does is proxy.ts; those that `remote` starts are adopted, not made here.

import { Implementation } from "../../behaviours/behaviour.js";
import { spawn } from "../../behaviours/gen.js";
import type { ExitReason } from "../../kernel/exit-reason.js";
import { type Process, type Target, watch } from "../../kernel/process.js";
import type { Ref } from "../../kernel/ref.js";
import { Slot } from "../../supervision/slot.js";
import { wrong } from "../wire/frame-checks.js";
import type { WireId } from "../wire/wire.js";
import type { Channel } from "./channel.js";
import { proxyProgram } from "./proxy.js";
import { RemoteActor } from "./remote-actor.js";
import { RemoteRef } from "./remote-ref.js";

interface Known {
  actor: RemoteActor | null;
  slot: Slot | null;
  readonly behaviour: string;
  /** Whose child stands there, if it was started from here. */
  supervisor?: Target;
}

/** What one session knows of the other realm's actors. */
export class Imports {
  readonly #channel: Channel;
  readonly #home: () => Process;
  readonly #known: Map<WireId, Known> = new Map();
  readonly #implementations: Map<string, Implementation> = new Map();

  /** `home` gives the process that proxies of refs belong to. */
  constructor(channel: Channel, home: () => Process) {
    this.#channel = channel;
    this.#home = home;
  }

  /** The ref of an actor there; `isPlace`: of the place of a child, which outlives its incarnations. */
  ref(id: WireId, behaviour: string, isPlace: boolean): Ref {
    const known = this.#known.get(id);
    if (known?.slot) return known.slot.handle;
    if (known?.actor?.process) {
      known.actor.given++;
      return known.actor.process.ref as Ref;
    }
    const { guests, limits } = this.#channel;
    guests?.checkKnown("refs", this.#known.size, limits.maxRefs);
    const slot = isPlace ? new Slot(this.#channel.kernel, behaviour) : null;
    if (slot !== null) slot.handle = new RemoteRef(slot);
    // A ref to a place is taken for one to its live incarnation: the news may come later.
    this.#make(id, { actor: null, slot, behaviour });
    this.#channel.post({ t: "monitor", to: id });
    return this.ref(id, behaviour, isPlace);
  }

  /** The place of a child of `supervisor` there: the one that it had here before, if any. */
  place(id: unknown, behaviour: string, before: Slot | undefined, supervisor: Target): Slot {
    if (typeof id !== "number" && typeof id !== "string") throw wrong("the place of a child", id);
    this.ref(id, behaviour, true);
    const known = this.#known.get(id);
    const slot = known?.slot;
    if (!slot) throw wrong("the place of a child", id);
    known.supervisor = supervisor;
    if (before === undefined || before === slot) return slot;
    // The end of who stood there last may be told later.
    for (const last of this.#known.values()) if (last.slot === before) last.slot = null;
    known.slot = before;
    slot.becomes(before);
    const process = known.actor?.process;
    if (process) {
      before.attach(process);
      before.set("live");
    } else before.set("restarting");
    return before;
  }

  /** Takes an actor that was started for a proxy. */
  adopt(actor: RemoteActor, process: Process): void {
    const { id } = process.program;
    // Now, and not when its `init` is done: its end may follow in the same packet.
    actor.process = process;
    actor.given = 1;
    this.#known.set(actor.id, { actor, slot: null, behaviour: id });
    watch(process, () => this.#forget(actor));
  }

  /** All actors that are known now. */
  actors(): readonly RemoteActor[] {
    return [...this.#known.values()].flatMap(({ actor }) => actor ?? []);
  }

  /** True if a number names the place of a child there. */
  isPlace(id: WireId): boolean {
    return !!this.#known.get(id)?.slot;
  }

  find(id: WireId): RemoteActor | null | undefined {
    return this.#known.get(id)?.actor;
  }

  /** An incarnation there has begun to end; `final`: it is not brought back. */
  fall(id: WireId, reason: ExitReason, final: boolean): void {
    const known = this.#known.get(id);
    known?.slot?.fall(standingOf(known, final));
    known?.actor?.fall(reason);
  }

  /** An incarnation there is gone; `final`: so is its place. */
  down(id: WireId, reason: ExitReason, final: boolean, failure?: unknown): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    const { actor, slot } = known;
    if (slot === null || final) this.#known.delete(id);
    known.actor = null;
    const standing = standingOf(known, final);
    slot?.fall(standing);
    actor?.down(reason, failure);
    slot?.set(standing);
  }

  /** The place there has a new incarnation. */
  up(id: WireId): void {
    const known = this.#known.get(id);
    if (known?.slot && known.actor === null) this.#make(id, known);
  }

  /** The link is gone, and with it all that is known over it. */
  lose(reason: ExitReason): void {
    const ids = [...this.#known.keys()];
    // Those that stand for themselves first: whether a place is filled again its supervisor here knows then.
    ids.sort((a, b) => Number(this.isPlace(a)) - Number(this.isPlace(b)));
    for (const id of ids) this.down(id, reason, true);
  }

  #make(id: WireId, known: Known): void {
    this.#known.set(id, known);
    const actor = new RemoteActor(this.#channel, id, "known");
    known.actor = actor;
    const process = spawn(this.#home(), this.#implementationOf(known.behaviour), [actor], () => {});
    watch(process, () => this.#forget(actor));
    known.slot?.attach(process);
    known.slot?.set("live");
  }

  /** A proxy has ended by itself. */
  #forget(actor: RemoteActor): void {
    const known = this.#known.get(actor.id);
    if (known?.actor !== actor) return;
    this.#known.delete(actor.id);
    known.slot?.set(standingOf(known, true));
  }

  #implementationOf(behaviour: string): Implementation {
    let implementation = this.#implementations.get(behaviour);
    if (implementation === undefined) {
      const program = proxyProgram(behaviour, (_process, [actor]) => actor);
      implementation = new Implementation(program, RemoteRef);
      this.#implementations.set(behaviour, implementation);
    }
    return implementation;
  }
}

/** Where a place stands whose actor ended there. One whose supervisor is started anew is filled again. */
function standingOf({ supervisor }: Known, final: boolean): "restarting" | "down" {
  const isAnew = supervisor?.standing === "restarting" && supervisor.process?.ending !== null;
  return final && !isAnew ? "down" : "restarting";
}

/** A ref to nobody: of a life of a realm that is over, or of an actor that was forgotten. */
export function refToNobody(channel: Channel, label: string): Ref {
  return new RemoteRef({
    kernel: channel.kernel,
    label,
    process: null,
    standing: "down",
    view: null,
    whenLive: (ready) => ready(null),
    subscribe: () => () => {},
  });
}
