// Wire v1: the frames that two realms exchange, as data.
//
// Owns the names and fields of every frame, and nothing else: no function of it sends, queues or decides.
// A packet is one frame or a list of frames; how values stand in frames is codec.ts, what each frame
// does is reception.ts. A change of meaning here is a new version of the wire.

import type {
  StreamCredit,
  StreamEnd,
  StreamNext,
  StreamOpen,
  StreamStop,
} from "./wire-streams.js";
import type { Meta, WireId, WireValue } from "./wire-value.js";

export type { WireId, WireValue } from "./wire-value.js";

/** The version this code speaks, and the oldest it understands. */
export const WIRE_VERSION = 1;
export const OLDEST_VERSION = 1;

/** The first frame of whoever opened the link. */
export interface Hello extends Meta {
  readonly t: "hello";
  readonly min: number;
  readonly max: number;
  /** The sender's realm: its name, and the number of this life of it, unguessable. */
  readonly realm: string;
  readonly incarnation: string;
  readonly codecs: readonly string[];
  /** The longest packet the sender takes, in bytes. */
  readonly maxFrame: number;
  /** How many messages each of its actors takes before it must grant more. */
  readonly credit: number;
  /** How many actors of the other side the sender takes, where it does not trust that; left out where it does. */
  readonly maxRefs?: number | undefined;
  /** The latest leader that the sender has heard of, where the other side is one: see epochs.ts. */
  readonly epoch?: number;
  /** Whatever the other side's `authenticate` wants to see. */
  readonly auth?: WireValue;
}

/** The answer to `hello`: both may speak now. */
export interface Welcome extends Meta {
  readonly t: "welcome";
  readonly v: number;
  readonly realm: string;
  readonly incarnation: string;
  readonly codec: string;
  readonly maxFrame: number;
  readonly credit: number;
  readonly maxRefs?: number | undefined;
  /** The number of the leader that this is, if it is one. */
  readonly epoch?: number;
}

/** The last frame of a side that closes in order, or that refuses the other. */
export interface Bye extends Meta {
  readonly t: "bye";
  readonly reason: string;
  /** True where it does not want the other, who would not be let in the next time either. */
  readonly refused?: true | undefined;
}

/** Starts an actor of a behaviour the other side serves; answered by `reply` with a {@link Started}. */
export interface Start extends Meta {
  readonly t: "start";
  readonly id: number;
  readonly behaviour: string;
  readonly args: WireValue;
  /** True: the one actor of that behaviour which all peers share, started if it is not there. */
  readonly shared?: true;
}

/** What `start` is answered with, encoded. No `id`: its `init` gave `ignore`. */
export interface Started {
  readonly id?: WireId;
  /** Of a supervisor. */
  readonly kin?: Kin | undefined;
}

/** The places of a supervisor's children: each with its name, and what its behaviour is called there. */
export type Kin = readonly (readonly [
  name: string,
  id: WireId,
  behaviour: string,
  kin: Kin | undefined,
])[];

/** Ends an actor of the receiver, in order unless it says how; its `down` follows. */
export interface Stop extends Meta {
  readonly t: "stop";
  readonly to: WireId;
  readonly reason: WireValue;
  /** `waits`: behind the mail it has. `kill`: at once. */
  readonly how?: "waits" | "kill" | undefined;
}

export interface Call extends Meta {
  readonly t: "call";
  readonly id: number;
  readonly to: WireId;
  readonly m: string;
  readonly args: WireValue;
  /** Milliseconds the caller still waits, not a time of day; left out: for ever. */
  readonly ttl?: number;
  /** The calling actor, where one is: the fields of its ref. */
  readonly from?: readonly unknown[];
  readonly idempotencyKey?: string;
}

/** A cast that waits for room in the mailbox: answered by `reply` once it is queued. */
export interface Offer extends Omit<Call, "t"> {
  readonly t: "offer";
}

export interface Cast extends Meta {
  readonly t: "cast";
  readonly to: WireId;
  readonly m: string;
  readonly args: WireValue;
}

/**
 * Calls to one handler that were sent in one turn, `from` nobody: one frame costs a fraction of what many
 * do, for each names its fields anew.
 */
export interface Calls extends Meta {
  readonly t: "calls";
  readonly to: WireId;
  readonly m: string;
  readonly ttl?: number;
  /** Their ids begin here, and follow one another. */
  readonly id: number;
  /** The arguments of each; or, where each has one and it is a plain value, these. */
  readonly args?: readonly WireValue[];
  readonly one?: readonly WireValue[];
}

/** Casts to one handler that were sent in one turn. */
export interface Casts extends Meta {
  readonly t: "casts";
  readonly to: WireId;
  readonly m: string;
  readonly args?: readonly WireValue[];
  readonly one?: readonly WireValue[];
}

/** Good replies that were sent in one turn. */
export interface Replies extends Meta {
  readonly t: "replies";
  /** Their ids begin here, and follow one another. */
  readonly id: number;
  readonly ok: readonly WireValue[];
}

/** A plain message, for `info`. */
export interface Send extends Meta {
  readonly t: "send";
  readonly to: WireId;
  /** The message. */
  readonly args: WireValue;
}

/** Answers a call, a start or the opening of a stream. `error` is set if it was refused. */
export interface Reply extends Meta {
  readonly t: "reply";
  readonly id: number;
  readonly ok?: WireValue;
  readonly error?: WireValue;
}

/** The caller waits no more. Answered by `cancelled` as soon as its handler runs no more. */
export interface Cancel extends Meta {
  readonly t: "cancel";
  readonly id: number;
  readonly reason?: WireValue;
}

export interface Cancelled extends Meta {
  readonly t: "cancelled";
  readonly id: number;
}

/** A link between `to`, an actor of the receiver, and `from`, one of the sender. */
export interface LinkFrame extends Meta {
  readonly t: "link" | "unlink";
  readonly to: WireId;
  readonly from: readonly unknown[];
}

/**
 * The sender holds a ref of `to` and wants to know its end; `demonitor`: it forgot the ref, which it was given
 * `n` times.
 */
export interface MonitorFrame extends Meta {
  readonly t: "monitor" | "demonitor";
  readonly to: WireId;
  readonly n?: number;
}

/** An exit signal of the sender's actor `from`. */
export interface Exit extends Meta {
  readonly t: "exit";
  readonly to: WireId;
  readonly from: readonly unknown[];
  readonly reason: WireValue;
}

/**
 * An actor of the sender ends. `fall`: it has begun to, and takes nothing any more: before whatever it says from
 * then on. `down`: it is gone. `final`: so is its place, and no `up` will follow. `failure`: the error behind a
 * reason that is only a word, such as that of a supervisor which gave up.
 */
export interface Down extends Meta {
  readonly t: "fall" | "down";
  readonly of: WireId;
  readonly reason: WireValue;
  readonly failure?: WireValue;
  readonly final: boolean;
}

/** The place of a supervised child has a new incarnation. */
export interface Up extends Meta {
  readonly t: "up";
  readonly of: WireId;
}

/** Somebody looks at the snapshot of `to`: it is sent now and after each change; or not any more. */
export interface Watch extends Meta {
  readonly t: "watch";
  readonly to: WireId;
  readonly on: boolean;
}

export interface ViewFrame extends Meta {
  readonly t: "view";
  readonly of: WireId;
  readonly value: WireValue;
}

/** A signal that was sent as an argument has aborted. */
export interface Abort extends Meta {
  readonly t: "abort";
  readonly id: number;
  readonly reason: WireValue;
}

/** What signals were sent with is over: nobody there sees their aborts any more. */
export interface Release extends Meta {
  readonly t: "release";
  readonly ids: readonly number[];
}

/** Alone in its packet. `n`: how many packets the sender has sent before, so that a lost one is noticed. */
export interface Ping extends Meta {
  readonly t: "ping" | "pong";
  readonly n: number;
}

/** The actor `to` of the sender has taken `n` messages, and has room for as many more. */
export interface Credit extends Meta {
  readonly t: "credit";
  readonly to: WireId;
  readonly n: number;
}

/** All frames of version 1. One of another kind closes the link, unless it says `optional: true`. */
export type Frame =
  | Hello
  | Welcome
  | Bye
  | Start
  | Stop
  | Call
  | Offer
  | Cast
  | Calls
  | Casts
  | Replies
  | Send
  | Reply
  | Cancel
  | Cancelled
  | LinkFrame
  | MonitorFrame
  | Exit
  | Down
  | Up
  | StreamOpen
  | StreamNext
  | StreamEnd
  | StreamCredit
  | StreamStop
  | Watch
  | ViewFrame
  | Abort
  | Release
  | Ping
  | Credit;
