// The codec of links that carry text: what JSON lacks arrives all the same, and what text cannot carry
// is refused before anything is sent.
// Owns its tests. What both codecs refuse of a hostile peer is hostile-values.suite.ts.

import * as fc from "fast-check";
import { createSystemOn, genServer } from "../../src/index.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { across, codecOf, sendable } from "./codec-pair.js";

const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 }),
  call: { get: (self) => self.state.count },
});

export const suite = defineSuite("realms json codec", ({ describe, test, expect }) => {
  const encode = (value: unknown): unknown => codecOf("json").encode(value, [], "args");

  test("every generated value arrives as it was sent", () => {
    const codec = codecOf("json");
    fc.assert(
      fc.property(sendable, (value) => {
        expect(across(codec, value)).toEqual(value);
      }),
    );
    expect(across(codec, { a: undefined })).toStrictEqual({ a: undefined });
  });

  test("every generated value arrives at a peer that trusts nobody, without prototypes", () => {
    const codec = codecOf("json", { trusted: false });
    fc.assert(
      fc.property(sendable, (value) => {
        expect(across(codec, value)).toEqual(value);
      }),
    );
    const arrived = across(codec, [{ a: {} }]) as [{ a: object }];
    expect(Object.getPrototypeOf(arrived[0])).toBeNull();
    expect(Object.getPrototypeOf(arrived[0].a)).toBeNull();
  });

  test("what JSON has itself is sent as it is, and not copied", () => {
    const value = { list: [1, "two", null, true, { nested: [] }] };
    expect(encode(value)).toBe(value);
    expect(codecOf("json").decode(value)).toBe(value);
  });

  test("all kinds of bytes arrive, also parts of a buffer and more than one call can take", () => {
    const large = Uint8Array.from({ length: 200_001 }, (_, index) => index * 31);
    expect(across(codecOf("json"), large)).toStrictEqual(large);
    const part = large.subarray(7, 20);
    expect(across(codecOf("json"), part)).toStrictEqual(part.slice());
    for (const value of [
      new BigInt64Array([-1n]),
      new Float32Array([0.5, Number.NaN]),
      new Uint8ClampedArray([255]),
      new ArrayBuffer(0),
    ]) {
      expect(across(codecOf("json"), value)).toStrictEqual(value);
    }
    const view = across(codecOf("json"), new DataView(large.buffer, 1, 3)) as DataView;
    expect([view.byteLength, view.getUint8(0)]).toEqual([3, 31]);
  });

  test("a hole in an array becomes undefined", () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    expect(across(codecOf("json"), [1, , 3])).toStrictEqual([1, undefined, 3]);
  });

  test("refs and signals arrive wherever they stand", async () => {
    const system = createSystemOn(virtualPlatform().platform, { onCrash: () => {} });
    const ref = await system.start(Counter);
    const { signal } = new AbortController();
    const arrived = across(codecOf("json"), { a: [ref, new Map([[ref, signal]])] });
    const { a } = arrived as { a: [unknown, Map<unknown, unknown>] };
    expect(a[0]).toBe(ref);
    expect(a[1].get(ref)).toBe(signal);
    await system.stop();
  });

  describe("what text cannot carry is a TypeError that says where and what instead", () => {
    const refused = (value: unknown, message: string): void => {
      expect(() => encode(value)).toThrow(TypeError);
      expect(() => encode(value)).toThrow(message);
    };

    test("what only a clone carries", () => {
      refused([new Blob(["x"])], "args[0] is a Blob: text does not carry it");
      refused({ port: new ReadableStream() }, "args.port is a ReadableStream: text does not");
      refused([() => {}], "args[0] is a function");
      refused(Symbol("x"), "args is a symbol");
      refused([new (class Own {})()], "args[0] is an instance of Own");
    });

    test("what holds itself", () => {
      const ring: unknown[] = [];
      ring.push(ring);
      refused(ring, "is nested deeper than 1000, or in itself: send it flat");
      const signal = new AbortController().signal;
      refused([signal, ring], "in itself");
    });

    test("a bigint of more digits than the other side reads", () => {
      refused({ n: 10n ** 1024n }, "args.n is a bigint of more than 1024 digits: send bytes");
    });

    test("more values than the other side reads", () => {
      const codec = codecOf("json", { trusted: false });
      expect(() => codec.encode(new Array(100_001).fill(0), [], "args")).toThrow(
        "args makes more than 100000 values: send it in parts",
      );
    });
  });

  test("packets are text, and bytes of text are read too", () => {
    const codec = codecOf("json");
    const ping = { t: "ping", n: 1 } as const;
    expect(codec.pack([ping])).toBe('{"t":"ping","n":1}');
    expect(codec.unpack(codec.pack([ping, ping]))).toEqual([ping, ping]);
    const bytes = new TextEncoder().encode('{"t":"ping","n":1}');
    expect(codec.unpack(bytes)).toEqual([ping]);
    expect(codec.unpack(bytes.slice().buffer)).toEqual([ping]);
  });
});
