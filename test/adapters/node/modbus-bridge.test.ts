// The way of a browser to a serial device: the Modbus client over a binary WebSocket, through a bridge
// to a line, at whose other end pymodbus answers; and a slave whose links are a server's sockets.
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createSystem } from "../../../platform/node/index.js";
import { serialPort } from "../../../platform/node/serialport.js";
import {
  type BinarySocket,
  duplexOfWebSocket,
} from "../../../src/adapters/byte-link/socket-duplex.js";
import { webSocketBytes } from "../../../src/adapters/byte-link/websocket-bytes.js";
import { modbusClient } from "../../../src/adapters/modbus/client.js";
import { modbusSlave } from "../../../src/adapters/modbus/slave.js";
import { freePort, PATIENT_MS, startModbusPeer, startSocatPair } from "../../peers/peers.js";

const servers: WebSocketServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A WebSocket server on a free port, or on one that was free. */
async function serve(onSocket: (socket: WebSocket) => void, port = 0): Promise<number> {
  const server = new WebSocketServer({ host: "127.0.0.1", port });
  servers.push(server);
  server.on("connection", onSocket);
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

const socketTo = (port: number) =>
  webSocketBytes({ url: `ws://127.0.0.1:${port}`, WebSocket: WebSocket as never });

describe("modbus over a WebSocket", () => {
  test("a client reads and writes pymodbus through a bridge to a serial line", async () => {
    await using line = await startSocatPair();
    await using peer = await startModbusPeer("rtu", line.b);
    await using system = createSystem();
    const open = serialPort({ path: line.a, baudRate: 19_200 });
    const port = await serve(async (socket) => {
      const far = duplexOfWebSocket(socket as unknown as BinarySocket);
      const near = await open({ signal: new AbortController().signal });
      await Promise.allSettled([
        far.readable.pipeTo(near.writable),
        near.readable.pipeTo(far.writable),
      ]);
      await near.close();
    });
    const client = await system.start(modbusClient, {
      connect: socketTo(port),
      framing: "rtu",
      baudRate: 19_200,
      timeoutMs: PATIENT_MS,
      queueTimeoutMs: PATIENT_MS,
    });
    expect(await client.unit(1).readHoldingRegisters(0, 100)).toHaveLength(100);
    await client.unit(17).writeRegisters(3, [1, 2, 3]);
    expect(await client.unit(17).readHoldingRegisters(3, 3)).toEqual([1, 2, 3]);
    expect(await peer.writes()).toHaveLength(1);
    expect(client.getSnapshot()).toMatchObject({ timeouts: 0, garbageBytes: 0, status: "open" });
  });

  test("a slave serves a server's sockets; a bridge that goes away and returns is used again", async () => {
    await using system = createSystem();
    const slave = await system.start(modbusSlave, {
      framing: "rtu",
      units: [1],
      bank: { holdingRegisters: [7, 8, 9] },
    });
    const attach = (socket: WebSocket) => {
      const duplex = duplexOfWebSocket(socket as unknown as BinarySocket);
      if (!slave.cast.attach(duplex)) void duplex.close();
    };
    const port = await serve(attach, await freePort());
    const client = await system.start(modbusClient, {
      connect: socketTo(port),
      framing: "rtu",
      timeoutMs: PATIENT_MS,
      minBackoffMs: 20,
      maxBackoffMs: 100,
    });
    expect(await client.unit(1).readHoldingRegisters(0, 3)).toEqual([7, 8, 9]);
    const [server] = servers.splice(0);
    for (const socket of server?.clients ?? []) socket.terminate();
    await new Promise((resolve) => server?.close(resolve));
    await expect.poll(() => client.getSnapshot()?.status).not.toBe("open");
    await serve(attach, port);
    await expect.poll(() => client.getSnapshot()?.status).toBe("open");
    expect(await client.unit(1).readHoldingRegisters(0, 3)).toEqual([7, 8, 9]);
    await expect.poll(() => slave.getSnapshot()?.connections).toBe(1);
    expect(slave.getSnapshot()).toMatchObject({ requests: 2, status: "listening" });
  });
});
