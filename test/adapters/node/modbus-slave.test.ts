// The Modbus slave against mbpoll, a master of its own (libmodbus), over TCP and over a serial line.
import { afterEach, describe, expect, test } from "vitest";
import { createSystem } from "../../../platform/node/index.js";
import { serialPort } from "../../../platform/node/serialport.js";
import { type TcpListener, tcp, tcpListen } from "../../../platform/node/tcp.js";
import { modbusClient } from "../../../src/adapters/modbus/client.js";
import { createRegisterBank } from "../../../src/adapters/modbus/register-bank.js";
import { type ModbusSlaveHandle, modbusSlave } from "../../../src/adapters/modbus/slave.js";
import type {
  ModbusSlaveOptions,
  ModbusWrite,
} from "../../../src/adapters/modbus/slave-options.js";
import { mbpoll as mbpollWith, PATIENT_MS, startSocatPair } from "../../peers/peers.js";

/** mbpoll, which waits for an answer as long as it can, unless told otherwise: its own second is short here. */
const mbpoll = (args: readonly string[]) =>
  mbpollWith(["-o", "10", ...args], { timeoutMs: PATIENT_MS });

const listeners: TcpListener[] = [];
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

/** Lets a slave serve a TCP port. */
async function serveTcp(slave: ModbusSlaveHandle): Promise<number> {
  const listener = await tcpListen({
    onConnection(duplex) {
      if (!slave.cast.attach(duplex)) void duplex.close();
    },
  });
  listeners.push(listener);
  return listener.port;
}

/** Values that mbpoll printed, such as `[5]: 0x1005`. */
const valuesOf = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^\[\d+\]:\s+(\S+)/.exec(line)?.[1] ?? []);

const bank = (): NonNullable<ModbusSlaveOptions["bank"]> =>
  createRegisterBank({
    holdingRegisters: [0x1000, 0x1001, 0x1002, 0x1003],
    inputRegisters: [0x2000, 0x2001],
    coils: [true, false, false, true],
    discreteInputs: [false, true],
  });

/** Reads and writes all four spaces with mbpoll, whose link options are given. */
async function pollAll(link: readonly string[], last: string): Promise<void> {
  const poll = async (type: string, ...args: string[]) => {
    const result = await mbpoll([...link, "-0", "-1", "-q", "-t", type, ...args]);
    expect(result.code, result.output).toBe(0);
    return valuesOf(result.lines);
  };
  expect(await poll("4:hex", "-r", "0", "-c", "4", last)).toEqual([
    "0x1000",
    "0x1001",
    "0x1002",
    "0x1003",
  ]);
  expect(await poll("3:hex", "-r", "0", "-c", "2", last)).toEqual(["0x2000", "0x2001"]);
  expect(await poll("0", "-r", "0", "-c", "4", last)).toEqual(["1", "0", "0", "1"]);
  expect(await poll("1", "-r", "0", "-c", "2", last)).toEqual(["0", "1"]);
  await poll("4", "-r", "1", last, "77");
  await poll("4", "-r", "2", last, "78", "79");
  await poll("0", "-r", "1", last, "1");
  await poll("0", "-r", "2", last, "1", "0");
  expect(await poll("4", "-r", "1", "-c", "3", last)).toEqual(["77", "78", "79"]);
  expect(await poll("0", "-r", "0", "-c", "4", last)).toEqual(["1", "1", "1", "0"]);
}

describe("modbusSlave and mbpoll", () => {
  test("read and write over TCP", async () => {
    await using system = createSystem();
    const writes: ModbusWrite[] = [];
    const slave = await system.start(modbusSlave, {
      framing: "tcp",
      bank: bank(),
      onWrite: (write) => writes.push(write),
    });
    const port = await serveTcp(slave);
    await pollAll(["-m", "tcp", "-p", String(port), "-a", "1"], "127.0.0.1");
    expect(await slave.call.getHoldingRegisters(0, 4)).toEqual([0x1000, 77, 78, 79]);
    expect(writes.map(({ functionCode, values }) => [functionCode, values])).toEqual([
      [6, [77]],
      [16, [78, 79]],
      [5, [true]],
      [15, [true, false]],
    ]);
    const refused = await mbpoll([
      "-m",
      "tcp",
      "-p",
      String(port),
      "-a",
      "1",
      "-0",
      "-1",
      "-r",
      "3",
      "-c",
      "2",
      "127.0.0.1",
    ]);
    expect(refused.output).toContain("Illegal data address");
  }, 30_000);

  test("read and write over a serial line", async () => {
    await using line = await startSocatPair();
    await using system = createSystem();
    const slave = await system.start(modbusSlave, {
      connect: serialPort({ path: line.b, baudRate: 19_200 }),
      framing: "rtu",
      units: [17],
      bank: bank(),
    });
    await expect.poll(() => slave.getSnapshot()?.status).toBe("open");
    await pollAll(["-m", "rtu", "-b", "19200", "-P", "none", "-a", "17"], line.a);
    expect(slave.getSnapshot()).toMatchObject({ writes: 4, crcErrors: 0, status: "open" });
    // Another unit's request is not its own.
    const other = await mbpoll([
      "-m",
      "rtu",
      "-b",
      "19200",
      "-P",
      "none",
      "-a",
      "18",
      "-0",
      "-1",
      "-o",
      "0.3",
      "-r",
      "0",
      line.a,
    ]);
    expect(other.output).toContain("Connection timed out");
    await expect.poll(() => slave.getSnapshot()).toMatchObject({ strayFrames: 1 });
  }, 30_000);

  test("the slave's line is pulled out and plugged in: it serves again by itself", async () => {
    await using line = await startSocatPair();
    await using system = createSystem();
    const slave = await system.start(modbusSlave, {
      connect: serialPort({ path: line.b, baudRate: 19_200 }),
      framing: "rtu",
      bank: bank(),
      minBackoffMs: 20,
      maxBackoffMs: 100,
    });
    await expect.poll(() => slave.getSnapshot()?.status).toBe("open");
    await line.kill();
    await expect.poll(() => slave.getSnapshot()?.status).not.toBe("open");
    await line.restart();
    await expect.poll(() => slave.getSnapshot()?.status).toBe("open");
    const args = ["-m", "rtu", "-b", "19200", "-P", "none", "-a", "1", "-0", "-1", "-q", "-r", "0"];
    const { lines } = await mbpoll([...args, line.a]);
    expect(valuesOf(lines)).toEqual(["4096"]);
  }, 30_000);

  test("our client and our slave over TCP, 16 in flight, many connections", async () => {
    await using system = createSystem();
    const slave = await system.start(modbusSlave, { framing: "tcp", bank: {} });
    const port = await serveTcp(slave);
    const clients = await Promise.all(
      Array.from({ length: 4 }, () =>
        system.start(modbusClient, {
          connect: tcp({ host: "127.0.0.1", port }),
          framing: "tcp",
          timeoutMs: PATIENT_MS,
          queueTimeoutMs: PATIENT_MS,
          inFlight: 16,
          maxQueue: 200,
        }),
      ),
    );
    await Promise.all(
      clients.flatMap((client, at) =>
        Array.from({ length: 50 }, (_, register) =>
          client.unit(1).writeRegister(at * 100 + register, register),
        ),
      ),
    );
    expect(slave.getSnapshot()).toMatchObject({ connections: 4, writes: 200, exceptions: 0 });
    expect(await slave.call.getHoldingRegisters(349, 1)).toEqual([49]);
  }, 30_000);
});
