// Requests: their bytes, and what is refused before there are any.
// Owns the proof of MB-2, on both sides of every limit, and of every recorded request. What a slave
// makes of the bytes is serve.suite.ts.

import {
  readCoils,
  readDiscreteInputs,
  writeCoil,
  writeCoils,
} from "../../../src/adapters/modbus/bit-functions.js";
import { encodeRtuFrame, encodeTcpFrame } from "../../../src/adapters/modbus/frame.js";
import { findFunction } from "../../../src/adapters/modbus/function-table.js";
import type { ModbusFunction } from "../../../src/adapters/modbus/modbus-function.js";
import {
  readHoldingRegisters,
  readInputRegisters,
  readWriteRegisters,
  writeRegister,
  writeRegisters,
} from "../../../src/adapters/modbus/register-functions.js";
import { buildRequest, rawRequest } from "../../../src/adapters/modbus/requests.js";
import { defineSuite } from "../../harness/suite.js";
import { broadcast, bytes, rtuVectors, tcpVector, thrownBy } from "./vectors.js";

/** Values that are no whole number in any range, and the class that each must be refused with. */
const notIntegers: readonly [unknown, typeof RangeError | typeof TypeError][] = [
  [Number.NaN, RangeError],
  [-1, RangeError],
  [1.5, RangeError],
  [Infinity, RangeError],
  ["1", TypeError],
  [1n, TypeError],
  [null, TypeError],
  [undefined, TypeError],
  [{}, TypeError],
];

const ones = (length: number): number[] => new Array<number>(length).fill(1);
const trues = (length: number): boolean[] => new Array<boolean>(length).fill(true);

/** Each function with the arguments at both sides of every limit of MB-2. */
const limits: readonly {
  readonly name: string;
  readonly build: (...args: never[]) => unknown;
  readonly allowed: readonly (readonly unknown[])[];
  readonly refused: readonly (readonly unknown[])[];
}[] = [
  ...[
    { name: "FC1", kind: readCoils },
    { name: "FC2", kind: readDiscreteInputs },
  ].map(({ name, kind }) => ({
    name,
    build: (...args: [number, number]) => buildRequest(kind, 1, ...args),
    allowed: [
      [0, 1],
      [0, 2_000],
      [65_535, 1],
      [63_536, 2_000],
    ],
    refused: [
      [0, 0],
      [0, 2_001],
      [65_536, 1],
      [65_535, 2],
      [63_537, 2_000],
    ],
  })),
  ...[
    { name: "FC3", kind: readHoldingRegisters },
    { name: "FC4", kind: readInputRegisters },
  ].map(({ name, kind }) => ({
    name,
    build: (...args: [number, number]) => buildRequest(kind, 1, ...args),
    allowed: [
      [0, 1],
      [0, 125],
      [65_535, 1],
      [65_411, 125],
    ],
    refused: [
      [0, 0],
      [0, 126],
      [65_536, 1],
      [65_535, 2],
      [65_412, 125],
    ],
  })),
  {
    name: "FC5",
    build: (...args: [number, boolean]) => buildRequest(writeCoil, 1, ...args),
    allowed: [
      [0, true],
      [65_535, false],
    ],
    refused: [[65_536, true]],
  },
  {
    name: "FC6",
    build: (...args: [number, number]) => buildRequest(writeRegister, 1, ...args),
    allowed: [
      [0, 0],
      [65_535, 65_535],
    ],
    refused: [
      [65_536, 0],
      [0, 65_536],
    ],
  },
  {
    name: "FC15",
    build: (...args: [number, boolean[]]) => buildRequest(writeCoils, 1, ...args),
    allowed: [
      [0, trues(1)],
      [0, trues(1_968)],
      [65_535, trues(1)],
      [63_568, trues(1_968)],
    ],
    refused: [
      [0, []],
      [0, trues(1_969)],
      [65_536, trues(1)],
      [65_535, trues(2)],
      [63_569, trues(1_968)],
    ],
  },
  {
    name: "FC16",
    build: (...args: [number, number[]]) => buildRequest(writeRegisters, 1, ...args),
    allowed: [
      [0, ones(1)],
      [0, ones(123)],
      [65_535, ones(1)],
      [65_413, ones(123)],
      [0, [65_535]],
    ],
    refused: [
      [0, []],
      [0, ones(124)],
      [65_536, ones(1)],
      [65_535, ones(2)],
      [65_414, ones(123)],
      [0, [65_536]],
    ],
  },
  {
    name: "FC23",
    build: (...args: [number, number, number, number[]]) =>
      buildRequest(readWriteRegisters, 1, ...args),
    allowed: [
      [0, 1, 0, ones(1)],
      [0, 125, 0, ones(121)],
      [65_535, 1, 65_535, ones(1)],
      [65_411, 125, 65_415, ones(121)],
    ],
    refused: [
      [0, 0, 0, ones(1)],
      [0, 126, 0, ones(1)],
      [0, 1, 0, []],
      [0, 1, 0, ones(122)],
      [65_412, 125, 0, ones(1)],
      [0, 1, 65_416, ones(121)],
      [65_536, 1, 0, ones(1)],
      [0, 1, 65_536, ones(1)],
      [0, 1, 0, [65_536]],
    ],
  },
];

/** The four functions that only read. */
const readers: readonly ModbusFunction<[address: number, quantity: number], unknown>[] = [
  readCoils,
  readDiscreteInputs,
  readHoldingRegisters,
  readInputRegisters,
];

/** Each function's number arguments, one replaced by a value that is none. */
const numberSlots: readonly {
  readonly name: string;
  readonly build: (value: never) => unknown;
}[] = [
  { name: "unit", build: (value) => buildRequest(readCoils, value, 0, 1) },
  ...readers.flatMap((kind) => [
    { name: `${kind.name} address`, build: (value: never) => buildRequest(kind, 1, value, 1) },
    { name: `${kind.name} quantity`, build: (value: never) => buildRequest(kind, 1, 0, value) },
  ]),
  { name: "writeCoil address", build: (value) => buildRequest(writeCoil, 1, value, true) },
  { name: "writeRegister address", build: (value) => buildRequest(writeRegister, 1, value, 1) },
  { name: "writeRegister value", build: (value) => buildRequest(writeRegister, 1, 0, value) },
  { name: "writeCoils address", build: (value) => buildRequest(writeCoils, 1, value, [true]) },
  { name: "writeRegisters address", build: (value) => buildRequest(writeRegisters, 1, value, [1]) },
  {
    name: "writeRegisters second value",
    build: (value) => buildRequest(writeRegisters, 1, 0, [1, value]),
  },
  {
    name: "readWriteRegisters read address",
    build: (value) => buildRequest(readWriteRegisters, 1, value, 1, 0, [1]),
  },
  {
    name: "readWriteRegisters read quantity",
    build: (value) => buildRequest(readWriteRegisters, 1, 0, value, 0, [1]),
  },
  {
    name: "readWriteRegisters write address",
    build: (value) => buildRequest(readWriteRegisters, 1, 0, 1, value, [1]),
  },
  {
    name: "readWriteRegisters value",
    build: (value) => buildRequest(readWriteRegisters, 1, 0, 1, 0, [value]),
  },
];

export const suite = defineSuite("modbus requests", ({ describe, test, expect }) => {
  describe("MB-1: the bytes of", () => {
    for (const { name, build, request } of rtuVectors) {
      test(`${name} are the recorded ones`, () => {
        const { unit, pdu } = build();
        expect(encodeRtuFrame(unit, pdu)).toEqual(bytes(request));
      });
    }

    test("MB-10: a broadcast are the recorded ones", () => {
      const { unit, pdu } = broadcast.build();
      expect(encodeRtuFrame(unit, pdu)).toEqual(bytes(broadcast.request));
    });

    test("MB-13: a request over TCP are the recorded ones", () => {
      const { unit, pdu } = tcpVector.build();
      expect(encodeTcpFrame(tcpVector.transaction, unit, pdu)).toEqual(bytes(tcpVector.request));
    });

    test("a coil that is switched off end in 00 00", () => {
      expect(buildRequest(writeCoil, 1, 2, false).pdu).toEqual(bytes("05 00 02 00 00"));
    });

    test("the longest requests still fit a frame", () => {
      const longest = [
        buildRequest(writeCoils, 1, 0, trues(1_968)),
        buildRequest(writeRegisters, 1, 0, ones(123)),
        buildRequest(readWriteRegisters, 1, 0, 125, 0, ones(121)),
      ];
      expect(longest.map(({ pdu }) => encodeRtuFrame(1, pdu).length)).toEqual([255, 255, 255]);
    });
  });

  describe("MB-2:", () => {
    for (const { name, build, allowed, refused } of limits) {
      for (const args of allowed) {
        test(`${name} with ${label(args)} is allowed`, () => {
          expect(build(...(args as never[]))).toMatchObject({ unit: 1 });
        });
      }
      for (const args of refused) {
        test(`${name} with ${label(args)} is a RangeError`, () => {
          expect(() => build(...(args as never[]))).toThrow(RangeError);
        });
      }
    }

    for (const { name, build } of numberSlots) {
      test(`${name} must be a whole number: NaN, −1, 1.5, "1" and the like are refused`, () => {
        for (const [value, kind] of notIntegers) expect(() => build(value as never)).toThrow(kind);
      });
    }

    test("a coil's value must be a boolean", () => {
      for (const value of [1, 0, "true", null, undefined]) {
        expect(() => buildRequest(writeCoil, 1, 0, value as never)).toThrow(TypeError);
        expect(() => buildRequest(writeCoils, 1, 0, [true, value as never])).toThrow(TypeError);
      }
    });

    test("values must be an array, without holes", () => {
      const holes = new Array<number>(2);
      expect(() => buildRequest(writeRegisters, 1, 0, holes)).toThrow(TypeError);
      for (const values of ["12", { length: 1, 0: 1 }, null, undefined, 7]) {
        expect(() => buildRequest(writeRegisters, 1, 0, values as never)).toThrow(TypeError);
        expect(() => buildRequest(writeCoils, 1, 0, values as never)).toThrow(TypeError);
        expect(() => buildRequest(readWriteRegisters, 1, 0, 1, 0, values as never)).toThrow(
          TypeError,
        );
      }
    });

    test("a unit is 0 to 255", () => {
      expect(buildRequest(readCoils, 255, 0, 1).unit).toBe(255);
      expect(() => buildRequest(readCoils, 256, 0, 1)).toThrow(RangeError);
    });

    test("an error names the action, the value, the range and the remedy", () => {
      const { message } = thrownBy(() => buildRequest(readHoldingRegisters, 1, 0, 126)) as Error;
      expect(message).toBe(
        "Cannot read holding registers: quantity is 126, but must be a whole number " +
          "from 1 to 125; read in several requests",
      );
      const span = thrownBy(() => buildRequest(readCoils, 1, 65_535, 2)) as Error;
      expect(span.message).toContain("address 65535 + quantity 2 is 65537");
      const value = thrownBy(() => buildRequest(writeRegisters, 1, 0, [1, "2" as never])) as Error;
      expect(value.message).toContain('values[1] is "2"');
    });

    test("a request does not change when its values do", () => {
      const values = [1, 2];
      const { pdu } = buildRequest(writeRegisters, 1, 0, values);
      values[0] = 99;
      expect(pdu).toEqual(bytes("10 00 00 00 02 04 00 01 00 02"));
    });
  });

  describe("raw requests", () => {
    test("MB-1: any function code from 1 to 127 can be asked with any bytes", () => {
      const request = rawRequest(17, 0x41, bytes("01 02"));
      expect(encodeRtuFrame(request.unit, request.pdu).subarray(0, 4)).toEqual(
        bytes("11 41 01 02"),
      );
      expect(rawRequest(1, 127, new Uint8Array(252)).pdu.length).toBe(253);
    });

    test("MB-2: wrong arguments are refused", () => {
      const none = new Uint8Array();
      for (const code of [0, 128, 1.5, Number.NaN]) {
        expect(() => rawRequest(1, code, none)).toThrow(RangeError);
      }
      expect(() => rawRequest(1, "3" as never, none)).toThrow(TypeError);
      expect(() => rawRequest(1, 65, new Uint8Array(253))).toThrow(RangeError);
      expect(() => rawRequest(1, 65, [1, 2] as never)).toThrow(TypeError);
      expect(() => rawRequest(256, 65, none)).toThrow(RangeError);
      expect(() => rawRequest(1, 65, none, { replyLength: 253 })).toThrow(RangeError);
      expect(() => rawRequest(1, 65, none, { replyLength: "4" as never })).toThrow(TypeError);
    });

    test("MB-9: a raw request counts as a write unless it says otherwise", () => {
      const none = new Uint8Array();
      expect(rawRequest(1, 65, none).function.access).toBe("write");
      expect(rawRequest(1, 65, none, { access: "read" }).function.access).toBe("read");
    });
  });

  test("MB-9: reads, writes and the mixed function are told apart", () => {
    const access = [1, 2, 3, 4, 5, 6, 15, 16, 23].map((code) => findFunction(code)?.access);
    expect(access).toEqual([
      ...["read", "read", "read", "read"],
      ...["write", "write", "write", "write", "readWrite"],
    ]);
  });

  test("every function is in the table under its own code, and no other is", () => {
    for (let code = 0; code < 256; code++) {
      const found = findFunction(code);
      if ([1, 2, 3, 4, 5, 6, 15, 16, 23].includes(code)) expect(found?.code).toBe(code);
      else expect(found).toBeUndefined();
    }
  });

  test("a PDU that no frame can hold is not framed", () => {
    for (const encode of [encodeRtuFrame, encodeTcpFrame.bind(undefined, 0)]) {
      expect(() => encode(1, new Uint8Array())).toThrow(RangeError);
      expect(() => encode(1, new Uint8Array(254))).toThrow(RangeError);
      expect(() => encode(256, Uint8Array.of(7))).toThrow(RangeError);
      expect(encode(1, new Uint8Array(253)).length).toBeGreaterThan(253);
    }
    expect(() => encodeTcpFrame(65_536, 1, Uint8Array.of(7))).toThrow(RangeError);
  });
});

/** Arguments in a test's name: long arrays by their length. */
function label(args: readonly unknown[]): string {
  return args
    .map((arg) => {
      if (!Array.isArray(arg)) return String(arg);
      return arg.length === 1 && arg[0] !== 1 && arg[0] !== true
        ? `[${arg}]`
        : `${arg.length} values`;
    })
    .join(", ");
}
