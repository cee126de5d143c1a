// Base64: bytes in text.
//
// Owns both directions, with the standard alphabet and padding (RFC 4648, section 4), by what every host
// has: `btoa` and `atob`. In pieces, because a call takes only so many arguments. How long a text
// may be is the limit of its packet.

import { MalformedFrame } from "../wire/malformed-frame.js";

/** A multiple of 3, so that pieces can be put one behind the other. */
const PIECE = 0x6000;

/** Bytes as text. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    // Not spread: that would go through an iterator.
    const piece = bytes.subarray(at, at + PIECE) as unknown as number[];
    text += btoa(String.fromCharCode.apply(null, piece));
  }
  return text;
}

/** The way back. Throws {@link MalformedFrame} for what is no base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    if (text.length % 4 !== 0) throw new RangeError("The length is no multiple of 4");
    binary = atob(text);
  } catch {
    throw new MalformedFrame("bytes are no base64");
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
