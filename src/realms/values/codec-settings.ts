// What a codec knows: its session, its link and its options, looked up once for all values.
//
// Owns the step from a link's capabilities to what is checked and what is shown, and what both codecs do
// alike with failures: an error or an exit reason is always told, if need be in words.

import { type ExitReason, isNormalReason, printed } from "../../kernel/exit-reason.js";
import { reasonIn } from "../wire/frame-checks.js";
import type { Link } from "../wire/link.js";
import type { Codec, CodecLimits, CodecOptions, Resolver } from "./codec.js";
import { defaultLimits } from "./limits.js";
import { type ErrorClass, knownErrors } from "./remote-error.js";

/** What readers and writers of a session share. */
export interface CodecSettings {
  readonly resolver: Resolver;
  readonly limits: CodecLimits;
  /** Whether the link can move buffers and ports. If not, a value marked by `transfer` is refused. */
  readonly canTransfer: boolean;
  /** Whether the other side runs our own code. If not, stacks stay here and everything is checked. */
  readonly trusted: boolean;
  /** The errors of the application's own by what they are found by. */
  readonly known: ReadonlyMap<string, ErrorClass>;
  /** The link, such as `worker decoder`: for errors. */
  readonly linkName: string;
}

/** Looks up what a codec knows. Throws TypeError if `errors` names something that is no class of errors. */
export function settingsOf(
  resolver: Resolver,
  { name, capabilities }: Link,
  { errors = [], limits }: CodecOptions,
): CodecSettings {
  const { trusted, transfer, maxFrameBytes } = capabilities;
  const usual = defaultLimits(trusted);
  // An option that is there and undefined is left out: it is not to end a limit.
  const given = Object.entries(limits ?? {}).filter(([, limit]) => limit !== undefined);
  return {
    resolver,
    limits: {
      ...usual,
      maxFrameBytes: Math.min(usual.maxFrameBytes, maxFrameBytes),
      ...Object.fromEntries(given),
    },
    canTransfer: transfer,
    trusted,
    known: knownErrors(errors),
    linkName: name,
  };
}

type FailureCodec = Pick<Codec, "encodeFailure" | "decodeReason">;

/** How both codecs tell failures, with what they encode and decode by. */
export function failuresBy(
  { encode, decode }: Pick<Codec, "encode" | "decode">,
  crosses: (encoded: unknown) => boolean = () => true,
): FailureCodec {
  return {
    encodeFailure(failure) {
      try {
        const encoded = encode(failure, []);
        if (crosses(encoded)) return encoded;
      } catch {
        // In words, then.
      }
      // A reason must stay what it is: a shutdown is no failure.
      const isShutdown = typeof failure === "object" && isNormalReason(failure as ExitReason);
      const words = isShutdown
        ? { shutdown: printed((failure as { shutdown: unknown }).shutdown) }
        : new Error(`A value that cannot be sent was thrown: ${printed(failure)}`);
      return encode(words, []);
    },

    decodeReason: (value) => reasonIn(decode(value), "an end"),
  };
}
