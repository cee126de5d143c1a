// The client's framer: every chunking, every garbage, every late answer.
// Owns the proof of MB-5 and MB-7 for answers; the quiet of the line is a call of `idle` here.
// Waiting, retrying and draining are the client's suites.

import { readCoils, writeCoil } from "../../../src/adapters/modbus/bit-functions.js";
import { encodeRtuFrame, type ModbusFrame } from "../../../src/adapters/modbus/frame.js";
import type { ModbusRequest } from "../../../src/adapters/modbus/modbus-function.js";
import {
  readHoldingRegisters,
  readInputRegisters,
  writeRegister,
  writeRegisters,
} from "../../../src/adapters/modbus/register-functions.js";
import { decodeReply } from "../../../src/adapters/modbus/replies.js";
import { buildRequest, rawRequest } from "../../../src/adapters/modbus/requests.js";
import { RtuFramer } from "../../../src/adapters/modbus/rtu-framer.js";
import { defineSuite } from "../../harness/suite.js";
import {
  bytes,
  deliveries,
  inPieces,
  joined,
  randomBytes,
  randomOf,
  rtuVectors,
  thrownBy,
} from "./vectors.js";

/** A framer that awaits the answer to a request. */
function awaiting(request: ModbusRequest): RtuFramer {
  const framer = new RtuFramer();
  framer.expect(request);
  return framer;
}

function pushAll(framer: RtuFramer, chunks: readonly Uint8Array[]): ModbusFrame[] {
  return chunks.flatMap((chunk) => framer.push(chunk));
}

/** The answer to a read of registers: unit, function, values. */
function registersFrame(unit: number, code: number, values: readonly number[]): Uint8Array {
  const words = values.flatMap((value) => [value >> 8, value & 0xff]);
  return encodeRtuFrame(unit, Uint8Array.of(code, words.length, ...words));
}

const exceptionFrame = (unit: number, code: number, exception: number): Uint8Array =>
  encodeRtuFrame(unit, Uint8Array.of(code | 0x80, exception));

const readThree = (address = 0x6b): ModbusRequest<number[]> =>
  buildRequest(readHoldingRegisters, 17, address, 3);
const answerToThree = bytes("11 03 06 02 2b 00 00 00 64 c8 ba");
const threeValues = [0x22b, 0, 100];

export const suite = defineSuite("modbus rtu framer", ({ describe, test, expect }) => {
  /** One frame came, and it is the answer to this request with this value. */
  function expectAnswer(request: ModbusRequest, frames: readonly ModbusFrame[], value: unknown) {
    expect(frames.length).toBe(1);
    expect(decodeReply(request, frames[0]!.unit, frames[0]!.pdu)).toEqual(value);
  }

  for (const { name: delivery, split } of deliveries) {
    describe(`MB-5: ${delivery},`, () => {
      for (const { name, build, reply, value, exception } of rtuVectors) {
        test(`the recorded answer to ${name} is one frame`, () => {
          const request = build();
          const framer = awaiting(request);
          const frames = pushAll(framer, split(bytes(reply)));
          if (exception === undefined) expectAnswer(request, frames, value);
          else {
            const decode = () => decodeReply(request, frames[0]!.unit, frames[0]!.pdu);
            expect(thrownBy(decode)).toMatchObject({ exceptionCode: exception });
          }
          expect(framer.pending).toBe(0);
          expect(framer.counters).toEqual({
            garbageBytes: 0,
            crcErrors: 0,
            lateFrames: 0,
            strayFrames: 0,
          });
        });
      }

      test("the recorded garbage does not cost the answer", () => {
        for (const { build, reply } of rtuVectors) {
          const framer = awaiting(build());
          const frames = pushAll(framer, split(joined(bytes("ff 00 aa"), bytes(reply))));
          expect(frames.length).toBe(1);
          expect(framer.counters.garbageBytes).toBe(3);
        }
      });

      for (let length = 1; length <= 16; length++) {
        test(`${length} stray bytes before an answer do not cost it`, () => {
          const random = randomOf(length);
          for (let round = 0; round < 40; round++) {
            for (const { name, build, reply } of rtuVectors) {
              const garbage = randomBytes(random, length);
              const framer = awaiting(build());
              const frames = pushAll(framer, split(joined(garbage, bytes(reply))));
              expect([name, garbage, frames.length]).toEqual([name, garbage, 1]);
              expect(frames[0]!.pdu).toEqual(bytes(reply).slice(1, -2));
              expect(framer.counters.garbageBytes).toBe(length);
            }
          }
        });
      }

      test("a wrong CRC is silence, and the next request is fine", () => {
        for (const { build, reply } of rtuVectors) {
          const broken = bytes(reply);
          broken[broken.length - 1]! ^= 1;
          const framer = awaiting(build());
          expect(pushAll(framer, split(broken))).toEqual([]);
          expect(framer.counters.crcErrors).toBe(1);
          framer.abandon();
          framer.idle();
          framer.expect(build());
          expect(pushAll(framer, split(bytes(reply))).length).toBe(1);
          expect(framer.counters.garbageBytes).toBe(broken.length);
        }
      });

      test("a damaged answer does not cost the good one that follows at once", () => {
        for (let damaged = 0; damaged < answerToThree.length; damaged++) {
          const broken = answerToThree.slice();
          broken[damaged]! ^= 0x40;
          const framer = awaiting(readThree());
          const frames = pushAll(framer, split(joined(broken, answerToThree)));
          expectAnswer(readThree(), frames, threeValues);
        }
      });

      test("the last good half of a frame does not cost the answer", () => {
        for (let cut = 1; cut < answerToThree.length; cut++) {
          const framer = awaiting(readThree());
          const tail = answerToThree.subarray(cut);
          const frames = pushAll(framer, split(joined(tail, answerToThree)));
          expectAnswer(readThree(), frames, threeValues);
        }
      });

      test("the first half of a frame that broke off does not cost the answer", () => {
        for (let cut = 1; cut < answerToThree.length; cut++) {
          const framer = awaiting(readThree());
          const head = answerToThree.subarray(0, cut);
          const frames = pushAll(framer, split(joined(head, answerToThree)));
          expectAnswer(readThree(), frames, threeValues);
        }
      });

      test("stray bytes that claim to be a long frame do not cost the answer", () => {
        for (const claim of ["05 03 fa", "11 03 fa", "11 04 06", "11 17 fa 00", "22 01 ff"]) {
          const framer = awaiting(readThree());
          const frames = pushAll(framer, split(joined(bytes(claim), answerToThree)));
          expectAnswer(readThree(), frames, threeValues);
        }
      });

      test("the longest answers are one frame", () => {
        const values = Array.from({ length: 125 }, (_, at) => at * 511);
        const request = buildRequest(readHoldingRegisters, 17, 0, 125);
        const framer = awaiting(request);
        expectAnswer(request, pushAll(framer, split(registersFrame(17, 3, values))), values);
      });

      test("data that contain a whole frame are data", () => {
        const inside = exceptionFrame(17, 3, 2);
        const data = joined(inside, Uint8Array.of(0));
        const values = [0, 2, 4].map((at) => (data[at]! << 8) | data[at + 1]!);
        const framer = awaiting(readThree());
        expectAnswer(readThree(), pushAll(framer, split(registersFrame(17, 3, values))), values);
      });

      test("MB-4: pymodbus's 11 80 01 81 c5 is a protocol error, at once", () => {
        const request = readThree();
        const frames = pushAll(awaiting(request), split(bytes("11 80 01 81 c5")));
        expect(frames.length).toBe(1);
        expect(thrownBy(() => decodeReply(request, 17, frames[0]!.pdu))).toMatchObject({
          code: "modbus-protocol",
          field: "function",
        });
      });

      test("MB-4: stray bytes that claim to be a long frame do not hide a protocol error", () => {
        const framer = awaiting(readThree());
        const frames = pushAll(framer, split(bytes("05 03 fa 11 80 01 81 c5")));
        expect(frames.map(({ pdu }) => pdu)).toEqual([bytes("80 01")]);
      });

      test("a damaged answer counts as one CRC error, behind stray bytes too", () => {
        const broken = answerToThree.slice();
        broken[4]! ^= 1;
        const framer = awaiting(readThree());
        expect(pushAll(framer, split(joined(bytes("ff 00 aa"), broken)))).toEqual([]);
        expect(framer.counters.crcErrors).toBe(1);
      });

      test("MB-4: the right function with a wrong byte count is a protocol error", () => {
        const request = readThree();
        const frames = pushAll(awaiting(request), split(registersFrame(17, 3, [1, 2])));
        expect(thrownBy(() => decodeReply(request, 17, frames[0]!.pdu))).toMatchObject({
          code: "modbus-protocol",
          field: "byte count",
        });
      });

      test("MB-4: a wrong echo is a protocol error", () => {
        const request = buildRequest(writeRegister, 17, 1, 3);
        const frames = pushAll(
          awaiting(request),
          split(encodeRtuFrame(17, bytes("06 00 01 00 04"))),
        );
        expect(thrownBy(() => decodeReply(request, 17, frames[0]!.pdu))).toMatchObject({
          field: "echo",
        });
      });

      test("MB-4: another unit's answer is dropped, and the right one still taken", () => {
        const framer = awaiting(readThree());
        const stranger = registersFrame(18, 3, [1, 2, 3]);
        const frames = pushAll(framer, split(joined(stranger, answerToThree)));
        expectAnswer(readThree(), frames, threeValues);
        expect(framer.counters).toMatchObject({ strayFrames: 1, garbageBytes: 0 });
      });

      const tellable: readonly [string, ModbusRequest, Uint8Array][] = [
        ["unit", buildRequest(readHoldingRegisters, 18, 0, 3), registersFrame(18, 3, [7, 8, 9])],
        ["function", buildRequest(readInputRegisters, 17, 0, 3), registersFrame(17, 4, [7, 8, 9])],
        ["size", buildRequest(readHoldingRegisters, 17, 0, 4), registersFrame(17, 3, [7, 8, 9, 1])],
        ["smaller size", buildRequest(readHoldingRegisters, 17, 0, 1), registersFrame(17, 3, [7])],
        ["function's exception", buildRequest(readCoils, 17, 0, 3), exceptionFrame(17, 1, 4)],
        ["kind", buildRequest(writeCoil, 17, 0, true), bytes("11 05 00 00 ff 00 8e aa")],
        ["vendor's function", rawRequest(17, 65, bytes("")), exceptionFrame(17, 65, 1)],
        [
          "vendor's function of known length",
          rawRequest(17, 65, bytes(""), { replyLength: 2 }),
          encodeRtuFrame(17, bytes("41 01 02")),
        ],
      ];
      for (const [difference, late, lateAnswer] of tellable) {
        test(`MB-7: a late answer of another ${difference} is dropped, not the next one's`, () => {
          const framer = awaiting(late);
          framer.abandon();
          framer.expect(readThree());
          const frames = pushAll(framer, split(joined(lateAnswer, answerToThree)));
          expectAnswer(readThree(), frames, threeValues);
          expect(framer.counters).toMatchObject({
            lateFrames: 1,
            strayFrames: 0,
            garbageBytes: 0,
          });
        });
      }

      test("MB-7: a late answer whose data look like the awaited one is late as a whole", () => {
        const inside = joined(Uint8Array.of(0), exceptionFrame(17, 3, 2));
        const words = [0, 2, 4].map((at) => (inside[at]! << 8) | inside[at + 1]!);
        const framer = awaiting(buildRequest(readHoldingRegisters, 18, 0, 3));
        framer.expect(readThree());
        const stream = joined(registersFrame(18, 3, words), answerToThree);
        expectAnswer(readThree(), pushAll(framer, split(stream)), threeValues);
        expect(framer.counters).toMatchObject({ lateFrames: 1, garbageBytes: 0 });
      });

      test("MB-7: a late answer behind stray bytes that claim to be a long frame is late", () => {
        const framer = awaiting(buildRequest(readHoldingRegisters, 18, 0, 3));
        framer.expect(readThree());
        const late = registersFrame(18, 3, [1, 2, 3]);
        const frames = pushAll(framer, split(joined(bytes("05 03 fa"), late, answerToThree)));
        expectAnswer(readThree(), frames, threeValues);
        expect(framer.counters).toMatchObject({ lateFrames: 1, garbageBytes: 3 });
      });

      test("MB-7: a late answer that only quiet could have ended holds nothing up", () => {
        const framer = awaiting(rawRequest(17, 65, bytes("00")));
        framer.expect(readThree());
        const late = encodeRtuFrame(17, bytes("41 01 02 03"));
        expectAnswer(readThree(), pushAll(framer, split(joined(late, answerToThree))), threeValues);
      });

      test("MB-7: a write's late answer is told by its echo", () => {
        const late = buildRequest(writeRegisters, 17, 1, [1, 2]);
        const next = buildRequest(writeRegisters, 17, 5, [1, 2]);
        const framer = awaiting(late);
        framer.expect(next);
        const answers = [late, next].map(({ pdu }) => encodeRtuFrame(17, pdu.slice(0, 5)));
        expectAnswer(next, pushAll(framer, split(joined(...answers))), undefined);
        expect(framer.counters.lateFrames).toBe(1);
      });

      test("MB-7: a late answer that comes while nothing is awaited is dropped", () => {
        const framer = awaiting(readThree());
        framer.abandon();
        expect(pushAll(framer, split(answerToThree))).toEqual([]);
        expect(framer.counters.lateFrames).toBe(1);
        framer.expect(readThree());
        expectAnswer(readThree(), pushAll(framer, split(answerToThree)), threeValues);
      });

      test("MB-7: an answer that began before the request was sent is late", () => {
        const stale = registersFrame(17, 3, [9, 9, 9]);
        for (let cut = 1; cut < stale.length; cut++) {
          const framer = awaiting(readThree(0));
          framer.abandon();
          pushAll(framer, split(stale.subarray(0, cut)));
          framer.expect(readThree());
          const frames = pushAll(framer, split(joined(stale.subarray(cut), answerToThree)));
          expectAnswer(readThree(), frames, threeValues);
          expect(framer.counters.lateFrames).toBe(1);
        }
      });

      test("MB-7: several late answers before the right one are all dropped", () => {
        const framer = new RtuFramer();
        const late = [18, 19, 20].map((unit) => buildRequest(readHoldingRegisters, unit, 0, 2));
        for (const request of late) framer.expect(request);
        framer.expect(readThree());
        const frames = pushAll(
          framer,
          split(
            joined(
              ...late.map(({ unit }) => registersFrame(unit, 3, [unit, unit])),
              bytes("ff 00 aa"),
              answerToThree,
            ),
          ),
        );
        expectAnswer(readThree(), frames, threeValues);
        expect(framer.counters).toMatchObject({ lateFrames: 3, garbageBytes: 3 });
      });

      test("MB-7: an answer that comes twice is given out once", () => {
        const framer = awaiting(readThree());
        const frames = pushAll(framer, split(joined(answerToThree, answerToThree)));
        expectAnswer(readThree(), frames, threeValues);
        expect(framer.counters.strayFrames).toBe(1);
      });

      test("MB-11: an echo of a read on the line does not cost its answer", () => {
        for (const { name, build, request, reply } of rtuVectors) {
          if (request === reply) continue;
          const framer = awaiting(build());
          const frames = pushAll(framer, split(joined(bytes(request), bytes(reply))));
          expect([name, frames.length]).toEqual([name, 1]);
          expect(frames[0]!.pdu).toEqual(bytes(reply).slice(1, -2));
        }
      });
    });

    describe(`MB-1: ${delivery}, a vendor's function`, () => {
      const answer = encodeRtuFrame(17, bytes("41 01 02 03"));

      test("with a known length needs no quiet", () => {
        const request = rawRequest(17, 65, bytes("00"), { replyLength: 3 });
        const framer = awaiting(request);
        const frames = pushAll(framer, split(joined(bytes("ff 00 aa"), answer)));
        expectAnswer(request, frames, bytes("01 02 03"));
      });

      test("whose length its first bytes tell needs no quiet", () => {
        const request = rawRequest(17, 65, bytes("00"), {
          replyLength: (data) => (data.length > 0 ? 2 + data[0]! : undefined),
        });
        expectAnswer(request, pushAll(awaiting(request), split(answer)), bytes("01 02 03"));
      });

      test("without a length ends when the line is quiet, whatever came before it", () => {
        const request = rawRequest(17, 65, bytes("00"));
        const framer = awaiting(request);
        expect(pushAll(framer, split(joined(bytes("ff 00 aa 11"), answer)))).toEqual([]);
        expectAnswer(request, framer.idle(), bytes("01 02 03"));
        expect(framer.counters.garbageBytes).toBe(4);
        expect(framer.pending).toBe(0);
      });

      test("without a length still gets its exceptions at once", () => {
        const request = rawRequest(17, 65, bytes("00"));
        const frames = pushAll(awaiting(request), split(exceptionFrame(17, 65, 1)));
        expect(thrownBy(() => decodeReply(request, 17, frames[0]!.pdu))).toMatchObject({
          exceptionCode: 1,
        });
      });

      test("of a code that is known keeps the known length", () => {
        const request = rawRequest(17, 3, bytes("00 6b 00 03"));
        const frames = pushAll(awaiting(request), split(answerToThree));
        expectAnswer(request, frames, answerToThree.slice(2, -2));
      });
    });
  }

  describe("MB-5: quiet", () => {
    test("in the middle of an answer does not cost it", () => {
      for (let cut = 1; cut < answerToThree.length; cut++) {
        const framer = awaiting(readThree());
        framer.push(answerToThree.subarray(0, cut));
        expect(framer.idle()).toEqual([]);
        const frames = framer.push(answerToThree.subarray(cut));
        expectAnswer(readThree(), frames, threeValues);
      }
    });

    test("frees an answer that stands behind what only looked like one", () => {
      // The head of the very answer that is due, but then the exception comes instead.
      const framer = awaiting(readThree());
      expect(framer.push(joined(bytes("11 03 06"), exceptionFrame(17, 3, 6)))).toEqual([]);
      const frames = framer.idle();
      expect(thrownBy(() => decodeReply(readThree(), 17, frames[0]!.pdu))).toMatchObject({
        exceptionCode: 6,
      });
      expect(framer.counters.garbageBytes).toBe(3);
    });

    test("while nothing is awaited drains the line", () => {
      const framer = awaiting(readThree());
      framer.push(answerToThree.subarray(0, 6));
      framer.abandon();
      expect(framer.pending).toBe(6);
      expect(framer.idle()).toEqual([]);
      expect(framer.pending).toBe(0);
      expect(framer.counters.garbageBytes).toBe(6);
    });

    test("with nothing held back changes nothing", () => {
      const framer = awaiting(readThree());
      expect(framer.idle()).toEqual([]);
      expectAnswer(readThree(), framer.push(answerToThree), threeValues);
    });
  });

  test("MB-7: a late answer without a function cannot fail the next request", () => {
    const framer = awaiting(readThree(0));
    framer.expect(readThree());
    const frames = framer.push(joined(bytes("11 80 01 81 c5"), answerToThree));
    expectAnswer(readThree(), frames, threeValues);
    expect(framer.counters.lateFrames).toBe(1);
  });

  test("MB-7: an answer explained once does not excuse the next wrong one", () => {
    const framer = awaiting(buildRequest(readHoldingRegisters, 17, 0, 1));
    framer.expect(readThree());
    expect(framer.push(registersFrame(17, 3, [1]))).toEqual([]);
    expect(framer.push(registersFrame(17, 3, [1])).length).toBe(1);
  });

  test("given-up requests are not remembered for ever", () => {
    const framer = new RtuFramer();
    for (let unit = 1; unit <= 9; unit++) {
      framer.expect(buildRequest(readHoldingRegisters, unit, 0, 1));
    }
    framer.expect(readThree());
    framer.push(joined(registersFrame(1, 3, [1]), registersFrame(2, 3, [1])));
    expect(framer.counters).toMatchObject({ strayFrames: 1, lateFrames: 1 });
  });

  test("a reset drops half a frame and goes on telling late answers", () => {
    const late = buildRequest(readHoldingRegisters, 17, 0, 1);
    const framer = awaiting(late);
    framer.push(bytes("11 03 02"));
    framer.reset();
    expect(framer.awaited).toBeUndefined();
    expect(framer.pending).toBe(0);
    framer.expect(readThree());
    const frames = framer.push(joined(registersFrame(17, 3, [1]), answerToThree));
    expectAnswer(readThree(), frames, threeValues);
    expect(framer.counters).toMatchObject({ lateFrames: 1, garbageBytes: 3 });
  });

  test("a frame that was given out is the receiver's, whatever comes next", () => {
    const framer = awaiting(readThree());
    const chunk = answerToThree.slice();
    const [frame] = framer.push(chunk);
    chunk.fill(0);
    framer.push(new Uint8Array(2_000).fill(0x55));
    expect(frame!.pdu).toEqual(answerToThree.slice(1, -2));
  });

  test("MB-10: unit 0 answers only where it was asked", () => {
    const answer = registersFrame(0, 3, [1, 2, 3]);
    const framer = awaiting(readThree());
    expect(framer.push(answer)).toEqual([]);
    framer.abandon();
    framer.idle();
    expect(framer.counters).toMatchObject({ garbageBytes: answer.length, strayFrames: 0 });
    const request = buildRequest(readHoldingRegisters, 0, 0, 3);
    framer.expect(request);
    expectAnswer(request, framer.push(answer), [1, 2, 3]);
  });

  test("MB-5: never more than a frame is held back, whatever comes", () => {
    const random = randomOf(5);
    const baits = ["11 03 fa", "11 03 06", "11 83", "11", "11 03 06 11 03"].map(bytes);
    const framer = awaiting(readThree());
    for (let round = 0; round < 4_000; round++) {
      framer.push(baits[random(baits.length)]!);
      framer.push(randomBytes(random, random(8)));
      expect(framer.pending).toBeLessThan(256);
    }
    framer.push(new Uint8Array(256).fill(0xff));
    expectAnswer(readThree(), framer.push(answerToThree), threeValues);
  });

  test("MB-5: any mix of garbage, late answers, damage and chunks gives every answer", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomOf(seed);
      const framer = new RtuFramer();
      for (let round = 0; round < 20; round++) {
        const lateQuantity = 1 + random(20);
        const late = buildRequest(readHoldingRegisters, 1 + random(9), 0, lateQuantity);
        const quantity = 21 + random(100);
        const values = Array.from({ length: quantity }, () => random(65_536));
        const request = buildRequest(readHoldingRegisters, 1 + random(9), 0, quantity);
        framer.expect(late);
        framer.expect(request);
        const lateValues = new Array<number>(lateQuantity).fill(random(65_536));
        const damaged = registersFrame(request.unit, 3, values);
        damaged[3 + random(damaged.length - 3)]! ^= 1 + random(255);
        const stream = joined(
          randomBytes(random, random(12)),
          random(2) === 0 ? registersFrame(late.unit, 3, lateValues) : new Uint8Array(),
          randomBytes(random, random(6)),
          random(3) === 0 ? damaged : new Uint8Array(),
          registersFrame(request.unit, 3, values),
        );
        const frames = pushAll(framer, inPieces(stream, random, 1 + random(40)));
        expectAnswer(request, frames, values);
      }
    }
  });
});
