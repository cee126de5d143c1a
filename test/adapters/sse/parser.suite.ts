// SSE-1 and SSE-2: what the parser makes of each known stream, however it is cut, and what it
// promises about ids, ends, limits and wrong arguments. Chunking at random and the cost of it are
// in parser-chunking.suite.ts.
import { EventTooLarge } from "../../../src/adapters/sse/errors.js";
import {
  createEventStreamParser,
  type EventStreamParser,
  type ServerSentEvent,
} from "../../../src/adapters/sse/parser.js";
import { ActorError } from "../../../src/kernel/errors.js";
import { defineSuite } from "../../harness/suite.js";
import { bytesOf, byteVectors, type StreamVector, tableVectors, wptVectors } from "./vectors.js";

function parse(chunks: readonly Uint8Array[], lastEventId?: string) {
  const events: (readonly [string, string, string])[] = [];
  const retries: number[] = [];
  const parser = createEventStreamParser({
    onEvent: (event) => events.push([event.type, event.data, event.lastEventId]),
    onRetry: (retryMs) => retries.push(retryMs),
    lastEventId,
  });
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return { events, retries, resumeId: parser.lastEventId };
}

function expected({ events, retries = [], resumeId }: StreamVector) {
  return { events, retries, resumeId: resumeId ?? events.at(-1)?.[2] ?? "" };
}

export const suite = defineSuite("sse parser", ({ describe, test, expect }) => {
  const groups = [
    ["SSE-1: the table", tableVectors],
    ["SSE-1: web-platform-tests", wptVectors],
    ["SSE-1: bytes", byteVectors],
  ] as const;
  for (const [group, vectors] of groups) {
    describe(group, () => {
      for (const vector of vectors) {
        const bytes = bytesOf(vector.stream);
        test(`${vector.name}, whole`, () => {
          expect(parse([bytes])).toEqual(expected(vector));
        });
        test(`${vector.name}, byte by byte`, () => {
          expect(parse(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected(vector));
        });
        test(`${vector.name}, cut in two at every place`, () => {
          for (let cut = 0; cut <= bytes.length; cut++) {
            const result = parse([bytes.subarray(0, cut), bytes.subarray(cut)]);
            expect({ cut, ...result }).toEqual({ cut, ...expected(vector) });
          }
        });
      }
    });
  }

  describe("SSE-2: the id to resume with", () => {
    test("SSE-2: it commits at the blank line, not at the id line", () => {
      const parser = createEventStreamParser({ onEvent: () => {}, lastEventId: "0" });
      parser.push(bytesOf("id: 1\ndata: x\n"));
      expect(parser.lastEventId).toBe("0");
      parser.push(bytesOf("\n"));
      expect(parser.lastEventId).toBe("1");
    });

    test("SSE-2: it commits without data too", () => {
      expect(parse([bytesOf("id: 9\n\n")])).toEqual({ events: [], retries: [], resumeId: "9" });
    });

    test("SSE-2: an event that was cut after its id line is not skipped", () => {
      expect(parse([bytesOf("id: 1\ndata: a\n\nid: 2\ndata: b\n")]).resumeId).toBe("1");
    });

    test("SSE-2: it persists from one connection to the next", () => {
      const first = parse([bytesOf("id: 5\ndata: a\n\n")]);
      const second = parse([bytesOf("data: b\n\n")], first.resumeId);
      expect(second).toEqual({ events: [["message", "b", "5"]], retries: [], resumeId: "5" });
    });

    test("SSE-2: a bare id resets the one of the connection before", () => {
      expect(parse([bytesOf("id\ndata: b\n\n")], "5").events).toEqual([["message", "b", ""]]);
    });

    test("SSE-2: an id with NUL leaves the one before", () => {
      expect(parse([bytesOf("id: a\0\ndata: b\n\n")], "5").resumeId).toBe("5");
    });

    test("SSE-2: it is committed when onEvent runs", () => {
      const seen: string[] = [];
      const parser: EventStreamParser = createEventStreamParser({
        onEvent: () => seen.push(parser.lastEventId),
      });
      parser.push(bytesOf("id: 1\ndata: x\n\nid: 2\ndata: y\n\n"));
      expect(seen).toEqual(["1", "2"]);
    });
  });

  describe("the end", () => {
    test("an event is delivered at its CR, before the LF that may follow", () => {
      const events: ServerSentEvent[] = [];
      const parser = createEventStreamParser({ onEvent: (event) => events.push(event) });
      parser.push(bytesOf("data: x\r\n\r"));
      expect(events).toHaveLength(1);
      parser.push(bytesOf("\ndata: y\n\n"));
      expect(events.map((event) => event.data)).toEqual(["x", "y"]);
    });

    test("SSE-5: after an end inside onEvent nothing of the chunk is delivered", () => {
      const events: string[] = [];
      const parser: EventStreamParser = createEventStreamParser({
        onEvent: (event) => {
          events.push(event.data);
          parser.end();
        },
      });
      parser.push(bytesOf("data: a\n\ndata: b\n\n"));
      parser.push(bytesOf("data: c\n\n"));
      expect(events).toEqual(["a"]);
    });

    test("SSE-5: after an end inside onRetry nothing of the chunk is delivered", () => {
      const events: string[] = [];
      const parser: EventStreamParser = createEventStreamParser({
        onEvent: (event) => events.push(event.data),
        onRetry: () => parser.end(),
      });
      parser.push(bytesOf("retry: 1\ndata: a\n\n"));
      expect(events).toEqual([]);
    });

    test("what onEvent throws leaves push, and nothing is delivered after it", () => {
      const failure = new Error("no room");
      const events: string[] = [];
      const parser = createEventStreamParser({
        onEvent: (event) => {
          events.push(event.data);
          throw failure;
        },
      });
      expect(() => parser.push(bytesOf("id: 1\ndata: a\n\nid: 2\ndata: b\n\n"))).toThrow(failure);
      parser.push(bytesOf("data: c\n\n"));
      expect(events).toEqual(["a"]);
      expect(parser.lastEventId).toBe("1");
    });

    test("the caller may reuse a chunk's buffer at once", () => {
      const events: string[] = [];
      const parser = createEventStreamParser({ onEvent: (event) => events.push(event.data) });
      const buffer = new Uint8Array(4);
      for (const part of ["data", ": ab", "cd\n\n"]) {
        buffer.set(bytesOf(part));
        parser.push(buffer);
        buffer.fill(0);
      }
      expect(events).toEqual(["abcd"]);
    });

    test("an empty chunk changes nothing", () => {
      const empty = new Uint8Array(0);
      const chunks = [empty, bytesOf("data: x\r"), empty, bytesOf("\n\r\n"), empty];
      expect(parse(chunks).events).toEqual([["message", "x", ""]]);
    });
  });

  describe("SSE-1: maxEventBytes", () => {
    const cases = [
      { name: "one line", stream: "data:12345\n\n", bytes: 10 },
      { name: "several lines", stream: "event:a\ndata:1\ndata:2\n\n", bytes: 19 },
      { name: "an unknown field", stream: "foo: bar\ndata:1\n\n", bytes: 14 },
      { name: "a leading byte order mark", stream: "\uFEFFdata:12345\n\n", bytes: 10 },
      { name: "comments, which are free", stream: `data:1\n:${"c".repeat(99)}\n\n`, bytes: 6 },
    ];
    for (const { name, stream, bytes } of cases) {
      for (const size of [1, 3, 1_000]) {
        test(`SSE-1: the limit is exact for ${name} in chunks of ${size}`, () => {
          expect(count(stream, bytes, size)).toBe(1);
          expect(() => count(stream, bytes - 1, size)).toThrow(EventTooLarge);
        });
      }
    }

    function count(stream: string, maxEventBytes: number, size: number): number {
      let events = 0;
      const parser = createEventStreamParser({ onEvent: () => events++, maxEventBytes });
      const bytes = bytesOf(stream);
      for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
      return events;
    }

    test("SSE-1: the limit holds for one event, not for the stream", () => {
      expect(count("data:12345\n\n".repeat(50), 10, 7)).toBe(50);
    });

    test("SSE-1: a line without an end is refused as soon as it is too long", () => {
      const parser = createEventStreamParser({ onEvent: () => {}, maxEventBytes: 8 });
      parser.push(bytesOf("data:123"));
      expect(() => parser.push(bytesOf("4"))).toThrow(EventTooLarge);
    });

    test("SSE-1: heartbeat comments without a blank line never reach the limit", () => {
      const events: string[] = [];
      const parser = createEventStreamParser({
        onEvent: (event) => events.push(event.data),
        maxEventBytes: 16,
      });
      for (let beat = 0; beat < 1_000; beat++) parser.push(bytesOf(": heartbeat\n"));
      parser.push(bytesOf(`:${"c".repeat(100_000)}`));
      parser.push(bytesOf("\ndata: alive\n\n"));
      expect(events).toEqual(["alive"]);
    });

    test("SSE-1: the error is typed, names the limit and the remedy, and tells where to resume", () => {
      const events: string[] = [];
      const parser = createEventStreamParser({
        onEvent: (event) => events.push(event.data),
        maxEventBytes: 20,
      });
      let caught: unknown;
      try {
        parser.push(bytesOf(`id: 1\ndata: a\n\nid: 2\ndata: ${"b".repeat(20)}\n\ndata: c\n\n`));
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(EventTooLarge);
      expect(caught).toBeInstanceOf(ActorError);
      expect(caught).toMatchObject({
        name: "EventTooLarge",
        code: "sse-event-too-large",
        maxEventBytes: 20,
        lastEventId: "1",
      });
      expect((caught as Error).message).toContain("20 bytes: raise maxEventBytes");
      parser.push(bytesOf("data: d\n\n"));
      expect(events).toEqual(["a"]);
    });

    test("SSE-1: the default is 1 MiB", () => {
      const line = "data:".length;
      expect(count(`data:${"x".repeat(1_048_576 - line)}\n\n`, 1_048_576, 65_536)).toBe(1);
      const parser = createEventStreamParser({ onEvent: () => {} });
      const large = bytesOf(`data:${"x".repeat(1_048_577 - line)}\n\n`);
      expect(() => parser.push(large)).toThrow(EventTooLarge);
    });

    test("SSE-1: a large event leaves room for the next", () => {
      const sizes: number[] = [];
      const parser = createEventStreamParser({ onEvent: (event) => sizes.push(event.data.length) });
      const stream = bytesOf(`data:${"x".repeat(200_000)}\n\ndata:y\n\n`);
      for (let at = 0; at < stream.length; at += 999) parser.push(stream.subarray(at, at + 999));
      expect(sizes).toEqual([200_000, 1]);
    });
  });

  describe("wrong arguments", () => {
    const onEvent = () => {};
    test("a limit that is no whole number of 1 or more is a RangeError", () => {
      for (const maxEventBytes of [0, -1, 1.5, Number.NaN, -Infinity]) {
        expect(() => createEventStreamParser({ onEvent, maxEventBytes })).toThrow(RangeError);
      }
      expect(() => createEventStreamParser({ onEvent, maxEventBytes: Infinity })).not.toThrow();
    });

    test("callbacks that are no functions and an id that is no string are TypeErrors", () => {
      const wrong: unknown[] = [{}, { onEvent, onRetry: 1 }, { onEvent, lastEventId: 7 }];
      for (const options of wrong) {
        expect(() =>
          createEventStreamParser(options as Parameters<typeof createEventStreamParser>[0]),
        ).toThrow(TypeError);
      }
    });

    test("a chunk of text is a TypeError that says what to push", () => {
      const parser = createEventStreamParser({ onEvent });
      expect(() => parser.push("data: x\n\n" as unknown as Uint8Array)).toThrow(
        new TypeError("The chunk is string: it must be a Uint8Array"),
      );
    });
  });
});
