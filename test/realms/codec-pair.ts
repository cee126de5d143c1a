// Two codecs that speak to each other, with refs and signals kept in plain tables between them.
// Owns what the suites of codecs share: the way of a value over a link that clones, or over one of text,
// and the values that are generated for it. Tests nothing itself.

import * as fc from "fast-check";
import type { Ref } from "../../src/kernel/ref.js";
import { cloneCodec } from "../../src/realms/values/clone-codec.js";
import type { Codec, CodecOptions, Resolver } from "../../src/realms/values/codec.js";
import { jsonCodec } from "../../src/realms/values/json-codec.js";
import type { Link, LinkCapabilities } from "../../src/realms/wire/link.js";
import { MalformedFrame } from "../../src/realms/wire/malformed-frame.js";
import type { Frame } from "../../src/realms/wire/wire.js";

/** What is both sides' here: what went out under a number comes back as it was. */
export function sharedResolver(): Resolver {
  const refs = new Map<unknown, Ref>();
  const signals: AbortSignal[] = [];
  return {
    refOut(ref) {
      refs.set(ref.id, ref);
      return ["home", "life-1", ref.id, "counter"];
    },
    refIn([realm, , id]) {
      const ref = refs.get(id);
      if (realm !== "home" || ref === undefined) throw new MalformedFrame("$ref names nobody");
      return ref;
    },
    signalOut: (signal) => signals.push(signal) - 1,
    signalIn(id) {
      const signal = signals[Number(id)];
      if (signal === undefined) throw new MalformedFrame("$signal names nothing");
      return signal;
    },
  };
}

export type CodecName = "clone" | "json";
export const codecNames: readonly CodecName[] = ["clone", "json"];

/** A codec of a kind. Trusted, with transfer where clones have it, unless said otherwise. */
export function codecOf(
  name: CodecName,
  options: CodecOptions & Partial<LinkCapabilities> = {},
): Codec {
  const clone = name === "clone";
  const link: Link = {
    name: `test ${name}`,
    capabilities: {
      clone,
      transfer: clone,
      maxFrameBytes: Number.POSITIVE_INFINITY,
      trusted: true,
      ordered: true,
      detectsClose: true,
      ...options,
    },
    onFrame: null,
    onClose: null,
    send: () => {},
    close: () => {},
  };
  return (clone ? cloneCodec : jsonCodec)(sharedResolver(), link, options);
}

/** What a value is on the other side of a link. */
export function across(codec: Codec, value: unknown): unknown {
  const transfer: Transferable[] = [];
  const frame = { t: "send", to: 1, args: codec.encode(value, transfer) } as Frame;
  const packet = codec.pack([frame]);
  const arrived = codec.name === "clone" ? structuredClone(packet, { transfer }) : packet;
  const [read] = codec.unpack(arrived) as { args: unknown }[];
  return codec.decode(read?.args);
}

const key = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom("__proto__", "constructor", "prototype", "toString", "$ref", "then", "0"),
);

/** Any value that both codecs carry: trees of all there is, with what looks like a tag among it. */
export const sendable: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie("leaf"), tie("list"), tie("holder")),
  leaf: fc.oneof(
    fc.string(),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.constantFrom(undefined, null, true, false, -0, Number.NaN, Infinity, -Infinity),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array(),
    fc.int16Array(),
    fc.float64Array(),
    fc.uint8Array().map((bytes) => bytes.slice().buffer),
  ),
  list: fc.oneof(
    fc.array(tie("value"), { maxLength: 4 }),
    fc.tuple(fc.constantFrom("$", "$$", "$x", "$ref", "$date", "$none"), tie("value")),
  ),
  holder: fc.oneof(
    fc
      .array(fc.tuple(key, tie("value")), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((all) => new Map(all)),
    fc.array(tie("value"), { maxLength: 3 }).map((all) => new Set(all)),
  ),
})).value;

/** What a peer may make up: anything of the right types around the tags that there are. */
export const madeUp: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, tie("leaf"), tie("list"), tie("tagged"), tie("object")),
  leaf: fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.double(),
    fc.integer({ min: -3, max: 3 }),
    fc.boolean(),
    fc.constantFrom(
      null,
      "__proto__",
      "Uint8Array",
      "Float64Array",
      "AAAA",
      "=",
      "1".repeat(2_000),
      "NaN",
      "TypeError",
      "call-timeout",
    ),
  ),
  list: fc.array(tie("value"), { maxLength: 4 }),
  tagged: fc
    .tuple(
      fc.constantFrom(
        ..."$x $$ $ref $signal $error $dom $reason $undefined $number $bigint".split(" "),
        ..."$date $map $set $bytes $regexp $function $ $__proto__ $constructor".split(" "),
      ),
      fc.array(tie("value"), { maxLength: 4 }),
    )
    .map(([tag, rest]) => [tag, ...rest]),
  object: fc
    .array(
      fc.tuple(
        fc.oneof(key, fc.constantFrom("code", "cause", "errors", "stack", "reason", "message")),
        tie("value"),
      ),
      { maxLength: 4 },
    )
    .map((entries) => Object.fromEntries(entries)),
})).value;
