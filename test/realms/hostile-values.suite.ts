// What a hostile peer may put into frames: nothing of it does more than throw MalformedFrame, and nothing
// of it costs more than the limits say.
// Owns these tests for both codecs. What frames mean is not asked here.

import * as fc from "fast-check";
import type { Codec } from "../../src/realms/values/codec.js";
import { RemoteError } from "../../src/realms/values/remote-error.js";
import { transfer } from "../../src/realms/values/transfer.js";
import { MalformedFrame } from "../../src/realms/wire/malformed-frame.js";
import { defineSuite } from "../harness/suite.js";
import { across, codecNames, codecOf, madeUp } from "./codec-pair.js";

export const suite = defineSuite("realms hostile values", ({ describe, test, expect }) => {
  const malformed = (run: () => unknown, why: string): void => {
    expect(run).toThrow(MalformedFrame);
    expect(run).toThrow(why);
  };

  /** Runs what may throw MalformedFrame and nothing else. */
  const onlyMalformed = (run: () => unknown): void => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedFrame);
    }
  };

  const decode = (codec: Codec, json: string): unknown =>
    codec.decode(codec.name === "clone" ? JSON.parse(json) : codec.unpack(`[[${json}]]`).flat()[0]);

  for (const name of codecNames) {
    for (const trusted of [false, true]) {
      const codec = codecOf(name, { trusted });

      describe(`${name} from ${trusted ? "a trusted" : "an untrusted"} peer`, () => {
        test("made-up values throw nothing but MalformedFrame, and pollute nothing", () => {
          const before = Object.getOwnPropertyNames(Object.prototype).length;
          fc.assert(
            fc.property(madeUp, (value) => {
              onlyMalformed(() => codec.decode(["$x", value]));
              onlyMalformed(() => codec.decode(value));
            }),
            { numRuns: 500 },
          );
          expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
        });

        test("made-up packets throw nothing but MalformedFrame", () => {
          const packet = fc.oneof(
            fc.string(),
            fc.json(),
            fc.uint8Array(),
            fc.constantFrom(undefined, null, 7, true, "null", "7", '"x"', "[", '{"a":"\\'),
          );
          fc.assert(fc.property(packet, (value) => onlyMalformed(() => codec.unpack(value))));
        });

        test("unknown tags and shapes that no tag has are refused", () => {
          malformed(() => decode(codec, '["$x",["$regexp","a"]]'), 'unknown tag "$regexp"');
          malformed(() => decode(codec, '["$x",["$toString"]]'), "unknown tag");
          malformed(() => decode(codec, '["$x",["$ref"]]'), "$ref holds");
          malformed(() => decode(codec, '["$x",["$ref",{}]]'), "$ref holds");
          malformed(() => decode(codec, '["$x",["$ref","a","b",1]]'), "$ref names nobody");
          malformed(() => decode(codec, '["$x",["$signal",[]]]'), "$signal holds");
          malformed(() => decode(codec, '["$x",["$error","Error"]]'), "$error holds no error");
          malformed(() => decode(codec, '["$x",["$error","a","b",[]]]'), "$error holds no error");
          malformed(() => decode(codec, '["$x",["$reason"]]'), "no exit reason");
          malformed(() => decode(codec, '["$x",["$reason",1,2]]'), "no exit reason");
          malformed(() => decode(codec, '["$x",1,2]'), "$x holds no value");
        });

        test("an error that claims to be ours without a reason to read is refused", () => {
          const claim = '["$x",["$error","ActorExit","x",{"code":"actor-exit","reason":5}]]';
          malformed(() => decode(codec, claim), "holds no exit reason");
        });

        test("no class comes back but those that are known", () => {
          const named = (error: string) => decode(codec, `["$x",["$error","${error}","m",{}]]`);
          for (const error of ["Function", "constructor", "__proto__", "toString", "Promise"]) {
            expect(named(error)).toBeInstanceOf(RemoteError);
          }
        });

        test("fields of an error do not shadow what every object has", () => {
          const json =
            '["$x",["$error","E","m",{"__proto__":{"a":1},"toString":1,"valueOf":1,"ok":1}]]';
          const error = decode(codec, json) as Error;
          expect(String(error)).toBe("E: m");
          expect(Object.keys(error).sort()).toEqual(["code", "name", "ok"]);
          expect((error as unknown as { a?: number }).a).toBeUndefined();
        });

        test("a value that is nested deeper than the limit is refused", () => {
          const depth = trusted ? 1_001 : 65;
          const bomb = `["$x",${"[".repeat(depth)}{}${"]".repeat(depth)}]`;
          malformed(() => decode(codec, bomb), "nested deeper than");
        });
      });
    }

    describe(`${name} from an untrusted peer`, () => {
      const codec = codecOf(name, { trusted: false });

      test("a reason of a reason is refused", () => {
        const json = '["$x",["$reason",null,["$reason",""]]]';
        malformed(() => decode(codec, json), "holds another one");
      });

      test("objects come without a prototype, and __proto__ is data", () => {
        const read = decode(codec, '{"__proto__":{"isAdmin":true},"constructor":{"prototype":1}}');
        expect(Object.getPrototypeOf(read)).toBeNull();
        expect((read as { isAdmin?: boolean }).isAdmin).toBeUndefined();
        expect(Object.keys(read as object)).toEqual(["__proto__", "constructor"]);
        expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
      });

      test("a stack that it sends is not taken", () => {
        const error = decode(codec, '["$x",["$error","TypeError","m",{"stack":"fake"}]]') as Error;
        expect(error.stack).toBe("TypeError: m");
      });

      test("more values than the limit are refused", () => {
        const bomb = `[${"0,".repeat(100_001)}0]`;
        malformed(() => decode(codec, bomb), "more than 100000 values");
      });
    });
  }

  describe("clones", () => {
    const codec = codecOf("clone", { trusted: false });

    test("what is never sent is refused: expressions, raw errors, boxed values", () => {
      for (const value of [/a/, new Error("x"), Object(true), Object("s")]) {
        malformed(() => codec.decode([value]), "an object that is never sent");
      }
    });

    test("an array that says it is long is refused before anybody counts to its end", () => {
      malformed(() => codec.decode(new Array(4_000_000_000)), "more than 100000 values");
    });

    test("text, bytes and bigints are refused beyond the limits", () => {
      malformed(() => codec.decode("x".repeat(1_048_577)), "longer than 1048576 bytes");
      malformed(() => codec.decode([new Uint8Array(1_048_577)]), "longer than 1048576 bytes");
      malformed(() => codec.decode({ n: 10n ** 1_024n }), "more than 1024 digits");
      expect(codec.decode(-(10n ** 1_023n))).toBe(-(10n ** 1_023n));
    });

    test("what holds itself is read once, also behind tags", () => {
      const ring: unknown[] = [];
      ring.push(ring, new Map([[ring, ring]]));
      const read = codec.decode(ring) as unknown[];
      expect(read[0]).toBe(read);
      const reason: unknown[] = ["$reason"];
      reason.push(reason);
      malformed(() => codec.decode(["$x", reason]), "nested deeper than 64");
    });

    test("an array's own properties beside its elements are left behind", () => {
      const list = Object.assign([1], { map: "x" });
      expect(Object.keys(codec.decode(list) as unknown[])).toEqual(["0"]);
    });
  });

  describe("text", () => {
    const codec = codecOf("json", { trusted: false });

    test("a packet that is too long is refused before it is read", () => {
      malformed(() => codec.unpack("x".repeat(1_048_577)), "longer than 1048576");
      malformed(() => codec.unpack(new Uint8Array(1_048_577)), "longer than 1048576");
    });

    test("a packet that nests too deep or holds too much is refused before it is parsed", () => {
      malformed(() => codec.unpack("[".repeat(1_000_000)), "nested deeper than 64");
      malformed(() => codec.unpack(`[${"[],".repeat(200_000)}0]`), "more than 100000 values");
      malformed(() => codec.unpack(`{${'"a":1,'.repeat(150_000)}"b":1}`), "more than 100000");
    });

    test("brackets, commas and quotes inside strings count for nothing", () => {
      const text = `${'[,"{\\'.repeat(30_000)}`;
      const packet = JSON.stringify({ t: "send", text, next: [1] });
      expect(codec.unpack(packet)).toEqual([{ t: "send", text, next: [1] }]);
    });

    test("a bigint of too many digits, or of none, is refused before it is made", () => {
      malformed(() => decode(codec, `["$bigint","${"9".repeat(500_000)}"]`), "1024 digits");
      malformed(() => decode(codec, '["$bigint","0x10"]'), "$bigint holds");
      malformed(() => decode(codec, '["$bigint",""]'), "$bigint holds");
    });

    test("values of the wrong shape behind tags are refused", () => {
      for (const json of [
        '["$undefined",1]',
        '["$number",1]',
        '["$number","1"]',
        '["$date","x"]',
        '["$date",1e999]',
        '["$date"]',
        '["$map",1]',
        '["$bytes","Uint8Array"]',
        '["$bytes","Uint8Array",1]',
        '["$bytes","Function","AAAA"]',
        '["$bytes","__proto__","AAAA"]',
        '["$bytes","Float64Array","AAAA"]',
      ]) {
        malformed(() => decode(codec, json), "holds something else than it should");
      }
      malformed(() => decode(codec, '["$bytes","Uint8Array","A"]'), "no base64");
      malformed(() => decode(codec, '["$bytes","Uint8Array","****"]'), "no base64");
    });

    test("bytes that are no UTF-8 are refused", () => {
      malformed(() => codec.unpack(new Uint8Array([0x22, 0xff, 0x22])), "no UTF-8");
    });
  });

  describe("what a peer that is not trusted is shown of a buffer", { needs: "ownClones" }, () => {
    const guest = () => codecOf("clone", { trusted: false });
    const secret = (): ArrayBuffer => new TextEncoder().encode("before,shown,after").buffer;

    test("is what a view covers, and nothing before or behind it", () => {
      const buffer = secret();
      const shown = new Uint8Array(buffer, 7, 5);
      for (const sent of [
        shown,
        [{ deep: shown }],
        new Map([["shown", shown]]),
        new DataView(buffer, 7, 5),
        new Uint16Array(buffer, 8, 2),
        new Error("told", { cause: shown }),
      ]) {
        const arrived = across(guest(), sent);
        const text = JSON.stringify(arrived, (_key, value) => {
          if (value instanceof Map) return [...value.values()];
          if (!ArrayBuffer.isView(value)) return value;
          return new TextDecoder().decode(value.buffer);
        });
        expect(text).not.toMatch(/before|after/);
        if (!(sent instanceof Error)) expect(text).toMatch(/shown|ho/);
      }
      expect(across(guest(), shown)).toEqual(new TextEncoder().encode("shown"));
      const there = across(guest(), new DataView(buffer, 7, 5)) as DataView;
      expect([there.byteLength, there.getUint8(0)]).toEqual([5, shown[0]]);
      expect(across(guest(), new Uint16Array(buffer, 8, 2))).toEqual(new Uint16Array(buffer, 8, 2));
    });

    test("is one object still where it was one", () => {
      const shown = new Uint8Array(secret(), 7, 5);
      const [one, other] = across(guest(), [shown, { shown }]) as [unknown, { shown: unknown }];
      expect(other.shown).toBe(one);
    });

    test("is all of it where all is covered, or was named to be moved", () => {
      const whole = new Uint8Array(secret());
      const encoded = guest().encode([whole], []) as [unknown];
      expect(encoded[0]).toBe(whole);
      const buffer = secret();
      const part = transfer({ part: new Uint8Array(buffer, 7, 5) }, [buffer]);
      const arrived = across(guest(), part) as { part: Uint8Array };
      expect([arrived.part.buffer.byteLength, buffer.byteLength]).toEqual([18, 0]);
    });

    test("a trusted peer has it as a structured clone is: views of one buffer stay that", () => {
      const buffer = secret();
      const views = [new Uint8Array(buffer, 0, 6), new Uint8Array(buffer, 7, 5)];
      const [one, other] = across(codecOf("clone"), views) as [Uint8Array, Uint8Array];
      expect(one.buffer).toBe(other.buffer);
    });

    test("what was moved away is refused, as of any view", () => {
      const buffer = secret();
      const part = new Uint8Array(buffer, 7, 5);
      structuredClone(0, { transfer: [buffer] });
      expect(() => guest().encode([part], [], "args")).toThrow("args[0] was moved away already");
    });
  });
});
