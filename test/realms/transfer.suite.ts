// Marks of what is to be moved: what they take, whom they concern, and when they are used up.
// Owns their tests, on a link that can move and on one that cannot.

import { genServer, type HandleOf, UnsupportedError } from "../../src/index.js";
import { remote } from "../../src/realms/places/remote.js";
import { transfer } from "../../src/realms/values/transfer.js";
import { defineSuite } from "../harness/suite.js";
import { rejection, thrown } from "../kernel/probes.js";
import { across, codecNames, codecOf } from "./codec-pair.js";
import { pairOf } from "./pair.js";

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

  describe("ports and streams that are gone", () => {
    const Store = genServer({
      id: "store",
      init: () => null,
      call: { put: (_self, value: unknown) => Object.keys(value as object).length },
    });

    test("RLM-7: a stream that somebody reads is refused where it stands, and when it is marked", () => {
      const stream = new ReadableStream();
      const box = transfer({ stream }, [stream]);
      stream.getReader();
      const why = "was moved away already, or is in use: make another one";
      expect(() => movedOf([{ box }])).toThrow(`value[0].box.stream ${why}`);
      expect(() => transfer(stream)).toThrow(`value ${why}`);
      expect(() => transfer(stream)).toThrow(TypeError);
      // What only has such a field is no stream.
      expect(movedOf({ door: { locked: true } })).toEqual([]);
      expect(() => transfer({ locked: true })).toThrow(
        /value is {"locked":true}: it cannot be moved/,
      );
    });

    describe("of the host", { needs: "messagePorts" }, () => {
      test("RLM-7: a port that was moved is refused where it stands, and when it is marked", {
        needs: "portTransfer",
      }, async () => {
        const { page, place, clock, stop } = pairOf([Store]);
        const store = page.launch(remote<typeof Store>("store", place));
        const { port1, port2 } = new MessageChannel();
        const box = { port: port1 };
        const again = transfer([box], [port1]);
        const put = store.call.put(transfer(box, [port1]));
        await clock.settle();
        expect(await put).toBe(1);
        const why = "was moved away already, or is in use: make another one";
        const refused = rejection(store.call.put(again));
        await clock.settle();
        expect(await refused).toBeInstanceOf(TypeError);
        expect((await refused).message).toContain(`args[0][0].port ${why}`);
        expect(() => transfer(port1)).toThrow(`value ${why}`);
        port2.close();
        expect(await stop()).toEqual({ timers: 0 });
      });

      test("RLM-7: a port that could not be sent stays, and can be sent then", {
        needs: "portTransfer",
      }, async () => {
        const { page, place, clock, stop } = pairOf([Store]);
        const store = page.launch(remote<typeof Store>("store", place));
        const { port1, port2 } = new MessageChannel();
        const refused = rejection(store.call.put([transfer(port1), new Proxy({}, {})]));
        await clock.settle();
        expect((await refused).name).toBe("DataCloneError");
        const put = store.call.put(transfer([port1], [port1]));
        await clock.settle();
        expect(await put).toBe(1);
        port2.close();
        expect(await stop()).toEqual({ timers: 0 });
      });
    });
  });

  describe("through a third realm", { needs: "ownClones" }, () => {
    const Store = genServer({
      id: "store",
      init: () => ({ kept: null as unknown }),
      call: {
        keep: (self, value: { readonly bytes?: Uint8Array }) => {
          self.state.kept = value;
          return value.bytes?.byteLength ?? Object.keys(value).length;
        },
        give: (self, size: number) => {
          self.state.kept = new Uint8Array(size);
          return transfer([self.state.kept], [self.state.kept as Uint8Array]);
        },
        left: (self) => (self.state.kept as Uint8Array).byteLength,
      },
    });
    const Asker = genServer({
      id: "asker",
      init: () => null,
      call: {
        put: async (_self, store: HandleOf<typeof Store>) => {
          const bytes = new Uint8Array(64);
          const kept = await store.call.keep(transfer({ bytes }, [bytes]));
          return [kept, bytes.byteLength];
        },
        get: async (_self, store: HandleOf<typeof Store>) => {
          const [bytes] = (await store.call.give(32)) as [Uint8Array];
          return [bytes.byteLength, await store.call.left()];
        },
      },
    });

    async function stage() {
      const pair = pairOf([Asker, Store]);
      const { page, place, clock } = pair;
      const store = page.launch(remote<typeof Store>("store", pair.elsewhere));
      const asker = page.launch(remote<typeof Asker>("asker", place));
      await clock.settle();
      const settled = async <T>(asked: Promise<T>): Promise<T> => {
        asked.catch(() => {});
        await clock.advance(100);
        return asked;
      };
      /** What the realm in the middle moves on. */
      const moved: unknown[] = [];
      for (const { link } of pair.workers) {
        const { near: end } = link;
        const { send } = end;
        end.send = (packet, list = []) => {
          moved.push(...list.map((item) => item.constructor.name));
          send.call(end, packet, list);
        };
      }
      return { ...pair, store, asker, settled, moved };
    }

    test("RLM-7: a buffer is moved on by the realm in the middle, there and back", async () => {
      const { store, asker, settled, moved, stop } = await stage();
      expect(await settled(asker.call.put(store))).toEqual([64, 0]);
      expect(await settled(asker.call.get(store))).toEqual([32, 0]);
      expect(moved).toEqual(["ArrayBuffer", "ArrayBuffer"]);
      expect(await stop()).toEqual({ timers: 0 });
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
    const moved = /was moved away already, or is in use: .* as in transfer\(bytes\.slice\(\)\)/;
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
      const why = "was moved away already, or is in use: send a copy the first time";
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
