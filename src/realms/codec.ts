// Codec: how values stand in frames, and frames in packets.
//
// Owns the contract only. clone-codec.ts is for links that carry structured clones, json-codec.ts for
// those that carry text. What a ref or a signal means is the session's, which is the `Resolver` here.

import type { Ref } from "../kernel/ref.js";
import type { Link } from "./link.js";
import type { Frame } from "./wire.js";

/** What a codec asks of the session it works for: what means something only between two realms. */
export interface Resolver {
  /** The fields of a ref, after its tag: `[realm, incarnation, id, behaviour]`. */
  refOut(ref: Ref): readonly unknown[];
  /** The ref that such fields name. Throws {@link MalformedFrame} for fields that name none. */
  refIn(fields: readonly unknown[]): unknown;
  /** The number under which the aborts of a signal are told. */
  signalOut(signal: AbortSignal): number;
  signalIn(id: unknown): AbortSignal;
}

/** What a packet of the other side may cost before it is refused. */
export interface CodecLimits {
  /** In bytes of text or binary. Default 1 MiB where the peer is not trusted, else 256 MiB. */
  readonly maxFrameBytes: number;
  /** Default 64. */
  readonly maxDepth: number;
  /** How many values a packet may hold, in all. Default 100,000 where the peer is not trusted. */
  readonly maxNodes: number;
  /** Default 1,024. */
  readonly maxBigintDigits: number;
}

/** A codec of one session. */
export interface Codec {
  /** `clone` or `json`. */
  readonly name: string;
  /**
   * A value as it stands in a frame. Collects into `transfer` what was marked by `transfer(…)`. The
   * value itself is never changed. Throws TypeError for what cannot be sent, naming where it stands.
   */
  encode(value: unknown, transfer: Transferable[]): unknown;
  /** The way back. Throws {@link MalformedFrame}, also beyond the limits. */
  decode(value: unknown): unknown;
  /** What a link takes: one frame as it is, several as a list; or the text of either. */
  pack(frames: readonly Frame[]): unknown;
  /** The way back, as plain data that was checked for size, not for shape. */
  unpack(packet: unknown): readonly unknown[];
}

/** Makes the codec of a session. */
export type CodecFactory = (resolver: Resolver, link: Link) => Codec;
