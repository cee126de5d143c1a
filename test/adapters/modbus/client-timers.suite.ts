// The Modbus client when answers do not come in time, come late, or are no longer wanted.

import { readCoils } from "../../../src/adapters/modbus/bit-functions.js";
import { modbusClient } from "../../../src/adapters/modbus/client.js";
import { ClientJob } from "../../../src/adapters/modbus/client-job.js";
import { ClientQueue } from "../../../src/adapters/modbus/client-queue.js";
import { ModbusTimeout } from "../../../src/adapters/modbus/errors.js";
import type { OwnTurn } from "../../../src/adapters/modbus/own-turn.js";
import { buildRequest } from "../../../src/adapters/modbus/requests.js";
import { CallTimeout } from "../../../src/kernel/errors.js";
import { defineSuite } from "../../harness/suite.js";
import { type DeviceRequest, errorOf, startRig, watch } from "./rig.js";

const silent = (): void => {};

export const suite = defineSuite("modbus client timers", ({ describe, test, expect }) => {
  describe("a request that is not answered", () => {
    test("rejects after timeoutMs, naming unit, function and address", async () => {
      await using rig = await startRig({ timeoutMs: 300 });
      rig.device.on = silent;
      const outcome = watch(rig.client.unit(17).readHoldingRegisters(107, 3));
      await rig.clock.advance(299);
      expect(outcome.state).toBe("pending");
      await rig.clock.advance(1);
      expect(outcome.error).toBeInstanceOf(ModbusTimeout);
      expect(outcome.error).toMatchObject({
        phase: "reply",
        timeoutMs: 300,
        message:
          "Cannot run Modbus function 3 on unit 17 at address 107 within 300 ms: " +
          "no answer came; whether the unit ran it is unknown",
      });
      expect(rig.client.getSnapshot()).toMatchObject({ timeouts: 1, status: "open", losses: 0 });
    });

    test("may bring its own timeout", async () => {
      await using rig = await startRig();
      rig.device.on = silent;
      const outcome = watch(rig.client.unit(1).readCoils(0, 1, { timeoutMs: 50 }));
      await rig.clock.advance(50);
      expect(outcome.error).toMatchObject({ timeoutMs: 50, phase: "reply" });
    });

    test("the time in the queue is not the unit's (MB-8)", async () => {
      await using rig = await startRig({ timeoutMs: 300, idleGapMs: 20 });
      rig.device.on = silent;
      const first = watch(rig.client.unit(1).readCoils(0, 1));
      const second = watch(rig.client.unit(1).readCoils(1, 1));
      await rig.clock.advance(300);
      expect([first.state, second.state]).toEqual(["rejected", "pending"]);
      await rig.clock.advance(20 + 299);
      expect(second.state).toBe("pending");
      await rig.clock.advance(1);
      expect(second.error).toMatchObject({ phase: "reply" });
    });

    test("takes longer than the call's usual 5 seconds if its own limits say so", async () => {
      await using rig = await startRig({ timeoutMs: 20_000 });
      rig.device.on = silent;
      const outcome = watch(rig.client.unit(1).readCoils(0, 1));
      await rig.clock.advance(19_000);
      expect(outcome.state).toBe("pending");
      rig.device.requests[0]?.answer();
      await rig.clock.settle();
      expect(outcome.value).toEqual([true]);
    });

    test("a timeout that was asked for on the handle bounds the whole call", async () => {
      await using rig = await startRig();
      rig.device.on = silent;
      const outcome = watch(rig.client.with({ timeoutMs: 70 }).unit(1).readCoils(0, 1));
      await rig.clock.advance(70);
      expect(outcome.error).toBeInstanceOf(CallTimeout);
    });
  });

  describe("a late answer", () => {
    for (const framing of ["rtu", "tcp"] as const) {
      test(`is never given to the next request, nor fails it (${framing})`, async () => {
        await using rig = await startRig({ framing, timeoutMs: 100 });
        const held: DeviceRequest[] = [];
        rig.device.on = (request) => held.push(request);
        const first = watch(rig.client.unit(1).readHoldingRegisters(0, 2));
        const second = watch(rig.client.unit(1).readHoldingRegisters(50, 3));
        await rig.clock.advance(100);
        expect(first.error).toBeInstanceOf(ModbusTimeout);
        await rig.clock.advance(30);
        expect(held).toHaveLength(2);
        held[0]?.answer();
        held[1]?.answer();
        await rig.clock.settle();
        expect(second.value).toEqual([0x1032, 0x1033, 0x1034]);
        expect(rig.client.getSnapshot()).toMatchObject({ lateFrames: 1, timeouts: 1 });
      });
    }

    test("of the same unit, function and size is drained while the line is not quiet", async () => {
      await using rig = await startRig({ timeoutMs: 100, idleGapMs: 20 });
      const held: DeviceRequest[] = [];
      rig.device.on = (request) => held.push(request);
      watch(rig.client.unit(1).readHoldingRegisters(0, 1));
      const second = watch(rig.client.unit(1).readHoldingRegisters(50, 1));
      await rig.clock.advance(115);
      held[0]?.answer();
      await rig.clock.advance(19);
      // Quiet for 19 ms only.
      expect(held).toHaveLength(1);
      await rig.clock.advance(1);
      expect(held).toHaveLength(2);
      held[1]?.answer();
      await rig.clock.settle();
      expect(second.value).toEqual([0x1032]);
      expect(rig.client.getSnapshot()?.lateFrames).toBe(1);
    });

    test("over TCP it is told by its number, and nothing is drained", async () => {
      await using rig = await startRig({ framing: "tcp", timeoutMs: 100 });
      const held: DeviceRequest[] = [];
      rig.device.on = (request) => held.push(request);
      watch(rig.client.unit(1).readHoldingRegisters(0, 1));
      const second = watch(rig.client.unit(1).readHoldingRegisters(50, 1));
      await rig.clock.advance(100);
      expect(held).toHaveLength(2);
      held[0]?.answer();
      await rig.clock.settle();
      expect(second.state).toBe("pending");
      held[1]?.answer();
      await rig.clock.settle();
      expect(second.value).toEqual([0x1032]);
    });
  });

  test("a line that never falls silent does not hold the requests for ever", async () => {
    await using rig = await startRig({ timeoutMs: 100, idleGapMs: 20, recycleAfterTimeouts: 99 });
    rig.device.on = silent;
    watch(rig.client.unit(1).readCoils(0, 1));
    const second = watch(rig.client.unit(1).readCoils(1, 1));
    await rig.clock.advance(100);
    rig.device.on = (request) => request.answer();
    for (let ms = 0; ms < 130; ms += 10) {
      rig.device.send([0xaa, 0x55]);
      await rig.clock.advance(10);
    }
    expect(second.value).toEqual([false]);
  });

  test("half an answer costs one request, and the next is fine", async () => {
    await using rig = await startRig({ timeoutMs: 100 });
    rig.device.on = () => rig.device.send([1, 3, 4, 0x10]);
    const first = watch(rig.client.unit(1).readHoldingRegisters(0, 2));
    await rig.clock.advance(100);
    expect(first.error).toBeInstanceOf(ModbusTimeout);
    rig.device.on = (request) => request.answer();
    const second = watch(rig.client.unit(1).readHoldingRegisters(0, 2));
    await rig.clock.advance(20);
    expect(second.value).toEqual([0x1000, 0x1001]);
  });

  test("an answer with a bad checksum is silence, and the next request is fine", async () => {
    await using rig = await startRig({ timeoutMs: 100 });
    rig.device.on = () => rig.device.send([1, 3, 2, 0x10, 0, 0, 0]);
    const first = watch(rig.client.unit(1).readHoldingRegisters(0, 1));
    await rig.clock.advance(100);
    expect(first.error).toBeInstanceOf(ModbusTimeout);
    rig.device.on = (request) => request.answer();
    const second = watch(rig.client.unit(1).readHoldingRegisters(0, 1));
    await rig.clock.advance(20);
    expect(second.value).toEqual([0x1000]);
    expect(rig.client.getSnapshot()?.crcErrors).toBe(1);
  });

  describe("the queue", () => {
    test("a request that gets no turn rejects after queueTimeoutMs, and is never sent", async () => {
      await using rig = await startRig({ timeoutMs: 1_000, queueTimeoutMs: 400 });
      rig.device.on = silent;
      watch(rig.client.unit(1).readCoils(0, 1));
      const second = watch(rig.client.unit(2).readCoils(7, 1));
      await rig.clock.advance(400);
      expect(second.error).toBeInstanceOf(ModbusTimeout);
      expect(second.error).toMatchObject({ phase: "queue", timeoutMs: 400, unit: 2, address: 7 });
      await rig.clock.advance(5_000);
      expect(rig.device.requests).toHaveLength(1);
    });

    test("a cancelled request in the queue is never sent, and its caller hears at once", async () => {
      await using rig = await startRig();
      rig.device.on = silent;
      const giveUp = new AbortController();
      watch(rig.client.unit(1).readCoils(0, 1));
      const second = watch(rig.client.unit(1).readCoils(1, 1, { signal: giveUp.signal }));
      const third = watch(rig.client.unit(1).readCoils(2, 1));
      await rig.clock.settle();
      giveUp.abort(new Error("enough"));
      await rig.clock.settle();
      expect(second.error).toMatchObject({ message: "enough" });
      rig.device.on = (request) => request.answer();
      rig.device.requests[0]?.answer();
      await rig.clock.settle();
      expect(third.state).toBe("resolved");
      expect(rig.device.log).toEqual(["1:01 00 00 00 01", "1:01 00 02 00 01"]);
    });

    test("a cancelled request makes room", async () => {
      await using rig = await startRig({ maxQueue: 1 });
      rig.device.on = silent;
      const giveUp = new AbortController();
      watch(rig.client.unit(1).readCoils(0, 1));
      watch(rig.client.unit(1).readCoils(1, 1, { signal: giveUp.signal }));
      await rig.clock.settle();
      giveUp.abort();
      await rig.clock.settle();
      const third = watch(rig.client.unit(1).readCoils(2, 1));
      await rig.clock.settle();
      expect(third.state).toBe("pending");
    });

    test("a caller that gives up in the very turn in which the line is free is passed over", () => {
      const turn = { platform: { now: () => 0 }, after: () => ({ cancel() {} }) };
      const queue = new ClientQueue(turn as unknown as OwnTurn, 1_000, () => {});
      const jobs = [0, 1].map(
        (address) => new ClientJob(buildRequest(readCoils, 1, address, 1), 1_000, 0),
      );
      for (const job of jobs) queue.add(job);
      jobs[0]?.cancel();
      expect(queue.take()).toBe(jobs[1]);
      expect(queue.take()).toBe(undefined);
    });

    test("a request with an aborted signal is not even queued", async () => {
      await using rig = await startRig();
      const error = await errorOf(
        rig.client.unit(1).readCoils(0, 1, { signal: AbortSignal.abort(new Error("no")) }),
      );
      expect(error).toMatchObject({ message: "no" });
      expect(rig.device.requests).toEqual([]);
    });
  });

  describe("a request cancelled on the line", () => {
    test("keeps its slot until its answer, which nobody gets", async () => {
      await using rig = await startRig();
      rig.device.on = silent;
      const giveUp = new AbortController();
      const first = watch(rig.client.unit(1).readHoldingRegisters(0, 1, { signal: giveUp.signal }));
      const second = watch(rig.client.unit(1).readHoldingRegisters(50, 1));
      await rig.clock.settle();
      giveUp.abort(new Error("enough"));
      await rig.clock.advance(500);
      expect(first.error).toMatchObject({ message: "enough" });
      expect(rig.device.requests).toHaveLength(1);
      rig.device.requests[0]?.answer();
      await rig.clock.settle();
      expect(rig.device.requests).toHaveLength(2);
      rig.device.requests[1]?.answer();
      await rig.clock.settle();
      expect(second.value).toEqual([0x1032]);
    });

    test("keeps its slot until its timeout, and is not retried", async () => {
      await using rig = await startRig({ timeoutMs: 100, retries: 3, retryDelayMs: 0 });
      rig.device.on = silent;
      const giveUp = new AbortController();
      watch(rig.client.unit(1).readCoils(0, 1, { signal: giveUp.signal }));
      const second = watch(rig.client.unit(1).readCoils(1, 1));
      await rig.clock.advance(50);
      giveUp.abort();
      rig.device.on = (request) => request.answer();
      await rig.clock.advance(49);
      expect(rig.device.requests).toHaveLength(1);
      await rig.clock.advance(100);
      expect(second.value).toEqual([false]);
      expect(rig.device.log).toEqual(["1:01 00 00 00 01", "1:01 00 01 00 01"]);
    });
  });

  describe("retries", () => {
    test("a read is sent again after a timeout, retries times at most", async () => {
      await using rig = await startRig({ timeoutMs: 100, retries: 2, retryDelayMs: 50 });
      rig.device.on = silent;
      const outcome = watch(rig.client.unit(1).readCoils(0, 1));
      await rig.clock.advance(100 + 49);
      expect(rig.device.requests).toHaveLength(1);
      await rig.clock.advance(1);
      expect(rig.device.requests).toHaveLength(2);
      await rig.clock.advance(100 + 50 + 100);
      expect(rig.device.requests).toHaveLength(3);
      expect(outcome.error).toBeInstanceOf(ModbusTimeout);
    });

    test("others take their turn while a retry waits", async () => {
      await using rig = await startRig({ timeoutMs: 100, retries: 1, retryDelayMs: 1_000 });
      rig.device.on = (request) => {
        if (request.unit === 2) request.answer();
      };
      const dead = watch(rig.client.unit(1).readCoils(0, 1));
      const alive = watch(rig.client.unit(2).readCoils(0, 1));
      await rig.clock.advance(120);
      expect([dead.state, alive.state]).toEqual(["pending", "resolved"]);
    });

    for (const kind of ["a write", "a read that writes"] as const) {
      test(`${kind} is not repeated after a timeout`, async () => {
        await using rig = await startRig({ timeoutMs: 100, retries: 5, retryDelayMs: 10 });
        rig.device.on = silent;
        const unit = rig.client.unit(1);
        const outcome = watch(
          kind === "a write" ? unit.writeRegister(0, 1) : unit.readWriteRegisters(0, 1, 0, [1]),
        );
        await rig.clock.advance(100);
        expect(outcome.error).toBeInstanceOf(ModbusTimeout);
        await rig.clock.advance(10_000);
        expect(rig.device.requests).toHaveLength(1);
      });
    }

    test("a write is repeated if that was asked for", async () => {
      await using rig = await startRig({ timeoutMs: 100, retries: 1, retryWrites: true });
      rig.device.on = silent;
      const outcome = watch(rig.client.unit(1).writeRegister(0, 1));
      await rig.clock.advance(100);
      rig.device.on = (request) => request.answer();
      await rig.clock.advance(100);
      expect(outcome.state).toBe("resolved");
      expect(rig.device.requests).toHaveLength(2);
    });

    test("a busy unit is asked again, another exception is final", async () => {
      await using rig = await startRig({ retries: 1, retryDelayMs: 50 });
      let busy = true;
      rig.device.on = (request) => {
        if (busy) request.answer(Uint8Array.of(0x83, 6));
        else request.answer();
        busy = false;
      };
      const outcome = watch(rig.client.unit(1).readHoldingRegisters(0, 1));
      await rig.clock.advance(50);
      expect(outcome.value).toEqual([0x1000]);
      const refused = watch(rig.client.unit(1).readHoldingRegisters(900, 1));
      await rig.clock.advance(500);
      expect(refused.error).toMatchObject({ exceptionCode: 2 });
      expect(rig.device.requests).toHaveLength(3);
    });

    test("a damaged answer is asked for again", async () => {
      await using rig = await startRig({ retries: 1, retryDelayMs: 50 });
      rig.device.on = (request) => request.answer(Uint8Array.of(3, 4, 0, 0, 0, 0));
      const outcome = watch(rig.client.unit(1).readHoldingRegisters(0, 1));
      await rig.clock.settle();
      rig.device.on = (request) => request.answer();
      await rig.clock.advance(50);
      expect(outcome.value).toEqual([0x1000]);
    });
  });

  describe("a silent link", () => {
    test("is opened anew after so many timeouts in a row, of all units", async () => {
      await using rig = await startRig({ timeoutMs: 100, recycleAfterTimeouts: 3 });
      rig.link.silent = true;
      for (const unit of [1, 2, 3]) {
        const outcome = watch(rig.client.unit(unit).readCoils(0, 1));
        await rig.clock.advance(150);
        expect(outcome.error).toBeInstanceOf(ModbusTimeout);
      }
      expect(rig.link.connections).toBe(2);
      expect(rig.client.getSnapshot()).toMatchObject({ status: "open", losses: 1 });
      rig.link.silent = false;
      expect(await rig.client.unit(1).readCoils(0, 1)).toEqual([true]);
    });

    test("one answer starts the count afresh", async () => {
      await using rig = await startRig({ timeoutMs: 100, recycleAfterTimeouts: 2 });
      rig.device.on = (request) => {
        if (request.unit === 1) request.answer();
      };
      for (const unit of [2, 1, 2, 1, 2, 1]) {
        watch(rig.client.unit(unit).readCoils(0, 1));
        await rig.clock.advance(150);
      }
      expect(rig.link.connections).toBe(1);
    });

    test("what waits in the queue outlives the new link", async () => {
      await using rig = await startRig({ timeoutMs: 100, recycleAfterTimeouts: 1 });
      rig.device.on = silent;
      watch(rig.client.unit(1).readCoils(0, 1));
      const second = watch(rig.client.unit(2).readCoils(1, 1));
      await rig.clock.settle();
      rig.device.on = (request) => request.answer();
      await rig.clock.advance(100);
      expect(second.value).toEqual([false]);
      expect(rig.link.connections).toBe(2);
    });
  });

  test("afterTimeout reconnect leaves a late answer on the old link", async () => {
    await using rig = await startRig({ timeoutMs: 100, afterTimeout: "reconnect" });
    const held: DeviceRequest[] = [];
    rig.device.on = (request) => held.push(request);
    const first = watch(rig.client.unit(1).writeRegister(0, 1));
    await rig.clock.advance(100);
    expect(first.error).toBeInstanceOf(ModbusTimeout);
    expect(rig.link.connections).toBe(2);
    expect(rig.link.open).toBe(1);
    rig.device.on = (request) => request.answer();
    expect(await rig.client.unit(1).readHoldingRegisters(0, 1)).toEqual([0x1000]);
  });

  test("a link that does not take the bytes is opened anew, and the request rejects", async () => {
    const stuck = new WritableStream<Uint8Array>({ write: () => new Promise(() => {}) });
    let attempts = 0;
    await using rig = await startRig({ timeoutMs: 100 });
    const { connect } = rig.link;
    const client = await rig.system.start(modbusClient, {
      framing: "rtu",
      timeoutMs: 100,
      connect: async (options) => {
        const duplex = await connect(options);
        if (attempts++ > 0) return duplex;
        return {
          closed: duplex.closed,
          readable: duplex.readable,
          writable: stuck,
          close: (reason) => duplex.close(reason),
        };
      },
    });
    await rig.clock.settle();
    const outcome = watch(client.unit(1).writeRegister(0, 1));
    await rig.clock.advance(100);
    expect(outcome.error).toBeInstanceOf(ModbusTimeout);
    await rig.clock.advance(5_000);
    expect(attempts).toBe(2);
    expect(await client.unit(1).readHoldingRegisters(0, 1)).toEqual([0x1000]);
  });
});
