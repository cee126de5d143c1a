// The fake port keeps to the Web Serial specification: what holds here holds in a browser.
import { FakeSerial } from "../../src/testing/fake-serial.js";
import type { FakeSerialPort } from "../../src/testing/fake-serial-port.js";
import { bytes, rejectionOf, settle, stateOf } from "../adapters/byte-link/link-probes.js";
import { defineSuite } from "../harness/suite.js";

const ids = { usbVendorId: 0x0403, usbProductId: 0x6001 };

async function opened(): Promise<{ serial: FakeSerial; port: FakeSerialPort }> {
  const serial = new FakeSerial();
  const port = serial.addPort(ids);
  await port.open({ baudRate: 9_600 });
  return { serial, port };
}

/** What a reader gets, as numbers: edge-runtime's streams give another realm's arrays. */
async function read(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): Promise<number[]> {
  return [...((await reader?.read())?.value ?? [])];
}

/** Web Serial reads by byte streams. */
const by = { needs: "byteStreams" } as const;

export const suite = defineSuite("testing fake-serial-port", by, ({ describe, test, expect }) => {
  describe("SER-7: states", () => {
    test("both streams are null while the port is closed, and the same while it is open", async () => {
      const serial = new FakeSerial();
      const port = serial.addPort(ids);
      expect([port.readable, port.writable]).toEqual([null, null]);
      const opening = port.open({ baudRate: 9_600, parity: "even" });
      expect([port.state, port.readable]).toEqual(["opening", null]);
      await opening;
      expect(port.state).toBe("opened");
      expect(port.readable).toBe(port.readable);
      expect(port.writable).toBe(port.writable);
      expect(port.openOptions).toEqual({ baudRate: 9_600, parity: "even" });
      await port.close();
      expect([port.state, port.readable, port.writable]).toEqual(["closed", null, null]);
    });

    test("a second open is an InvalidStateError, also while the first goes on", async () => {
      const port = new FakeSerial().addPort();
      const first = port.open({ baudRate: 9_600 });
      const again = () => rejectionOf(port.open({ baudRate: 9_600 }));
      expect(await again()).toMatchObject({ name: "InvalidStateError" });
      await first;
      expect(await again()).toMatchObject({ name: "InvalidStateError" });
    });

    test("a closed port can be opened again", async () => {
      const { port } = await opened();
      await port.close();
      await port.open({ baudRate: 19_200 });
      expect(port.openOptions?.baudRate).toBe(19_200);
    });

    test("a port that closes has no streams any more, while its close goes on", async () => {
      const { port } = await opened();
      expect([port.readable, port.writable].includes(null)).toBe(false);
      const closing = port.close();
      expect([port.readable, port.writable]).toEqual([null, null]);
      expect(await rejectionOf(port.close())).toMatchObject({ name: "InvalidStateError" });
      await closing;
    });

    test("closing a closed port is an InvalidStateError", async () => {
      expect(await rejectionOf(new FakeSerial().addPort().close())).toMatchObject({
        name: "InvalidStateError",
      });
    });

    test("closing with a locked stream is a TypeError, and the port stays open", async () => {
      const { port } = await opened();
      const reader = port.readable?.getReader();
      expect(await rejectionOf(port.close())).toBeInstanceOf(TypeError);
      reader?.releaseLock();
      const writer = port.writable?.getWriter();
      expect(await rejectionOf(port.close())).toBeInstanceOf(TypeError);
      writer?.releaseLock();
      await port.close();
      expect(port.state).toBe("closed");
    });

    test("settings that no port has are a TypeError", async () => {
      const port = new FakeSerial().addPort();
      for (const wrong of [
        { baudRate: 0 },
        { baudRate: 9_600, dataBits: 9 as 8 },
        { baudRate: 9_600, stopBits: 3 as 2 },
        { baudRate: 9_600, bufferSize: 0 },
        { baudRate: 9_600, bufferSize: 16_777_217 },
      ]) {
        expect(await rejectionOf(port.open(wrong))).toBeInstanceOf(TypeError);
      }
      expect(port.state).toBe("closed");
    });
  });

  describe("SER-7: bytes", () => {
    test("what the port writes the device gets, and the other way round", async () => {
      const { port } = await opened();
      const heard: number[][] = [];
      const stop = port.device.onBytes((chunk) => heard.push([...chunk]));
      await port.writable?.getWriter().write(bytes(1, 2));
      port.device.send([3, 4]);
      port.device.send(bytes(5));
      const reader = port.readable?.getReader();
      const got: number[] = [];
      while (got.length < 3) got.push(...(await read(reader)));
      expect(got).toEqual([3, 4, 5]);
      expect(heard).toEqual([[1, 2]]);
      expect(port.device.takeReceived()).toEqual(bytes(1, 2));
      expect(port.device.takeReceived()).toEqual(bytes());
      stop();
      expect(port.device.listeners).toBe(0);
    });

    test("chunks arrive one by one", { needs: "strictStreams" }, async () => {
      const { port } = await opened();
      port.device.send([3, 4]);
      port.device.send(bytes(5));
      const reader = port.readable?.getReader();
      expect(await read(reader)).toEqual([3, 4]);
      expect(await read(reader)).toEqual([5]);
    });

    test("reading is a byte stream, and writing counts chunks, not bytes", async () => {
      const { port } = await opened();
      const reader = port.readable?.getReader({ mode: "byob" });
      port.device.send([1, 2, 3]);
      expect((await reader?.read(new Uint8Array(2)))?.value).toEqual(bytes(1, 2));
      expect(port.writable?.getWriter().desiredSize).toBe(1);
    });

    test("a cancelled stream gives way to a new one only a turn later", async () => {
      const { port } = await opened();
      const before = port.readable;
      const cancelling = before?.cancel();
      expect(port.readable).toBe(before);
      await cancelling;
      expect(port.readable).not.toBe(before);
    });

    test("what comes while the port is closed is lost", async () => {
      const port = new FakeSerial().addPort();
      port.device.send([1]);
      await port.open({ baudRate: 9_600 });
      port.device.send([2]);
      expect(await read(port.readable?.getReader())).toEqual([2]);
    });

    test("the device's end is a byte link for a slave", async () => {
      const { port } = await opened();
      const slave = port.device.duplex();
      const reader = slave.readable.getReader();
      await port.writable?.getWriter().write(bytes(7));
      expect(await read(reader)).toEqual([7]);
      await slave.writable.getWriter().write(bytes(8));
      expect(await read(port.readable?.getReader())).toEqual([8]);
      await slave.close("over");
      expect(await slave.closed).toBe("over");
      expect((await reader.read()).done).toBe(true);
      expect(port.device.listeners).toBe(0);
    });
  });

  describe("SER-7: errors", () => {
    for (const name of [
      "BufferOverrunError",
      "BreakError",
      "FramingError",
      "ParityError",
      "UnknownError",
    ] as const) {
      test(`${name} ends the stream, and readable becomes a new one`, async () => {
        const { port } = await opened();
        const before = port.readable;
        const reader = before?.getReader();
        const reading = rejectionOf(reader?.read() ?? Promise.resolve());
        port.raise(name);
        expect(await reading).toMatchObject({ name });
        expect(port.readable).not.toBe(before);
        port.device.send([1]);
        expect(await read(port.readable?.getReader())).toEqual([1]);
        expect(port.state).toBe("opened");
      });
    }

    test("a failed write ends writable, and it becomes a new one", async () => {
      const { port } = await opened();
      const before = port.writable;
      port.failNextWrite("UnknownError");
      expect(
        await rejectionOf(before?.getWriter().write(bytes(1)) ?? Promise.resolve()),
      ).toMatchObject({ name: "UnknownError" });
      expect(port.writable).not.toBe(before);
      await port.writable?.getWriter().write(bytes(2));
      expect(port.device.takeReceived()).toEqual(bytes(2));
    });

    test("a write that loses the port takes writable away", async () => {
      const { port } = await opened();
      port.failNextWrite("NetworkError");
      await rejectionOf(port.writable?.getWriter().write(bytes(1)) ?? Promise.resolve());
      expect(port.writable).toBeNull();
    });

    test("the next open fails by name, the one after it does not", async () => {
      const port = new FakeSerial().addPort();
      port.failNextOpen("NetworkError");
      expect(await rejectionOf(port.open({ baudRate: 9_600 }))).toMatchObject({
        name: "NetworkError",
      });
      await port.open({ baudRate: 9_600 });
      expect(port.state).toBe("opened");
    });

    test("a held driver opens, writes and closes only when it is let go", async () => {
      const port = new FakeSerial().addPort();
      const letGo = port.hold();
      const opening = port.open({ baudRate: 9_600 });
      expect(await stateOf(opening)).toBe("pending");
      letGo();
      await opening;
      const letWrite = port.hold();
      const writing = port.writable?.getWriter().write(bytes(1)) ?? Promise.resolve();
      expect(await stateOf(writing)).toBe("pending");
      letWrite();
      await writing;
      expect(port.device.takeReceived()).toEqual(bytes(1));
    });
  });

  describe("SER-7: the cable", () => {
    test("unplugging fails reading at once and writing at the second write, and fires disconnect", async () => {
      const { serial, port } = await opened();
      const heard: unknown[] = [];
      port.addEventListener("disconnect", (event) => heard.push(["port", event.target]));
      serial.addEventListener("disconnect", (event) => heard.push(["serial", event.target]));
      const reading = rejectionOf(port.readable?.getReader().read() ?? Promise.resolve());
      const writer = port.writable?.getWriter();
      serial.unplug(port);
      expect(await reading).toMatchObject({ name: "NetworkError" });
      expect([port.readable, port.connected]).toEqual([null, false]);
      expect(port.writable).not.toBeNull();
      await writer?.write(bytes(1));
      const again = rejectionOf(writer?.write(bytes(2)) ?? Promise.resolve());
      expect(await again).toMatchObject({ name: "NetworkError" });
      expect(await rejectionOf(writer?.closed ?? Promise.resolve())).toMatchObject({
        name: "NetworkError",
      });
      expect(port.writable).toBeNull();
      expect(port.device.takeReceived()).toEqual(bytes());
      expect(heard).toEqual([
        ["port", port],
        ["serial", port],
      ]);
      expect(await serial.getPorts()).toEqual([]);
      await port.close();
      expect(port.state).toBe("closed");
      expect(await rejectionOf(port.open({ baudRate: 9_600 }))).toMatchObject({
        name: "NetworkError",
      });
    });

    test("a cut line fails reading without an event, and opening until it is mended", async () => {
      const { serial, port } = await opened();
      const heard: unknown[] = [];
      serial.addEventListener("disconnect", (event) => heard.push(event));
      const reading = rejectionOf(port.readable?.getReader().read() ?? Promise.resolve());
      port.cut();
      expect(await reading).toMatchObject({ name: "NetworkError" });
      expect([port.readable, port.connected, heard]).toEqual([null, true, []]);
      expect(await serial.getPorts()).toEqual([port]);
      await port.close();
      expect(await rejectionOf(port.open({ baudRate: 9_600 }))).toMatchObject({
        name: "NetworkError",
      });
      port.restore();
      await port.open({ baudRate: 9_600 });
      port.device.send([1]);
      expect(await read(port.readable?.getReader())).toEqual([1]);
    });

    test("plugging in gives a new handle of the same device and fires connect", async () => {
      const { serial, port } = await opened();
      const heard: unknown[] = [];
      serial.addEventListener("connect", (event) => heard.push(event.target));
      serial.unplug(port);
      const handle = serial.plug(port);
      expect(handle).not.toBe(port);
      expect(handle.getInfo()).toEqual(ids);
      expect(handle.device).toBe(port.device);
      expect(heard).toEqual([handle]);
      expect(await serial.getPorts()).toEqual([handle]);
      await handle.open({ baudRate: 9_600 });
      handle.device.send([1]);
      expect(await read(handle.readable?.getReader())).toEqual([1]);
    });

    test("a port whose handle lives on must be closed before it works again", async () => {
      const { serial, port } = await opened();
      serial.unplug(port);
      expect(serial.plug(port, { sameHandle: true })).toBe(port);
      expect(port.readable).toBeNull();
      await port.close();
      await port.open({ baudRate: 9_600 });
      expect(port.readable).not.toBeNull();
    });
  });

  test("SER-7: several ports and twins are told apart by their handles only", async () => {
    const serial = new FakeSerial();
    const ports = [serial.addPort(ids), serial.addPort(ids), serial.addPort()];
    expect(await serial.getPorts()).toEqual(ports);
    expect(ports.map((port) => port.getInfo())).toEqual([ids, ids, {}]);
  });

  test("SER-7: the picker gives what the user does", async () => {
    const serial = new FakeSerial();
    const port = serial.addPort(ids);
    expect(await rejectionOf(serial.requestPort())).toMatchObject({ name: "NotFoundError" });
    serial.choose(port);
    expect(await serial.requestPort()).toBe(port);
    serial.choose("SecurityError");
    expect(await rejectionOf(serial.requestPort())).toMatchObject({ name: "SecurityError" });
    const badFilter = serial.requestPort({ filters: [{ usbProductId: 1 }] });
    expect(await rejectionOf(badFilter)).toBeInstanceOf(TypeError);
  });

  test("SER-7: control lines are kept, and refused without one or while closed", async () => {
    const { port } = await opened();
    await port.setSignals({ requestToSend: false });
    await settle();
    expect(port.signals).toEqual({ dataTerminalReady: true, requestToSend: false, break: false });
    expect(await rejectionOf(port.setSignals({}))).toBeInstanceOf(TypeError);
    await port.close();
    expect(await rejectionOf(port.setSignals({ break: true }))).toMatchObject({
      name: "InvalidStateError",
    });
  });
});
