// The codec of links that carry structured clones: what arrives is what was sent, what cannot cross is
// refused before anything is sent, and what needs no tag costs no copy.
// Owns its tests. What both codecs refuse of a hostile peer is hostile-values.suite.ts.

import * as fc from "fast-check";
import { createSystemOn, genServer, task } from "../../src/index.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { across, codecOf, sendable } from "./codec-pair.js";

const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 }),
  call: { get: (self) => self.state.count },
});

class Point {
  readonly x = 1;
}

export const suite = defineSuite("realms clone codec", ({ describe, test, expect }) => {
  const encode = (value: unknown): unknown => codecOf("clone").encode(value, [], "args");
  const same = (value: unknown): void => expect(encode(value)).toBe(value);

  describe("what needs no tag", () => {
    test("is sent as it is, and not copied", () => {
      same("text");
      same(7);
      same(undefined);
      same(7n);
      same([1, "two", null, { three: [4n, undefined] }]);
      same(new Map([["key", new Set([new Date(0)])]]));
      same({ bytes: new Uint8Array(3), blob: new Blob(["x"]) });
      same(Array.from({ length: 5_000 }, (_, index) => ({ index })));
      same(Object.assign(Object.create(null), { a: 1 }));
    });

    test("is not even looked at on the way in, from a peer that is trusted", () => {
      const value = { deep: [{ down: 1 }] };
      expect(codecOf("clone").decode(value)).toBe(value);
    });

    test("may hold itself, and hold the same object again and again", () => {
      const ring: Record<string, unknown> = { name: "ring" };
      ring.self = [ring];
      same(ring);
      let wide: unknown[] = [];
      for (let level = 0; level < 40; level++) wide = [wide, wide];
      same(wide);
    });
  });

  describe("what needs a tag", () => {
    test("every generated value arrives as it was sent", { needs: "ownClones" }, () => {
      const codec = codecOf("clone");
      fc.assert(
        fc.property(sendable, (value) => {
          // With something that needs a tag beside it, so that the value is walked through.
          const signal = new AbortController().signal;
          const [arrived] = across(codec, [value, signal]) as [unknown];
          expect(arrived).toEqual(structuredClone(value));
        }),
      );
    });

    test("a literal list that looks like a tag stays a list", () => {
      for (const list of [["$"], ["$ref", 1], ["$x", [1]], ["$$", "$x"], [["$error"], "$"]]) {
        expect(across(codecOf("clone"), list)).toEqual(list);
      }
    });

    test("refs and signals arrive wherever they stand", async () => {
      const system = createSystemOn(virtualPlatform().platform, { onCrash: () => {} });
      const ref = await system.start(Counter);
      const { signal } = new AbortController();
      const value = { list: [ref], map: new Map([[ref, new Set([signal])]]) };
      const arrived = across(codecOf("clone"), value) as typeof value;
      expect(arrived.list[0]).toBe(ref);
      expect([...(arrived.map.get(ref) as Set<unknown>)]).toEqual([signal]);
      expect(value.list[0]).toBe(ref);
      await system.stop();
    });

    test("what is one object stays one, and what holds itself still does", () => {
      const { signal } = new AbortController();
      const shared = { signal };
      const value: { all: unknown[]; ring?: unknown } = { all: [shared, shared] };
      value.ring = value;
      const arrived = across(codecOf("clone"), value) as typeof value;
      expect(arrived.all[0]).toBe(arrived.all[1]);
      expect(arrived.ring).toBe(arrived);
    });

    test("a large list of numbers beside it is not copied", () => {
      const numbers = Array.from({ length: 1_000 }, (_, index) => index);
      const [, copy] = encode([numbers, new AbortController().signal]) as [string, unknown[]];
      expect(copy[0]).toBe(numbers);
    });

    test("a property named __proto__ stays data", () => {
      const value = JSON.parse('{"__proto__":{"isAdmin":true}}') as object;
      const [arrived] = across(codecOf("clone"), [value, new AbortController().signal]) as [object];
      expect(Object.keys(arrived)).toEqual(["__proto__"]);
      expect(Object.getPrototypeOf(arrived)).toBe(Object.prototype);
    });
  });

  describe("what cannot cross is a TypeError that says where and what instead", () => {
    const refused = (value: unknown, message: string): void => {
      expect(() => encode(value)).toThrow(TypeError);
      expect(() => encode(value)).toThrow(message);
    };

    test("functions and symbols", () => {
      refused([{ onDone: () => {} }], "args[0].onDone is a function: send a ref");
      refused([1, Symbol("x")], "args[1] is a symbol: send a string");
      refused(() => {}, "args is a function");
    });

    test("instances of classes", () => {
      refused([new Point()], "args[0] is an instance of Point: send its data as a plain object");
      refused(
        { "a b": [new (class Own extends Map {})()] },
        'args["a b"][0] is an instance of Own',
      );
      refused(new Map([["p", new Point()]]), 'args.get("p") is an instance of Point');
      refused(new Set([new Point()]), "args.values() is an instance of Point");
      refused([new (class Mine extends Array {})()], "args[0] is an instance of Mine");
      refused([new URL("http://localhost")], "args[0] is an instance of URL");
      refused([/x/], "args[0] is a RegExp: send its source and flags");
      refused([Promise.resolve()], "args[0] is a promise: await it first");
    });

    test("also where something else in the value needs a tag", () => {
      const { signal } = new AbortController();
      refused([signal, { at: new Point() }], "args[1].at is an instance of Point");
    });

    test("a class that says it is a built-in one", () => {
      class Sly {
        get [Symbol.toStringTag](): string {
          return "Map";
        }
      }
      refused([new Sly()], "args[0] is an instance of Sly");
    });

    test("faces, systems and jobs", async () => {
      const system = createSystemOn(virtualPlatform().platform, { onCrash: () => {} });
      const ref = await system.start(Counter);
      refused([ref.call], "args[0] is no plain object, such as the call of a ref: send the ref");
      refused([system], "args[0]");
      const job = task(system, () => 1);
      refused([job], "args[0]");
      await job;
      await system.stop();
    });

    test("what is nested deeper than the other side reads", () => {
      let deep: unknown = 0;
      for (let level = 0; level < 1_001; level++) deep = [deep];
      refused(deep, "is nested deeper than 1000, or in itself: send it flat");
    });
  });

  test("one frame is a packet by itself, several are a list", () => {
    const codec = codecOf("clone");
    const ping = { t: "ping", n: 1 } as const;
    expect(codec.pack([ping])).toBe(ping);
    expect(codec.unpack(codec.pack([ping]))).toEqual([ping]);
    expect(codec.unpack(codec.pack([ping, ping]))).toEqual([ping, ping]);
  });
});
