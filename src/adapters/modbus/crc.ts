// The checksum of Modbus RTU frames: CRC-16 with the reflected polynomial 0xA001, initial value
// 0xFFFF, sent low byte first.
// Owns the table and the one function over it. Does not know frames: the framers decide which bytes
// are summed.

/** The remainder of each byte value, so that a byte costs one look-up instead of eight shifts. */
const TABLE: Uint16Array = /* @__PURE__ */ crcTable();

function crcTable(): Uint16Array {
  const table = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xa001 : rest >>> 1;
    table[byte] = rest;
  }
  return table;
}

/**
 * Sums bytes to the CRC of Modbus RTU (serial line guide, 6.2.2). On the wire the low byte goes
 * first, and the CRC of a frame together with its own CRC bytes is 0.
 *
 * @param bytes what to sum.
 * @param crc the sum so far, to go on with the next piece; the default 0xFFFF starts a new sum.
 * @returns 0 to 0xFFFF.
 *
 * @example
 * ```ts
 * crc16(Uint8Array.of(0x02, 0x07)); // 0x1241, on the wire 41 12
 * ```
 */
export function crc16(bytes: ArrayLike<number>, crc = 0xffff): number {
  let sum = crc;
  for (let at = 0; at < bytes.length; at++) {
    sum = (sum >>> 8) ^ TABLE[(sum ^ bytes[at]!) & 0xff]!;
  }
  return sum;
}
