// The slave's pure half: a bank of registers, and requests run on it.
// Owns the proof of MB-19 as far as it needs no link, and that client and slave, each through its
// framer, agree about what was written and read.

import {
  readCoils,
  readDiscreteInputs,
  writeCoil,
  writeCoils,
} from "../../../src/adapters/modbus/bit-functions.js";
import { ModbusException } from "../../../src/adapters/modbus/errors.js";
import { encodeRtuFrame } from "../../../src/adapters/modbus/frame.js";
import type { ModbusRequest } from "../../../src/adapters/modbus/modbus-function.js";
import {
  createRegisterBank,
  type RegisterBank,
} from "../../../src/adapters/modbus/register-bank.js";
import {
  readHoldingRegisters,
  readInputRegisters,
  readWriteRegisters,
  writeRegister,
  writeRegisters,
} from "../../../src/adapters/modbus/register-functions.js";
import { decodeReply } from "../../../src/adapters/modbus/replies.js";
import { buildRequest } from "../../../src/adapters/modbus/requests.js";
import { RtuFramer } from "../../../src/adapters/modbus/rtu-framer.js";
import { RtuServerFramer } from "../../../src/adapters/modbus/rtu-server-framer.js";
import { serveRequest } from "../../../src/adapters/modbus/serve.js";
import { defineSuite } from "../../harness/suite.js";
import {
  broadcast,
  bytes,
  deliveries,
  inPieces,
  joined,
  randomBytes,
  randomOf,
  rtuVectors,
  tcpVector,
} from "./vectors.js";

/** Runs a request on a bank and reads the value from its answer. */
function ask<Value>(bank: RegisterBank, request: ModbusRequest<Value>): Value {
  return decodeReply(request, request.unit, serveRequest(bank, request.pdu));
}

export const suite = defineSuite("modbus serve", ({ describe, test, expect }) => {
  for (const { name: delivery, split } of deliveries) {
    describe(`MB-19: ${delivery},`, () => {
      for (const { name, request, reply, bank } of rtuVectors) {
        test(`the recorded request of ${name} is answered as recorded`, () => {
          const framer = new RtuServerFramer();
          const frames = split(bytes(request)).flatMap((chunk) => framer.push(chunk));
          expect(frames.length).toBe(1);
          const { unit, pdu } = frames[0]!;
          expect(encodeRtuFrame(unit, serveRequest(bank(), pdu))).toEqual(bytes(reply));
        });
      }
    });
  }

  test("MB-19: the recorded request over TCP is answered as recorded", () => {
    const { pdu } = tcpVector.build();
    expect(serveRequest(tcpVector.bank(), pdu)).toEqual(bytes(tcpVector.reply).slice(7));
  });

  test("MB-10: the recorded broadcast writes", () => {
    const bank = createRegisterBank();
    serveRequest(bank, broadcast.build().pdu);
    expect(bank.holdingRegisters.get(0x50)).toBe(0xbad);
  });

  test("MB-19: the recorded writes write", () => {
    const bank = createRegisterBank();
    for (const { build } of rtuVectors) serveRequest(bank, build().pdu);
    expect(bank.coils.get(0xac)).toBe(true);
    expect(ask(bank, buildRequest(readHoldingRegisters, 1, 1, 2))).toEqual([0x0a, 0x102]);
    expect(ask(bank, buildRequest(readHoldingRegisters, 1, 0x0e, 3))).toEqual([0xff, 0xff, 0xff]);
    const coils = [true, false, true, true, false, false, true, true, true, false];
    expect(ask(bank, buildRequest(readCoils, 1, 0x13, 10))).toEqual(coils);
  });

  describe("MB-19: exception", () => {
    const bank = () =>
      createRegisterBank({
        coils: 10,
        discreteInputs: 10,
        inputRegisters: 10,
        holdingRegisters: 10,
      });
    const cases: readonly [string, number, string][] = [
      ["1 to a function that is not served", 1, "07"],
      ["1 to a vendor's function", 1, "41 00"],
      ["1 to the last function code", 1, "7f"],
      ["2 to coils past the end", 2, "01 00 09 00 02"],
      ["2 to inputs past the end", 2, "02 00 0a 00 01"],
      ["2 to holding registers past the end", 2, "03 00 09 00 02"],
      ["2 to input registers past the end", 2, "04 ff ff 00 01"],
      ["2 to addresses that run over 65,535", 2, "03 ff ff 00 02"],
      ["2 to a coil past the end", 2, "05 00 0a ff 00"],
      ["2 to a register past the end", 2, "06 00 0a 00 01"],
      ["2 to written coils past the end", 2, "0f 00 09 00 02 01 03"],
      ["2 to written registers past the end", 2, "10 00 09 00 02 04 00 01 00 02"],
      ["2 to FC23 that reads past the end", 2, "17 00 09 00 02 00 00 00 01 02 00 01"],
      ["2 to FC23 that writes past the end", 2, "17 00 00 00 01 00 0a 00 01 02 00 01"],
      ["3 to no coils", 3, "01 00 00 00 00"],
      ["3 to 2,001 coils", 3, "01 00 00 07 d1"],
      ["3 to 2,001 inputs", 3, "02 00 00 07 d1"],
      ["3 to no registers", 3, "03 00 00 00 00"],
      ["3 to 126 registers", 3, "03 00 00 00 7e"],
      ["3 to 126 input registers", 3, "04 00 00 00 7e"],
      ["3 before 2: a bad quantity at a bad address", 3, "03 ff ff 00 7e"],
      ["3 to a coil of neither on nor off", 3, "05 00 00 00 01"],
      ["3 to no written coils", 3, "0f 00 00 00 00 00"],
      ["3 to 1,969 written coils", 3, "0f 00 00 07 b1 f7"],
      ["3 to a byte count of coils that is wrong", 3, "0f 00 00 00 08 02 ff ff"],
      ["3 to no written registers", 3, "10 00 00 00 00 00"],
      ["3 to 124 written registers", 3, "10 00 00 00 7c f8"],
      ["3 to a byte count of registers that is wrong", 3, "10 00 00 00 02 02 00 01"],
      ["3 to registers that are missing", 3, "10 00 00 00 02 04 00 01"],
      ["3 to registers that are too many", 3, "10 00 00 00 01 02 00 01 00"],
      ["3 to FC23 that reads nothing", 3, "17 00 00 00 00 00 00 00 01 02 00 01"],
      ["3 to FC23 that reads 126", 3, "17 00 00 00 7e 00 00 00 01 02 00 01"],
      ["3 to FC23 that writes nothing", 3, "17 00 00 00 01 00 00 00 00 00"],
      ["3 to FC23 that writes 122", 3, "17 00 00 00 01 00 00 00 7a f4"],
      ["3 to FC23 with a wrong byte count", 3, "17 00 00 00 01 00 00 00 01 04 00 01"],
      ...[1, 2, 3, 4, 5, 6, 15, 16, 23].flatMap((code): [string, number, string][] => {
        const hex = code.toString(16);
        return [
          [`3 to FC${code} without arguments`, 3, hex],
          [`3 to FC${code} with half an argument`, 3, `${hex} 00 00 00`],
        ];
      }),
      ...[1, 2, 3, 4, 5, 6].map((code): [string, number, string] => [
        `3 to FC${code} with a byte too many`,
        3,
        `${code} 00 00 00 00 00`,
      ]),
    ];
    for (const [name, exception, request] of cases) {
      test(name, () => {
        const pdu = bytes(request);
        expect(serveRequest(bank(), pdu)).toEqual(Uint8Array.of(pdu[0]! | 0x80, exception));
      });
    }

    test("1 to what is no function at all", () => {
      expect(serveRequest(bank(), bytes("00"))).toEqual(bytes("80 01"));
      expect(serveRequest(bank(), bytes("83 02"))).toEqual(bytes("83 01"));
      expect(serveRequest(bank(), bytes(""))).toEqual(bytes("80 01"));
    });

    test("2 to any address of an empty space", () => {
      const empty = createRegisterBank({ coils: 0 });
      expect(serveRequest(empty, bytes("01 00 00 00 01"))).toEqual(bytes("81 02"));
    });

    test("4 to a space that throws, and another if it says so", () => {
      const failing = (error: unknown): RegisterBank => {
        const fail = (): never => {
          throw error;
        };
        return { ...bank(), holdingRegisters: { size: 10, get: fail, set: fail } };
      };
      const detail = { unit: 1, functionCode: 3, exceptionCode: 6 };
      for (const [error, exception] of [
        [new Error("broken"), 4],
        ["broken", 4],
        [new ModbusException(detail), 6],
      ] as const) {
        const reply = (pdu: string) => serveRequest(failing(error), bytes(pdu));
        expect(reply("03 00 00 00 01")).toEqual(Uint8Array.of(0x83, exception));
        expect(reply("06 00 00 00 01")).toEqual(Uint8Array.of(0x86, exception));
        expect(reply("10 00 00 00 01 02 00 07")).toEqual(Uint8Array.of(0x90, exception));
      }
    });

    test("leaves everything as it was", () => {
      const untouched = bank();
      for (const [, , request] of cases) serveRequest(untouched, bytes(request));
      expect(ask(untouched, buildRequest(readHoldingRegisters, 1, 0, 10))).toEqual(
        new Array<number>(10).fill(0),
      );
      expect(ask(untouched, buildRequest(readCoils, 1, 0, 10))).toEqual(
        new Array<boolean>(10).fill(false),
      );
    });
  });

  test("MB-19: FC23 writes before it reads", () => {
    const bank = createRegisterBank({ holdingRegisters: [1, 2, 3, 4] });
    const request = buildRequest(readWriteRegisters, 1, 0, 4, 1, [20, 30]);
    expect(ask(bank, request)).toEqual([1, 20, 30, 4]);
  });

  test("MB-19: the last address of a space is served", () => {
    const bank = createRegisterBank();
    ask(bank, buildRequest(writeRegister, 1, 65_535, 7));
    ask(bank, buildRequest(writeCoil, 1, 65_535, true));
    expect(ask(bank, buildRequest(readHoldingRegisters, 1, 65_411, 125)).at(-1)).toBe(7);
    expect(ask(bank, buildRequest(readCoils, 1, 63_536, 2_000)).at(-1)).toBe(true);
  });

  test("unused bits of the last byte are zero", () => {
    const bank = createRegisterBank({ coils: new Array<boolean>(16).fill(true) });
    expect(serveRequest(bank, bytes("01 00 00 00 03"))).toEqual(bytes("01 01 07"));
  });

  test("an answer is no view of the request", () => {
    const request = bytes("06 00 01 00 03");
    const reply = serveRequest(createRegisterBank(), request);
    request.fill(0);
    expect(reply).toEqual(bytes("06 00 01 00 03"));
  });

  describe("a register bank", () => {
    test("begins with what it is given, and is as long", () => {
      const bank = createRegisterBank({ coils: [true, false], inputRegisters: [7, 65_535] });
      expect([bank.coils.size, bank.coils.get(0), bank.coils.get(1)]).toEqual([2, true, false]);
      expect([bank.inputRegisters.size, bank.inputRegisters.get(1)]).toEqual([2, 65_535]);
      expect([bank.discreteInputs.size, bank.holdingRegisters.size]).toEqual([65_536, 65_536]);
    });

    test("refuses sizes and values that are none", () => {
      for (const size of [-1, 65_537, 1.5, Number.NaN]) {
        expect(() => createRegisterBank({ coils: size })).toThrow(RangeError);
      }
      expect(() => createRegisterBank({ coils: "5" as never })).toThrow(TypeError);
      expect(() => createRegisterBank({ coils: [1 as never] })).toThrow(TypeError);
      expect(() => createRegisterBank({ holdingRegisters: [65_536] })).toThrow(RangeError);
      expect(() => createRegisterBank({ holdingRegisters: [-1] })).toThrow(RangeError);
    });

    test("refuses addresses and values that are none", () => {
      const { coils, holdingRegisters } = createRegisterBank({ coils: 4, holdingRegisters: 4 });
      for (const address of [-1, 4, 0.5, Number.NaN]) {
        expect(() => coils.get(address)).toThrow(RangeError);
        expect(() => coils.set(address, true)).toThrow(RangeError);
        expect(() => holdingRegisters.get(address)).toThrow(RangeError);
        expect(() => holdingRegisters.set(address, 1)).toThrow(RangeError);
      }
      expect(() => coils.set(0, 1 as never)).toThrow(TypeError);
      expect(() => holdingRegisters.set(0, "1" as never)).toThrow(TypeError);
      for (const value of [-1, 65_536, 1.5, Number.NaN]) {
        expect(() => holdingRegisters.set(0, value)).toThrow(RangeError);
      }
    });
  });

  test("MB-5: a client and a slave agree over any line that only adds bytes", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomOf(seed);
      const bank = createRegisterBank();
      const coils = new Map<number, boolean>();
      const registers = new Map<number, number>();
      const server = new RtuServerFramer({ units: [17] });
      const client = new RtuFramer();
      /** Sends bytes after a little garbage, in pieces. */
      const wire = (frame: Uint8Array): Uint8Array[] => {
        const garbage = randomBytes(random, random(4) === 0 ? 1 + random(16) : 0);
        return inPieces(joined(garbage, frame), random, 1 + random(30));
      };
      const exchange = <Value>(request: ModbusRequest<Value>): Value => {
        client.expect(request);
        const asked = wire(encodeRtuFrame(17, request.pdu)).flatMap((piece) => server.push(piece));
        expect(asked.length).toBe(1);
        const reply = encodeRtuFrame(17, serveRequest(bank, asked[0]!.pdu));
        const answers = wire(reply).flatMap((piece) => client.push(piece));
        expect(answers.length).toBe(1);
        return decodeReply(request, answers[0]!.unit, answers[0]!.pdu);
      };
      for (let round = 0; round < 30; round++) {
        const address = random(2_000);
        const words = Array.from({ length: 1 + random(121) }, () => random(65_536));
        const flags = Array.from({ length: 1 + random(1_968) }, () => random(2) === 1);
        const quantity = 1 + random(125);
        const expectedRegisters = () =>
          Array.from({ length: quantity }, (_, at) => registers.get(address + at) ?? 0);
        switch (random(7)) {
          case 0:
            exchange(buildRequest(writeRegisters, 17, address, words));
            for (const [at, word] of words.entries()) registers.set(address + at, word);
            break;
          case 1:
            exchange(buildRequest(writeCoils, 17, address, flags));
            for (const [at, flag] of flags.entries()) coils.set(address + at, flag);
            break;
          case 2:
            exchange(buildRequest(writeRegister, 17, address, words[0]!));
            registers.set(address, words[0]!);
            break;
          case 3:
            exchange(buildRequest(writeCoil, 17, address, flags[0]!));
            coils.set(address, flags[0]!);
            break;
          case 4:
            expect(exchange(buildRequest(readHoldingRegisters, 17, address, quantity))).toEqual(
              expectedRegisters(),
            );
            break;
          case 5:
            expect(exchange(buildRequest(readCoils, 17, address, quantity))).toEqual(
              Array.from({ length: quantity }, (_, at) => coils.get(address + at) ?? false),
            );
            break;
          default: {
            for (const [at, word] of words.entries()) registers.set(address + at, word);
            const request = buildRequest(readWriteRegisters, 17, address, quantity, address, words);
            expect(exchange(request)).toEqual(expectedRegisters());
          }
        }
      }
    }
  });

  test("MB-19: inputs are read, and nothing of a client writes them", () => {
    const bank = createRegisterBank({ discreteInputs: [true, false], inputRegisters: [5, 6] });
    ask(bank, buildRequest(writeCoils, 1, 0, [false, true]));
    ask(bank, buildRequest(writeRegisters, 1, 0, [50, 60]));
    expect(ask(bank, buildRequest(readDiscreteInputs, 1, 0, 2))).toEqual([true, false]);
    expect(ask(bank, buildRequest(readInputRegisters, 1, 0, 2))).toEqual([5, 6]);
  });
});
