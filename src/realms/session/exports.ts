// Exports: the actors of this realm that the other side knows, each under a number or a word.
//
// Owns which of them can be reached at all (only those that were shown), the news of their ends and
// returns, and their snapshots while somebody there looks. What is done with a message is incoming.ts.

import type { ExitReason } from "../../kernel/exit-reason.js";
import { mailSize } from "../../kernel/inbox.js";
import { remove } from "../../kernel/list.js";
import { type Monitor, Process, type Target, watch } from "../../kernel/process.js";
import type { Ref } from "../../kernel/ref.js";
import { SupervisorGaveUp } from "../../supervision/supervisor-gave-up.js";
import { randomId } from "../links/random-id.js";
import { isCount } from "../wire/frame-checks.js";
import type { Movable } from "../wire/link.js";
import type { Down, WireId } from "../wire/wire.js";
import type { Channel } from "./channel.js";
import type { Imports } from "./imports.js";
import { onceHandled } from "./once-handled.js";

/** An actor, or the place of a supervised child, that the other side knows. */
export class Exported {
  readonly id: WireId;
  readonly ref: Ref;
  /** Whether the other side wants to hear of its end: until it says that it forgot it. */
  monitored = true;
  /** How often it was given to the other side as a ref, and not forgotten there. */
  given = 0;
  /** The incarnation that is watched now. */
  live: Process | null = null;
  watch: Monitor | null = null;
  /** The one before it, whose last words come before the news of its return. */
  last: Process | null = null;
  /** Messages it was sent and has not dealt with; those for which no credit is on its way. */
  owing = 0;
  ungranted = 0;
  /** Ends following a place, and looking at the snapshot. */
  unfollow?: () => void;
  unview?: (() => void) | undefined;

  constructor(id: WireId, ref: Ref) {
    this.id = id;
    this.ref = ref;
  }
}

/** What one session has shown of this realm's actors. */
export class Exports {
  readonly #channel: Channel;
  readonly #theirs: Imports;
  readonly #byId: Map<WireId, Exported> = new Map();
  readonly #byTarget: Map<Target, Exported> = new Map();
  #lastId = 0;
  /** Of how many the end is not told yet, that are no more found here: the other side counts these still. */
  #untold = 0;

  /** `theirs`: the other side's actors, for what waits for them arrives before an end of ours. */
  constructor(channel: Channel, theirs: Imports) {
    this.#channel = channel;
    this.#theirs = theirs;
  }

  /** Shows an actor to the other side: as the same one, however often. */
  show(ref: Ref): Exported {
    let shown = this.#byTarget.get(ref.target);
    if (shown === undefined) {
      shown = this.add(ref);
      // One that is down already was told of, and is forgotten.
      if (this.#byId.has(shown.id)) this.#byTarget.set(ref.target, shown);
    }
    shown.given++;
    return shown;
  }

  /** Shows it under an id of its own: to somebody who counts and hears for itself. */
  add(ref: Ref): Exported {
    const { target } = ref;
    const { guests, limits, link } = this.#channel;
    const known = this.#byId.size + this.#untold;
    guests?.checkShown(ref, link.name, limits.maxRefs, known);
    this.#channel.checkRoom(ref.id, known);
    const plain = ref.options === null ? ref : ref.derive(null);
    const shown = new Exported(guests === null ? ++this.#lastId : randomId(), plain);
    this.#byId.set(shown.id, shown);
    if (target instanceof Process) this.#follow(shown, target);
    else {
      shown.unfollow = target.subscribe(() => this.#look(shown));
      this.#look(shown);
    }
    return shown;
  }

  find(id: WireId): Exported | undefined {
    return this.#byId.get(id);
  }

  /** The other side holds a ref, and wants to hear of its end. */
  monitor(id: WireId): void {
    const shown = this.#byId.get(id);
    if (shown === undefined) this.#tell("down", id, "noproc", true);
    else {
      shown.monitored = true;
      if (shown.live === null) this.#tell("down", id, "noproc", shown.ref.status === "down");
      else if (shown.live.ending !== null) this.#falls(shown);
    }
  }

  /** The other side has forgotten a ref that it was given `n` times. One more may be on its way. */
  demonitor(id: WireId, n: unknown): void {
    const shown = this.#byId.get(id);
    if (shown === undefined) return;
    shown.monitored = false;
    this.view(id, false);
    if (isCount(n)) shown.given -= n;
    if (shown.given <= 0) this.#drop(shown);
  }

  /** Somebody there looks at the snapshot of an actor, or has not for a while (`on` is false). */
  view(id: WireId, on: boolean): void {
    const shown = this.#byId.get(id);
    if (shown === undefined) return;
    // It is sent anew to who looks anew, such as at the next incarnation.
    shown.unview?.();
    shown.unview = undefined;
    if (!on) return;
    const { target } = shown.ref;
    // Nothing is a snapshot too.
    let last: unknown = shown;
    const look = (): void => {
      const value = target.view?.read();
      if (Object.is(value, last)) return;
      last = value;
      const { codec, kernel } = this.#channel;
      const transfer: Movable[] = [];
      try {
        const encoded = codec.encode(value, transfer, "view");
        this.#channel.post({ t: "view", of: id, value: encoded }, transfer);
      } catch (error) {
        kernel.fault(error);
      }
    };
    shown.unview = target.subscribe(look);
    look();
  }

  close(): void {
    for (const shown of [...this.#byId.values()]) this.#drop(shown);
  }

  #follow(shown: Exported, process: Process): void {
    shown.live = process;
    shown.owing = shown.ungranted = 0;
    shown.watch = watch(process, (reason) => this.#ended(shown, reason));
    shown.watch.onEnding = () => this.#falls(shown);
  }

  #falls({ id, monitored, ref, live }: Exported): void {
    const final = ref.target.standing === "down";
    if (monitored && live) this.#tell("fall", id, live.exitReason, final);
  }

  #ended(shown: Exported, reason: ExitReason): void {
    const { id, monitored, ref, live } = shown;
    const why = live?.ending?.failure;
    // To a peer that is not trusted only what would be no failure without it, as causes are: see errorOut.
    const isTold = this.#channel.guests === null || why instanceof SupervisorGaveUp;
    const failure = isTold ? why : undefined;
    shown.last = live;
    shown.live = shown.watch = null;
    // A process for good, and the place of a child that is not brought back.
    if (ref.target.standing === "down") this.#gone(shown, reason, failure);
    else if (monitored) this.#afterMail(live, () => this.#tell("down", id, reason, false, failure));
  }

  /** A place changed: it may have a new incarnation, or none ever again. */
  #look(shown: Exported): void {
    const { target } = shown.ref;
    const { id, monitored, last } = shown;
    if (shown.live === null && target.standing === "live") {
      shown.last = null;
      this.#follow(shown, target.process as Process);
      if (monitored) this.#afterMail(last, () => this.#channel.post({ t: "up", of: id }));
    } else if (shown.live === null && target.standing === "down") {
      this.#gone(shown, "noproc");
    }
  }

  /** It does not come back. */
  #gone(shown: Exported, reason: ExitReason, failure?: unknown): void {
    this.#drop(shown);
    if (!shown.monitored) return;
    this.#untold++;
    this.#afterMail(shown.last, () => {
      this.#untold--;
      this.#tell("down", shown.id, reason, true, failure);
    });
  }

  #tell(t: Down["t"], of: WireId, reason: ExitReason, final: boolean, failure?: unknown): void {
    const { codec } = this.#channel;
    this.#channel.post({
      t,
      of,
      reason: codec.encodeFailure(reason),
      failure: codec.encodeFailure(failure),
      final,
    });
  }

  /**
   * Runs `then` behind what local actors have sent already: an end is told after the last message. What
   * an actor has no credit for is sent all the same, up to a bound: one that takes nothing would hold up
   * every end.
   */
  #afterMail(speaker: Process | null, then: () => void): void {
    let waits = 1;
    const handled = (): void => {
      if (--waits === 0) then();
    };
    for (const actor of speaker === null ? [] : this.#theirs.actors()) {
      const { process } = actor;
      // What one that ends holds is never sent.
      if (process?.ending !== null) continue;
      if (process.current === null && mailSize(process) === 0) continue;
      waits++;
      actor.hurry(1);
      onceHandled(process, () => {
        actor.hurry(-1);
        handled();
      });
    }
    handled();
  }

  #drop(shown: Exported): void {
    this.#byId.delete(shown.id);
    const { target } = shown.ref;
    if (this.#byTarget.get(target) === shown) this.#byTarget.delete(target);
    if (shown.watch !== null) remove(shown.watch);
    shown.unfollow?.();
    shown.unview?.();
  }
}
