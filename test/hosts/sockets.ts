// The links of hosts with sockets of their own (Node, Deno and Bun), by the entries that each chooses of
// the built package: TCP carries a client, and a serial port by its path is there or refused in words.
// Every detail of the links is test/adapters/node's.
import { createSystem, UnsupportedError } from "troupe";
import { modbusClient, modbusSlave } from "troupe/modbus";
import { serialPort } from "troupe/serial";
import { startPump, tcp, tcpListen } from "troupe/tcp";
import { defineSuite, type Suite } from "../harness/suite.js";

/** Its own process may stand still for longer than a peer may take. */
const QUICK = { minBackoffMs: 20, maxBackoffMs: 100, timeoutMs: 20_000, queueTimeoutMs: 20_000 };

/** Hosts without sockets skip it by name. */
const by = { needs: "sockets" } as const;

export const sockets: Suite = defineSuite("sockets", by, ({ test, expect, platform }) => {
  test("TCP carries requests both ways, and a client is back when its slave is", async () => {
    const system = createSystem();
    try {
      const bank = { holdingRegisters: 10 };
      const slave = await system.start(modbusSlave, { framing: "tcp", bank });
      const onConnection = (duplex: Parameters<typeof slave.cast.attach>[0]) => {
        slave.cast.attach(duplex);
      };
      const first = await tcpListen({ onConnection });
      // Where the slave is now: a port that was left may be somebody else's when it comes back.
      let { host, port } = first;
      const connect: ReturnType<typeof tcp> = (options) => tcp({ host, port })(options);
      const client = await system.start(modbusClient, { connect, framing: "tcp", ...QUICK });
      const unit = client.unit(17);
      await unit.writeRegister(5, 1_000);
      expect(await unit.readHoldingRegisters(4, 2)).toEqual([0, 1_000]);

      await first.close();
      const again = await tcpListen({ onConnection });
      ({ host, port } = again);
      for (let tries = 1; ; tries++) {
        const read = await unit.readHoldingRegisters(5, 1).catch((error: unknown) => error);
        if (Array.isArray(read)) {
          expect(read).toEqual([1_000]);
          break;
        }
        if (tries === 50) throw read;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await again.close();
    } finally {
      await system.stop();
    }
  });

  test("a megabyte arrives whole, and closing one end ends the other", async () => {
    const size = 1_000_000;
    let received = 0;
    let ended: (error: unknown) => void;
    const end = new Promise((resolve) => {
      ended = resolve;
    });
    const listener = await tcpListen({
      onConnection: (duplex) => {
        startPump(duplex, {
          timers: platform,
          onChunk: (bytes) => {
            received += bytes.byteLength;
          },
          onEnd: (error) => ended(error),
        });
      },
    });
    try {
      const { signal } = new AbortController();
      const link = await tcp({ host: listener.host, port: listener.port })({ signal });
      const writer = link.writable.getWriter();
      for (let sent = 0; sent < size; sent += 50_000) await writer.write(new Uint8Array(50_000));
      writer.releaseLock();
      await link.close();
      expect(await end).toBeUndefined();
      expect(received).toBe(size);
    } finally {
      await listener.close();
    }
  });

  test("a port that nobody listens at is refused with the host's error", async () => {
    const listener = await tcpListen({ onConnection: () => {} });
    const { host, port } = listener;
    await listener.close();
    const { signal } = new AbortController();
    await expect(tcp({ host, port })({ signal })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("a serial port by its path is Node's, and refused with the alternative elsewhere", () => {
    const open = () => serialPort({ path: "/dev/ttyUSB0", baudRate: 9_600 });
    if (platform.host === "node") {
      expect(open()).toBeTypeOf("function");
      return;
    }
    expect(open).toThrow(UnsupportedError);
    expect(open).toThrow(
      /^Cannot use a serial port by its path on (?:Deno|Bun)\/[\d.]+: .* tcp or/,
    );
  });
});
