// The mail of an actor: what it was sent and has not taken yet, and who waits for it.
//
// Owns the order of selective receive: oldest first, and what does not match stays where it is (P-6).
// Messages come here from the process's inbox, on the path of all mail. It belongs to one incarnation
// and ends with it; a mailbox that outlives its reader is kernel/mailbox.ts.
//
//   List:  first ⇄ Letter ⇄ Letter ⇄ last      taking one out of the middle is O(1)

import { signalOf } from "../kernel/abort.js";
import { end } from "../kernel/ending.js";
import { checkFunction, checkMs } from "../kernel/errors.js";
import { deliver } from "../kernel/inbox.js";
import { append, List, Node, remove } from "../kernel/list.js";
import { CONTINUE, Entry } from "../kernel/operation.js";
import { after, disownTimer } from "../kernel/own-timers.js";
import type { Process } from "../kernel/process.js";
import type { TimerNode } from "../kernel/timers.js";
import { abortReasonOf } from "../kernel/told.js";

/** Comes behind the mail that was there when somebody asked for what is there. */
export const POLLED: Entry = /* @__PURE__ */ new Entry(CONTINUE, "polled", null);

class Letter extends Node {
  readonly message: unknown;
  constructor(message: unknown) {
    super();
    this.message = message;
  }
}

/** Somebody who waits for a message. */
class Reader extends Node {
  readonly match: ((message: unknown) => boolean) | undefined;
  readonly resolve: (message: unknown) => void;
  readonly reject: (error: unknown) => void;
  timer: TimerNode | null = null;
  /** Set for a loop over the mailbox, which an orderly end ends. */
  readonly finish: (() => void) | undefined;
  constructor(
    match: Reader["match"],
    resolve: Reader["resolve"],
    reject: Reader["reject"],
    finish?: () => void,
  ) {
    super();
    this.match = match;
    this.resolve = resolve;
    this.reject = reject;
    this.finish = finish;
  }
}

/** The mail of one actor. */
export class ActorMail {
  size = 0;
  readonly #process: Process;
  readonly #maxSaved: number;
  readonly #letters: List = new List();
  readonly #readers: List = new List();
  #listens = false;

  constructor(process: Process, maxSaved: number) {
    this.#process = process;
    this.#maxSaved = maxSaved;
  }

  /** A message has come: for whoever waits for it, or to be kept. */
  put(message: unknown): void {
    const isPassedOver = this.#readers.first !== null;
    for (let node = this.#readers.first; node !== null; ) {
      const reader = node as Reader;
      node = node.next;
      if (!this.#accepts(reader, message)) continue;
      this.#release(reader);
      reader.resolve(message);
      return;
    }
    append(this.#letters, new Letter(message));
    this.size++;
    if (isPassedOver && this.size > this.#maxSaved) this.#overload();
  }

  /** Takes the oldest message that matches; waits for `afterMs`, or for ever without it. */
  receive(
    match: ((message: unknown) => boolean) | undefined,
    afterMs: number | undefined,
  ): Promise<unknown> {
    if (match !== undefined) checkFunction("match", match);
    if (afterMs !== undefined) checkMs("afterMs", afterMs, true);
    return new Promise((resolve, reject) => {
      this.#read(new Reader(match, resolve, reject), afterMs);
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    return {
      next: () =>
        new Promise((resolve, reject) => {
          const give = (value: unknown): void => resolve({ done: false, value });
          const finish = (): void => resolve({ done: true, value: undefined });
          this.#read(new Reader(undefined, give, reject, finish), undefined);
        }),
    };
  }

  /** What was there when a reader asked has come by now. */
  polled(reader: unknown): void {
    if ((reader as Reader).list !== null) this.#giveUp(reader as Reader);
  }

  /** Takes messages out. */
  discard(unwanted: (message: unknown) => boolean): void {
    for (let node = this.#letters.first; node !== null; ) {
      const letter = node as Letter;
      node = node.next;
      if (unwanted(letter.message)) this.#take(letter);
    }
  }

  #read(reader: Reader, afterMs: number | undefined): void {
    const process = this.#process;
    if (process.ending !== null) {
      this.#refuse(reader);
      return;
    }
    let passed = 0;
    for (let node = this.#letters.first; node !== null; node = node.next) {
      const letter = node as Letter;
      if (reader.match === undefined || reader.match(letter.message)) {
        this.#take(letter);
        reader.resolve(letter.message);
        return;
      }
      passed++;
    }
    append(this.#readers, reader);
    this.#listen();
    if (passed > this.#maxSaved) this.#overload();
    else if (afterMs === 0) deliver(process, POLLED, reader);
    else if (afterMs !== undefined && afterMs !== Infinity) {
      reader.timer = after(process, afterMs, () => this.#giveUp(reader));
    }
  }

  /** A `match` that throws concerns its reader only. */
  #accepts(reader: Reader, message: unknown): boolean {
    try {
      return reader.match === undefined || reader.match(message);
    } catch (error) {
      this.#release(reader);
      reader.reject(error);
      return false;
    }
  }

  #take(letter: Letter): void {
    remove(letter);
    this.size--;
  }

  #release(reader: Reader): void {
    remove(reader);
    if (reader.timer !== null) disownTimer(this.#process, reader.timer);
  }

  #giveUp(reader: Reader): void {
    this.#release(reader);
    reader.resolve(undefined);
  }

  #overload(): void {
    end(this.#process, "overload", false);
  }

  /** Whoever waits when the end begins waits for nothing. */
  #listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    signalOf(this.#process).addEventListener("abort", () => {
      for (let reader = this.#readers.first; reader !== null; reader = this.#readers.first) {
        this.#release(reader as Reader);
        this.#refuse(reader as Reader);
      }
    });
  }

  #refuse({ reject, finish }: Reader): void {
    if (finish !== undefined && !this.#process.isFenced) finish();
    else reject(abortReasonOf(this.#process));
  }
}
