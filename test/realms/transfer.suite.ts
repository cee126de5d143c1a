// Marks of what is to be moved: what they take, whom they concern, and when they are used up.
// Owns their tests, on a link that can move and on one that cannot.

import { UnsupportedError } from "../../src/index.js";
import { transfer } from "../../src/realms/values/transfer.js";
import { defineSuite } from "../harness/suite.js";
import { thrown } from "../kernel/probes.js";
import { across, codecNames, codecOf } from "./codec-pair.js";

export const suite = defineSuite("realms transfer", ({ describe, test, expect }) => {
  const movedOf = (value: unknown): Transferable[] => {
    const list: Transferable[] = [];
    codecOf("clone").encode(value, list);
    return list;
  };

  test("gives the same value, which stays usable where nothing is sent", () => {
    const pixels = new Uint8Array([1, 2, 3]);
    expect(transfer(pixels)).toBe(pixels);
    expect(pixels[2]).toBe(3);
  });

  test("a marked buffer, or the buffer of a marked view, is moved and not copied", {
    needs: "ownClones",
  }, () => {
    const buffer = new ArrayBuffer(8);
    const arrived = across(codecOf("clone"), [transfer(buffer)]) as [ArrayBuffer];
    expect(arrived[0].byteLength).toBe(8);
    expect(buffer.byteLength).toBe(0);
    const view = new Float64Array([1.5]);
    expect(across(codecOf("clone"), transfer(view))).toEqual(new Float64Array([1.5]));
    expect(view.length).toBe(0);
  });

  test("a list says what to move of an object, wherever the object stands", () => {
    const pixels = new Uint8Array(4);
    const image = transfer({ name: "cat", pixels }, [pixels]);
    const { signal } = new AbortController();
    expect(movedOf({ deep: [image, image, signal] })).toEqual([pixels.buffer]);
  });

  test("what is not marked is copied", { needs: "ownClones" }, () => {
    const bytes = new Uint8Array(4);
    expect(movedOf([bytes])).toEqual([]);
    expect(across(codecOf("clone"), bytes)).toEqual(bytes);
    expect(bytes.length).toBe(4);
  });

  test("a mark is used up when it is sent", () => {
    const buffer = new ArrayBuffer(8);
    transfer(buffer);
    expect(movedOf([buffer])).toEqual([buffer]);
    expect(movedOf([buffer])).toEqual([]);
  });

  test("RLM-7: what is refused was not sent, and keeps its mark", () => {
    const buffer = new ArrayBuffer(8);
    const list: Transferable[] = [];
    const codec = codecOf("clone");
    expect(() => codec.encode([transfer(buffer), () => {}], list)).toThrow(TypeError);
    expect(list).toEqual([]);
    expect(movedOf([buffer])).toEqual([buffer]);
  });

  test("a buffer that was named twice is moved once", () => {
    const buffer = new ArrayBuffer(8);
    const both = transfer([transfer(buffer)], [buffer]);
    expect(movedOf(both)).toEqual([buffer]);
  });

  test("RLM-7: on a link that only copies it is an error, and never a silent copy", () => {
    for (const codec of [codecOf("json"), codecOf("clone", { transfer: false })]) {
      const buffer = transfer(new ArrayBuffer(8));
      expect(() => codec.encode([buffer], [])).toThrow(UnsupportedError);
      expect(() => codec.encode([buffer], [])).toThrow(
        `Cannot use transfer on test ${codec.name}: it can only copy, so leave transfer out`,
      );
    }
  });

  describe("ports and streams", () => {
    test("are refused unless they are marked, for they cannot be copied", () => {
      const stream = new ReadableStream();
      expect(() => movedOf([stream])).toThrow(
        "value[0] is a ReadableStream: it can only be moved, so mark it with transfer(…)",
      );
      expect(movedOf([transfer(stream)])).toEqual([stream]);
      expect(movedOf(transfer({ stream }, [stream]))).toEqual([stream]);
    });
  });

  test("what cannot be moved is a TypeError at once", () => {
    const refused = (run: () => unknown, message: string): void => {
      expect(run).toThrow(TypeError);
      expect(run).toThrow(message);
    };
    refused(() => transfer(7 as unknown as object), "value is 7: only objects can be moved");
    refused(() => transfer({ a: 1 }), "name the buffers, ports and streams in it");
    refused(() => transfer([], [{} as Transferable]), "list[0] is {}");
    refused(() => transfer({}, "x" as unknown as []), 'list is "x": it must be an array');
    refused(() => transfer({}, [Object.create(null)]), "list[0] is");
    refused(
      () => transfer(new Uint8Array(8).subarray(2)),
      "value is a view of 6 bytes of a buffer of 8",
    );
  });

  test("what was moved already is a TypeError at once, that says what to do", () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    const moved = /is a buffer that was moved away already: .* as in transfer\(bytes\.slice\(\)\)/;
    expect(() => transfer(bytes)).toThrow(moved);
    expect(() => transfer({ bytes }, [bytes.buffer])).toThrow(moved);
    expect(() => transfer(new Uint8Array(0))).not.toThrow();
  });

  test("what was moved already is refused where it stands, marked or not, by each codec", () => {
    for (const name of codecNames) {
      const codec = codecOf(name);
      const bytes = new Uint8Array(8);
      const marked = transfer(new Uint8Array(8));
      structuredClone(0, { transfer: [bytes.buffer, marked.buffer] });
      const why = "is a buffer that was moved away already: send a copy the first time";
      const refused = (value: unknown, path: string) =>
        expect(thrown(() => codec.encode(value, [], "args")).message).toContain(
          `args${path} ${why}`,
        );
      refused([bytes], "[0]");
      refused([{ image: { pixels: bytes.buffer } }], "[0].image.pixels");
      refused([1, new Map([["a", [bytes]]])], '[1].get("a")[0]');
      refused([new DataView(new ArrayBuffer(0)), new Set([bytes])], "[1].values()");
      if (name === "clone") refused([{ marked }], "[0].marked");
      const transferred: Transferable[] = [];
      const empty = [new Uint8Array(0), new ArrayBuffer(0), new DataView(new ArrayBuffer(0))];
      expect(codec.encode(empty, transferred, "args")).toBeDefined();
    }
  });

  test("shared memory is not moved, and says so", () => {
    if (typeof SharedArrayBuffer === "undefined") {
      expect(typeof SharedArrayBuffer).toBe("undefined");
      return;
    }
    expect(() => transfer(new SharedArrayBuffer(8))).toThrow("value is shared memory");
  });
});
