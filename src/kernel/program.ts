// A program: a behaviour as the kernel runs it.
//
// Owns the contract between the kernel and the behaviours, and the messages that `info` gets. One
// program serves all processes of its behaviour, so it holds no state. process.ts runs it.

import type { ActorRef } from "./actor-ref.js";
import type { MailboxOptions } from "./bound.js";
import type { ExitReason } from "./exit-reason.js";
import type { Entry, Operation } from "./operation.js";

/** A message that no call or cast handler takes: from the system, a timer or `ref.send`. */
export type Info =
  | {
      readonly type: "down";
      readonly monitor: number;
      readonly ref: ActorRef;
      readonly reason: ExitReason;
    }
  | { readonly type: "exit"; readonly from: ActorRef; readonly reason: ExitReason }
  | { readonly type: "timeout"; readonly name: string }
  | { readonly type: "message"; readonly message: unknown };

/** A behaviour as the kernel runs it: shared by all processes of that behaviour, so stateless. */
export interface ProgramOf<Process> {
  readonly id: string;
  readonly terminates: boolean;
  /** Its children are its work, and may take their time to end. */
  readonly supervises?: boolean;
  readonly mailbox: MailboxOptions | undefined;
  /** Gives what the behaviour's `init` gives, or a promise of it. */
  init(process: Process, args: readonly unknown[]): unknown;
  /** Takes what `init` gave as the first state. */
  accept(process: Process, value: unknown): void;
  /** Runs a call, cast or continue handler. */
  invoke(process: Process, entry: Entry, arg: unknown): unknown;
  info(process: Process, message: Info): unknown;
  terminate(process: Process, reason: ExitReason): unknown;
  /** An event was postponed: the program keeps it, and puts it back with `deliverFirst`. */
  postponed?(process: Process, op: Operation, arg: unknown): void;
  /** Runs after each handler, once its reply was sent: where a state machine changes its state. */
  settled?(process: Process): unknown;
  /** The snapshot of the present state; without it a process has none. */
  view?(process: Process): unknown;
  /** A supervised child has begun to end. */
  childEnding?(process: Process, child: Process, reason: ExitReason): void;
  /** A child has ended: true if the program deals with it. */
  childExit?(process: Process, child: Process, reason: ExitReason): boolean;
  /** The state as it would be kept for a restart, and its way back. */
  save(process: Process): unknown;
  restore(process: Process, saved: unknown): void;
}
