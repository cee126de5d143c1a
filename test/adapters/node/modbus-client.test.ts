// The Modbus client against pymodbus, over TCP, over RTU on TCP and over a serial line (two ttys
// joined by socat). pymodbus shares no code with it and prints every write that it carries out.
import { describe, expect, test } from "vitest";
import { createSystem } from "../../../platform/node/index.js";
import { serialPort } from "../../../platform/node/serialport.js";
import { tcp } from "../../../platform/node/tcp.js";
import { type ModbusClientHandle, modbusClient } from "../../../src/adapters/modbus/client.js";
import { ModbusException, ModbusTimeout } from "../../../src/adapters/modbus/errors.js";
import type { ProcessSnapshot } from "../../../src/behaviours/system.js";
import { child } from "../../../src/supervision/child-spec.js";
import { supervisor } from "../../../src/supervision/supervisor.js";
import { freePort, PATIENT_MS, startModbusPeer, startSocatPair } from "../../peers/peers.js";

/** How often any process of the system was restarted. */
const restarts = (processes: readonly ProcessSnapshot[]): number =>
  processes.reduce((sum, each) => sum + each.restarts + restarts(each.children), 0);

/** Runs every function once, and says what the peer must have been told to write. */
async function runAllFunctions(client: ModbusClientHandle): Promise<unknown> {
  const unit = client.unit(17);
  expect(await unit.readCoils(0, 10)).toEqual(Array.from({ length: 10 }, (_, at) => at % 3 === 0));
  expect(await unit.readDiscreteInputs(1, 3)).toEqual([false, true, false]);
  expect(await unit.readHoldingRegisters(0, 125)).toEqual(
    Array.from({ length: 125 }, (_, at) => 0x1100 + at),
  );
  expect(await unit.readInputRegisters(8, 2)).toEqual([0x2008, 0x2009]);
  await unit.writeCoil(1, true);
  await unit.writeRegister(5, 7);
  await unit.writeCoils(2, [true, false, true]);
  await unit.writeRegisters(6, [8, 9]);
  expect(await unit.readCoils(0, 5)).toEqual([true, true, true, false, true]);
  expect(await unit.readWriteRegisters(5, 4, 20, [1, 2])).toEqual([7, 8, 9, 0x1108]);
  expect(await unit.readHoldingRegisters(20, 2)).toEqual([1, 2]);
  const error = await unit.readHoldingRegisters(5_000, 1).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ModbusException);
  expect(error).toMatchObject({ unit: 17, functionCode: 3, address: 5_000, exceptionCode: 2 });
  const write = { op: "write", unit: 17 };
  return [
    { ...write, function: 5, address: 1, values: [1] },
    { ...write, function: 6, address: 5, values: [7] },
    { ...write, function: 15, address: 2, values: [1, 0, 1] },
    { ...write, function: 16, address: 6, values: [8, 9] },
    { ...write, function: 23, address: 20, values: [1, 2] },
  ];
}

describe("modbusClient and pymodbus", () => {
  for (const framing of ["tcp", "rtu"] as const) {
    test(`run every function over TCP with ${framing} frames`, async () => {
      await using peer = await startModbusPeer(framing === "tcp" ? "tcp" : "rtutcp");
      await using system = createSystem();
      const client = await system.start(modbusClient, {
        connect: tcp({ host: "127.0.0.1", port: peer.port }),
        framing,
        timeoutMs: PATIENT_MS,
      });
      const expected = await runAllFunctions(client);
      expect(await peer.writes()).toEqual(expected);
      expect(client.getSnapshot()).toMatchObject({ status: "open", timeouts: 0, losses: 0 });
    });
  }

  test("run every function over a serial line", async () => {
    await using line = await startSocatPair();
    await using peer = await startModbusPeer("rtu", line.b);
    await using system = createSystem();
    const client = await system.start(modbusClient, {
      connect: serialPort({ path: line.a, baudRate: 19_200 }),
      framing: "rtu",
      timeoutMs: PATIENT_MS,
    });
    const expected = await runAllFunctions(client);
    expect(await peer.writes()).toEqual(expected);
    expect(client.getSnapshot()).toMatchObject({ status: "open", timeouts: 0, garbageBytes: 0 });
  });

  test("a unit that is not there costs its own request and, by reconnecting, no other", async () => {
    // This pymodbus goes silent on the whole connection after an unknown unit.
    await using peer = await startModbusPeer("tcp");
    await using system = createSystem();
    const client = await system.start(modbusClient, {
      connect: tcp({ host: "127.0.0.1", port: peer.port }),
      framing: "tcp",
      timeoutMs: PATIENT_MS,
      queueTimeoutMs: PATIENT_MS,
      afterTimeout: "reconnect",
    });
    const absent = client.unit(9).readHoldingRegisters(0, 1, { timeoutMs: 200 });
    const present = client.unit(1).readHoldingRegisters(0, 1);
    expect(await absent.catch((error) => error)).toBeInstanceOf(ModbusTimeout);
    expect(await present).toEqual([0x1000]);
  });

  test("a link that cannot be opened says what to do", async () => {
    await using system = createSystem();
    for (const [connect, action, remedy] of [
      [
        tcp({ host: "127.0.0.1", port: await freePort() }),
        "Cannot open the link: connect ECONNREFUSED",
        "check that the device is on and listens on this port",
      ],
      [
        serialPort({ path: "/dev/ttyNone", baudRate: 9_600 }),
        "cannot open /dev/ttyNone",
        "plug the adapter in, or check the path",
      ],
      [
        serialPort({ path: "/dev/null", baudRate: 9_600 }),
        "Cannot open the link: Error: Inappropriate ioctl",
        "name a serial port",
      ],
    ] as const) {
      const client = await system.start(modbusClient, { connect, framing: "rtu" });
      await expect.poll(() => client.getSnapshot()?.error).toContain(remedy);
      expect(client.getSnapshot()?.error).toContain(action);
      const error = await client
        .unit(1)
        .readCoils(0, 1)
        .catch((thrown: unknown) => thrown);
      expect(String(error)).toContain(remedy);
      await client.stop();
    }
  });

  test("a server that goes away and returns is read again, without a restart", async () => {
    const port = await freePort();
    const first = await startModbusPeer("tcp", port);
    await using system = createSystem();
    const client = await system.start(modbusClient, {
      connect: tcp({ host: "127.0.0.1", port }),
      framing: "tcp",
      timeoutMs: PATIENT_MS,
      minBackoffMs: 50,
      maxBackoffMs: 200,
    });
    expect(await client.unit(1).readHoldingRegisters(0, 1)).toEqual([0x1000]);
    await first.stop();
    await expect.poll(() => client.getSnapshot()?.status).not.toBe("open");
    await using second = await startModbusPeer("tcp", port);
    await expect.poll(() => client.getSnapshot()?.status).toBe("open");
    expect(await client.unit(1).readHoldingRegisters(0, 1)).toEqual([0x1000]);
    expect(second.port).toBe(port);
    expect(restarts(system.processes())).toBe(0);
  }, 30_000);

  test("a line that is pulled out and plugged in resumes, repeats no write, uses up no restart", async () => {
    await using line = await startSocatPair();
    await using peer = await startModbusPeer("rtu", line.b);
    await using system = createSystem();
    const open = serialPort({ path: line.a, baudRate: 19_200 });
    let attempts = 0;
    const App = supervisor({
      maxRestarts: 0,
      children: () => ({
        bus: child(modbusClient, [
          {
            connect: (options) => {
              attempts++;
              return open(options);
            },
            framing: "rtu",
            timeoutMs: 300,
            // Attempts are counted below: none is for a peer that answers late.
            recycleAfterTimeouts: Number.POSITIVE_INFINITY,
            minBackoffMs: 20,
            maxBackoffMs: 100,
          },
        ]),
      }),
    });
    const { bus } = (await system.start(App)).child;
    const unit = bus.unit(1);
    const patient = { timeoutMs: PATIENT_MS };
    expect(await unit.readHoldingRegisters(0, 1, patient)).toEqual([0x1000]);

    const openMs: number[] = [];
    const resumedMs: number[] = [];
    const accepted: number[] = [];
    let writes = 0;
    for (let round = 0; round < 5; round++) {
      // Writes with numbers of their own go on while the line is pulled.
      const writing = (async () => {
        for (let at = 0; at < 30; at++) {
          const value = ++writes;
          await unit.writeRegister(100, value).then(
            () => accepted.push(value),
            () => {},
          );
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      await new Promise((resolve) => setTimeout(resolve, 40));
      await line.kill();
      await writing;
      await expect.poll(() => bus.getSnapshot()?.status).not.toBe("open");
      await line.restart();
      const pluggedAt = performance.now();
      const before = attempts;
      const stop = bus.subscribe(() => {
        if (bus.getSnapshot()?.status !== "open" || openMs.length > round) return;
        openMs.push(Math.round(performance.now() - pluggedAt));
      });
      for (;;) {
        const value = await unit.readHoldingRegisters(0, 1).catch(() => undefined);
        if (value !== undefined) break;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      stop();
      // One may have been on its way when the line came back; the next one finds it.
      expect(attempts - before).toBeLessThanOrEqual(2);
      resumedMs.push(Math.round(performance.now() - pluggedAt));
    }
    const seen = (await peer.writes()).map(({ values }) => values?.[0]);
    console.log(
      `open ${openMs.join(", ")} ms and reading ${resumedMs.join(", ")} ms after the plug ` +
        `(the peer itself looks for its line every 100 ms); ${writes} writes asked for, ` +
        `${accepted.length} accepted, ${seen.length} carried out`,
    );
    expect(await unit.readHoldingRegisters(0, 1, patient)).toEqual([0x1000]);
    // None twice, and none lost that was said to have been carried out.
    expect(new Set(seen).size).toBe(seen.length);
    expect(accepted.filter((value) => !seen.includes(value))).toEqual([]);
    expect(restarts(system.processes())).toBe(0);
    expect(bus.getSnapshot()?.losses).toBeGreaterThanOrEqual(5);
    expect(Math.max(...resumedMs)).toBeLessThan(5_000);
  }, 60_000);
});
