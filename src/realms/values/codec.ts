// Codec: how values stand in frames, and frames in packets.
//
// Owns the contract only. clone-codec.ts is for links that carry structured clones, json-codec.ts for
// those that carry text. What a ref or a signal means is the session's, which is the `Resolver` here.

import type { ExitReason } from "../../kernel/exit-reason.js";
import type { Ref } from "../../kernel/ref.js";
import type { Link, Movable } from "../wire/link.js";
import type { Frame } from "../wire/wire.js";
import type { ErrorClasses } from "./remote-error.js";

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

/**
 * What a packet of the other side may cost before it is refused; also what this side may send, for the
 * other side has the same. The defaults are `defaultLimits` of limits.ts.
 */
export interface CodecLimits {
  /** In bytes of text or binary. Default 1 MiB where the peer is not trusted, else 256 MiB. */
  readonly maxFrameBytes: number;
  /** How deep a value may be nested. Default 64 where the peer is not trusted, else 1,000. */
  readonly maxDepth: number;
  /**
   * How many values a packet of text, or one value of a structured clone, may hold in all. Default
   * 100,000 where the peer is not trusted, else no limit.
   */
  readonly maxNodes: number;
  /** Default 1,024. */
  readonly maxBigintDigits: number;
}

/** How a codec may be told to differ from what its link says. */
export interface CodecOptions {
  /** The classes of errors of the application's own that come back as such. Default: none. */
  readonly errors?: ErrorClasses | undefined;
  /** Default: `defaultLimits`, and of bytes no more than the link takes. */
  readonly limits?: Partial<CodecLimits> | undefined;
}

/** A codec of one session. */
export interface Codec {
  /** `clone` or `json`. */
  readonly name: string;
  /** The longest packet that is taken, in bytes: told in hello and welcome. */
  readonly maxFrameBytes: number;
  /**
   * A value as it stands in a frame: the same object where nothing in it needs a tag. The value itself
   * is never changed. Collects into `transfer` what was marked by `transfer(…)`, and takes the marks
   * away. Throws TypeError for what cannot be sent, naming where it stands from `where` on (default
   * `value`), and UnsupportedError for what is marked on a link that cannot move it; then the marks stay.
   * `isPassedOn`: it came from a third realm, nobody here has it, and what can be moved is.
   */
  encode(value: unknown, transfer: Movable[], where?: string, isPassedOn?: boolean): unknown;
  /**
   * An error, an exit reason or whatever was thrown, as it stands in a frame. Never throws: what cannot
   * be sent stands there in words.
   */
  encodeFailure(failure: unknown): unknown;
  /** The way back. Throws {@link MalformedFrame}, also beyond the limits. */
  decode(value: unknown): unknown;
  /** The way back of an exit reason. Throws {@link MalformedFrame} for what is none. */
  decodeReason(value: unknown): ExitReason;
  /**
   * What a link takes: one frame as it is, several as the same list; or the text of either. Throws
   * RangeError for a text that is longer than `longest`, in characters, which the other side would refuse.
   */
  pack(frames: readonly Frame[], longest?: number): unknown;
  /** The way back, as plain data that was checked for size, not for shape. */
  unpack(packet: unknown): readonly unknown[];
}

/** Makes the codec of a session. */
export type CodecFactory = (resolver: Resolver, link: Link, options?: CodecOptions) => Codec;
