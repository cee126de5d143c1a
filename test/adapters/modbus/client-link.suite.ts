// The Modbus client when its link is lost, refused, or comes back.

import type { ByteDuplex, Connect } from "../../../src/adapters/byte-link/byte-duplex.js";
import { LinkError } from "../../../src/adapters/byte-link/errors.js";
import { ConnectTimeout } from "../../../src/adapters/connection-times.js";
import { modbusClient } from "../../../src/adapters/modbus/client.js";
import { ModbusLinkDown } from "../../../src/adapters/modbus/errors.js";
import { webSerial } from "../../../src/adapters/serial/web-serial.js";
import type { ProcessSnapshot } from "../../../src/behaviours/system.js";
import { ActorExit } from "../../../src/kernel/errors.js";
import { child } from "../../../src/supervision/child-spec.js";
import { supervisor } from "../../../src/supervision/supervisor.js";
import { FakeSerial } from "../../../src/testing/fake-serial.js";
import { memoryLink } from "../../../src/testing/memory-link.js";
import { testSystem } from "../../../src/testing/test-system.js";
import { defineSuite } from "../../harness/suite.js";
import { deviceOn, errorOf, startRig, watch } from "./rig.js";

const silent = (): void => {};

/** How often any process of the system was restarted. */
const restarts = (processes: readonly ProcessSnapshot[]): number =>
  processes.reduce((sum, each) => sum + each.restarts + restarts(each.children), 0);

export const suite = defineSuite("modbus client link", ({ describe, test, expect }) => {
  describe("a link that is cut", () => {
    test("rejects what is on it and what waits, naming what was sent", async () => {
      await using rig = await startRig();
      rig.device.on = silent;
      const write = watch(rig.client.unit(17).writeRegister(5, 1));
      const read = watch(rig.client.unit(17).readCoils(6, 1));
      await rig.clock.settle();
      rig.link.takeDown();
      await rig.clock.settle();
      expect(write.error).toBeInstanceOf(ModbusLinkDown);
      expect(write.error).toMatchObject({ sent: true, unit: 17, functionCode: 6, address: 5 });
      expect(String(write.error)).toContain("whether the unit ran it is unknown");
      expect(read.error).toBeInstanceOf(ModbusLinkDown);
      expect(read.error).toMatchObject({ sent: false, status: "waiting", address: 6 });
      expect(rig.client.getSnapshot()).toMatchObject({ status: "waiting", losses: 1 });
    });

    test("CON-1, CON-3: comes back by itself: no write is repeated, no restart is used", async () => {
      const { system, clock } = testSystem();
      const link = memoryLink();
      const device = deviceOn(link, "rtu", clock);
      const App = supervisor({
        maxRestarts: 0,
        children: () => ({
          bus: child(modbusClient, [{ connect: link.connect, framing: "rtu", retries: 3 }]),
        }),
      });
      const app = await system.start(App);
      const unit = app.child.bus.unit(1);
      await clock.settle();
      for (let round = 0; round < 20; round++) {
        device.on = silent;
        const write = watch(unit.writeRegister(round, 1));
        await clock.settle();
        link.takeDown();
        await clock.advance(1_000);
        expect(write.error).toMatchObject({ code: "modbus-link-down", sent: true });
        device.on = (request) => request.answer();
        link.restore();
        await clock.settle();
        expect(await unit.readHoldingRegisters(100, 1)).toEqual([0x1064]);
      }
      expect(device.log.filter((request) => request.startsWith("1:06"))).toHaveLength(20);
      expect(restarts(system.processes())).toBe(0);
      expect(app.child.bus.status).toBe("live");
      await system.stop();
      expect([clock.timers, link.open, clock.reported]).toEqual([0, 0, []]);
    });

    test("resumes within one turn of the plug, not of the backoff", async () => {
      await using rig = await startRig({ minBackoffMs: 10_000 });
      rig.link.takeDown();
      await rig.clock.advance(2_000);
      rig.link.restore();
      await rig.clock.settle();
      expect(await rig.client.unit(1).readCoils(0, 1)).toEqual([true]);
      expect(rig.clock.nowMs).toBe(2_000);
    });

    test("a read with retries left waits for it, with its place before the others", async () => {
      await using rig = await startRig({ retries: 1 });
      rig.device.on = silent;
      const first = watch(rig.client.unit(1).readCoils(0, 1));
      const second = watch(rig.client.unit(1).readCoils(1, 1));
      const write = watch(rig.client.unit(1).writeCoil(1, true));
      await rig.clock.settle();
      rig.link.takeDown();
      await rig.clock.advance(500);
      expect([first.state, second.state, write.state]).toEqual(["pending", "pending", "rejected"]);
      rig.device.on = (request) => request.answer();
      rig.link.restore();
      await rig.clock.settle();
      expect([first.value, second.value]).toEqual([[true], [false]]);
      expect(rig.device.log).toEqual(["1:01 00 00 00 01", "1:01 00 00 00 01", "1:01 00 01 00 01"]);
    });

    test("an answer proves the new link: the backoff starts afresh at once", async () => {
      await using rig = await startRig({ down: true, stableMs: 60_000 });
      await rig.clock.advance(5_000);
      rig.link.restore();
      await rig.clock.settle();
      expect(rig.client.getSnapshot()?.attempts).toBeGreaterThan(1);
      await rig.client.unit(1).readCoils(0, 1);
      expect(rig.client.getSnapshot()?.attempts).toBe(0);
    });

    test("each loss costs a waiting read one attempt", async () => {
      await using rig = await startRig({ retries: 1 });
      rig.device.on = silent;
      watch(rig.client.unit(1).readCoils(0, 1));
      const waiting = watch(rig.client.unit(1).readCoils(1, 1));
      await rig.clock.settle();
      rig.link.takeDown();
      await rig.clock.settle();
      rig.link.restore();
      await rig.clock.settle();
      expect([waiting.state, rig.device.requests.length]).toEqual(["pending", 2]);
      rig.link.takeDown();
      await rig.clock.settle();
      expect(waiting.error).toMatchObject({ code: "modbus-link-down", sent: false });
    });

    test("what was in flight is sent again in the order it was sent", async () => {
      await using rig = await startRig({ framing: "tcp", inFlight: 3, retries: 1 });
      rig.device.on = silent;
      for (const address of [1, 2, 3, 4]) watch(rig.client.unit(1).readCoils(address, 1));
      await rig.clock.settle();
      rig.link.takeDown();
      await rig.clock.settle();
      rig.link.restore();
      await rig.clock.settle();
      const addresses = rig.device.requests.map(({ pdu }) => pdu[2]);
      expect(addresses).toEqual([1, 2, 3, 1, 2, 3]);
    });

    test("the quiet that the old line owed is not asked of the new one", async () => {
      await using rig = await startRig({ timeoutMs: 100, idleGapMs: 800 });
      rig.device.on = silent;
      watch(rig.client.unit(1).readCoils(0, 1));
      await rig.clock.advance(100);
      rig.link.takeDown();
      await rig.clock.settle();
      rig.link.restore();
      await rig.clock.settle();
      rig.device.on = (request) => request.answer();
      expect(await rig.client.unit(1).readCoils(0, 1)).toEqual([true]);
      expect(rig.clock.nowMs).toBe(100);
    });

    test("what a line says before it is in use is no part of an answer", async () => {
      await using rig = await startRig({ down: true });
      // Half an answer to a request that was never made.
      rig.link.accept(() => rig.device.send([1, 3, 4, 0x10]));
      rig.link.restore();
      await rig.clock.settle();
      expect(await rig.client.unit(1).readHoldingRegisters(0, 2)).toEqual([0x1000, 0x1001]);
    });

    test("a read that waits for it rejects after queueTimeoutMs, with the link's error", async () => {
      await using rig = await startRig({ retries: 1, queueTimeoutMs: 3_000 });
      rig.device.on = silent;
      const outcome = watch(rig.client.unit(1).readCoils(0, 1));
      await rig.clock.settle();
      rig.link.takeDown();
      await rig.clock.advance(2_999);
      expect(outcome.state).toBe("pending");
      await rig.clock.advance(1);
      expect(outcome.error).toBeInstanceOf(ModbusLinkDown);
      expect(String(outcome.error)).toContain("ECONNREFUSED");
    });

    test("closed by the far end, it is opened again", async () => {
      await using rig = await startRig();
      let far: ByteDuplex | undefined;
      rig.link.accept((end) => {
        far = end;
      });
      rig.client.cast.reconnect();
      await rig.clock.settle();
      await far?.close();
      await rig.clock.settle();
      expect(rig.client.getSnapshot()).toMatchObject({ status: "waiting", losses: 2 });
      await rig.clock.advance(500);
      expect(rig.client.getSnapshot()?.status).toBe("open");
    });
  });

  describe("while the link is not open", () => {
    test("requests wait while it connects", async () => {
      const link = memoryLink();
      const { system, clock } = testSystem();
      deviceOn(link, "rtu", clock);
      let go: () => void = () => {};
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      const connect: Connect = async (options) => {
        await gate;
        return link.connect(options);
      };
      const client = await system.start(modbusClient, { connect, framing: "rtu" });
      const outcome = watch(client.unit(1).readCoils(0, 1));
      await clock.advance(1_000);
      expect([outcome.state, client.getSnapshot()?.status]).toEqual(["pending", "connecting"]);
      go();
      await clock.settle();
      expect(outcome.value).toEqual([true]);
      await system.stop();
    });

    test("a request that waited for the attempt in vain rejects with its error", async () => {
      const { system, clock } = testSystem();
      const connect: Connect = async () => {
        throw Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:502"), {
          code: "ECONNREFUSED",
        });
      };
      const client = await system.start(modbusClient, { connect, framing: "tcp" });
      const outcome = watch(client.unit(1).readCoils(4, 1));
      await clock.settle();
      expect(outcome.error).toMatchObject({
        code: "modbus-link-down",
        sent: false,
        status: "waiting",
        message:
          "Cannot run Modbus function 1 on unit 1 at address 4: " +
          "the link is waiting (Cannot open the link: connect ECONNREFUSED 127.0.0.1:502; " +
          "check that the device is on and listens on this port), and nothing was sent",
      });
      await system.stop();
    });

    test("a port that cannot be opened says what to do, in the snapshot and in the error", async () => {
      const { system, clock } = testSystem();
      // As the serialport package and Node throw them: without a remedy of their own.
      const missing = Object.assign(
        new Error("Error: No such file or directory, cannot open /dev/ttyUSB0"),
        { path: "/dev/ttyUSB0", syscall: "open" },
      );
      const connect: Connect = async () => {
        throw missing;
      };
      const client = await system.start(modbusClient, { connect, framing: "rtu" });
      await clock.settle();
      const remedy = "plug the adapter in, or check the path";
      expect(client.getSnapshot()?.status).toBe("waiting");
      expect(client.getSnapshot()?.error).toContain("Cannot open the link: ");
      expect(client.getSnapshot()?.error).toContain(remedy);
      const error = await errorOf(client.unit(1).readCoils(0, 1));
      expect(String(error)).toContain(remedy);
      expect((error as ModbusLinkDown).cause).toBeInstanceOf(LinkError);
      expect(((error as ModbusLinkDown).cause as LinkError).cause).toBe(missing);
      await system.stop();
    });

    test("waiting: requests reject at once, with status and error", async () => {
      await using rig = await startRig({ down: true });
      const error = await errorOf(rig.client.unit(1).readCoils(0, 1));
      expect(error).toMatchObject({ code: "modbus-link-down", status: "waiting", sent: false });
      expect(error).toHaveProperty("cause");
      expect(rig.client.getSnapshot()?.error).toContain("ECONNREFUSED");
    });

    for (const [disposition, status] of [
      ["needsPermission", "needsPermission"],
      ["final", "failed"],
    ] as const) {
      test(`${status}: requests reject at once, and reconnect leaves it`, async () => {
        const { system, clock } = testSystem();
        const link = memoryLink();
        deviceOn(link, "rtu", clock);
        let allowed = false;
        const connect: Connect = async (options) => {
          if (!allowed) throw new LinkError({ message: "Cannot open: ask a person", disposition });
          return link.connect(options);
        };
        const client = await system.start(modbusClient, { connect, framing: "rtu", retries: 2 });
        const early = watch(client.unit(1).readCoils(0, 1));
        await clock.settle();
        expect(client.getSnapshot()?.status).toBe(status);
        expect(early.error).toMatchObject({ status });
        expect(await errorOf(client.unit(1).readCoils(0, 1))).toMatchObject({ status });
        await clock.advance(600_000);
        expect(client.getSnapshot()?.status).toBe(status);
        allowed = true;
        client.cast.reconnect();
        await clock.settle();
        expect(await client.unit(1).readCoils(0, 1)).toEqual([true]);
        await system.stop();
      });
    }
  });

  test("an attempt that takes too long rejects what waits, and another is made", async () => {
    const { system, clock } = testSystem();
    let attempts = 0;
    const connect: Connect = () => {
      attempts++;
      return new Promise(() => {});
    };
    const options = { connect, framing: "rtu", connectTimeoutMs: 2_000 } as const;
    const client = await system.start(modbusClient, options);
    const outcome = watch(client.unit(1).readCoils(4, 1));
    await clock.advance(1_999);
    expect(outcome.state).toBe("pending");
    await clock.advance(1);
    const { cause } = outcome.error as ModbusLinkDown;
    expect(cause).toBeInstanceOf(ConnectTimeout);
    expect(cause).toMatchObject({ code: "connect-timeout", timeoutMs: 2_000 });
    expect(client.getSnapshot()?.error).toContain("raise connectTimeoutMs");
    await clock.advance(500);
    expect([client.getSnapshot()?.status, attempts]).toEqual(["connecting", 2]);
    await system.stop();
    expect(clock.timers).toBe(0);
  });

  test("CON-2: an attempt that waits for the old link to close is not made after a stop", async () => {
    const { system, clock } = testSystem();
    const link = memoryLink();
    let attempts = 0;
    // It ignores the signal, as a transport of a user's own may.
    const connect: Connect = async (options) => {
      attempts++;
      return { ...(await link.connect(options)), close: () => new Promise(() => {}) };
    };
    const client = await system.start(modbusClient, { connect, framing: "rtu" });
    await clock.settle();
    client.cast.reconnect();
    await clock.settle();
    expect([client.getSnapshot()?.status, attempts]).toEqual(["connecting", 1]);
    const stopped = system.stop();
    await clock.advance(1_000);
    await stopped;
    await clock.settle();
    expect([attempts, clock.timers]).toEqual([1, 0]);
  });

  test("reconnect by hand: what is on the line rejects, what waits goes on", async () => {
    await using rig = await startRig();
    rig.device.on = silent;
    const first = watch(rig.client.unit(1).writeRegister(0, 1));
    const second = watch(rig.client.unit(1).readCoils(0, 1));
    await rig.clock.settle();
    rig.device.on = (request) => request.answer();
    rig.client.cast.reconnect();
    await rig.clock.settle();
    expect(first.error).toMatchObject({ code: "modbus-link-down", sent: true });
    expect(second.value).toEqual([true]);
    expect([rig.link.connections, rig.link.open]).toEqual([2, 1]);
  });

  test("a TCP stream whose frames are lost for good is opened anew", async () => {
    await using rig = await startRig({ framing: "tcp" });
    rig.device.on = () => rig.device.send([0, 0, 0, 9, 0, 2, 1, 3]);
    const outcome = watch(rig.client.unit(1).readCoils(0, 1));
    await rig.clock.settle();
    expect(outcome.error).toMatchObject({ code: "modbus-link-down", sent: true });
    expect(String(outcome.error)).toContain("protocol id");
    rig.device.on = (request) => request.answer();
    await rig.clock.advance(500);
    expect(await rig.client.unit(1).readCoils(0, 1)).toEqual([true]);
    expect(rig.link.connections).toBe(2);
  });

  test("in flight over TCP, all sixteen reject when the link is cut", async () => {
    await using rig = await startRig({ framing: "tcp", inFlight: 16 });
    rig.device.on = silent;
    const outcomes = Array.from({ length: 18 }, (_, at) =>
      watch(rig.client.unit(1).writeRegister(at, 1)),
    );
    await rig.clock.settle();
    rig.link.takeDown();
    await rig.clock.settle();
    const sent = outcomes.map(({ error }) => (error as ModbusLinkDown).sent);
    expect(sent.filter(Boolean)).toHaveLength(16);
    rig.device.on = (request) => request.answer();
    rig.link.restore();
    await rig.clock.advance(1_000);
    expect(rig.device.requests).toHaveLength(16);
  });

  describe("on a serial port", { needs: "byteStreams" }, () => {
    /** A device on a fake port that answers reads of one register with 42. */
    const startSerial = async (retries = 0) => {
      const { system, clock } = testSystem();
      const serial = new FakeSerial();
      let port = serial.addPort({ usbVendorId: 1, usbProductId: 2 });
      const requests: number[] = [];
      const answers = { on: true };
      port.device.onBytes((bytes) => {
        requests.push(bytes[1] ?? 0);
        if (answers.on) port.device.send([1, 3, 2, 0, 42, 0x39, 0x9b]);
      });
      const connect = webSerial({ serial, baudRate: 19_200 });
      const client = await system.start(modbusClient, { connect, framing: "rtu", retries });
      await clock.settle();
      const replug = () => {
        port = serial.plug(port);
      };
      return { system, clock, serial, client, requests, answers, port: () => port, replug };
    };

    test("a parity error fails the request in flight only, without closing", async () => {
      const { system, clock, client, answers, requests, port } = await startSerial();
      answers.on = false;
      const outcome = watch(client.unit(1).readHoldingRegisters(0, 1));
      await clock.settle();
      port().raise("ParityError");
      await clock.settle();
      expect(outcome.error).toMatchObject({ code: "modbus-link-down", sent: true, status: "open" });
      expect(String(outcome.error)).toContain("ParityError");
      answers.on = true;
      const next = watch(client.unit(1).readHoldingRegisters(0, 1));
      await clock.advance(100);
      expect(next.value).toEqual([42]);
      expect(client.getSnapshot()).toMatchObject({ status: "open", losses: 0, lineErrors: 1 });
      expect(requests).toEqual([3, 3]);
      await system.stop();
    });

    test("the cable out and in: waiting, then reading again", async () => {
      const { system, clock, client, serial, port, replug } = await startSerial();
      expect(await client.unit(1).readHoldingRegisters(0, 1)).toEqual([42]);
      serial.unplug(port());
      await clock.advance(100);
      expect(client.getSnapshot()?.status).toBe("waiting");
      const error = await errorOf(client.unit(1).readHoldingRegisters(0, 1));
      expect(error).toBeInstanceOf(ModbusLinkDown);
      await clock.advance(60_000);
      replug();
      const atMs = clock.nowMs;
      await clock.settle();
      const reading = watch(client.unit(1).readHoldingRegisters(0, 1));
      await clock.advance(5);
      expect(reading.value).toEqual([42]);
      expect(clock.nowMs - atMs).toBe(5);
      await system.stop();
      expect([clock.timers, clock.reported]).toEqual([0, []]);
    });
  });

  describe("a wake-up", () => {
    test("of the cable, before the old link is known to be lost, is not forgotten", {
      needs: "byteStreams",
    }, async () => {
      const { system, clock } = testSystem();
      const serial = new FakeSerial();
      const port = serial.addPort({ usbVendorId: 1, usbProductId: 2 });
      port.device.onBytes(() => port.device.send([1, 3, 2, 0, 42, 0x39, 0x9b]));
      const client = await system.start(modbusClient, {
        connect: webSerial({ serial, baudRate: 115_200 }),
        framing: "rtu",
        minBackoffMs: 10_000,
      });
      await clock.settle();
      serial.unplug(port);
      serial.plug(port);
      await clock.advance(20);
      const reading = watch(client.unit(1).readHoldingRegisters(0, 1));
      await clock.advance(5);
      expect(reading.value).toEqual([42]);
      expect(client.getSnapshot()).toMatchObject({ status: "open", losses: 1 });
      await system.stop();
    });

    test("while an attempt fails is not forgotten, and goes for one attempt only", async () => {
      const { system, clock } = testSystem();
      const link = memoryLink();
      deviceOn(link, "rtu", clock);
      let plug: () => void = () => {};
      let attempts = 0;
      const refuse = async (): Promise<never> => {
        attempts++;
        plug();
        plug = () => {};
        throw new Error("no port yet");
      };
      const connect: Connect = Object.assign(refuse, {
        wake: (listener: () => void) => {
          plug = listener;
          return () => {};
        },
      });
      await system.start(modbusClient, { connect, framing: "rtu", minBackoffMs: 10_000 });
      await clock.advance(5_000);
      expect(attempts).toBe(2);
      await clock.advance(60_000);
      expect(attempts).toBeGreaterThan(2);
      await system.stop();
    });

    test("of the host makes one timeout enough to open the link anew", async () => {
      await using rig = await startRig({ timeoutMs: 100 });
      rig.link.silent = true;
      const first = watch(rig.client.unit(1).readCoils(0, 1));
      await rig.clock.advance(150);
      expect([first.state, rig.link.connections]).toEqual(["rejected", 1]);
      rig.clock.wake();
      await rig.clock.settle();
      expect(rig.link.connections).toBe(1);
      watch(rig.client.unit(1).readCoils(0, 1));
      await rig.clock.advance(100);
      expect(rig.link.connections).toBe(2);
    });
  });

  describe("a handle", () => {
    test("follows a restart, and can wait for it", async () => {
      const { system, clock } = testSystem();
      const link = memoryLink();
      deviceOn(link, "rtu", clock);
      const App = supervisor({
        children: () => ({ bus: child(modbusClient, [{ connect: link.connect, framing: "rtu" }]) }),
      });
      const app = await system.start(App);
      const unit = app.child.bus.unit(1);
      await clock.settle();
      expect(await unit.readCoils(0, 1)).toEqual([true]);
      app.child.bus.kill();
      const lost = watch(unit.readCoils(0, 1));
      const patient = watch(app.child.bus.with({ whenDown: "wait" }).unit(1).readCoils(0, 1));
      await clock.advance(1_000);
      expect(lost.error).toBeInstanceOf(ActorExit);
      expect(patient.value).toEqual([true]);
      expect(await unit.readCoils(0, 1)).toEqual([true]);
      await system.stop();
      expect(link.open).toBe(0);
    });

    test("a signal on the handle goes for all its requests", async () => {
      await using rig = await startRig();
      rig.device.on = silent;
      const giveUp = new AbortController();
      const unit = rig.client.with({ signal: giveUp.signal }).unit(1);
      const outcomes = [0, 1].map((address) => watch(unit.readCoils(address, 1)));
      await rig.clock.settle();
      giveUp.abort(new Error("left the page"));
      await rig.clock.settle();
      expect(outcomes.map(({ error }) => (error as Error).message)).toEqual([
        "left the page",
        "left the page",
      ]);
    });

    test("a client that ends rejects what it owes", async () => {
      await using rig = await startRig();
      rig.device.on = silent;
      const outcomes = [0, 1].map((address) => watch(rig.client.unit(1).readCoils(address, 1)));
      await rig.clock.settle();
      rig.client.kill();
      await rig.clock.settle();
      for (const { error } of outcomes) expect(error).toBeInstanceOf(ActorExit);
      expect(await errorOf(rig.client.unit(1).readCoils(0, 1))).toBeInstanceOf(ActorExit);
      expect(rig.link.open).toBe(0);
    });

    test("a link that opens after the client's end is closed again", async () => {
      const { system, clock } = testSystem();
      const link = memoryLink();
      let go: () => void = () => {};
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      const connect: Connect = async (options) => {
        await gate;
        return link.connect({ ...options, signal: new AbortController().signal });
      };
      const client = await system.start(modbusClient, { connect, framing: "rtu" });
      await clock.settle();
      client.kill();
      await clock.settle();
      go();
      await clock.advance(2_000);
      expect([link.connections, link.open]).toEqual([1, 0]);
      await system.stop();
      expect(clock.timers).toBe(0);
    });
  });
});
