// What the functions that read a span have in common: 1 to 4, and the reading half of 23.
//
// Owns their request (address and quantity) and their answer (a byte count, then the values). What a
// value is, bit or register, each kind brings. Does no I/O, and does not know the framing.

import { checkInteger, checkSpan } from "./arguments.js";
import { type ModbusFunction, readUint16, writeUint16 } from "./modbus-function.js";

/** How the values of a span stand in an answer. */
export interface SpanKind<Value> {
  /** How many bytes hold so many values. */
  bytesFor(quantity: number): number;
  /** Reads so many values from the bytes at `offset` on. */
  unpack(bytes: Uint8Array, offset: number, quantity: number): Value[];
}

/** The reading function of a kind. `max` is the most that one request may ask for. */
export function spanReader<Value>(
  kind: SpanKind<Value>,
  detail: { code: number; name: string; action: string; max: number },
): ModbusFunction<[address: number, quantity: number], Value[]> {
  const { code, name, action, max } = detail;
  return {
    code,
    name,
    access: "read",
    validate(address, quantity) {
      checkInteger(action, "quantity", quantity, 1, max, "read in several requests");
      checkSpan(action, "address", address, quantity);
    },
    encode: (address, quantity) => pduOfTwoWords(code, address, quantity),
    requestLength: () => 5,
    requestAgrees: (request) => {
      if (request.length < 5) return false;
      const quantity = readUint16(request, 3);
      return quantity >= 1 && quantity <= max;
    },
    ...spanReply(kind),
  };
}

/** The answer to a request whose quantity to read stands at its fourth byte: 1 to 4, and 23. */
export function spanReply<Value>(
  kind: SpanKind<Value>,
): Required<Pick<ModbusFunction<never, Value[]>, "replyLength" | "mismatch" | "decode">> {
  return {
    replyLength: (reply) => (reply.length > 1 ? 2 + reply[1]! : undefined),
    mismatch(request, reply) {
      if (reply.length < 2) return undefined;
      const expected = kind.bytesFor(readUint16(request, 3));
      const received = reply[1]!;
      return expected === received ? undefined : { field: "byte count", expected, received };
    },
    decode: (request, reply) => kind.unpack(reply, 2, readUint16(request, 3)),
  };
}

/** The PDU of functions 1 to 6: the code, an address, and one word more. */
export function pduOfTwoWords(code: number, address: number, word: number): Uint8Array {
  const pdu = new Uint8Array(5);
  pdu[0] = code;
  writeUint16(pdu, 1, address);
  writeUint16(pdu, 3, word);
  return pdu;
}
