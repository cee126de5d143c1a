// The CRC of Modbus RTU against recorded sums and frames.
// Owns the proof that the sum is right and may be taken in pieces. Where a CRC stands in a frame is
// the framers' suites.

import { crc16 } from "../../../src/adapters/modbus/crc.js";
import { defineSuite } from "../../harness/suite.js";
import { bytes, randomBytes, randomOf, rtuVectors } from "./vectors.js";

export const suite = defineSuite("modbus crc", ({ test, expect }) => {
  test("MB-5: the check string sums to 0x4B37", () => {
    expect(crc16(new TextEncoder().encode("123456789"))).toBe(0x4b37);
  });

  test("MB-5: 02 07 sums to 0x1241", () => {
    expect(crc16([0x02, 0x07])).toBe(0x1241);
  });

  test("MB-5: nothing sums to the initial value", () => {
    expect(crc16([])).toBe(0xffff);
  });

  test("MB-5: every recorded frame with its CRC sums to 0", () => {
    for (const { request, reply } of rtuVectors) {
      expect([crc16(bytes(request)), crc16(bytes(reply))]).toEqual([0, 0]);
    }
  });

  test("a sum may be taken in pieces", () => {
    const random = randomOf(1);
    for (let length = 0; length < 64; length++) {
      const whole = randomBytes(random, length);
      const cut = random(length + 1);
      expect(crc16(whole.subarray(cut), crc16(whole.subarray(0, cut)))).toBe(crc16(whole));
    }
  });
});
