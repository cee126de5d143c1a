// Byte links over real ports of the package serialport: both ends of a pty pair that socat makes.
// Killing socat is the unplugging.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as nodeSerial from "../../../platform/node/serial.js";
import { serialPort } from "../../../platform/node/serialport.js";
import type { ByteDuplex } from "../../../src/adapters/byte-link/byte-duplex.js";
import { classifyLinkError } from "../../../src/adapters/byte-link/classify.js";
import type { LinkError } from "../../../src/adapters/byte-link/errors.js";
import { startPump } from "../../../src/adapters/byte-link/pump.js";
import type {
  NodeSerialPort,
  SerialPortConstructor,
  SerialPortOptions,
} from "../../../src/adapters/serial/index.js";
import * as webSerial from "../../../src/adapters/serial/index.js";
import { ownMs } from "../../peers/own-time.js";
import { type SocatPair, startSocatPair } from "../../peers/peers.js";
import { bytes, countListeners, rejectionOf, stateOf } from "../byte-link/link-probes.js";
import { hostTimers, readExactly } from "./host-probes.js";

const baudRate = 19_200;
const signal = () => new AbortController().signal;
let line: SocatPair;

beforeEach(async () => {
  line = await startSocatPair();
});

afterEach(async () => {
  await line.stop();
});

const open = (path: string, options: Partial<SerialPortOptions> = {}): Promise<ByteDuplex> =>
  serialPort({ path, baudRate, ...options })({ signal: signal() });

/** The class of the package, with the ports that were made by it. */
async function watchedPorts(): Promise<{
  SerialPort: SerialPortConstructor;
  made: NodeSerialPort[];
}> {
  const { SerialPort } = await import("serialport");
  const made: NodeSerialPort[] = [];
  class Watched extends SerialPort {
    constructor(...options: ConstructorParameters<typeof SerialPort>) {
      super(...options);
      made.push(this as unknown as NodeSerialPort);
    }
  }
  return { SerialPort: Watched as unknown as SerialPortConstructor, made };
}

/** Runs a pump on a port and gives what it tells. */
async function pumped(path: string, options: Partial<SerialPortOptions> = {}) {
  const link = await open(path, options);
  const chunks: number[] = [];
  const ends: (LinkError | undefined)[] = [];
  let tellEnd = () => {};
  const ended = new Promise<void>((resolve) => {
    tellEnd = resolve;
  });
  const pump = startPump(link, {
    timers: hostTimers,
    onChunk: (chunk) => void chunks.push(...chunk),
    onEnd: (error) => {
      ends.push(error);
      tellEnd();
    },
  });
  return { link, pump, chunks, ends, ended };
}

describe("an open port", () => {
  test("carries bytes both ways, in chunks with memory of their own", async () => {
    const [near, far] = [await open(line.a), await open(line.b)];
    expect(near.baudRate).toBe(baudRate);
    const farReader = far.readable.getReader();
    const nearWriter = near.writable.getWriter();
    for (const length of [1, 8, 256, 3_000]) {
      const sent = Uint8Array.from({ length }, (_, at) => at % 251);
      await nearWriter.write(sent);
      expect(await readExactly(farReader, length)).toEqual(sent);
    }
    await far.writable.getWriter().write(bytes(7));
    const nearReader = near.readable.getReader();
    const chunk = (await nearReader.read()).value;
    expect(chunk).toEqual(bytes(7));
    expect(chunk?.constructor).toBe(Uint8Array);
    expect(chunk?.buffer.byteLength).toBe(1);
    for (const lock of [farReader, nearReader, nearWriter]) lock.releaseLock();
    await Promise.all([near.close(), far.close()]);
  });

  test("tells its control lines all at once, and those that are left out keep their level", async () => {
    const { SerialPort, made } = await watchedPorts();
    const link = await open(line.a, { SerialPort });
    const told: object[] = [];
    // A pty has no control lines: what reaches the package is looked at.
    Object.assign(made[0] as object, {
      set: (lines: object, done: (error: null) => void) => {
        told.push(lines);
        done(null);
      },
    });
    await link.setSignals?.({ requestToSend: false });
    await link.setSignals?.({ break: true });
    expect(told).toEqual([
      { dtr: true, rts: false, brk: false },
      { dtr: true, rts: false, brk: true },
    ]);
    await link.close();
  });

  test("SER-3: a pump closes it, and it can be opened again", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { pump, ends } = await pumped(line.a);
      await pump.write(bytes(round));
      await pump.close();
      expect(ends).toEqual([undefined]);
    }
  });

  test("closing is idempotent, resolves closed with its reason and frees the port", async () => {
    const { SerialPort, made } = await watchedPorts();
    const link = await open(line.a, { SerialPort });
    await Promise.all([link.close("done"), link.close("again")]);
    expect(await link.closed).toBe("done");
    expect(made[0]?.isOpen).toBe(false);
    const port = made[0] as unknown as NodeJS.EventEmitter;
    // The one for errors stays: the package may emit one after the close of a port pulled out.
    const left = ["data", "end", "close", "error"].map((event) => port.listenerCount(event));
    expect(left).toEqual([0, 0, 0, 1]);
  });

  test("a driver that hangs in closing is given up after closeTimeoutMs", async () => {
    const { SerialPort, made } = await watchedPorts();
    const link = await open(line.a, { SerialPort, closeTimeoutMs: 80 });
    const port = made[0] as NodeSerialPort;
    const close = port.close.bind(port);
    port.close = () => {};
    const started = performance.now();
    expect(await ownMs(() => link.close())).toBeLessThan(4_000);
    expect(performance.now() - started).toBeGreaterThanOrEqual(75);
    await new Promise<void>((resolve) => close(() => resolve()));
  });
});

describe("unplugging", () => {
  test("SER-4: while it reads, the link ends as closed at once, with a retry", async () => {
    const { link, ends, ended } = await pumped(line.a);
    await line.kill();
    await ended;
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ code: "link-failed", disposition: "retry" });
    expect(classifyLinkError(await link.closed).disposition).toBe("retry");
  });

  test("a port that nobody reports as gone ends as closed all the same", async () => {
    const { SerialPort } = await watchedPorts();
    // A tty that hung up while a read was in flight gives zero bytes for ever, and the package asks on.
    Object.assign(SerialPort.prototype as object, { _read: () => {} });
    const link = await open(line.a, { SerialPort });
    await line.kill();
    expect(classifyLinkError(await link.closed).disposition).toBe("retry");
  });

  test("a port that seems open and fails a write with EIO ends as closed", async () => {
    const { SerialPort, made } = await watchedPorts();
    // It never hears of anything: as when the driver does not tell that the device is gone.
    Object.assign(SerialPort.prototype as object, { _read: () => {} });
    const link = await open(line.a, { SerialPort });
    const port = made[0] as NodeSerialPort;
    const reader = link.readable.getReader();
    const reading = rejectionOf(reader.read());
    await line.kill();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(port.isOpen).toBe(true);
    const error = await rejectionOf(link.writable.getWriter().write(bytes(2)));
    expect(error).toMatchObject({ code: "EIO" });
    expect(await link.closed).toMatchObject({ code: "EIO" });
    expect(classifyLinkError(error)).toMatchObject({
      disposition: "retry",
      message: expect.stringContaining("check the cable"),
    });
    expect(await reading).toMatchObject({ code: "EIO" });
    // Really released: whoever connects again does not meet it.
    expect([port.isOpen, port.closing]).toEqual([false, false]);
    await link.close();
  });

  test("a cable pulled and put back gives a working port each time", async () => {
    for (let round = 0; round < 5; round += 1) {
      const near = await pumped(line.a);
      const far = await pumped(line.b);
      await near.pump.write(bytes(round, 1));
      await expect.poll(() => far.chunks).toEqual([round, 1]);
      await line.kill();
      await Promise.all([near.ended, far.ended]);
      expect([near.ends.length, far.ends.length]).toEqual([1, 1]);
      expect(await rejectionOf(open(line.a))).toBeInstanceOf(Error);
      await line.restart();
    }
  });
});

describe("an attempt", () => {
  test("on a port that is not there is retried", async () => {
    const error = await rejectionOf(open(`${line.a}-none`));
    expect(error).toMatchObject({ path: `${line.a}-none`, syscall: "open" });
    expect(classifyLinkError(error)).toMatchObject({
      disposition: "retry",
      message: expect.stringMatching(
        /^Cannot open the port: .*No such file.*; plug the adapter in/,
      ),
    });
  });

  test("on a port that is in use is retried, and succeeds when it is free", async () => {
    const first = await open(line.a);
    const error = await rejectionOf(open(line.a));
    expect(classifyLinkError(error)).toMatchObject({
      disposition: "retry",
      message: expect.stringContaining("close the other program"),
    });
    await first.close();
    await (await open(line.a)).close();
  });

  test("on what is no serial port is final", async () => {
    const folder = mkdtempSync(join(tmpdir(), "troupe-file-"));
    const file = join(folder, "plain");
    writeFileSync(file, "");
    for (const path of [file, folder]) {
      const error = await rejectionOf(open(path));
      expect(classifyLinkError(error).disposition).toBe("final");
    }
    rmSync(folder, { recursive: true });
  });

  test("that is aborted rejects at once, and the port that opens late is closed", async () => {
    const { SerialPort, made } = await watchedPorts();
    const controller = new AbortController();
    const onSignal = countListeners(controller.signal);
    const opening = serialPort({ path: line.a, baudRate, SerialPort })({
      signal: controller.signal,
    });
    opening.catch(() => {});
    await stateOf(opening);
    const reason = new Error("stopped");
    controller.abort(reason);
    expect(await rejectionOf(opening)).toBe(reason);
    await expect.poll(() => onSignal.left).toEqual([]);
    await expect.poll(() => made[0]?.isOpen).toBe(false);
    await expect
      .poll(() =>
        open(line.a)
          .then((link) => link.close())
          .then(() => "free"),
      )
      .toBe("free");
    expect(
      await rejectionOf(
        serialPort({ path: line.a, baudRate })({ signal: AbortSignal.abort(reason) }),
      ),
    ).toBe(reason);
  });

  test("without the package says what to install, and is final", async () => {
    vi.resetModules();
    vi.doMock("serialport", () => {
      throw Object.assign(new Error("Cannot find package 'serialport'"), {
        code: "ERR_MODULE_NOT_FOUND",
      });
    });
    try {
      const fresh = await import("../../../platform/node/serialport.js");
      const connect = fresh.serialPort({ path: line.a, baudRate });
      const error = await rejectionOf(connect({ signal: signal() }));
      expect(error).toMatchObject({
        name: "UnsupportedError",
        code: "unsupported",
        capability: `the serial port ${line.a}`,
        host: "node",
        alternative: expect.stringContaining("npm install serialport"),
        cause: expect.anything(),
      });
      const classified = classifyLinkError(error);
      expect(classified.disposition).toBe("final");
      expect(classified.message).toContain("npm install serialport");
    } finally {
      vi.doUnmock("serialport");
      vi.resetModules();
    }
  });
});

test("wrong options are refused at once, with the allowed range", () => {
  const make = (wrong: object) => () =>
    serialPort({ path: "/dev/ttyUSB0", baudRate, ...wrong } as SerialPortOptions);
  for (const wrong of [{ path: "" }, { path: 3 }, { SerialPort: "x" }]) {
    expect(make(wrong)).toThrow(TypeError);
  }
  for (const wrong of [
    { baudRate: 0 },
    { baudRate: "9600" },
    { baudRate: 9_600.5 },
    { dataBits: 5 },
    { stopBits: 1.5 },
    { parity: "mark" },
    { flowControl: "xon" },
    { closeTimeoutMs: -1 },
  ]) {
    expect(make(wrong), JSON.stringify(wrong)).toThrow(RangeError);
  }
  expect(make({ dataBits: 5 })).toThrow("dataBits is 5: it must be 7 or 8");
});

describe("the entry of Node", () => {
  test("has all of the browser's, with a serialPort that works in the place of the refusal", () => {
    expect(Object.keys(nodeSerial).sort()).toEqual(Object.keys(webSerial).sort());
    expect(nodeSerial.serialPort).toBe(serialPort);
    expect(webSerial.serialPort).not.toBe(serialPort);
  });

  test("SER-5: without navigator.serial Web Serial says what to use instead", async () => {
    const connect = nodeSerial.webSerial({ baudRate });
    const error = await rejectionOf(connect({ signal: signal() }));
    expect(error).toMatchObject({ code: "unsupported", capability: "Web Serial" });
    expect(classifyLinkError(error)).toMatchObject({
      disposition: "final",
      message: expect.stringContaining("in Node use serialPort"),
    });
    // Nothing to listen to, and nothing thrown.
    expect(connect.wake?.(() => {})()).toBeUndefined();
  });
});
