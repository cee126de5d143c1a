// Lines of a part of a text file, whole, however the file is cut.
//
// Owns the rule of whose a line is: of the part in which its first byte stands. So parts that are read
// by different workers make the whole file together, each line once. Knows no CSV.

/** A part of a file: from this byte, and up to that one, without it. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

const NEWLINE = 10;
/** What is read at once: the work on it holds its thread for some tens of milliseconds. */
const STEP_BYTES = 2 ** 21;

/** Cuts a file of `size` bytes into parts of at most `bytes`. */
export function partsOf(size: number, bytes: number): Part[] {
  const parts: Part[] = [];
  for (let from = 0; from < size; from += bytes) {
    parts.push({ from, to: Math.min(size, from + bytes) });
  }
  return parts;
}

/** The text of the lines of `part`, in pieces of whole lines, the last one of each with its end. */
export async function* linesOf(
  file: Blob,
  { from, to }: Part,
  stepBytes: number = STEP_BYTES,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  // The byte before says whether a line begins here: what ends there is the part's before.
  let skips = from > 0;
  for (let at = skips ? from - 1 : from; at < file.size; at += stepBytes) {
    let bytes = new Uint8Array(await file.slice(at, at + stepBytes).arrayBuffer());
    let start = 0;
    if (skips) {
      start = bytes.indexOf(NEWLINE) + 1;
      if (start === 0) continue;
      skips = false;
      if (at + start >= to) return;
    }
    // The line that begins before the part's end is read to its own.
    const last =
      at + bytes.length >= to ? bytes.indexOf(NEWLINE, Math.max(start, to - 1 - at)) : -1;
    if (last >= 0) {
      yield rest + decoder.decode(bytes.subarray(start, last + 1));
      return;
    }
    bytes = bytes.subarray(start);
    const whole = bytes.lastIndexOf(NEWLINE) + 1;
    const text = decoder.decode(bytes, { stream: true });
    if (whole === 0) rest += text;
    else {
      const cut = text.lastIndexOf("\n") + 1;
      const piece = rest + text.slice(0, cut);
      rest = text.slice(cut);
      yield piece;
    }
  }
  if (rest !== "") yield rest;
}
