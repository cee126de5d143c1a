// The Modbus slave: what it serves, what it refuses, and what it survives.

import type { ByteDuplex } from "../../../src/adapters/byte-link/byte-duplex.js";
import { modbusClient } from "../../../src/adapters/modbus/client.js";
import { ModbusException } from "../../../src/adapters/modbus/errors.js";
import { encodeRtuFrame, encodeTcpFrame } from "../../../src/adapters/modbus/frame.js";
import { hex } from "../../../src/adapters/modbus/modbus-function.js";
import { createRegisterBank } from "../../../src/adapters/modbus/register-bank.js";
import { modbusSlave } from "../../../src/adapters/modbus/slave.js";
import type {
  ModbusSlaveOptions,
  ModbusWrite,
} from "../../../src/adapters/modbus/slave-options.js";
import { StartFailed } from "../../../src/kernel/errors.js";
import { memoryDuplexPair, memoryLink } from "../../../src/testing/memory-link.js";
import { testSystem } from "../../../src/testing/test-system.js";
import { defineSuite } from "../../harness/suite.js";
import { errorOf, watch } from "./rig.js";

/** A master's end of a link: what it sends, and the chunks that come back, in hex. */
function masterOn(duplex: ByteDuplex): {
  send(bytes: Uint8Array | readonly number[]): void;
  readonly got: string[];
  close(): Promise<void>;
} {
  const got: string[] = [];
  const writer = duplex.writable.getWriter();
  const reader = duplex.readable.getReader();
  const readAll = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      got.push(hex(value));
    }
  };
  readAll().catch(() => {});
  return {
    got,
    send: (bytes) => void writer.write(Uint8Array.from(bytes)).catch(() => {}),
    close: () => duplex.close(),
  };
}

/** A slave with one attached link and a master on it. */
async function startSlave(options: Partial<ModbusSlaveOptions> = {}, baudRate?: number) {
  const { system, clock } = testSystem();
  const slave = await system.start(modbusSlave, {
    framing: "rtu",
    bank: { holdingRegisters: [1, 2, 3], coils: 8, inputRegisters: [9], discreteInputs: 1 },
    ...options,
  });
  const attach = () => {
    const pair = memoryDuplexPair({ baudRate });
    slave.cast.attach(pair.far);
    return { ...masterOn(pair.near), cut: pair.cut };
  };
  const master = attach();
  await clock.settle();
  return { system, clock, slave, master, attach };
}

const READ = encodeRtuFrame(17, Uint8Array.of(3, 0, 0, 0, 3));
const ANSWER = hex(encodeRtuFrame(17, Uint8Array.of(3, 6, 0, 1, 0, 2, 0, 3)));

export const suite = defineSuite("modbus slave", ({ describe, test, expect }) => {
  test("answers requests, and counts them", async () => {
    const { system, clock, slave, master } = await startSlave();
    master.send(READ);
    await clock.settle();
    expect(master.got).toEqual([ANSWER]);
    expect(slave.getSnapshot()).toEqual({
      status: "listening",
      connections: 1,
      attempts: 0,
      error: undefined,
      losses: 0,
      bytesIn: 8,
      bytesOut: 11,
      requests: 1,
      writes: 0,
      exceptions: 0,
      crcErrors: 0,
      garbageBytes: 0,
      strayFrames: 0,
    });
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("answers in order however the requests are split", async () => {
    const { system, clock, master } = await startSlave({ framing: "tcp" });
    const requests = [0, 1, 2].map((at) => encodeTcpFrame(at, 1, Uint8Array.of(3, 0, at, 0, 1)));
    const bytes = requests.flatMap((request) => [...request]);
    for (const byte of bytes.slice(0, 20)) master.send([byte]);
    master.send(bytes.slice(20));
    await clock.settle();
    expect(master.got.map((answer) => answer.slice(0, 5))).toEqual(["00 00", "00 01", "00 02"]);
    await system.stop();
  });

  describe("units", () => {
    test("on a line it is silent to those of others", async () => {
      const { system, clock, slave, master } = await startSlave({ units: [17] });
      master.send(encodeRtuFrame(18, Uint8Array.of(3, 0, 0, 0, 3)));
      await clock.advance(100);
      expect(master.got).toEqual([]);
      master.send(READ);
      await clock.settle();
      expect(master.got).toEqual([ANSWER]);
      expect(slave.getSnapshot()).toMatchObject({ strayFrames: 1, requests: 1 });
      await system.stop();
    });

    test("over TCP it answers for 0 and 255, and refuses others as a gateway does", async () => {
      const { system, clock, master } = await startSlave({ framing: "tcp", units: [17] });
      for (const unit of [17, 0, 255, 18]) {
        master.send(encodeTcpFrame(unit, unit, Uint8Array.of(3, 0, 0, 0, 1)));
      }
      await clock.settle();
      expect(master.got.map((answer) => answer.slice(18))).toEqual([
        "11 03 02 00 01",
        "00 03 02 00 01",
        "ff 03 02 00 01",
        "12 83 0b",
      ]);
      await system.stop();
    });

    test("a broadcast is carried out, and nobody answers", async () => {
      const { system, clock, slave, master } = await startSlave({ units: [17] });
      master.send(encodeRtuFrame(0, Uint8Array.of(6, 0, 1, 0, 99)));
      await clock.advance(200);
      expect(master.got).toEqual([]);
      expect(await slave.call.getHoldingRegisters(0, 3)).toEqual([1, 99, 3]);
      await system.stop();
    });
  });

  describe("refuses with an exception", () => {
    for (const [what, pdu, code] of [
      ["an unknown function", [0x41], 1],
      ["an address it lacks", [3, 0, 2, 0, 2], 2],
      ["a quantity of none", [3, 0, 0, 0, 0], 3],
    ] as const) {
      test(what, async () => {
        const { system, clock, slave, master } = await startSlave({ units: [17] });
        master.send(encodeRtuFrame(17, Uint8Array.from(pdu)));
        await clock.advance(50);
        expect(master.got).toEqual([hex(encodeRtuFrame(17, Uint8Array.of(pdu[0] | 0x80, code)))]);
        expect(slave.getSnapshot()).toMatchObject({ exceptions: 1 });
        await system.stop();
      });
    }

    test("what the bank refuses, with the bank's own code", async () => {
      const memory = createRegisterBank({ holdingRegisters: 4 });
      const holdingRegisters = {
        ...memory.holdingRegisters,
        set() {
          throw new ModbusException({ unit: 1, functionCode: 6, exceptionCode: 6 });
        },
      };
      const writes: ModbusWrite[] = [];
      const { system, clock, master } = await startSlave({
        bank: { ...memory, holdingRegisters },
        onWrite: (write) => writes.push(write),
      });
      master.send(encodeRtuFrame(1, Uint8Array.of(6, 0, 0, 0, 1)));
      await clock.settle();
      expect(master.got).toEqual([hex(encodeRtuFrame(1, Uint8Array.of(0x86, 6)))]);
      expect(writes).toEqual([]);
      await system.stop();
    });
  });

  test("tells each write once it was carried out", async () => {
    const writes: ModbusWrite[] = [];
    const { system, clock, master } = await startSlave({ onWrite: (write) => writes.push(write) });
    for (const pdu of [
      [5, 0, 1, 0xff, 0],
      [6, 0, 2, 0, 7],
      [15, 0, 0, 0, 3, 1, 5],
      [16, 0, 0, 0, 2, 4, 0, 8, 0, 9],
      [23, 0, 0, 0, 1, 0, 2, 0, 1, 2, 0, 4],
      [3, 0, 0, 0, 1],
      [6, 0, 99, 0, 7],
    ]) {
      master.send(encodeRtuFrame(17, Uint8Array.from(pdu)));
    }
    await clock.settle();
    const write = { unit: 17 };
    expect(writes).toEqual([
      { ...write, functionCode: 5, space: "coils", address: 1, values: [true] },
      { ...write, functionCode: 6, space: "holdingRegisters", address: 2, values: [7] },
      { ...write, functionCode: 15, space: "coils", address: 0, values: [true, false, true] },
      { ...write, functionCode: 16, space: "holdingRegisters", address: 0, values: [8, 9] },
      { ...write, functionCode: 23, space: "holdingRegisters", address: 2, values: [4] },
    ]);
    await system.stop();
  });

  describe("survives", () => {
    test("garbage before a request", async () => {
      const { system, clock, slave, master } = await startSlave({ units: [17] });
      master.send([0xff, 0x00, 0xaa]);
      master.send(READ);
      await clock.advance(50);
      expect(master.got).toEqual([ANSWER]);
      expect(slave.getSnapshot()).toMatchObject({ garbageBytes: 3 });
      await system.stop();
    });

    test("half a request: the next one, after a silence, is answered", async () => {
      const { system, clock, master } = await startSlave({ units: [17] });
      master.send(READ.subarray(0, 5));
      await clock.advance(50);
      master.send(READ);
      await clock.advance(50);
      expect(master.got).toEqual([ANSWER]);
      await system.stop();
    });

    test("a bad checksum, in silence", async () => {
      const { system, clock, slave, master } = await startSlave({ units: [17] });
      const bad = READ.slice();
      bad[7] = (bad[7] ?? 0) ^ 1;
      master.send(bad);
      await clock.advance(50);
      expect(master.got).toEqual([]);
      master.send(READ);
      await clock.advance(50);
      expect(master.got).toEqual([ANSWER]);
      expect(slave.getSnapshot()).toMatchObject({ crcErrors: 1, requests: 1 });
      await system.stop();
    });

    test("a TCP stream that is none: it is closed, the others are served", async () => {
      const { system, clock, slave, master, attach } = await startSlave({ framing: "tcp" });
      const other = attach();
      master.send([..."GET / HTTP/1.1"].map((letter) => letter.charCodeAt(0)));
      await clock.advance(2_000);
      expect(slave.getSnapshot()).toMatchObject({ connections: 1 });
      other.send(encodeTcpFrame(1, 1, Uint8Array.of(3, 0, 0, 0, 1)));
      await clock.settle();
      expect(other.got).toHaveLength(1);
      await system.stop();
    });

    test("links that are cut or closed in the middle of a request", async () => {
      const { system, clock, slave, attach } = await startSlave();
      for (let round = 0; round < 10; round++) {
        const master = attach();
        await clock.settle();
        master.send(READ.subarray(0, 5));
        if (round % 2 === 0) master.cut();
        else await master.close();
        await clock.advance(1_500);
      }
      expect(slave.getSnapshot()).toMatchObject({ connections: 1 });
      expect(slave.status).toBe("live");
      await system.stop();
      expect([clock.timers, clock.reported]).toEqual([0, []]);
    });

    test("a client that asks and never reads: it is asked no more, and memory is bounded", async () => {
      const { system, clock } = testSystem();
      const slave = await system.start(modbusSlave, { framing: "tcp", bank: {} });
      let reads = 0;
      const request = encodeTcpFrame(1, 1, Uint8Array.of(3, 0, 0, 0, 1));
      slave.cast.attach({
        readable: new ReadableStream({
          pull(controller) {
            reads++;
            controller.enqueue(request);
          },
        }),
        writable: new WritableStream({ write: () => new Promise(() => {}) }),
        close: async () => {},
      });
      await clock.advance(1_000);
      expect(slave.getSnapshot()?.requests).toBe(1);
      expect(reads).toBeLessThan(5);
      const stopped = system.stop();
      await clock.advance(1_000);
      await stopped;
      expect(clock.timers).toBe(0);
    });
  });

  test("one link more than maxConnections is closed", async () => {
    const { system, clock, slave, attach } = await startSlave({ maxConnections: 2 });
    attach();
    const pair = memoryDuplexPair();
    const closed = watch(pair.near.closed as Promise<unknown>);
    slave.cast.attach(pair.far);
    await clock.settle();
    expect(closed.state).toBe("resolved");
    expect(slave.getSnapshot()).toMatchObject({ connections: 2 });
    await system.stop();
  });

  test("at a known speed it answers after the silence between frames", async () => {
    const { system, clock, master } = await startSlave({}, 9_600);
    master.send(READ);
    await clock.advance(4);
    expect(master.got).toEqual([]);
    await clock.advance(1);
    expect(master.got).toEqual([ANSWER]);
    await system.stop();
  });

  describe("with a link of its own", () => {
    test("opens it, and opens it again when it is lost", async () => {
      const { system, clock } = testSystem();
      const line = memoryLink();
      const slave = await system.start(modbusSlave, {
        framing: "rtu",
        connect: line.connect,
        bank: { holdingRegisters: [1, 2, 3] },
      });
      await clock.settle();
      expect(slave.getSnapshot()).toMatchObject({ status: "open", connections: 1 });
      line.takeDown();
      await clock.settle();
      expect(slave.getSnapshot()).toMatchObject({ status: "waiting", connections: 0, losses: 1 });
      line.restore();
      await clock.settle();
      expect(slave.getSnapshot()?.status).toBe("open");
      let master: ReturnType<typeof masterOn> | undefined;
      line.accept((far) => {
        master = masterOn(far);
      });
      slave.cast.reconnect();
      await clock.settle();
      master?.send(READ);
      await clock.settle();
      expect(master?.got).toEqual([ANSWER]);
      await system.stop();
      expect([clock.timers, line.open]).toEqual([0, 0]);
    });

    test("a port that cannot be opened says what to do", async () => {
      const { system, clock } = testSystem();
      const slave = await system.start(modbusSlave, {
        framing: "rtu",
        bank: {},
        connect: () => Promise.reject(new Error("Error Resource busy, cannot open /dev/ttyS0")),
      });
      await clock.settle();
      expect(slave.getSnapshot()?.status).toBe("waiting");
      expect(slave.getSnapshot()?.error).toContain("close the other program or tab");
      await system.stop();
    });

    test("a client and a slave talk, byte by byte, until both are stopped", async () => {
      for (const framing of ["rtu", "tcp"] as const) {
        const { system, clock } = testSystem();
        const link = memoryLink({ maxChunkBytes: 7, seed: 3 });
        const slave = await system.start(modbusSlave, { framing, bank: {} });
        link.accept((far) => slave.cast.attach(far));
        const client = await system.start(modbusClient, { framing, connect: link.connect });
        await clock.settle();
        const values = Array.from({ length: 123 }, (_, at) => at);
        await client.unit(5).writeRegisters(10, values);
        expect(await client.unit(5).readHoldingRegisters(10, 123)).toEqual(values);
        expect(await slave.call.getHoldingRegisters(10, 123)).toEqual(values);
        await system.stop();
        expect([clock.timers, link.open]).toEqual([0, 0]);
      }
    });
  });

  test("the program reads and writes all four spaces", async () => {
    const { system, slave } = await startSlave();
    await slave.call.setCoils(2, [true, true]);
    await slave.call.setDiscreteInputs(0, [true]);
    await slave.call.setHoldingRegisters(1, [20, 30]);
    await slave.call.setInputRegisters(0, [90]);
    expect(await slave.call.getCoils(0, 4)).toEqual([false, false, true, true]);
    expect(await slave.call.getDiscreteInputs(0, 1)).toEqual([true]);
    expect(await slave.call.getHoldingRegisters(0, 3)).toEqual([1, 20, 30]);
    expect(await slave.call.getInputRegisters(0, 1)).toEqual([90]);
    await system.stop();
  });

  test("a wrong address or value rejects its caller, changes nothing, and the slave lives on", async () => {
    const { system, slave } = await startSlave();
    for (const wrong of [
      slave.call.getHoldingRegisters(2, 2),
      slave.call.getHoldingRegisters(0, 0),
      slave.call.setHoldingRegisters(0, [5, 65_536]),
      slave.call.setHoldingRegisters(2, [5, 6]),
    ]) {
      expect(await errorOf(wrong)).toBeInstanceOf(RangeError);
    }
    expect(await errorOf(slave.call.setCoils(0, "on" as never))).toBeInstanceOf(TypeError);
    expect(await slave.call.getHoldingRegisters(0, 3)).toEqual([1, 2, 3]);
    await system.stop();
  });

  test("a bank of the program's own outlives a restart of the slave", async () => {
    const bank = createRegisterBank({ holdingRegisters: 2 });
    const { system, clock } = testSystem();
    const first = await system.start(modbusSlave, { framing: "tcp", bank });
    await first.call.setHoldingRegisters(0, [7]);
    await first.stop();
    await clock.settle();
    const second = await system.start(modbusSlave, { framing: "tcp", bank });
    expect(await second.call.getHoldingRegisters(0, 2)).toEqual([7, 0]);
    await system.stop();
  });

  test("a wrong option fails the start with its name", async () => {
    const cases: [object, string][] = [
      [{ framing: "ascii" }, "framing"],
      [{ bank: undefined }, "bank"],
      [{ bank: { coils: 70_000 } }, "coils"],
      [{ units: [] }, "units"],
      [{ units: [256] }, "unit"],
      [{ connect: "COM3" }, "connect"],
      [{ maxConnections: 0 }, "maxConnections"],
      [{ baudRate: -1 }, "baudRate"],
      [{ idleGapMs: -1 }, "idleGapMs"],
      [{ onWrite: true }, "onWrite"],
    ];
    const { system } = testSystem();
    for (const [wrong, name] of cases) {
      const options = { framing: "rtu", bank: {}, ...wrong } as ModbusSlaveOptions;
      const error = (await errorOf(system.start(modbusSlave, options))) as StartFailed;
      expect(error).toBeInstanceOf(StartFailed);
      expect(String(error.cause)).toContain(name);
    }
    await system.stop();
  });
});
