// The link that sessions of realms are tested on: what it promises without faults, and each fault.

import {
  type MemoryRealmLinkOptions,
  memoryRealmLink,
} from "../../src/testing/memory-realm-link.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";

function linked(options: Omit<MemoryRealmLinkOptions, "platform"> & { seed?: number } = {}) {
  const { seed = 1, ...rest } = options;
  const { platform, clock } = virtualPlatform({ seed });
  const link = memoryRealmLink({ platform, ...rest });
  const atFar: unknown[] = [];
  const atNear: unknown[] = [];
  link.far.onFrame = (packet) => atFar.push(packet);
  link.near.onFrame = (packet) => atNear.push(packet);
  const ends: string[] = [];
  link.near.onClose = ({ why }) => ends.push(`near: ${why}`);
  link.far.onClose = ({ why }) => ends.push(`far: ${why}`);
  return { ...link, link, clock, atFar, atNear, ends };
}

const count = (to: number): number[] => Array.from({ length: to }, (_, at) => at);

export const suite = defineSuite("testing memory-realm-link", ({ describe, test, expect }) => {
  test("packets arrive in order, as clones, in a later turn", async () => {
    const { near, atFar, clock, toFar } = linked();
    const sent = { n: 1, when: [1n, undefined] };
    near.send(sent);
    near.send([2]);
    expect([atFar, toFar.underWay]).toEqual([[], 2]);
    sent.n = 9;
    await clock.settle();
    expect(atFar).toEqual([{ n: 1, when: [1n, undefined] }, [2]]);
    expect([toFar.sent, toFar.received, toFar.underWay, toFar.last]).toEqual([2, 2, 0, [2]]);
  });

  test("a buffer that is transferred is gone here and whole there", async () => {
    const { far, atNear, clock } = linked();
    const { buffer } = Uint8Array.of(1, 2, 3);
    far.send({ buffer }, [buffer]);
    expect(buffer.byteLength).toBe(0);
    await clock.settle();
    expect([...new Uint8Array((atNear[0] as { buffer: ArrayBuffer }).buffer)]).toEqual([1, 2, 3]);
  });

  test("what cannot be cloned throws where it is sent, and nothing is sent", async () => {
    const { near, atFar, clock, toFar } = linked();
    expect(() => near.send({ run: () => {} })).toThrow();
    await clock.settle();
    expect([atFar, toFar.sent]).toEqual([[], 0]);
  });

  test("a link of text carries text and bytes alone, and transfers nothing", async () => {
    const { near, atFar, clock } = linked({ clone: false });
    near.send("[1]");
    near.send(Uint8Array.of(1));
    expect(() => near.send({})).toThrow(/text or bytes/);
    expect(() => near.send("", [new ArrayBuffer(1)])).toThrow(/only copies/);
    await clock.settle();
    expect([atFar[0], [...(atFar[1] as Uint8Array)]]).toEqual(["[1]", [1]]);
  });

  test("packets are under way for the delay, and a shorter one overtakes nothing", async () => {
    const { near, atFar, clock, toFar } = linked({ delayMs: 100 });
    near.send(1);
    toFar.delayMs = 0;
    near.send(2);
    await clock.advance(99);
    expect(atFar).toEqual([]);
    await clock.advance(1);
    expect(atFar).toEqual([1, 2]);
  });

  test("a close is told to the other side, once and behind what was sent", async () => {
    const { near, far, atFar, ends, clock, link } = linked();
    near.send(1);
    near.close();
    near.close();
    near.send(2);
    await clock.settle();
    expect(atFar).toEqual([1]);
    expect(ends).toEqual(["far: the other side closed the link"]);
    far.send(3);
    far.close();
    await clock.settle();
    expect(ends.length).toBe(1);
    expect(link.isOpen).toBe(false);
  });

  test("terminate ends both sides at once, and tells neither", async () => {
    const { near, far, atFar, ends, clock, link } = linked();
    near.send(1);
    near.terminate?.();
    far.send(2);
    await clock.settle();
    expect([atFar, ends, link.terminations]).toEqual([[], [], 1]);
  });

  describe("faults", () => {
    test("a cut loses what is under way and tells both sides, with its cause", async () => {
      const { near, atFar, ends, clock, link } = linked();
      let cause: unknown;
      link.far.onClose = (loss) => {
        ends.push("far");
        cause = loss.cause;
      };
      near.send(1);
      link.cut("the cable is out", 7);
      await clock.settle();
      expect([atFar, ends.sort(), cause]).toEqual([[], ["far", "near: the cable is out"], 7]);
    });

    test("a crash of the far side is told to the near one, behind what the far one sent", async () => {
      const { far, atNear, ends, clock, link } = linked();
      far.send(1);
      link.crash();
      far.send(2);
      await clock.settle();
      expect([atNear, ends]).toEqual([[1], ["near: the other side crashed"]]);
    });

    test("where a loss is not detected, only silence tells", async () => {
      const { near, ends, atFar, clock, link } = linked({ detectsClose: false });
      link.cut();
      await clock.settle();
      near.send(1);
      await clock.settle();
      expect([ends, atFar, near.capabilities.detectsClose]).toEqual([[], [], false]);
    });

    test("a stalled way keeps packets, and gives them in order when it goes on", async () => {
      const { near, far, atFar, atNear, clock, toFar } = linked();
      toFar.stalled = true;
      near.send(1);
      near.send(2);
      far.send(3);
      await clock.advance(60_000);
      expect([atFar, atNear, toFar.underWay]).toEqual([[], [3], 2]);
      toFar.stalled = false;
      expect(atFar).toEqual([1, 2]);
    });

    test("packets are lost and repeated by their share", async () => {
      const { near, far, atFar, atNear, clock, toFar, toNear } = linked();
      toFar.lose = 0.5;
      toNear.duplicate = 1;
      for (const n of count(100)) near.send(n);
      far.send({ n: 1 });
      await clock.settle();
      expect(atFar.length).toBeGreaterThan(20);
      expect(atFar.length).toBeLessThan(80);
      expect(atFar).toEqual([...atFar].sort((a, b) => Number(a) - Number(b)));
      expect(atNear).toEqual([{ n: 1 }, { n: 1 }]);
      expect(atNear[0]).not.toBe(atNear[1]);
    });

    test("a reordered packet comes after those sent since, and is not lost", async () => {
      const { near, atFar, clock, toFar } = linked();
      toFar.reorder = 0.3;
      for (const n of count(50)) near.send(n);
      await clock.advance(10);
      expect(atFar).not.toEqual(count(50));
      expect([...atFar].sort((a, b) => Number(a) - Number(b))).toEqual(count(50));
    });

    test("packets are cut short, and spoiled, as what they were: text or clones", async () => {
      const clones = linked();
      clones.toFar.truncate = 1;
      clones.toNear.corrupt = 1;
      clones.near.send([1, 2, 3]);
      clones.near.send({ a: 1, b: 2 });
      clones.far.send({ a: 1 });
      await clones.clock.settle();
      expect((clones.atFar[0] as unknown[]).length).toBeLessThan(3);
      expect(Object.keys(clones.atFar[1] as object).length).toBeLessThan(2);
      expect(ArrayBuffer.isView(clones.atNear[0])).toBe(true);
      const text = linked({ clone: false });
      text.toFar.truncate = 1;
      text.toNear.corrupt = 1;
      text.near.send("abcdef");
      text.far.send("abcdef");
      await text.clock.settle();
      expect("abcdef".startsWith(text.atFar[0] as string)).toBe(true);
      expect(text.atFar[0]).not.toBe("abcdef");
      expect(text.atNear[0]).toBeTypeOf("string");
    });

    test("a seed replays every fault", async () => {
      const run = async (seed: number) => {
        const { near, atFar, clock, toFar } = linked({ seed });
        Object.assign(toFar, { lose: 0.2, duplicate: 0.2, reorder: 0.2, corrupt: 0.2 });
        for (const n of count(100)) near.send(n);
        await clock.advance(100);
        return atFar;
      };
      const first = await run(7);
      expect(await run(7)).toEqual(first);
      expect(await run(8)).not.toEqual(first);
    });
  });

  test("a delay that is no time is refused", () => {
    const { platform } = virtualPlatform();
    expect(() => memoryRealmLink({ platform, delayMs: -1 })).toThrow(RangeError);
  });
});
