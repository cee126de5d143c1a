// Leaders: one of the tabs of an origin is in charge of a name, by an exclusive Web Lock.
//
//   waiting ──(granted: the leader is gone)──► counting ──(next epoch)──► leading ──► waiting …
//      └──(the leader is silent: stolen)──────────┘                        stolen, or a later one heard
//
// Owns the candidate in each tab: its place in the queue of the lock, the doubt about a silent leader, and
// the end of its own term. Nothing is asked while nobody waits: a question of an opener is what begins a
// doubt. What a leader does is tabs.ts; its number is epoch-store.ts.

import type { ExitReason } from "../../kernel/exit-reason.js";
import type { Kernel } from "../../kernel/process.js";
import { Alarm } from "../../kernel/timers.js";
import { type ChannelLike, type Discovery, lobbyOf } from "../links/broadcast-link.js";
import type { Epochs } from "../links/epochs.js";
import { listenForMessages } from "../links/host-events.js";
import type { Locks } from "../links/host-locks.js";
import { nextEpochInTime } from "./epoch-store.js";

/** What candidates say in the lobby, beside what openers and listeners do. */
type Say = Discovery | { readonly troupe: "ask" | "stealing"; readonly epoch?: number };

/** What a candidate is made of. */
export interface CandidateOptions {
  readonly name: string;
  readonly kernel: Kernel;
  readonly locks: Locks;
  readonly epochs: Epochs;
  /** How long a leader may leave a question without an answer. */
  readonly unresponsiveMs: number;
  readonly channel: (name: string) => ChannelLike;
  /** This tab leads, until the function that it gives is called: that resolves when nothing is left. */
  lead(epoch: number): (reason: ExitReason) => Promise<void>;
}

/** How many questions a leader must leave without an answer. A late timer then counts as one only. */
const QUESTIONS = 4;

/** One tab that leads or would. */
export class Candidate {
  readonly #options: CandidateOptions;
  readonly #lobby: ChannelLike;
  readonly #unlisten: () => void;
  readonly #doubt: Alarm = new Alarm(() => this.#ask());
  #asked = 0;
  /** The request for the lock that counts; others were given up. */
  #turn: AbortController = new AbortController();
  /** Ends the term of this tab, while it leads. */
  #leave: ((reason: ExitReason) => Promise<void>) | null = null;
  #epoch = 0;
  /** The turn in which the lock is held and the epoch is not known yet. */
  #counting: AbortController | null = null;

  constructor(options: CandidateOptions) {
    this.#options = options;
    const { channel, name, epochs } = options;
    this.#lobby = channel(lobbyOf(name));
    const unlisten = listenForMessages(this.#lobby, (data) => this.#hear(data as Say));
    const unnewer = epochs.onNewer((epoch) => {
      if (this.#leave !== null && epoch > this.#epoch) this.#fenced();
    });
    this.#unlisten = () => {
      unlisten();
      unnewer();
    };
    this.#queue(false);
  }

  /**
   * It is a candidate no more. A term that it had ends with `reason`; the next one begins when nothing is
   * left of it, or `atOnce`. Idempotent.
   */
  stop(reason: ExitReason, atOnce: boolean): void {
    const leave = this.#leave;
    const turn = this.#turn;
    this.#leave = null;
    this.#unlisten();
    this.#calm();
    this.#lobby.close();
    this.#turn = new AbortController();
    const left = leave?.(reason);
    if (left === undefined || atOnce) turn.abort();
    else void left.then(() => turn.abort());
  }

  /** Waits for the lock, or takes it from whoever has it. */
  #queue(steal: boolean): void {
    const { locks, name } = this.#options;
    const turn = new AbortController();
    this.#turn.abort();
    this.#turn = turn;
    const { signal } = turn;
    let wasGranted = false;
    const granted = (): Promise<void> | undefined => {
      if (signal.aborted) return undefined;
      wasGranted = true;
      const released = new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      });
      void this.#count(turn);
      return released;
    };
    const lost = (error?: unknown): void => {
      // Given up by this side; else it was stolen, or the host gives none, as to a sandboxed frame.
      if (signal.aborted) return;
      turn.abort();
      if (!wasGranted) this.#options.kernel.fault(error);
      else if (this.#leave !== null) this.#fenced();
      else if (turn === this.#turn) this.#queue(false);
    };
    const options = steal ? { steal } : { signal };
    locks.request(`${lobbyOf(name)}:leader`, options, granted).catch(lost);
  }

  /** The lock is held: the next epoch is this tab's, if the lock still is when it is known. */
  async #count(turn: AbortController): Promise<void> {
    const { locks, name, epochs, kernel, lead } = this.#options;
    this.#counting = turn;
    const epoch = await nextEpochInTime(kernel, name, epochs.current);
    // Whoever steals counts behind it. That it was stolen is told before this answer is.
    await locks.query();
    if (this.#counting === turn) this.#counting = null;
    if (turn.signal.aborted) return;
    if (epoch <= epochs.current) {
      // A later leader was heard of meanwhile.
      this.#queue(false);
      return;
    }
    this.#epoch = epoch;
    epochs.saw(epoch);
    this.#calm();
    this.#leave = lead(epoch);
  }

  /** Another tab leads. What this one had ends, before it may lead again. */
  #fenced(): void {
    const leave = this.#leave;
    this.#leave = null;
    this.#turn.abort();
    const turn = this.#turn;
    void leave?.({ shutdown: "fenced" }).then(() => {
      if (turn === this.#turn) this.#queue(false);
    });
  }

  #hear({ troupe, epoch = 0 }: Say): void {
    const { epochs } = this.#options;
    if (troupe === "here" || troupe === "found") {
      if (epoch >= epochs.current) this.#calm();
      epochs.saw(epoch);
    } else if (troupe === "ask") {
      if (this.#leave !== null) this.#say({ troupe: "here", epoch: this.#epoch });
      // It holds the lock, and is only slow: who took it would be as slow, and be doubted in its turn.
      else if (this.#counting?.signal.aborted === false) {
        this.#say({ troupe: "here", epoch: epochs.current });
      }
    } else if (troupe === "stealing") {
      // One thief is enough; if it fails, the doubt begins anew.
      if (this.#doubt.list !== null) this.#asked = 0;
    } else if (troupe === "find" || troupe === "silent") this.#suspect();
  }

  /** Somebody waits for the leader. Does it answer? */
  #suspect(): void {
    if (this.#leave !== null || this.#doubt.list !== null) return;
    this.#asked = 0;
    this.#wait();
  }

  #wait(): void {
    const { kernel, unresponsiveMs } = this.#options;
    if (unresponsiveMs === Number.POSITIVE_INFINITY) return;
    // Each waits a little longer or shorter, so that not all steal at once.
    const spread = 1 + Math.floor(kernel.platform.random() * 4) / 20;
    kernel.timers.start(this.#doubt, (unresponsiveMs / QUESTIONS) * spread);
  }

  #ask(): void {
    if (this.#asked < QUESTIONS) {
      this.#asked++;
      this.#say({ troupe: "ask" });
      this.#wait();
    } else {
      this.#asked = 0;
      this.#say({ troupe: "stealing" });
      this.#queue(true);
    }
  }

  #calm(): void {
    this.#options.kernel.timers.drop(this.#doubt);
    this.#asked = 0;
  }

  #say(message: Say): void {
    try {
      this.#lobby.postMessage(message);
    } catch {
      // Deno loses a channel that was opened just as the last one closed. What is said is said again, and
      // who is not heard steals the lock in the end.
    }
  }
}
