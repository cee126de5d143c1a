// Answers: what they decode to, and what is refused of them.
// Owns the proof of MB-3 and MB-4 on PDUs that are whole, and of the fields of every Modbus error.
// Which bytes are an answer at all is the framers' suites.

import { readCoils, writeCoil, writeCoils } from "../../../src/adapters/modbus/bit-functions.js";
import {
  ModbusException,
  ModbusLinkDown,
  ModbusProtocolError,
  ModbusTimeout,
} from "../../../src/adapters/modbus/errors.js";
import {
  readHoldingRegisters,
  readWriteRegisters,
  writeRegister,
  writeRegisters,
} from "../../../src/adapters/modbus/register-functions.js";
import { answersRequest, decodeReply } from "../../../src/adapters/modbus/replies.js";
import { buildRequest, rawRequest } from "../../../src/adapters/modbus/requests.js";
import { ActorError } from "../../../src/kernel/errors.js";
import { defineSuite } from "../../harness/suite.js";
import { bytes, rtuVectors, tcpVector, thrownBy } from "./vectors.js";

const threeRegisters = () => buildRequest(readHoldingRegisters, 17, 0x6b, 3);

/** The named exception codes of MB-3. */
const exceptionNames: readonly [number, string][] = [
  [1, "illegal function"],
  [2, "illegal data address"],
  [3, "illegal data value"],
  [4, "server device failure"],
  [5, "acknowledge"],
  [6, "server device busy"],
  [8, "memory parity error"],
  [0x0a, "gateway path unavailable"],
  [0x0b, "gateway target device failed to respond"],
];

export const suite = defineSuite("modbus replies", ({ describe, test, expect }) => {
  describe("MB-1: the recorded answer to", () => {
    for (const { name, build, reply, value, exception } of rtuVectors) {
      test(`${name} decodes to what it says`, () => {
        const frame = bytes(reply);
        const request = build();
        const decode = () => decodeReply(request, frame[0]!, frame.slice(1, -2));
        expect(answersRequest(request, frame[0]!, frame.slice(1, -2))).toBe(true);
        if (exception === undefined) expect(decode()).toEqual(value);
        else expect(thrownBy(decode)).toMatchObject({ exceptionCode: exception });
      });
    }

    test("a request over TCP decodes to what it says", () => {
      const frame = bytes(tcpVector.reply);
      expect(decodeReply(tcpVector.build(), frame[6]!, frame.slice(7))).toEqual(tcpVector.value);
    });
  });

  describe("MB-3: an exception", () => {
    for (const [code, name] of exceptionNames) {
      test(`${code} is named "${name}"`, () => {
        const error = thrownBy(() => decodeReply(threeRegisters(), 17, Uint8Array.of(0x83, code)));
        expect(error).toBeInstanceOf(ModbusException);
        expect(error).toBeInstanceOf(ActorError);
        expect(error).toMatchObject({
          name: "ModbusException",
          code: "modbus-exception",
          unit: 17,
          functionCode: 3,
          exceptionCode: code,
          exceptionName: name,
          retryable: code === 5 || code === 6,
        });
        expect((error as Error).message).toContain(`exception ${code} (${name})`);
      });
    }

    test("that nobody has named keeps its number", () => {
      for (const code of [0, 7, 9, 0x0c, 0x80, 0xff]) {
        const error = thrownBy(() => decodeReply(threeRegisters(), 17, Uint8Array.of(0x83, code)));
        expect(error).toMatchObject({ exceptionCode: code, exceptionName: "unknown" });
      }
    });

    test("that has no code, or bytes after it, is a protocol error", () => {
      for (const pdu of ["83", "83 02 00"]) {
        const error = thrownBy(() => decodeReply(threeRegisters(), 17, bytes(pdu)));
        expect(error).toBeInstanceOf(ModbusProtocolError);
        expect(error).toMatchObject({ field: "length", expected: 2 });
      }
    });
  });

  describe("MB-4: a protocol error is", () => {
    const refused = (
      name: string,
      run: () => unknown,
      fields: { field: string; expected: number | string; received: number | string },
    ) => {
      test(name, () => {
        const error = thrownBy(run);
        expect(error).toBeInstanceOf(ModbusProtocolError);
        expect(error).toMatchObject({ code: "modbus-protocol", fatal: false, ...fields });
        expect((error as Error).message).toContain(`${fields.field} is ${fields.received}`);
        expect((error as Error).message).toContain(`must be ${fields.expected}`);
      });
    };
    const three = bytes("03 06 02 2b 00 00 00 64");

    refused("another unit", () => decodeReply(threeRegisters(), 18, three), {
      field: "unit",
      expected: 17,
      received: 18,
    });
    refused(
      "another function",
      () => decodeReply(threeRegisters(), 17, bytes("04 06 02 2b 00 00 00 64")),
      { field: "function", expected: 3, received: 4 },
    );
    refused(
      "another function's exception",
      () => decodeReply(threeRegisters(), 17, bytes("84 02")),
      {
        field: "function",
        expected: 3,
        received: 0x84,
      },
    );
    refused(
      "an exception to function 0, as pymodbus answers a bad quantity",
      () => decodeReply(threeRegisters(), 17, bytes("80 01")),
      { field: "function", expected: 3, received: 0x80 },
    );
    refused(
      "too few registers",
      () => decodeReply(threeRegisters(), 17, bytes("03 04 00 01 00 02")),
      {
        field: "byte count",
        expected: 6,
        received: 4,
      },
    );
    refused(
      "an odd byte count",
      () => decodeReply(threeRegisters(), 17, bytes("03 05 1 2 3 4 5")),
      {
        field: "byte count",
        expected: 6,
        received: 5,
      },
    );
    refused(
      "too many coils",
      () => decodeReply(buildRequest(readCoils, 1, 0, 8), 1, bytes("01 02 ff ff")),
      { field: "byte count", expected: 1, received: 2 },
    );
    refused(
      "a byte count that its bytes do not fill",
      () => decodeReply(threeRegisters(), 17, three.subarray(0, 7)),
      { field: "length", expected: 8, received: 7 },
    );
    refused(
      "a byte count that its bytes overflow",
      () => decodeReply(threeRegisters(), 17, bytes("03 06 02 2b 00 00 00 64 00")),
      { field: "length", expected: 8, received: 9 },
    );
    refused("nothing but a function code", () => decodeReply(threeRegisters(), 17, bytes("03")), {
      field: "length",
      expected: "more than 1",
      received: 1,
    });
    refused("nothing at all", () => decodeReply(threeRegisters(), 17, bytes("")), {
      field: "length",
      expected: "at least 1",
      received: 0,
    });
    refused(
      "the read half of FC23 in another size",
      () => decodeReply(buildRequest(readWriteRegisters, 1, 0, 2, 0, [1]), 1, bytes("17 02 00 01")),
      { field: "byte count", expected: 4, received: 2 },
    );
    refused(
      "an echo of another address",
      () => decodeReply(buildRequest(writeRegister, 1, 1, 3), 1, bytes("06 00 02 00 03")),
      { field: "echo", expected: "06 00 01 00 03", received: "06 00 02 00 03" },
    );
    refused(
      "an echo of another value",
      () => decodeReply(buildRequest(writeCoil, 1, 1, true), 1, bytes("05 00 01 00 00")),
      { field: "echo", expected: "05 00 01 ff 00", received: "05 00 01 00 00" },
    );
    refused(
      "an echo of another count of coils",
      () => decodeReply(buildRequest(writeCoils, 1, 1, [true]), 1, bytes("0f 00 01 00 02")),
      { field: "echo", expected: "0f 00 01 00 01", received: "0f 00 01 00 02" },
    );
    refused(
      "an echo of another count of registers",
      () => decodeReply(buildRequest(writeRegisters, 1, 1, [7, 8]), 1, bytes("10 00 01 00 01")),
      { field: "echo", expected: "10 00 01 00 02", received: "10 00 01 00 01" },
    );
    refused(
      "half an echo",
      () => decodeReply(buildRequest(writeRegister, 1, 1, 3), 1, bytes("06 00 01")),
      { field: "length", expected: 5, received: 3 },
    );
    refused(
      "an echo with more behind it",
      () => decodeReply(buildRequest(writeRegisters, 1, 1, [7]), 1, bytes("10 00 01 00 01 02")),
      { field: "length", expected: 5, received: 6 },
    );

    test("known by the unit and function that were asked", () => {
      const error = thrownBy(() => decodeReply(threeRegisters(), 18, three));
      expect(error).toMatchObject({ unit: 17, functionCode: 3 });
    });
  });

  describe("MB-1: a raw request", () => {
    test("gives the bytes after the function code", () => {
      const request = rawRequest(1, 0x41, bytes("00"));
      expect(decodeReply(request, 1, bytes("41 0a 0b"))).toEqual(bytes("0a 0b"));
    });

    test("is refused another length than it was promised", () => {
      const request = rawRequest(1, 0x41, bytes("00"), { replyLength: 2 });
      expect(decodeReply(request, 1, bytes("41 0a 0b"))).toEqual(bytes("0a 0b"));
      expect(thrownBy(() => decodeReply(request, 1, bytes("41 0a")))).toMatchObject({
        field: "length",
        expected: 3,
        received: 2,
      });
    });

    test("gets exceptions as any other does", () => {
      const request = rawRequest(1, 0x41, bytes("00"));
      expect(thrownBy(() => decodeReply(request, 1, bytes("c1 01")))).toMatchObject({
        code: "modbus-exception",
        functionCode: 0x41,
        exceptionCode: 1,
      });
    });
  });

  describe("the errors of a client say", () => {
    test("MB-8: whether a request that timed out had been sent", () => {
      const detail = { unit: 17, functionCode: 6, timeoutMs: 500 };
      const queued = new ModbusTimeout({ ...detail, phase: "queue" });
      const sent = new ModbusTimeout({ ...detail, phase: "reply" });
      expect(queued).toMatchObject({ ...detail, code: "modbus-timeout", phase: "queue" });
      expect(queued.message).toContain("within 500 ms: it was still queued");
      expect(queued.message).toContain("not sent");
      expect(sent.message).toContain("whether the unit ran it is unknown");
    });

    test("whether a request that lost its link had been sent, and why the link went", () => {
      const cause = new Error("EIO");
      const lost = new ModbusLinkDown({ unit: 1, functionCode: 6, sent: true, cause });
      expect(lost).toMatchObject({ code: "modbus-link-down", sent: true, cause });
      expect(lost.message).toContain("whether the unit ran it is unknown");
      const down = new ModbusLinkDown({ unit: 1, functionCode: 6, sent: false });
      expect(down.message).toContain("nothing was sent");
    });
  });
});
