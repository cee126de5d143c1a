// Limits: what a packet may cost before it is refused.
//
// Owns the defaults, and the look over a text before it is parsed. Counting while values are read is
// value-reader.ts and guest-reader.ts; how long a packet of a link may be is the link's business too.

import { MalformedFrame } from "../wire/malformed-frame.js";
import type { CodecLimits } from "./codec.js";

/** Brackets around a value that its own depth does not count: packet, frame, its field, `$x`. */
const AROUND = 6;

/** The limits that hold where nobody set others. */
export function defaultLimits(trusted: boolean): CodecLimits {
  return {
    maxFrameBytes: trusted ? 268_435_456 : 1_048_576,
    maxDepth: trusted ? 1_000 : 64,
    maxNodes: trusted ? Infinity : 100_000,
    maxBigintDigits: 1_024,
  };
}

/** Throws {@link MalformedFrame} for a packet that is longer than it may be. */
export function checkLength(length: number, { maxFrameBytes }: CodecLimits): void {
  if (length > maxFrameBytes) {
    throw new MalformedFrame(
      `a packet of ${length} bytes is longer than ${maxFrameBytes} (maxFrameBytes)`,
    );
  }
}

/**
 * Throws {@link MalformedFrame} for a text of JSON that nests too deep or holds too many values. It does
 * not say whether the text is JSON; it costs no memory, whatever the text is.
 */
export function checkText(text: string, { maxDepth, maxNodes }: CodecLimits): void {
  let depth = 0;
  let nodes = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at);
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > maxDepth + AROUND) throw tooDeep(maxDepth);
        if (++nodes > maxNodes) throw tooMany(maxNodes);
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
      // Each value but the first of its list is behind a comma.
      case 0x2c:
        if (++nodes > maxNodes) throw tooMany(maxNodes);
    }
  }
}

/** The error of a value that nests deeper than `max`. */
export function tooDeep(max: number): MalformedFrame {
  return new MalformedFrame(`a value is nested deeper than ${max} (maxDepth)`);
}

/** The error of a packet with more values than `max`. */
export function tooMany(max: number): MalformedFrame {
  return new MalformedFrame(`it holds more than ${max} values (maxNodes)`);
}

/** Where the string that begins at `start` ends; the end of the text if it does not. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let slashes = at;
    while (text.charCodeAt(slashes - 1) === 0x5c) slashes--;
    if ((at - slashes) % 2 === 0) return at;
    at++;
  }
}
