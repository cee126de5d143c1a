// Code that runs in a process's own turn, whoever asks for it: a link's bytes, a timer, the end of a
// write.
//
// Owns the message that carries it and the timers that send one. Everything that happens to a client
// or slave passes its mailbox so, in order, one at a time, and its snapshot is looked at afterwards.
// What the code does is its owner's.

import type { SelfBase } from "../../behaviours/self.js";
import type { Platform } from "../../kernel/platform.js";
import type { Info } from "../../kernel/process.js";

/** A timer that was started. */
export interface Started {
  /** Stops it. What it would have run does not run, also if it has fired and waits its turn. */
  cancel(): void;
}

class Turn {
  run: () => void;
  constructor(run: () => void) {
    this.run = run;
  }
}

/** The turns of one process. Make it in `init`. */
export class OwnTurn {
  // Not `self` at every use: it is fenced once the process has ended, and a link that opens only
  // then must still be taken over, to be closed.
  readonly platform: Platform;
  readonly #self: Pick<SelfBase, "sendAfter">;
  readonly #ref: SelfBase["ref"];

  constructor(self: Pick<SelfBase, "ref" | "platform" | "sendAfter">) {
    this.platform = self.platform;
    this.#self = self;
    this.#ref = self.ref;
  }

  /** Runs `run` in a turn of the process. False if the process has ended: it never runs then. */
  post(run: () => void): boolean {
    return this.#ref.send(new Turn(run));
  }

  /** Runs `run` in a turn of the process, `delayMs` milliseconds from now. For its own turns only. */
  after(delayMs: number, run: () => void): Started {
    const turn = new Turn(run);
    const timer = this.#self.sendAfter(delayMs, turn);
    return {
      cancel() {
        turn.run = () => {};
        timer.cancel();
      },
    };
  }

  /** To be called with every info message. True if it was a turn, which has run then. */
  info(message: Info): boolean {
    if (message.type !== "message" || !(message.message instanceof Turn)) return false;
    message.message.run();
    return true;
  }
}
