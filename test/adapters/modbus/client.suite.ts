// The Modbus client on a link that works: functions, arguments, units, silences, counters.

import { modbusClient } from "../../../src/adapters/modbus/client.js";
import type { ModbusClientOptions } from "../../../src/adapters/modbus/client-options.js";
import {
  ModbusException,
  ModbusProtocolError,
  ModbusQueueFull,
} from "../../../src/adapters/modbus/errors.js";
import { StartFailed } from "../../../src/kernel/errors.js";
import { memoryLink } from "../../../src/testing/memory-link.js";
import { testSystem } from "../../../src/testing/test-system.js";
import { defineSuite } from "../../harness/suite.js";
import { errorOf, startRig, watch } from "./rig.js";

export const suite = defineSuite("modbus client", ({ describe, test, expect }) => {
  for (const framing of ["rtu", "tcp"] as const) {
    describe(`over ${framing}`, () => {
      test("runs functions 1 to 6, 15, 16 and 23", async () => {
        await using rig = await startRig({ framing });
        const unit = rig.client.unit(17);
        expect(await unit.readCoils(0, 4)).toEqual([true, false, false, true]);
        expect(await unit.readDiscreteInputs(1, 3)).toEqual([false, true, false]);
        expect(await unit.readHoldingRegisters(5, 2)).toEqual([0x1005, 0x1006]);
        expect(await unit.readInputRegisters(5, 2)).toEqual([0x2005, 0x2006]);
        expect(await unit.writeCoil(1, true)).toBe(undefined);
        expect(await unit.writeRegister(5, 7)).toBe(undefined);
        expect(await unit.writeCoils(2, [true, true])).toBe(undefined);
        expect(await unit.writeRegisters(6, [8, 9])).toBe(undefined);
        expect(await unit.readCoils(0, 4)).toEqual([true, true, true, true]);
        expect(await unit.readHoldingRegisters(5, 3)).toEqual([7, 8, 9]);
        expect(await unit.readWriteRegisters(5, 3, 6, [1])).toEqual([7, 1, 9]);
        expect(rig.device.log.every((request) => request.startsWith("17:"))).toBe(true);
      });

      test("takes answers byte by byte", async () => {
        await using rig = await startRig({ framing, wire: { maxChunkBytes: 1 } });
        expect(await rig.client.unit(1).readHoldingRegisters(0, 100)).toHaveLength(100);
      });

      test("sends one request at a time, in the order they were made", async () => {
        await using rig = await startRig({ framing });
        rig.device.on = () => {};
        for (const address of [1, 2, 3]) watch(rig.client.unit(1).readCoils(address, 1));
        await rig.clock.settle();
        expect(rig.device.log).toEqual(["1:01 00 01 00 01"]);
        rig.device.requests[0]?.answer();
        await rig.clock.advance(0);
        expect(rig.device.log).toEqual(["1:01 00 01 00 01", "1:01 00 02 00 01"]);
      });

      test("rejects with the unit's exception, and the link lives on", async () => {
        await using rig = await startRig({ framing });
        const error = await errorOf(rig.client.unit(17).readHoldingRegisters(500, 2));
        expect(error).toBeInstanceOf(ModbusException);
        expect(error).toMatchObject({
          code: "modbus-exception",
          unit: 17,
          functionCode: 3,
          address: 500,
          exceptionCode: 2,
          message:
            "Cannot run Modbus function 3 on unit 17 at address 500: exception 2 " +
            "(illegal data address): the unit lacks some of these addresses",
        });
        expect(await rig.client.unit(17).readHoldingRegisters(0, 1)).toEqual([0x1000]);
        expect(rig.client.getSnapshot()).toMatchObject({
          status: "open",
          losses: 0,
          exceptions: 1,
          requests: 2,
        });
      });

      test("never takes an answer with a wrong byte count for data", async () => {
        await using rig = await startRig({ framing });
        rig.device.on = (request) => request.answer(Uint8Array.of(3, 2, 0, 1));
        const error = await errorOf(rig.client.unit(1).readHoldingRegisters(0, 2));
        expect(error).toBeInstanceOf(ModbusProtocolError);
        expect(error).toMatchObject({ field: "byte count", expected: 4, received: 2, address: 0 });
        rig.device.on = (request) => request.answer();
        const next = rig.client.unit(1).readHoldingRegisters(0, 2);
        await rig.clock.advance(50);
        expect(await next).toEqual([0x1000, 0x1001]);
      });

      test("answers to another function are no data", async () => {
        await using rig = await startRig({ framing });
        rig.device.on = (request) => request.answer(Uint8Array.of(0x80, 1));
        const error = await errorOf(rig.client.unit(1).readHoldingRegisters(0, 2));
        expect(error).toMatchObject({ code: "modbus-protocol", field: "function" });
        expect(rig.client.getSnapshot()).toMatchObject({ protocolErrors: 1, status: "open" });
      });
    });
  }

  describe("arguments", () => {
    test("wrong ones reject with RangeError or TypeError, and nothing is sent", async () => {
      await using rig = await startRig();
      const unit = rig.client.unit(1);
      const wrong: [Promise<unknown>, typeof RangeError | typeof TypeError][] = [
        [unit.readCoils(0, 2_001), RangeError],
        [unit.readHoldingRegisters(0, 126), RangeError],
        [unit.readHoldingRegisters(65_535, 2), RangeError],
        [unit.readInputRegisters(-1, 1), RangeError],
        [unit.writeRegister(0, 65_536), RangeError],
        [unit.writeRegisters(0, []), RangeError],
        [unit.writeCoils(0, new Array(1_969).fill(true)), RangeError],
        [unit.writeCoil(0, 1 as never), TypeError],
        [unit.readWriteRegisters(0, 1, 0, new Array(122).fill(0)), RangeError],
        [unit.readCoils(0, 1, { timeoutMs: 0 }), RangeError],
        [rig.client.unit(0).readCoils(0, 1), RangeError],
      ];
      for (const [promise, kind] of wrong) expect(await errorOf(promise)).toBeInstanceOf(kind);
      expect(() => rig.client.unit(256)).toThrow(RangeError);
      expect(() => rig.client.unit("1" as never)).toThrow(TypeError);
      expect(rig.device.requests).toEqual([]);
      expect(rig.client.getSnapshot()?.bytesOut).toBe(0);
    });

    test("a wrong option fails the start with its name", async () => {
      const { connect } = memoryLink();
      const cases: [object, string, typeof RangeError | typeof TypeError][] = [
        [{ connect: undefined }, "connect", TypeError],
        [{ framing: "ascii" }, "framing", TypeError],
        [{ timeoutMs: 0 }, "timeoutMs", RangeError],
        [{ queueTimeoutMs: -1 }, "queueTimeoutMs", RangeError],
        [{ maxQueue: 0 }, "maxQueue", RangeError],
        [{ retries: 0.5 }, "retries", RangeError],
        [{ retries: Infinity }, "retries", RangeError],
        [{ retryWrites: 1 }, "retryWrites", TypeError],
        [{ retryDelayMs: Number.NaN }, "retryDelayMs", RangeError],
        [{ afterTimeout: "ignore" }, "afterTimeout", TypeError],
        [{ recycleAfterTimeouts: 0 }, "recycleAfterTimeouts", RangeError],
        [{ turnaroundMs: -1 }, "turnaroundMs", RangeError],
        [{ baudRate: 0 }, "baudRate", RangeError],
        [{ idleGapMs: "20" }, "idleGapMs", RangeError],
        [{ framing: "tcp", inFlight: 17 }, "inFlight", RangeError],
        [{ inFlight: 2 }, "inFlight", RangeError],
        [{ connectTimeoutMs: -1 }, "connectTimeoutMs", RangeError],
        [{ connectTimeoutMs: 0 }, "connectTimeoutMs", RangeError],
        [{ minBackoffMs: 0 }, "minBackoffMs", RangeError],
        [{ minBackoffMs: -5 }, "minBackoffMs", RangeError],
        [{ minBackoffMs: 500, maxBackoffMs: 100 }, "maxBackoffMs", RangeError],
      ];
      const { system } = testSystem();
      for (const [wrong, name, kind] of cases) {
        const options = { connect, framing: "rtu", ...wrong } as ModbusClientOptions;
        const error = (await errorOf(system.start(modbusClient, options))) as StartFailed;
        expect(error).toBeInstanceOf(StartFailed);
        expect(error.cause).toBeInstanceOf(kind);
        expect(String(error.cause)).toContain(name);
      }
      await system.stop();
    });
  });

  test("a full queue refuses one request more, with the limit", async () => {
    await using rig = await startRig({ maxQueue: 2 });
    rig.device.on = () => {};
    const unit = rig.client.unit(1);
    const outcomes = [0, 1, 2, 3].map((address) => watch(unit.readCoils(address, 1)));
    await rig.clock.settle();
    // One is on the line, two wait.
    expect(outcomes.map(({ state }) => state)).toEqual([
      "pending",
      "pending",
      "pending",
      "rejected",
    ]);
    expect(outcomes[3]?.error).toBeInstanceOf(ModbusQueueFull);
    expect(outcomes[3]?.error).toMatchObject({ maxQueue: 2, unit: 1, address: 3 });
  });

  describe("silences", () => {
    test("a request waits 3.5 characters after the last byte on the line", async () => {
      await using rig = await startRig({ wire: { baudRate: 9_600 } });
      const unit = rig.client.unit(1);
      const two = [watch(unit.readCoils(0, 1)), watch(unit.readCoils(1, 1))];
      await rig.clock.settle();
      expect(two.map(({ state }) => state)).toEqual(["resolved", "pending"]);
      await rig.clock.advance(4);
      expect(rig.device.requests).toHaveLength(1);
      await rig.clock.advance(1);
      expect(rig.device.requests).toHaveLength(2);
    });

    test("the option baudRate goes before the link's", async () => {
      await using rig = await startRig({ wire: { baudRate: 9_600 }, baudRate: 115_200 });
      watch(rig.client.unit(1).readCoils(0, 1));
      watch(rig.client.unit(1).readCoils(1, 1));
      await rig.clock.advance(2);
      expect(rig.device.requests).toHaveLength(2);
    });

    test("a broadcast resolves after the turnaround, and holds the line for it", async () => {
      await using rig = await startRig({ turnaroundMs: 120 });
      rig.device.on = () => {};
      const everybody = watch(rig.client.unit(0).writeRegister(80, 0x0bad));
      const next = watch(rig.client.unit(1).readCoils(0, 1));
      await rig.clock.advance(119);
      expect(everybody.state).toBe("pending");
      expect(rig.device.log).toEqual(["0:06 00 50 0b ad"]);
      await rig.clock.advance(1);
      expect(everybody.state).toBe("resolved");
      expect(rig.device.log).toHaveLength(2);
      expect(next.state).toBe("pending");
      expect(rig.client.getSnapshot()?.timeouts).toBe(0);
    });

    test("only a pure write may be broadcast", async () => {
      await using rig = await startRig();
      const error = await errorOf(rig.client.unit(0).readWriteRegisters(0, 1, 0, [1]));
      expect(error).toBeInstanceOf(RangeError);
      expect(rig.device.requests).toEqual([]);
    });

    test("over TCP unit 0 is the device itself, and answers", async () => {
      await using rig = await startRig({ framing: "tcp" });
      expect(await rig.client.unit(0).readHoldingRegisters(0, 1)).toEqual([0x1000]);
      expect(await rig.client.unit(0).writeRegister(0, 1)).toBe(undefined);
    });
  });

  describe("in flight over TCP", () => {
    test("sixteen requests share the line, and each gets its own answer", async () => {
      await using rig = await startRig({ framing: "tcp", inFlight: 16 });
      rig.device.on = () => {};
      const outcomes = Array.from({ length: 20 }, (_, at) =>
        watch(rig.client.unit(1).readHoldingRegisters(at, 1)),
      );
      await rig.clock.settle();
      expect(rig.device.requests).toHaveLength(16);
      // The last first: order means nothing.
      for (const request of rig.device.requests.splice(0).reverse()) request.answer();
      await rig.clock.settle();
      for (const request of rig.device.requests) request.answer();
      await rig.clock.settle();
      expect(outcomes.map(({ value }) => value)).toEqual(
        Array.from({ length: 20 }, (_, at) => [0x1000 + at]),
      );
    });

    test("the default is one", async () => {
      await using rig = await startRig({ framing: "tcp" });
      rig.device.on = () => {};
      for (const address of [1, 2]) watch(rig.client.unit(1).readCoils(address, 1));
      await rig.clock.settle();
      expect(rig.device.requests).toHaveLength(1);
    });

    test("an answer from another unit is no data", async () => {
      await using rig = await startRig({ framing: "tcp" });
      rig.device.on = (request) => request.answer(undefined, 9);
      const error = await errorOf(rig.client.unit(1).readCoils(0, 1));
      expect(error).toMatchObject({ field: "unit", expected: 1, received: 9 });
    });
  });

  test("an answer from another unit on a line is passed over for the right one", async () => {
    await using rig = await startRig();
    rig.device.on = (request) => {
      request.answer(undefined, 9);
      request.answer();
    };
    expect(await rig.client.unit(1).readHoldingRegisters(3, 1)).toEqual([0x1003]);
    expect(rig.client.getSnapshot()?.strayFrames).toBe(1);
  });

  test("a stray prefix does not cost the request", async () => {
    await using rig = await startRig();
    rig.device.on = (request) => {
      rig.device.send([0xff, 0x00, 0xaa]);
      request.answer();
    };
    expect(await rig.client.unit(1).readHoldingRegisters(3, 1)).toEqual([0x1003]);
    expect(rig.client.getSnapshot()).toMatchObject({ garbageBytes: 3, timeouts: 0 });
  });

  describe("the snapshot", () => {
    test("counts bytes, requests and the time of the last answer", async () => {
      await using rig = await startRig();
      rig.device.on = () => {};
      const reading = rig.client.unit(1).readHoldingRegisters(0, 1);
      await rig.clock.advance(30);
      rig.device.requests[0]?.answer();
      await reading;
      expect(rig.client.getSnapshot()).toEqual({
        status: "open",
        attempts: 0,
        error: undefined,
        losses: 0,
        bytesIn: 7,
        bytesOut: 8,
        requests: 1,
        timeouts: 0,
        exceptions: 0,
        protocolErrors: 0,
        lineErrors: 0,
        crcErrors: 0,
        garbageBytes: 0,
        lateFrames: 0,
        strayFrames: 0,
        latencyMs: 30,
      });
    });

    test("is the same object until it changes", async () => {
      await using rig = await startRig();
      let changes = 0;
      const end = rig.client.subscribe(() => changes++);
      const before = rig.client.getSnapshot();
      rig.client.send("anything");
      await rig.clock.settle();
      expect(rig.client.getSnapshot()).toBe(before);
      expect(changes).toBe(0);
      await rig.client.unit(1).readCoils(0, 1);
      await rig.clock.settle();
      expect(rig.client.getSnapshot()).not.toBe(before);
      expect(changes).toBeGreaterThan(0);
      end();
    });
  });

  test("a stopped system leaves no timer and no open link", async () => {
    const rig = await startRig({ wire: { baudRate: 9_600 } });
    rig.device.on = () => {};
    const outcomes = [0, 1].map((address) => watch(rig.client.unit(1).readCoils(address, 1)));
    await rig.clock.settle();
    await rig.system.stop();
    await rig.clock.settle();
    expect(outcomes.map(({ state }) => state)).toEqual(["rejected", "rejected"]);
    expect([rig.clock.timers, rig.link.open, rig.clock.reported]).toEqual([0, 0, []]);
  });
});
