// Event streams and what a parser must make of them: the table of the requirements, and the cases
// of web-platform-tests' eventsource/format-* that concern a parser, written anew for bytes.
// Data only; parser.suite.ts runs each whole, byte by byte, and cut in two at every place.

/** One stream. Strings are UTF-8; `bytes` is for what no string can say. */
export interface StreamVector {
  readonly name: string;
  readonly stream: string | Uint8Array;
  /** `[type, data, lastEventId]` of each event. */
  readonly events: readonly (readonly [type: string, data: string, lastEventId: string])[];
  readonly retries?: readonly number[];
  /** The id to resume with after the stream; by default that of the last event, or "". */
  readonly resumeId?: string;
}

const BOM = "\uFEFF";
const LONG = "x".repeat(2_048);

/** The bytes of a stream. */
export function bytesOf(stream: string | Uint8Array): Uint8Array {
  return typeof stream === "string" ? new TextEncoder().encode(stream) : stream;
}

/** The rows of the requirements' table. */
export const tableVectors: readonly StreamVector[] = [
  {
    name: "three data lines are one event",
    stream: "data: YHOO\ndata: +2\ndata: 10\n\n",
    events: [["message", "YHOO\n+2\n10", ""]],
  },
  {
    name: "a bare id resets the id",
    stream: ": c\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
    events: [
      ["message", "first event", "1"],
      ["message", "second event", ""],
      ["message", " third event", ""],
    ],
  },
  {
    name: "data without a colon is an empty line, and a tail without a blank line is discarded",
    stream: "data\n\ndata\ndata\n\ndata:",
    events: [
      ["message", "", ""],
      ["message", "\n", ""],
    ],
  },
  {
    name: "only the leading byte order mark is stripped",
    stream: `${BOM}data:1\n\n${BOM}data:2\n\ndata:3\n\n`,
    events: [
      ["message", "1", ""],
      ["message", "3", ""],
    ],
  },
  {
    name: "only one byte order mark is stripped",
    stream: `${BOM}${BOM}data:1\n\ndata:2\n\ndata:3\n\n`,
    events: [
      ["message", "2", ""],
      ["message", "3", ""],
    ],
  },
  {
    name: "CRLF is one line end",
    stream: "data:test\r\ndata\ndata:test\r\n\r",
    events: [["message", "test\n\ntest", ""]],
  },
  {
    name: "CR, LF and CRLF end lines",
    stream: "data: cr\r\rdata: lf\n\ndata: crlf\r\n\r\n",
    events: [
      ["message", "cr", ""],
      ["message", "lf", ""],
      ["message", "crlf", ""],
    ],
  },
  {
    name: "unknown fields and comments are ignored",
    stream: "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:c\ndata:test\n\n",
    events: [["message", "test\n\ntest", ""]],
  },
  {
    name: "field names match exactly",
    stream:
      "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n",
    events: [["message", "\0\n 2\n1\n3\n\n4", ""]],
  },
  {
    name: "an empty event type is message",
    stream: "event: \ndata:data\n\n",
    events: [["message", "data", ""]],
  },
  {
    name: "an event type holds for one event",
    stream: "event:test\ndata:x\n\ndata:y\n\n",
    events: [
      ["test", "x", ""],
      ["message", "y", ""],
    ],
  },
  {
    name: "an id with NUL is ignored",
    stream: "id:1\nid:a\0b\ndata:x\n\n",
    events: [["message", "x", "1"]],
  },
  {
    name: "an id without data commits at its blank line",
    stream: "id:7\n\ndata:x\n\n",
    events: [["message", "x", "7"]],
  },
  {
    name: "retry takes digits only",
    stream: "retry:3000\nretry:03000\nretry:1000x\nretry:\nretry\nretry:5\n\n",
    events: [],
    retries: [3_000, 3_000, 5],
  },
  {
    name: "an event without its blank line is discarded",
    stream: "data:a\n\ndata:b\n",
    events: [["message", "a", ""]],
  },
];

/** The cases of eventsource/format-* (named in brackets) and of event-data. */
export const wptVectors: readonly StreamVector[] = [
  {
    name: "[format-bom] one mark before the first field",
    stream: `${BOM}data:1\n\n${BOM}data:2\n\ndata:3\n\n`,
    events: [
      ["message", "1", ""],
      ["message", "3", ""],
    ],
  },
  {
    name: "[format-bom-2] the second mark belongs to the first field's name",
    stream: `${BOM}${BOM}data:1\n\ndata:2\n\ndata:3\n\n`,
    events: [
      ["message", "2", ""],
      ["message", "3", ""],
    ],
  },
  {
    name: "[format-comments] long comments between the lines of an event",
    stream: `data:1\r:\0\n:\r\ndata:2\n:${LONG}\rdata:3\n:data:fail\r:${LONG}\ndata:4\n\n`,
    events: [["message", "1\n2\n3\n4", ""]],
  },
  {
    name: "[format-data-before-final-empty-line] the id of a discarded event does not count",
    stream: "retry:1000\ndata:test1\n\nid:test\ndata:test2",
    events: [["message", "test1", ""]],
    retries: [1_000],
    resumeId: "",
  },
  {
    name: "[format-field-data] data with and without a colon",
    stream: "data:\n\ndata\ndata\n\ndata:test\n\n",
    events: [
      ["message", "", ""],
      ["message", "\n", ""],
      ["message", "test", ""],
    ],
  },
  {
    name: "[format-field-event] a type for one event",
    stream: "event:test\ndata:x\n\ndata:x\n\n",
    events: [
      ["test", "x", ""],
      ["message", "x", ""],
    ],
  },
  {
    name: "[format-field-event-empty] an empty type",
    stream: "event: \ndata:data\n\n",
    events: [["message", "data", ""]],
  },
  {
    name: "[format-field-id] an id beyond ASCII",
    stream: "id: …\ndata: hello\n\n",
    events: [["message", "hello", "…"]],
  },
  {
    name: "[format-field-id-2] later events keep the id",
    stream: "id: …\ndata: hello\n\ndata: …\n\ndata: …\n\n",
    events: [
      ["message", "hello", "…"],
      ["message", "…", "…"],
      ["message", "…", "…"],
    ],
  },
  {
    name: "[format-field-id-3] an id persists",
    stream: "id: 1\ndata: 1\n\ndata: 2\n\n",
    events: [
      ["message", "1", "1"],
      ["message", "2", "1"],
    ],
  },
  {
    name: "[format-field-id-3] an id changes and persists",
    stream: "id: 1\ndata: 1\n\nid: 2\ndata: 2\n\ndata: 3\n\n",
    events: [
      ["message", "1", "1"],
      ["message", "2", "2"],
      ["message", "3", "2"],
    ],
  },
  {
    name: "[format-field-id-3] an empty id resets",
    stream: "id: 1\ndata: 1\n\nid:\ndata: 2\n\ndata: 3\n\n",
    events: [
      ["message", "1", "1"],
      ["message", "2", ""],
      ["message", "3", ""],
    ],
  },
  ...["\0\0", "x\0", "\0x", "x\0x", " \0"].map((id) => ({
    name: `[format-field-id-null] the id ${JSON.stringify(id)} is ignored`,
    stream: `id: ${id}\ndata: hello\n\n`,
    events: [["message", "hello", ""]] as const,
  })),
  {
    name: "[format-field-parsing] look-alikes of data",
    stream:
      "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n",
    events: [["message", "\0\n 2\n1\n3\n\n4", ""]],
  },
  {
    name: "[format-field-retry] a retry before data",
    stream: "retry:03000\ndata:x\n\n",
    events: [["message", "x", ""]],
    retries: [3_000],
  },
  {
    name: "[format-field-retry-bogus] the valid retry stays",
    stream: "retry:3000\nretry:1000x\ndata:x\n\n",
    events: [["message", "x", ""]],
    retries: [3_000],
  },
  {
    name: "[format-field-retry-empty] a retry without a value",
    stream: "retry\ndata:test\n\n",
    events: [["message", "test", ""]],
    retries: [],
  },
  {
    name: "[format-field-unknown] other fields",
    stream: "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n",
    events: [["message", "test\n\ntest", ""]],
  },
  {
    name: "[format-leading-space] one space is stripped, a tab is not",
    stream: "data:\ttest\rdata: \ndata:test\n\n",
    events: [["message", "\ttest\n\ntest", ""]],
  },
  {
    name: "[format-newlines] mixed line ends",
    stream: "data:test\r\ndata\ndata:test\r\n\r",
    events: [["message", "test\n\ntest", ""]],
  },
  {
    name: "[format-null-character] NUL is data",
    stream: "data:\0\n\n\n\n",
    events: [["message", "\0", ""]],
  },
  {
    name: "[format-utf-8] a character of three bytes",
    stream: "data:ok…\n\n",
    events: [["message", "ok…", ""]],
  },
  {
    name: "[event-data] empty data between others, and an unfinished end",
    stream:
      "data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n",
    events: [
      ["message", "msg\nmsg", ""],
      ["message", "", ""],
      ["message", "end", ""],
    ],
  },
];

/** Bytes that no encoder makes, and marks in odd places. */
export const byteVectors: readonly StreamVector[] = [
  {
    name: "bad bytes become U+FFFD and cost nothing else",
    stream: Uint8Array.of(...ascii("data:a"), 0xff, 0xc3, ...ascii("b\n\ndata:c\n\n")),
    events: [
      ["message", "a\uFFFD\uFFFDb", ""],
      ["message", "c", ""],
    ],
  },
  {
    name: "a character cut by a line end becomes one U+FFFD",
    stream: Uint8Array.of(...ascii("data:"), 0xf0, 0x9f, 0x98, ...ascii("\ndata:b\n\n")),
    events: [["message", "\uFFFD\nb", ""]],
  },
  {
    name: "two bytes of a mark are no mark",
    stream: Uint8Array.of(0xef, 0xbb, ...ascii("data:a\n\ndata:b\n\n")),
    events: [["message", "b", ""]],
  },
  {
    name: "a stream of one byte of a mark is empty",
    stream: Uint8Array.of(0xef),
    events: [],
  },
  {
    name: "a mark inside a value is kept",
    stream: `data:${BOM}x\nid: ${BOM}\n\n`,
    events: [["message", `${BOM}x`, BOM]],
  },
  {
    name: "a comment may follow the mark",
    stream: `${BOM}:data:no\n\ndata:yes\n\n`,
    events: [["message", "yes", ""]],
  },
  {
    name: "an event type needs data to be delivered, and does not outlive its blank line",
    stream: "event:lost\n\ndata:x\n\n",
    events: [["message", "x", ""]],
  },
  {
    name: "a retry counts at its line, whatever follows",
    stream: "retry: 10\ndata:cut",
    events: [],
    retries: [10],
  },
  {
    name: "digits of other scripts, signs, points and spaces are no retry",
    stream: "retry:٣\nretry:-1\nretry:+1\nretry:1.5\nretry:  7\nretry:7 \nretry:1e3\n\n",
    events: [],
    retries: [],
  },
  {
    name: "a retry beyond all numbers is still a number",
    stream: `retry:${"9".repeat(400)}\n\n`,
    events: [],
    retries: [Number.MAX_SAFE_INTEGER],
  },
  {
    name: "a colon in a value is data",
    stream: "data: a:b: c\n\n",
    events: [["message", "a:b: c", ""]],
  },
];

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
