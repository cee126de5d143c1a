// The slave's framer: requests out of every chunking and every garbage.
// Owns the proof of MB-5 for requests, on a line of one's own and on one shared with other slaves.
// What is answered is serve.suite.ts.

import { encodeRtuFrame, type ModbusFrame } from "../../../src/adapters/modbus/frame.js";
import {
  readHoldingRegisters,
  writeRegisters,
} from "../../../src/adapters/modbus/register-functions.js";
import { buildRequest } from "../../../src/adapters/modbus/requests.js";
import { RtuServerFramer } from "../../../src/adapters/modbus/rtu-server-framer.js";
import { defineSuite } from "../../harness/suite.js";
import {
  broadcast,
  bytes,
  deliveries,
  joined,
  randomBytes,
  randomOf,
  rtuVectors,
} from "./vectors.js";

function pushAll(framer: RtuServerFramer, chunks: readonly Uint8Array[]): ModbusFrame[] {
  return chunks.flatMap((chunk) => framer.push(chunk));
}

const goodRequest = bytes("01 03 00 00 00 01 84 0a");

export const suite = defineSuite("modbus rtu server framer", ({ describe, test, expect }) => {
  /** The frames are these requests, each as it was sent with its CRC. */
  function expectFrames(frames: readonly ModbusFrame[], sent: readonly Uint8Array[]) {
    expect(frames.map(({ unit, pdu }) => encodeRtuFrame(unit, pdu))).toEqual(sent);
  }

  for (const { name: delivery, split } of deliveries) {
    describe(`MB-5: ${delivery},`, () => {
      for (const { name, request } of rtuVectors) {
        test(`the recorded request of ${name} is one frame`, () => {
          const framer = new RtuServerFramer();
          expectFrames(pushAll(framer, split(bytes(request))), [bytes(request)]);
          expect(framer.pending).toBe(0);
          expect(framer.counters.garbageBytes).toBe(0);
        });
      }

      test("MB-10: the recorded broadcast is one frame, for whichever units", () => {
        for (const options of [{}, { units: [1] }]) {
          const frames = pushAll(new RtuServerFramer(options), split(bytes(broadcast.request)));
          expectFrames(frames, [bytes(broadcast.request)]);
          expect(frames[0]!.unit).toBe(0);
        }
      });

      test("requests that follow each other at once are all frames", () => {
        const all = rtuVectors.map(({ request }) => bytes(request));
        expectFrames(pushAll(new RtuServerFramer(), split(joined(...all))), all);
      });

      test("the recorded garbage does not cost the request", () => {
        for (const { request } of rtuVectors) {
          const framer = new RtuServerFramer();
          const frames = pushAll(framer, split(joined(bytes("ff 00 aa"), bytes(request))));
          expectFrames(frames, [bytes(request)]);
          expect(framer.counters.garbageBytes).toBe(3);
        }
      });

      for (let length = 1; length <= 16; length++) {
        test(`${length} stray bytes before a request do not cost it`, () => {
          const random = randomOf(100 + length);
          for (let round = 0; round < 40; round++) {
            for (const { name, request } of rtuVectors) {
              const garbage = randomBytes(random, length);
              for (const options of [{}, { units: [bytes(request)[0]!] }]) {
                const framer = new RtuServerFramer(options);
                const frames = pushAll(framer, split(joined(garbage, bytes(request))));
                expect([name, garbage, frames.length]).toEqual([name, garbage, 1]);
                expectFrames(frames, [bytes(request)]);
              }
            }
          }
        });
      }

      test("the recorded bad CRC is silence, and the next request is fine", () => {
        const framer = new RtuServerFramer({ units: [1] });
        expect(pushAll(framer, split(bytes("01 03 00 00 00 02 c4 0c")))).toEqual([]);
        expect(framer.counters.crcErrors).toBe(1);
        expectFrames(pushAll(framer, split(goodRequest)), [goodRequest]);
        expect(framer.counters).toEqual({
          garbageBytes: 8,
          crcErrors: 1,
          lateFrames: 0,
          strayFrames: 0,
        });
      });

      test("a request damaged anywhere costs no other", () => {
        const random = randomOf(7);
        for (const { request } of rtuVectors) {
          for (let at = 0; at < bytes(request).length; at++) {
            const broken = bytes(request);
            broken[at]! ^= 1 + random(255);
            const framer = new RtuServerFramer();
            const frames = pushAll(framer, split(joined(broken, goodRequest)));
            const idle = frames.length === 0 ? framer.idle() : [];
            expectFrames([...frames, ...idle], [goodRequest]);
          }
        }
      });

      test("requests to other units and their answers are passed over", () => {
        const framer = new RtuServerFramer({ units: [1] });
        const others = rtuVectors.filter(({ request }) => request.startsWith("11"));
        for (const { request, reply } of others) {
          const talk = joined(bytes(request), bytes(reply), goodRequest);
          expectFrames(pushAll(framer, split(talk)), [goodRequest]);
        }
        expect(framer.counters.strayFrames).toBeGreaterThanOrEqual(others.length);
        expect(framer.counters.crcErrors).toBe(0);
      });

      test("an exception that another slave sends is no request, quiet or not", () => {
        const framer = new RtuServerFramer();
        expect(pushAll(framer, split(bytes("01 83 02 c0 f1")))).toEqual([]);
        expect(framer.idle()).toEqual([]);
        const noFunction = encodeRtuFrame(1, bytes("00 01"));
        expect(pushAll(framer, split(noFunction))).toEqual([]);
        expect(framer.idle()).toEqual([]);
        expectFrames(pushAll(framer, split(goodRequest)), [goodRequest]);
      });

      test("data that contain a whole request are data", () => {
        const inside = [0, 2, 4, 6].map((at) => (goodRequest[at]! << 8) | goodRequest[at + 1]!);
        const { unit, pdu } = buildRequest(writeRegisters, 1, 0, [1, ...inside, 2]);
        const frame = encodeRtuFrame(unit, pdu);
        expectFrames(pushAll(new RtuServerFramer(), split(frame)), [frame]);
      });

      test("a request of an unknown function is a frame once the line is quiet", () => {
        const frame = encodeRtuFrame(1, bytes("41 01 02 03"));
        for (const options of [{}, { units: [1] }]) {
          const framer = new RtuServerFramer(options);
          expect(pushAll(framer, split(frame))).toEqual([]);
          expectFrames(framer.idle(), [frame]);
          expectFrames(pushAll(framer, split(goodRequest)), [goodRequest]);
        }
      });

      test("a request that broke off does not cost the next, once the line is quiet", () => {
        const long = buildRequest(writeRegisters, 1, 0, new Array<number>(100).fill(7));
        const frame = encodeRtuFrame(1, long.pdu);
        for (const cut of [1, 2, 6, 7, 20, 200]) {
          const framer = new RtuServerFramer();
          expect(pushAll(framer, split(frame.subarray(0, cut)))).toEqual([]);
          expect(framer.idle()).toEqual([]);
          expectFrames(pushAll(framer, split(goodRequest)), [goodRequest]);
        }
      });
    });
  }

  test("quiet in the middle of a request does not cost it", () => {
    const frame = bytes("11 10 00 01 00 02 04 00 0a 01 02 c6 f0");
    for (let cut = 1; cut < frame.length; cut++) {
      const framer = new RtuServerFramer();
      framer.push(frame.subarray(0, cut));
      expect(framer.idle()).toEqual([]);
      expectFrames(framer.push(frame.subarray(cut)), [frame]);
    }
  });

  test("a reset drops half a request", () => {
    const framer = new RtuServerFramer();
    framer.push(bytes("11 10 00 01 00 02 04"));
    framer.reset();
    expect(framer.pending).toBe(0);
    expectFrames(framer.push(goodRequest), [goodRequest]);
  });

  test("MB-5: never more than a frame is held back, whatever comes", () => {
    const random = randomOf(11);
    const baits = ["01 10 00 00 00 7b f6", "01 41", "01", "11 17 00"].map(bytes);
    const framer = new RtuServerFramer();
    for (let round = 0; round < 4_000; round++) {
      framer.push(baits[random(baits.length)]!);
      framer.push(randomBytes(random, random(8)));
      expect(framer.pending).toBeLessThan(256);
    }
    framer.push(new Uint8Array(256).fill(0xff));
    expectFrames(framer.push(goodRequest), [goodRequest]);
  });

  test("MB-5: the longest requests are one frame", () => {
    const { unit, pdu } = buildRequest(writeRegisters, 1, 0, new Array<number>(123).fill(0x103));
    const frame = encodeRtuFrame(unit, pdu);
    const read = buildRequest(readHoldingRegisters, 1, 0, 125);
    const next = encodeRtuFrame(1, read.pdu);
    expectFrames(new RtuServerFramer().push(joined(frame, next)), [frame, next]);
  });
});
