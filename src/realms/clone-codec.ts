// The codec of links that carry structured clones: values stand as they are, but for refs and signals.
//
// Owns the walk over values and the tags of what means something only between two realms. The frames
// themselves are plain objects, sent as they are.

import { Ref } from "../kernel/ref.js";
import type { Codec, CodecFactory } from "./codec.js";
/** Makes the codec of a link that clones. */
export const cloneCodec: CodecFactory = (resolver): Codec => {
  const walk = (v: unknown, f: (v: unknown) => unknown): unknown => {
    const r = f(v);
    if (r !== v) return r;
    if (Array.isArray(v)) return v.map((x) => walk(x, f));
    if (typeof v === "object" && v !== null && Object.getPrototypeOf(v) === Object.prototype)
      return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, walk(x, f)]));
    return v;
  };
  return {
    name: "clone",
    encode: (value) =>
      walk(value, (v) => {
        if (v instanceof Ref) return ["$ref", ...resolver.refOut(v)];
        if (v instanceof AbortSignal) return ["$signal", resolver.signalOut(v)];
        return v;
      }),
    decode: (value) =>
      walk(value, (v) =>
        Array.isArray(v) && v[0] === "$ref"
          ? resolver.refIn(v.slice(1))
          : Array.isArray(v) && v[0] === "$signal"
            ? resolver.signalIn(v[1])
            : v,
      ),
    pack: (frames) => (frames.length === 1 ? frames[0] : frames),
    unpack: (packet) => (Array.isArray(packet) ? packet : [packet]),
  };
};
