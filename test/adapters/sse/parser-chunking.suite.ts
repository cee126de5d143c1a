// SSE-1: random streams in random chunks against a plain reading of the standard that has the whole
// stream in hand. What tiny chunks cost is parser-cost.suite.ts.
// The draws are seeded, so a failure repeats; its seed is in the assertion.
import { createEventStreamParser } from "../../../src/adapters/sse/parser.js";
import { defineSuite } from "../../harness/suite.js";

/** Mulberry32: small, seeded, the same everywhere. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The standard's algorithm over a whole stream, with no regard to cost. */
function reference(bytes: Uint8Array) {
  const events: string[][] = [];
  const retries: number[] = [];
  let [type, data, id, committed] = ["", "", "", ""];
  // The last piece has no line end, so it is not processed.
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/);
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      committed = id;
      if (data !== "") events.push([type || "message", data.slice(0, -1), id]);
      [type, data] = ["", ""];
      continue;
    }
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") data += `${value}\n`;
    if (field === "event") type = value;
    if (field === "id" && !value.includes("\0")) id = value;
    if (field === "retry" && /^[0-9]+$/.test(value)) retries.push(Number(value));
  }
  return { events, retries, resumeId: committed };
}

const PIECES = [
  "data", "data:", "data: ", "event:", "id:", "id", "retry:", "retry: ", ":", " ", "\n", "\n\n",
  "\r", "\r\n", "\r\n\r\n", "\n", "\uFEFF", "\0", "x", "12", "é", "…", "😀", "日本語", "data: 😀é…\n\n",
].map((piece) => new TextEncoder().encode(piece)); // biome-ignore format: a list of pieces

function randomStream(draw: (below: number) => number): Uint8Array {
  const bytes: number[] = [];
  for (let piece = draw(60); piece > 0; piece--) {
    // One piece in twelve is a byte of chance, which is often bad UTF-8.
    if (draw(12) === 0) bytes.push(draw(256));
    else bytes.push(...(PIECES[draw(PIECES.length)] ?? []));
  }
  return Uint8Array.from(bytes);
}

function parse(chunks: Iterable<Uint8Array>) {
  const events: string[][] = [];
  const retries: number[] = [];
  const parser = createEventStreamParser({
    onEvent: (event) => events.push([event.type, event.data, event.lastEventId]),
    onRetry: (retryMs) => retries.push(retryMs),
  });
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return { events, retries, resumeId: parser.lastEventId };
}

function* randomChunks(bytes: Uint8Array, draw: (below: number) => number, most: number) {
  for (let at = 0; at < bytes.length; ) {
    const size = draw(most + 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

export const suite = defineSuite("sse parser chunking", ({ test, expect }) => {
  test("SSE-1: random streams give what the standard gives, however they are cut", () => {
    let total = 0;
    for (let seed = 1; seed <= 2_000; seed++) {
      const draw = seeded(seed);
      const bytes = randomStream(draw);
      const want = { seed, ...reference(bytes) };
      total += want.events.length;
      expect({ seed, ...parse([bytes]) }).toEqual(want);
      expect({ seed, ...parse(Array.from(bytes, (byte) => Uint8Array.of(byte))) }).toEqual(want);
      expect({ seed, ...parse(randomChunks(bytes, draw, 5)) }).toEqual(want);
    }
    // The draws do make events: the comparison is not one of nothing with nothing.
    expect(total).toBeGreaterThan(1_000);
  });

  test("SSE-1: characters of two to four bytes survive every chunk size", () => {
    const text = "aé…😀日本語🏳️‍🌈".repeat(40);
    const bytes = new TextEncoder().encode(`event: ${text}\nid: ${text}\ndata: ${text}\n\n`);
    for (let size = 1; size <= 17; size++) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(parse(chunks).events).toEqual([[text, text, text]]);
    }
  });
});
