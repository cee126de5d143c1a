// Both framers of Modbus TCP.
// Owns the proof of MB-13: splitting, coalescing, transaction ids, and headers that end the link.
// How many requests may be in flight is the client's suites.

import { encodeTcpFrame } from "../../../src/adapters/modbus/frame.js";
import { readHoldingRegisters } from "../../../src/adapters/modbus/register-functions.js";
import { decodeReply } from "../../../src/adapters/modbus/replies.js";
import { buildRequest } from "../../../src/adapters/modbus/requests.js";
import { TcpFramer, TcpServerFramer } from "../../../src/adapters/modbus/tcp-framer.js";
import { defineSuite } from "../../harness/suite.js";
import {
  bytes,
  deliveries,
  inPieces,
  joined,
  randomBytes,
  randomOf,
  rtuVectors,
  tcpVector,
  thrownBy,
} from "./vectors.js";

export const suite = defineSuite("modbus tcp framer", ({ describe, test, expect }) => {
  for (const { name: delivery, split } of deliveries) {
    describe(`MB-13: ${delivery},`, () => {
      test("the recorded answer is one frame", () => {
        const framer = new TcpFramer({ firstTransaction: tcpVector.transaction });
        expect(framer.expect()).toBe(tcpVector.transaction);
        const frames = split(bytes(tcpVector.reply)).flatMap((chunk) => framer.push(chunk));
        expect(frames.length).toBe(1);
        const { transaction, unit, pdu } = frames[0]!;
        expect(transaction).toBe(tcpVector.transaction);
        expect(decodeReply(tcpVector.build(), unit, pdu)).toEqual(tcpVector.value);
        expect(framer.pending).toBe(0);
      });

      test("the recorded exception is one frame", () => {
        const framer = new TcpFramer({ firstTransaction: 2 });
        framer.expect();
        const [frame] = split(bytes("00 02 00 00 00 03 01 83 02")).flatMap((chunk) =>
          framer.push(chunk),
        );
        const request = buildRequest(readHoldingRegisters, 1, 0, 1);
        expect(thrownBy(() => decodeReply(request, frame!.unit, frame!.pdu))).toMatchObject({
          code: "modbus-exception",
          exceptionCode: 2,
        });
      });

      test("the recorded request is one frame for the slave", () => {
        const framer = new TcpServerFramer();
        const frames = split(bytes(tcpVector.request)).flatMap((chunk) => framer.push(chunk));
        const { unit, pdu } = tcpVector.build();
        expect(frames).toEqual([{ transaction: tcpVector.transaction, unit, pdu }]);
      });

      test("every recorded PDU passes both ways", () => {
        for (const { build, reply } of rtuVectors) {
          const { unit, pdu } = build();
          const client = new TcpFramer();
          const slave = new TcpServerFramer();
          const transaction = client.expect();
          const [asked] = split(encodeTcpFrame(transaction, unit, pdu)).flatMap((chunk) =>
            slave.push(chunk),
          );
          expect(asked).toEqual({ transaction, unit, pdu });
          const answer = bytes(reply).slice(1, -2);
          const [got] = split(encodeTcpFrame(transaction, unit, answer)).flatMap((chunk) =>
            client.push(chunk),
          );
          expect(got).toEqual({ transaction, unit, pdu: answer });
        }
      });

      test("frames that come together are all given out, in any order", () => {
        const framer = new TcpFramer();
        const ids = [framer.expect(), framer.expect(), framer.expect()];
        const answers = [...ids].reverse();
        const stream = joined(...answers.map((id) => encodeTcpFrame(id, 1, bytes("07 6d"))));
        const frames = split(stream).flatMap((chunk) => framer.push(chunk));
        expect(frames.map(({ transaction }) => transaction)).toEqual(answers);
      });

      test("an unknown transaction is discarded", () => {
        const framer = new TcpFramer();
        const id = framer.expect();
        const stranger = encodeTcpFrame(id + 7, 1, bytes("07 01"));
        const stream = joined(stranger, encodeTcpFrame(id, 1, bytes("07 02")));
        const frames = split(stream).flatMap((chunk) => framer.push(chunk));
        expect(frames.map(({ pdu }) => pdu)).toEqual([bytes("07 02")]);
        expect(framer.counters).toEqual({
          garbageBytes: 0,
          crcErrors: 0,
          lateFrames: 0,
          strayFrames: 1,
        });
      });

      test("MB-7: a late answer is dropped, and the next request's is taken", () => {
        const framer = new TcpFramer();
        const late = framer.expect();
        framer.abandon(late);
        const next = framer.expect();
        const stream = joined(
          encodeTcpFrame(late, 1, bytes("07 01")),
          encodeTcpFrame(next, 1, bytes("07 02")),
        );
        const frames = split(stream).flatMap((chunk) => framer.push(chunk));
        expect(frames.map(({ transaction }) => transaction)).toEqual([next]);
        expect(framer.counters).toMatchObject({ lateFrames: 1, strayFrames: 0 });
      });

      test("an answer that comes twice is given out once", () => {
        const framer = new TcpFramer();
        const answer = encodeTcpFrame(framer.expect(), 1, bytes("07 01"));
        const frames = split(joined(answer, answer)).flatMap((chunk) => framer.push(chunk));
        expect(frames.length).toBe(1);
        expect(framer.counters.strayFrames).toBe(1);
      });

      for (const [name, header, field] of [
        ["a protocol id that is not 0", "00 00 00 01 00 06 01 03 00", "protocol id"],
        ["a length of 0", "00 00 00 00 00 00 01 03 00", "frame length"],
        ["a length of 1", "00 00 00 00 00 01 01 03 00", "frame length"],
        ["a length of 255", "00 00 00 00 00 ff 01 03 00", "frame length"],
        ["a length of 65,535", "00 00 00 00 ff ff 01 03 00", "frame length"],
        ["text", "48 54 54 50 2f 31 2e 31 20 34 30 30", "protocol id"],
      ] as const) {
        test(`${name} ends the link, after the good frames before it`, () => {
          for (const framer of [new TcpFramer(), new TcpServerFramer()]) {
            const id = framer instanceof TcpFramer ? framer.expect() : 0;
            const good = encodeTcpFrame(id, 1, bytes("07 01"));
            const stream = joined(good, bytes(header), good);
            const frames = split(stream).flatMap((chunk) => framer.push(chunk));
            expect(frames.map(({ pdu }) => pdu)).toEqual([bytes("07 01")]);
            expect(framer.failure).toMatchObject({ code: "modbus-protocol", field, fatal: true });
            expect(framer.failure!.message).toContain("must be opened anew");
            expect(framer.push(good)).toEqual([]);
          }
        });
      }
    });
  }

  test("MB-13: lengths of 2 and of 254 are frames", () => {
    const framer = new TcpServerFramer();
    const longest = new Uint8Array(253).fill(3);
    const stream = joined(encodeTcpFrame(1, 1, bytes("07")), encodeTcpFrame(2, 1, longest));
    expect(framer.push(stream).map(({ pdu }) => pdu)).toEqual([bytes("07"), longest]);
    expect(framer.failure).toBeUndefined();
  });

  test("MB-13: transaction ids wrap at 16 bits", () => {
    const framer = new TcpFramer({ firstTransaction: 65_534 });
    expect([framer.expect(), framer.expect(), framer.expect()]).toEqual([65_534, 65_535, 0]);
  });

  test("MB-13: an id in flight is passed over, for as long as it is", () => {
    const framer = new TcpFramer();
    const slow = framer.expect();
    const used = new Set<number>();
    for (let round = 0; round < 65_535; round++) {
      const id = framer.expect();
      used.add(id);
      framer.push(encodeTcpFrame(id, 1, bytes("07 00")));
    }
    expect(used.size).toBe(65_535);
    expect(used.has(slow)).toBe(false);
    expect(framer.expect()).toBe(1);
  });

  test("MB-7: an id that was lately given up is not used for another request", () => {
    const framer = new TcpFramer({ firstTransaction: 65_535 });
    framer.abandon(framer.expect());
    framer.abandon(framer.expect());
    for (let round = 0; round < 65_534; round++) {
      framer.push(encodeTcpFrame(framer.expect(), 1, bytes("07 00")));
    }
    expect(framer.expect()).toBe(1);
  });

  test("given-up ids are not remembered for ever", () => {
    const framer = new TcpFramer();
    const first = framer.expect();
    framer.abandon(first);
    for (let round = 0; round < 1_000; round++) framer.abandon(framer.expect());
    framer.push(encodeTcpFrame(first, 1, bytes("07 00")));
    expect(framer.counters).toMatchObject({ lateFrames: 0, strayFrames: 1 });
  });

  test("giving up what is not in flight changes nothing", () => {
    const framer = new TcpFramer();
    framer.abandon(7);
    framer.push(encodeTcpFrame(7, 1, bytes("07 00")));
    expect(framer.counters).toMatchObject({ lateFrames: 0, strayFrames: 1 });
  });

  test("a first transaction that is no id is refused", () => {
    for (const firstTransaction of [-1, 65_536, 1.5, Number.NaN]) {
      expect(() => new TcpFramer({ firstTransaction })).toThrow(RangeError);
    }
    expect(() => new TcpFramer({ firstTransaction: "1" as never })).toThrow(TypeError);
  });

  test("more transactions than there are ids are refused, not waited for", () => {
    const framer = new TcpFramer();
    expect(() => {
      for (let round = 0; round <= 65_536; round++) framer.expect();
    }).toThrow(RangeError);
  });

  test("a reset forgets half a frame, what was awaited, and a failure", () => {
    const framer = new TcpFramer();
    const before = framer.expect();
    framer.push(bytes("00 00 00 07"));
    framer.push(bytes("00 00"));
    expect(framer.failure).toBeDefined();
    framer.reset();
    expect(framer.failure).toBeUndefined();
    expect(framer.push(encodeTcpFrame(before, 1, bytes("07 00")))).toEqual([]);
    const after = framer.expect();
    expect(after).not.toBe(before);
    expect(framer.push(encodeTcpFrame(after, 1, bytes("07 00"))).length).toBe(1);

    const slave = new TcpServerFramer();
    slave.push(bytes("00 00 00 00 00"));
    expect(slave.pending).toBe(5);
    slave.reset();
    expect(slave.push(encodeTcpFrame(3, 1, bytes("07"))).length).toBe(1);
  });

  test("a frame that was given out is the receiver's, whatever comes next", () => {
    const framer = new TcpServerFramer();
    const chunk = encodeTcpFrame(1, 1, bytes("07 aa"));
    const [frame] = framer.push(chunk);
    chunk.fill(0);
    framer.push(encodeTcpFrame(2, 1, bytes("07 bb")));
    expect(frame!.pdu).toEqual(bytes("07 aa"));
  });

  test("MB-13: any split and coalescing gives the same frames", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomOf(seed);
      const sent = Array.from({ length: 40 }, (_, transaction) => ({
        transaction,
        unit: random(256),
        pdu: randomBytes(random, 1 + random(253)),
      }));
      const stream = joined(
        ...sent.map(({ transaction, unit, pdu }) => encodeTcpFrame(transaction, unit, pdu)),
      );
      const framer = new TcpServerFramer();
      const pieces = inPieces(stream, random, 1 + random(600));
      expect(pieces.flatMap((piece) => framer.push(piece))).toEqual(sent);
    }
  });
});
