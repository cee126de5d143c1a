// The silences of a Modbus serial line, as numbers.
// Owns the formulas of the serial line guide (2.5.1.1). Starts no timer: the client and the slave
// wait, with their own.

/** A character on the line: start bit, 8 data bits, parity or a second stop bit, stop bit. */
const BITS_PER_CHARACTER = 11;

/** Above this rate the guide stops scaling the silence: interrupts could not keep up. */
const FASTEST_SCALED_BAUD = 19_200;

/**
 * The shortest silence between two RTU frames, in milliseconds: 3.5 characters of 11 bits up to
 * 19,200 baud, 1.75 ms above (MB-6). Not rounded: 9,600 baud gives 4.0104.
 *
 * @param baudRate bits a second, above 0.
 * @throws TypeError if `baudRate` is not a number, RangeError if it is not finite and above 0.
 */
export function rtuSilenceMs(baudRate: number): number {
  checkBaudRate(baudRate);
  return baudRate > FASTEST_SCALED_BAUD ? 1.75 : charactersMs(baudRate);
}

/**
 * How long to wait after the last byte before a frame is sent, for a timer of whole milliseconds:
 * `rtuSilenceMs` rounded up, because a host's timer that is asked for 1.75 ms may fire after 1.
 *
 * @throws as `rtuSilenceMs`.
 *
 * @example
 * ```ts
 * rtuSendGapMs(9_600); // 5
 * ```
 */
export function rtuSendGapMs(baudRate: number): number {
  return Math.ceil(rtuSilenceMs(baudRate));
}

/**
 * How long a line must be quiet before a framer's `idle()` is called, in whole milliseconds:
 * 3.5 characters, but at least 20 ms, because USB adapters hold bytes back for up to 16 (MB-5).
 *
 * @throws as `rtuSilenceMs`.
 */
export function rtuIdleGapMs(baudRate: number): number {
  checkBaudRate(baudRate);
  return Math.max(20, Math.ceil(charactersMs(baudRate)));
}

function charactersMs(baudRate: number): number {
  return (3.5 * BITS_PER_CHARACTER * 1_000) / baudRate;
}

function checkBaudRate(baudRate: number): void {
  if (typeof baudRate !== "number") {
    throw new TypeError(`baudRate is a ${typeof baudRate}: it must be a number of bits a second`);
  }
  if (!(baudRate > 0 && baudRate < Infinity)) {
    throw new RangeError(`baudRate is ${baudRate}: it must be above 0, such as 19200`);
  }
}
