// The parser of event streams: bytes in, events out.
//
// Owns the WHATWG rules of "Interpreting an event stream" (lines, fields, the id and retry rules)
// and the limit on one event. It opens no connection and knows no time: who reads the response
// pushes its chunks here, and passes `lastEventId` on from one connection to the next.
// Every byte is looked at once, and a line that arrives in pieces is collected in a buffer that
// doubles, so one-byte chunks cost linear time too.

import { checkCount } from "../../kernel/errors.js";
import { EventTooLarge } from "./errors.js";

/** One event of a stream. */
export interface ServerSentEvent {
  /** The `event` field, or `message` without one. */
  readonly type: string;
  /** The `data` fields, joined by line feeds. */
  readonly data: string;
  /** The id of this event or, without one, of the last event that had one; `""` if none had. */
  readonly lastEventId: string;
}

/** Options of {@link createEventStreamParser}. */
export interface EventStreamParserOptions {
  /** Takes each event, in order, as soon as its blank line has come. */
  onEvent: (event: ServerSentEvent) => void;
  /** Takes the milliseconds of each valid `retry` field, as soon as its line has come. */
  onRetry?: ((retryMs: number) => void) | undefined;
  /**
   * How many bytes the lines of one event may have, without line ends and comments: 1 or more,
   * or `Infinity`. Default 1 MiB (1,048,576).
   */
  maxEventBytes?: number | undefined;
  /** The id that the stream starts with: the last one of the connection before. Default `""`. */
  lastEventId?: string | undefined;
}

/** The parser of one response. A new connection takes a new parser. */
export interface EventStreamParser {
  /**
   * Parses a chunk of any size, and calls `onEvent` and `onRetry` before it returns. The bytes
   * are not kept: the caller may reuse their buffer.
   *
   * After `end`, or after a throw, chunks are ignored.
   *
   * @throws TypeError when the chunk is no Uint8Array.
   * @throws EventTooLarge when an event exceeds `maxEventBytes`.
   * @throws what `onEvent` or `onRetry` throws; the rest of the chunk is lost.
   */
  push(bytes: Uint8Array): void;
  /**
   * Ends the stream. An event without its blank line is discarded, as the standard demands. Called
   * inside `onEvent`, it also discards the rest of the chunk: nothing is delivered any more.
   */
  end(): void;
  /**
   * The id to send as `Last-Event-ID` with the next connection. It changes at blank lines only, so
   * an event that was cut after its `id` line is asked for again.
   */
  readonly lastEventId: string;
}

/** The default of `maxEventBytes`: 1 MiB. */
export const DEFAULT_MAX_EVENT_BYTES: number = 1_048_576;

const LF = 10;
const CR = 13;
const COLON = 58;
const BYTE_ORDER_MARK: Uint8Array = Uint8Array.of(0xef, 0xbb, 0xbf);
/** A line buffer above this is given back after its line, so one large event does not stay. */
const KEEP_BYTES = 65_536;

/**
 * Makes a parser for one event stream.
 *
 * @throws TypeError when `onEvent` is no function or `lastEventId` no string.
 * @throws RangeError when `maxEventBytes` is not a whole number of 1 or more, or `Infinity`.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 *
 * @example
 * ```ts
 * const parser = createEventStreamParser({
 *   onEvent: (event) => console.log(event.type, event.data),
 *   onRetry: (retryMs) => console.log("not before", retryMs),
 * });
 * const reader = (await fetch(url)).body!.getReader();
 * for (let read = await reader.read(); !read.done; read = await reader.read()) {
 *   parser.push(read.value);
 * }
 * parser.end();
 * parser.lastEventId; // where to resume
 * ```
 */
export function createEventStreamParser(options: EventStreamParserOptions): EventStreamParser {
  return new Parser(options);
}

class Parser implements EventStreamParser {
  readonly #onEvent: (event: ServerSentEvent) => void;
  readonly #onRetry: ((retryMs: number) => void) | undefined;
  readonly #maxEventBytes: number;
  // Not fatal: bad bytes become U+FFFD. ignoreBOM means "keep it": the one mark to strip is the
  // stream's first. A line can be decoded by itself, because no byte of a multi-byte character is
  // a line end, and a character cut by a line end becomes the same U+FFFD either way.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #ended = false;
  /** How many bytes of the leading byte order mark have come; 3 also when there is none. */
  #markBytes = 0;
  /** The last byte was CR: a LF that follows belongs to it, in whichever chunk it comes. */
  #afterCr = false;
  /** The present line is a comment: its bytes are dropped as they come and count for nothing. */
  #inComment = false;
  /** The start of a line whose end has not come: `#tail` up to `#tailBytes`. */
  #tail = new Uint8Array(256);
  #tailBytes = 0;
  /** The bytes of the whole lines of this event. */
  #eventBytes = 0;
  #type = "";
  /** `undefined` is no data field at all; an empty one is an event with empty data. */
  #data: string | undefined;
  #pendingId: string;
  #lastEventId: string;

  constructor(options: EventStreamParserOptions) {
    const { onEvent, onRetry, maxEventBytes = DEFAULT_MAX_EVENT_BYTES, lastEventId = "" } = options;
    if (typeof onEvent !== "function") {
      throw new TypeError(`onEvent is ${typeof onEvent}: it must be a function`);
    }
    if (onRetry !== undefined && typeof onRetry !== "function") {
      throw new TypeError(`onRetry is ${typeof onRetry}: it must be a function, or left out`);
    }
    if (typeof lastEventId !== "string") {
      throw new TypeError(`lastEventId is ${typeof lastEventId}: it must be a string`);
    }
    checkCount("maxEventBytes", maxEventBytes, 1);
    this.#onEvent = onEvent;
    this.#onRetry = onRetry;
    this.#maxEventBytes = maxEventBytes;
    this.#pendingId = lastEventId;
    this.#lastEventId = lastEventId;
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  push(bytes: Uint8Array): void {
    if (!ArrayBuffer.isView(bytes) || (bytes as Uint8Array).BYTES_PER_ELEMENT !== 1) {
      throw new TypeError(`The chunk is ${typeof bytes}: it must be a Uint8Array`);
    }
    if (this.#ended) return;
    try {
      this.#parse(bytes);
    } catch (error) {
      // The line state is half way: nothing that follows could be told from garbage.
      this.end();
      throw error;
    }
  }

  end(): void {
    this.#ended = true;
    this.#data = undefined;
    this.#tail = new Uint8Array(0);
    this.#tailBytes = 0;
  }

  #parse(bytes: Uint8Array): void {
    const { length } = bytes;
    let start = this.#markBytes < 3 ? this.#skipMark(bytes) : 0;
    while (start < length) {
      if (this.#afterCr) {
        this.#afterCr = false;
        if (bytes[start] === LF) {
          start++;
          continue;
        }
      }
      // The tail is empty at the start of a line, and inside comments.
      if (this.#tailBytes === 0 && bytes[start] === COLON) this.#inComment = true;
      let end = start;
      while (end < length && bytes[end] !== LF && bytes[end] !== CR) end++;
      const part = bytes.subarray(start, end);
      if (end === length) {
        if (this.#inComment) return;
        this.#checkSize(this.#tailBytes + part.length);
        this.#keep(part);
        return;
      }
      this.#afterCr = bytes[end] === CR;
      start = end + 1;
      if (this.#inComment) {
        this.#inComment = false;
        continue;
      }
      this.#line(part);
      if (this.#ended) return;
    }
  }

  /** Skips the one byte order mark, in however many chunks it comes; gives the index after it. */
  #skipMark(bytes: Uint8Array): number {
    let index = 0;
    while (this.#markBytes < 3 && index < bytes.length) {
      if (bytes[index] !== BYTE_ORDER_MARK[this.#markBytes]) {
        this.#keep(BYTE_ORDER_MARK.subarray(0, this.#markBytes));
        this.#markBytes = 3;
        break;
      }
      this.#markBytes++;
      index++;
    }
    return index;
  }

  #keep(part: Uint8Array): void {
    const needed = this.#tailBytes + part.length;
    if (needed > this.#tail.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#tail.length));
      larger.set(this.#tail.subarray(0, this.#tailBytes));
      this.#tail = larger;
    }
    this.#tail.set(part, this.#tailBytes);
    this.#tailBytes = needed;
  }

  #checkSize(lineBytes: number): void {
    if (this.#eventBytes + lineBytes > this.#maxEventBytes) {
      throw new EventTooLarge({
        maxEventBytes: this.#maxEventBytes,
        lastEventId: this.#lastEventId,
      });
    }
  }

  #line(part: Uint8Array): void {
    let line = part;
    if (this.#tailBytes > 0) {
      this.#keep(part);
      line = this.#tail.subarray(0, this.#tailBytes);
      this.#tailBytes = 0;
    }
    if (line.length === 0) {
      this.#dispatch();
      return;
    }
    this.#checkSize(line.length);
    this.#eventBytes += line.length;
    const text = this.#decoder.decode(line);
    if (this.#tail.length > KEEP_BYTES) this.#tail = new Uint8Array(256);
    const colon = text.indexOf(":");
    if (colon === -1) this.#field(text, "");
    else this.#field(text.slice(0, colon), text.slice(colon + (text[colon + 1] === " " ? 2 : 1)));
  }

  #field(name: string, value: string): void {
    if (name === "data") {
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (name === "event") {
      this.#type = value;
    } else if (name === "id") {
      if (!value.includes("\0")) this.#pendingId = value;
    } else if (name === "retry" && /^[0-9]+$/.test(value)) {
      this.#onRetry?.(Math.min(Number(value), Number.MAX_SAFE_INTEGER));
    }
  }

  #dispatch(): void {
    const type = this.#type === "" ? "message" : this.#type;
    const data = this.#data;
    this.#type = "";
    this.#data = undefined;
    this.#eventBytes = 0;
    this.#lastEventId = this.#pendingId;
    if (data !== undefined) this.#onEvent({ type, data, lastEventId: this.#lastEventId });
  }
}
