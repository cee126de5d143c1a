// Shared actors: what is there once for all peers, started when the first of them asks.
//
// Owns that there is never more than one of each, that it comes back when it fails, and its end. Each has
// a supervisor of its own, so that one that fails for good takes no other with it; whoever asks then starts
// it anew. Which listeners want this is theirs to say; what a peer may ask for is serving.ts.

import { Implementation } from "../../behaviours/behaviour.js";
import { spawn } from "../../behaviours/gen.js";
import { end } from "../../kernel/ending.js";
import { StartFailed } from "../../kernel/errors.js";
import type { ExitReason } from "../../kernel/exit-reason.js";
import { type Process, watch } from "../../kernel/process.js";
import { Ref } from "../../kernel/ref.js";
import { Specification } from "../../supervision/child-spec.js";
import type { Flags, Supervising } from "../../supervision/children.js";
import type { Slot } from "../../supervision/slot.js";
import { supervisorProgram } from "../../supervision/supervisor-program.js";
import type { Share, SharedStarts } from "./listener.js";

/** One that was asked for. */
interface Shared {
  readonly supervisor: Process;
  /** Resolves with its stable handle, or null if its `init` gave `ignore`. */
  readonly started: Promise<Ref | null>;
}

/** The one child of each supervisor, and what that goes by: permanent, within a limit. */
const ACTOR = "actor";
const FLAGS: Flags = {
  strategy: "oneForOne",
  maxRestarts: 3,
  periodMs: 5_000,
  autoShutdown: "never",
};

/** What a {@link Listener} says as `share`: its peers reach one actor of each behaviour. */
export const shareActors: Share = (root) => new SharedActors(root);

class SharedActors implements SharedStarts {
  readonly #root: Process;
  readonly #byId: Map<string, Shared> = new Map();

  constructor(root: Process) {
    this.#root = root;
  }

  async find(implementation: Implementation, args: () => readonly unknown[]): Promise<Ref | null> {
    const { id } = implementation;
    let shared = this.#byId.get(id);
    // It ends: never two at once.
    while (shared !== undefined && shared.supervisor.ending !== null) {
      await goneOf(shared.supervisor);
      shared = this.#byId.get(id);
    }
    if (shared === undefined) {
      shared = this.#start(implementation, args());
      this.#byId.set(id, shared);
    }
    const handle = await shared.started;
    // While it is restarted there is nobody to be reached; if that fails for good, it starts anew.
    const isThere = await handle?.ready.then(
      () => true,
      () => false,
    );
    return isThere === false ? this.find(implementation, args) : handle;
  }

  async end(reason: ExitReason): Promise<void> {
    const supervisors = [...this.#byId.values()].map((shared) => shared.supervisor);
    for (const process of supervisors) {
      // The actor hears why; by its supervisor it would only hear that it is shut down.
      for (const actor of process.children) end(actor, reason, false);
      end(process, reason, false);
    }
    await Promise.all(supervisors.map(goneOf));
  }

  #start(implementation: Implementation, args: readonly unknown[]): Shared {
    const { id } = implementation;
    const program = supervisorProgram({
      id: `shared ${id}`,
      children: [[ACTOR, new Specification(implementation, args, {})]],
      dynamic: null,
      flags: () => FLAGS,
    });
    let process!: Process;
    const started = new Promise<Ref | null>((resolve, reject) => {
      process = spawn(this.#root, new Implementation(program, Ref), [], (outcome, { state }) => {
        if (outcome.kind === "failed") return reject(new StartFailed(id, innerOf(outcome.reason)));
        const { handle, standing } = (state as Supervising).slots.get(ACTOR) as Slot;
        resolve(standing === "down" ? null : handle);
      });
    });
    watch(process, () => {
      if (this.#byId.get(id)?.supervisor === process) this.#byId.delete(id);
    });
    // Without an actor nothing is to be kept: whoever asks next starts it anew.
    started.then((handle) => handle ?? end(process, "normal", false)).catch(() => {});
    return { supervisor: process, started };
  }
}

/** Why the actor did not start, which its supervisor tells as its own failure. */
function innerOf(reason: ExitReason): ExitReason {
  const { reason: inner } = ((reason as { shutdown?: unknown }).shutdown ?? {}) as {
    readonly reason?: ExitReason;
  };
  return inner ?? reason;
}

function goneOf(process: Process): Promise<void> {
  return new Promise((resolve) => watch(process, () => resolve()));
}
