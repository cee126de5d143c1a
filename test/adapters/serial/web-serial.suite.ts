// Byte links over Web Serial, on fake ports that keep to the specification.
import type { ByteDuplex, Connect } from "../../../src/adapters/byte-link/byte-duplex.js";
import { classifyLinkError } from "../../../src/adapters/byte-link/classify.js";
import type { LinkError } from "../../../src/adapters/byte-link/errors.js";
import { startPump } from "../../../src/adapters/byte-link/pump.js";
import {
  AmbiguousPort,
  requestWebSerialPort,
  type WebSerialOptions,
  webSerial,
} from "../../../src/adapters/serial/index.js";
import { FakeSerial } from "../../../src/testing/fake-serial.js";
import { defineSuite } from "../../harness/suite.js";
import {
  attempt,
  bytes,
  countListeners,
  manualTimers,
  rejectionOf,
  settle,
  stateOf,
} from "../byte-link/link-probes.js";

const ftdi = { usbVendorId: 0x0403, usbProductId: 0x6001 };
const ch340 = { usbVendorId: 0x1a86, usbProductId: 0x7523 };

function setup(options: Partial<WebSerialOptions> = {}) {
  const serial = new FakeSerial();
  const timers = manualTimers();
  const connect = webSerial({ baudRate: 19_200, serial, ...options });
  return { serial, timers, connect, open: () => connect(attempt(timers)) };
}

/** Opens a link and runs a pump on it. */
async function pumped(connect: Connect, timers: ReturnType<typeof manualTimers>) {
  const chunks: number[] = [];
  const ends: (LinkError | undefined)[] = [];
  const recovered: string[] = [];
  const pump = startPump(await connect(attempt(timers)), {
    timers,
    onChunk: (chunk) => void chunks.push(...chunk),
    onRecoverableError: (error) => void recovered.push((error as Error).name),
    onEnd: (error) => void ends.push(error),
  });
  return { pump, chunks, ends, recovered };
}

export const suite = defineSuite("serial web-serial", ({ describe, test, expect }) => {
  describe("options", () => {
    test("SER-1: the buffer holds 4,096 bytes by default, more than a frame", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      const link = await open();
      expect(port.openOptions).toEqual({
        baudRate: 19_200,
        dataBits: 8,
        stopBits: 1,
        parity: "none",
        flowControl: "none",
        bufferSize: 4_096,
      });
      expect(link.baudRate).toBe(19_200);
      await link.close();
    });

    test("SER-1: settings reach the port as they were given", async () => {
      const settings = {
        baudRate: 9_600,
        dataBits: 7,
        stopBits: 2,
        parity: "even",
        flowControl: "hardware",
        bufferSize: 255,
      } as const;
      const { serial, open } = setup(settings);
      const port = serial.addPort(ftdi);
      const link = await open();
      expect(port.openOptions).toEqual(settings);
      await link.close();
    });

    test("SER-1: what no port can do is refused before anything is opened", () => {
      const wrong: readonly object[] = [
        { baudRate: undefined },
        { baudRate: 0 },
        { baudRate: -9_600 },
        { baudRate: 9_600.5 },
        { baudRate: "9600" },
        { baudRate: Number.NaN },
        { dataBits: 9 },
        { stopBits: 1.5 },
        { parity: "mark" },
        { flowControl: "xon" },
        { bufferSize: 0 },
        { bufferSize: 16_777_217 },
        { closeTimeoutMs: -1 },
        { filters: [{ usbVendorId: 65_536 }] },
        { filters: [{ usbVendorId: 1, usbProductId: -1 }] },
      ];
      for (const options of wrong) {
        const make = () => webSerial({ baudRate: 9_600, ...options } as WebSerialOptions);
        expect(make, JSON.stringify(options)).toThrow(RangeError);
      }
    });

    test("a filter that selects nothing or half a device is refused", () => {
      for (const filters of [[{}], [{ usbProductId: 1 }], [null], "all"]) {
        const make = () => webSerial({ baudRate: 9_600, filters: filters as never });
        expect(make, JSON.stringify(filters)).toThrow(TypeError);
      }
    });
  });

  describe("bytes", { needs: "byteStreams" }, () => {
    test("flow both ways through the port", async () => {
      const { serial, connect, timers } = setup();
      const port = serial.addPort(ftdi);
      const { pump, chunks } = await pumped(connect, timers);
      await pump.write(bytes(1, 2));
      port.device.send([3]);
      port.device.send([4, 5]);
      await settle();
      expect(port.device.takeReceived()).toEqual(bytes(1, 2));
      expect(chunks).toEqual([3, 4, 5]);
      await pump.close();
      expect(port.state).toBe("closed");
    });

    for (const name of [
      "BufferOverrunError",
      "BreakError",
      "FramingError",
      "ParityError",
    ] as const) {
      test(`SER-2: after a ${name} the same open port goes on`, async () => {
        const { serial, connect, timers } = setup();
        const port = serial.addPort(ftdi);
        const { pump, chunks, ends, recovered } = await pumped(connect, timers);
        port.device.send([1]);
        await settle();
        port.raise(name);
        port.device.send([2]);
        await settle();
        await pump.write(bytes(3));
        expect({ chunks, ends, recovered }).toEqual({
          chunks: [1, 2],
          ends: [],
          recovered: [name],
        });
        expect(port.state).toBe("opened");
        await pump.close();
      });
    }

    test("SER-3: a pump closes the port after it released both streams", async () => {
      const { serial, connect, timers } = setup();
      const port = serial.addPort(ftdi);
      const { pump, ends } = await pumped(connect, timers);
      await pump.write(bytes(1));
      await pump.close();
      expect(port.state).toBe("closed");
      expect(ends).toEqual([undefined]);
      expect(timers.pending).toBe(0);
    });

    test("control lines are set on the port", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      const link = await open();
      await link.setSignals?.({ requestToSend: false });
      expect(port.signals).toMatchObject({ requestToSend: false, dataTerminalReady: true });
      await link.close();
    });
  });

  describe("an attempt that fails", () => {
    test("SER-2: NetworkError at open is retried", async () => {
      const { serial, open } = setup();
      serial.addPort(ftdi).failNextOpen("NetworkError");
      const error = await rejectionOf(open());
      expect(error).toMatchObject({ code: "link-failed", disposition: "retry" });
      expect((error as Error).message).toContain(
        "open the serial port USB 0403:6001 at 19200 baud",
      );
      await (await open()).close();
    });

    test("SER-2: InvalidStateError at open, a port that is open already, is retried", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      await port.open({ baudRate: 9_600 });
      expect(await rejectionOf(open())).toMatchObject({
        disposition: "retry",
        hostError: "InvalidStateError",
      });
    });

    test("SER-2: TypeError at open is final", async () => {
      const { serial, open } = setup();
      serial.addPort(ftdi).open = () => Promise.reject(new TypeError("Unsupported baud rate."));
      expect(await rejectionOf(open())).toMatchObject({ disposition: "final" });
    });

    test("a policy that forbids serial needs a person", async () => {
      const { serial, open } = setup();
      serial.getPorts = () => Promise.reject(new DOMException("Denied.", "SecurityError"));
      expect(await rejectionOf(open())).toMatchObject({ disposition: "needsPermission" });
    });

    test("without a granted port it needs a person", async () => {
      const { serial, open } = setup({ filters: [ch340] });
      serial.addPort(ftdi);
      const error = await rejectionOf(open());
      expect(error).toMatchObject({ disposition: "needsPermission" });
      expect((error as Error).message).toContain("requestWebSerialPort");
    });

    test("aborted before it began, it rejects with the signal's reason", async () => {
      const { serial, connect } = setup();
      const port = serial.addPort(ftdi);
      const reason = new Error("stopped");
      expect(await rejectionOf(connect({ signal: AbortSignal.abort(reason) }))).toBe(reason);
      expect(port.state).toBe("closed");
    });

    test("aborted while the port opens, it rejects at once and closes the port when it is open", async () => {
      const { serial, connect, timers } = setup();
      const port = serial.addPort(ftdi);
      const letGo = port.hold();
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      const opening = connect({ signal: controller.signal, timers });
      await settle();
      expect(port.state).toBe("opening");
      const reason = new Error("too slow");
      controller.abort(reason);
      expect(await rejectionOf(opening)).toBe(reason);
      letGo();
      await settle();
      expect(port.state).toBe("closed");
      expect(listeners.left).toEqual([]);
      expect(timers.pending).toBe(0);
    });
  });

  describe("SER-4: the choice of the port", () => {
    test("the only granted port that fits is taken", async () => {
      const { serial, open } = setup({ filters: [{ usbVendorId: 0x1a86 }] });
      const other = serial.addPort(ftdi);
      const wanted = serial.addPort(ch340);
      const link = await open();
      expect([other.state, wanted.state]).toEqual(["closed", "opened"]);
      await link.close();
    });

    test("of two identical adapters none is guessed", async () => {
      const { serial, open } = setup({ filters: [ftdi] });
      const twins = [serial.addPort(ftdi), serial.addPort(ftdi)];
      const error = await rejectionOf(open());
      expect(error).toBeInstanceOf(AmbiguousPort);
      expect(error).toMatchObject({ code: "ambiguous-port", ports: [ftdi, ftdi] });
      expect(classifyLinkError(error).disposition).toBe("needsPermission");
      expect(twins.map((port) => port.state)).toEqual(["closed", "closed"]);
    });

    test("without filters two different ports are ambiguous too", async () => {
      const { serial, open } = setup();
      serial.addPort(ftdi);
      serial.addPort(ch340);
      expect(await rejectionOf(open())).toBeInstanceOf(AmbiguousPort);
    });

    test("the port that the user chose is taken, also beside its twin", async () => {
      const serial = new FakeSerial();
      const [twin, chosen] = [serial.addPort(ftdi), serial.addPort(ftdi)];
      const connect = webSerial({ baudRate: 9_600, serial, port: chosen });
      const link = await connect(attempt(manualTimers()));
      expect([twin.state, chosen.state]).toEqual(["closed", "opened"]);
      await link.close();
    });

    test("a fresh handle of the same vendor and product replaces the lost one", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      const link = await open();
      serial.addPort(ch340);
      serial.unplug(port);
      await link.close();
      const handle = serial.plug(port);
      const again = await open();
      expect([port.state, handle.state]).toEqual(["closed", "opened"]);
      await again.close();
    });

    test("a handle that lives on is opened again", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      await (await open()).close();
      const again = await open();
      expect(port.state).toBe("opened");
      await again.close();
    });

    test("while the device is out, the lost handle is tried, and the attempt is retried", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      const link = await open();
      serial.unplug(port);
      await link.close();
      expect(await rejectionOf(open())).toMatchObject({
        disposition: "retry",
        hostError: "NetworkError",
      });
    });

    test("the twin of a lost port is not taken for it", async () => {
      const serial = new FakeSerial();
      const [twin, chosen] = [serial.addPort(ftdi), serial.addPort(ftdi)];
      const connect = webSerial({ baudRate: 9_600, serial, port: chosen });
      const link = await connect(attempt(manualTimers()));
      serial.unplug(chosen);
      await link.close();
      const error = await rejectionOf(connect(attempt(manualTimers())));
      expect(error).toBeInstanceOf(AmbiguousPort);
      expect((error as Error).message).toContain("the port that was lost");
      expect(twin.state).toBe("closed");
    });

    test("a twin that came while the port was open is not taken for it either", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      const link = await open();
      const twin = serial.addPort(ftdi);
      serial.plug(twin, { sameHandle: true });
      serial.unplug(port);
      await link.close();
      expect(await rejectionOf(open())).toBeInstanceOf(AmbiguousPort);
      expect(twin.state).toBe("closed");
    });

    test("a built-in port without ids is never replaced by another", async () => {
      const serial = new FakeSerial();
      const chosen = serial.addPort();
      const connect = webSerial({ baudRate: 9_600, serial, port: chosen });
      const link = await connect(attempt(manualTimers()));
      const other = serial.addPort();
      serial.unplug(chosen);
      await link.close();
      expect(await rejectionOf(connect(attempt(manualTimers())))).toMatchObject({
        hostError: "NetworkError",
      });
      expect(other.state).toBe("closed");
    });
  });

  describe("SER-4: coming and going", { needs: "byteStreams" }, () => {
    test("closed resolves with a retry when the device is unplugged, and the pump ends once", async () => {
      const { serial, timers, connect } = setup();
      const port = serial.addPort(ftdi);
      let link: ByteDuplex | undefined;
      const { pump, ends } = await pumped(async (options) => {
        link = await connect(options);
        return link;
      }, timers);
      await pump.write(bytes(1));
      serial.unplug(port);
      expect(await link?.closed).toMatchObject({ code: "link-failed", disposition: "retry" });
      await timers.advance(5_000);
      expect(ends).toHaveLength(1);
      expect(ends[0]).toMatchObject({ disposition: "retry" });
      expect(port.state).toBe("closed");
      expect(timers.pending).toBe(0);
    });

    test("a lost port's streams fail with what happened, they are never null", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      const link = await open();
      serial.unplug(port);
      const lost = { disposition: "retry", hostError: "NetworkError" };
      expect(await rejectionOf(link.readable.getReader().read())).toMatchObject(lost);
      // The browser takes one more write, and then finds out.
      const writer = link.writable.getWriter();
      await writer.write(bytes(1));
      expect(await rejectionOf(writer.closed)).toMatchObject({ name: "NetworkError" });
      expect(await rejectionOf(link.writable.getWriter().write(bytes(1)))).toMatchObject(lost);
      expect(port.device.takeReceived()).toEqual(bytes());
      await link.close();
    });

    test("wake calls when a port that fits is plugged in, and only then", async () => {
      const { serial, connect } = setup({ filters: [ftdi] });
      const listeners = countListeners(serial);
      const port = serial.addPort(ftdi);
      const other = serial.addPort(ch340);
      let calls = 0;
      const stop = connect.wake?.(() => {
        calls += 1;
      });
      serial.unplug(other);
      serial.plug(other);
      expect(calls).toBe(0);
      serial.unplug(port);
      expect(calls).toBe(0);
      const handle = serial.plug(port);
      expect(calls).toBe(1);
      stop?.();
      serial.unplug(handle);
      serial.plug(handle);
      expect(calls).toBe(1);
      expect(listeners.left).toEqual([]);
    });

    test("a cable pulled and put back twenty times gives twenty links on the same device", async () => {
      const { serial, timers, connect } = setup({ filters: [ftdi] });
      let port = serial.addPort(ftdi);
      const listeners = countListeners(serial);
      for (let round = 0; round < 20; round += 1) {
        const { pump, chunks, ends } = await pumped(connect, timers);
        await pump.write(bytes(round));
        port.device.send([round]);
        await settle();
        expect(port.device.takeReceived()).toEqual(bytes(round));
        expect(chunks).toEqual([round]);
        serial.unplug(port);
        await timers.advance(1_000);
        expect(ends).toHaveLength(1);
        port = serial.plug(port);
      }
      expect(listeners.left).toEqual([]);
      expect(timers.pending).toBe(0);
    });
  });

  describe("closing", { needs: "byteStreams" }, () => {
    test("is idempotent, resolves closed with its reason and leaves no listener", async () => {
      const { serial, open, timers } = setup();
      const port = serial.addPort(ftdi);
      const onSerial = countListeners(serial);
      const onPort = countListeners(port);
      const link = await open();
      expect([onSerial.left, onPort.left]).toEqual([["connect"], ["disconnect"]]);
      await Promise.all([link.close("done"), link.close("again")]);
      expect(await link.closed).toBe("done");
      expect([onSerial.left, onPort.left]).toEqual([[], []]);
      expect(port.state).toBe("closed");
      expect(timers.pending).toBe(0);
    });

    test("gives a driver that will not close closeTimeoutMs and no more", async () => {
      const { serial, open, timers } = setup({ closeTimeoutMs: 300 });
      const port = serial.addPort(ftdi);
      const link = await open();
      port.hold();
      const closing = link.close();
      await timers.advance(299);
      expect(await stateOf(closing)).toBe("pending");
      await timers.advance(1);
      expect(await stateOf(closing)).toEqual({ value: undefined });
      expect(timers.pending).toBe(0);
    });

    test("says so when a stream is still locked, and can be called again", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      const link = await open();
      const reader = link.readable.getReader();
      const error = await rejectionOf(link.close());
      expect((error as Error).message).toContain("locks of its streams are released");
      reader.releaseLock();
      await link.close();
      expect(port.state).toBe("closed");
    });

    test("after an unplug, closing is quiet and frees the handle", async () => {
      const { serial, open } = setup();
      const port = serial.addPort(ftdi);
      const onPort = countListeners(port);
      const link = await open();
      serial.unplug(port);
      await link.close();
      await link.close();
      expect(port.state).toBe("closed");
      expect(onPort.left).toEqual([]);
    });
  });

  describe("requestWebSerialPort", () => {
    test("gives the port that the user chose, for webSerial", async () => {
      const serial = new FakeSerial();
      const port = serial.addPort(ftdi);
      serial.choose(port);
      expect(await requestWebSerialPort({ serial, filters: [ftdi] })).toBe(port);
    });

    test("SER-2: NotFoundError and SecurityError are never retried", async () => {
      const serial = new FakeSerial();
      for (const name of ["NotFoundError", "SecurityError"] as const) {
        serial.choose(name);
        expect(await rejectionOf(requestWebSerialPort({ serial }))).toMatchObject({
          disposition: "needsPermission",
          hostError: name,
        });
      }
    });

    test("SER-1: the picker is asked before anything is awaited, so the click still counts", () => {
      let asked = 0;
      const serial = new FakeSerial();
      serial.requestPort = () => {
        asked += 1;
        return Promise.resolve(serial.addPort());
      };
      requestWebSerialPort({ serial });
      expect(asked).toBe(1);
    });

    test("SER-1: a Worker has no picker, and the error says where to ask", async () => {
      const serial = { getPorts: () => Promise.resolve([]) };
      const error = await rejectionOf(requestWebSerialPort({ serial }));
      expect(error).toMatchObject({ code: "unsupported", host: "a Worker" });
      expect((error as Error).message).toContain("in the page");
    });

    test("a wrong filter is refused before the user is asked", async () => {
      const serial = new FakeSerial();
      const wrong = requestWebSerialPort({ serial, filters: [{ usbProductId: 1 }] });
      expect(await rejectionOf(wrong)).toBeInstanceOf(TypeError);
    });
  });
});
