// Byte links over real WebSockets: the host's own constructor and the package ws's, against a
// server of ws whose accepted sockets are byte links too.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer, WebSocket as WsWebSocket } from "ws";
import type { ByteDuplex } from "../../../src/adapters/byte-link/byte-duplex.js";
import { startPump } from "../../../src/adapters/byte-link/pump.js";
import { duplexOfWebSocket } from "../../../src/adapters/byte-link/socket-duplex.js";
import {
  type WebSocketConstructor,
  webSocketBytes,
} from "../../../src/adapters/byte-link/websocket-bytes.js";
import { atRest, ownMs } from "../../peers/own-time.js";
import { bytes, rejectionOf } from "../byte-link/link-probes.js";
import { hostTimers, readExactly } from "./host-probes.js";

// The assignments are the test of the types: both must fit without a cast.
const constructors: Record<string, WebSocketConstructor> = {
  "the host's WebSocket": globalThis.WebSocket,
  "the package ws": WsWebSocket,
};
const signal = () => new AbortController().signal;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(onLink: (link: ByteDuplex, socket: WsWebSocket) => void) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  server.on("connection", (socket) => onLink(duplexOfWebSocket(socket), socket));
  cleanups.push(() => {
    for (const client of server.clients) client.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

for (const [name, WebSocket] of Object.entries(constructors)) {
  describe(name, () => {
    test("carries bytes to a server and back, one chunk a message", async () => {
      const { url } = await serve((link) => void link.readable.pipeTo(link.writable));
      const link = await webSocketBytes({ url, WebSocket })({ signal: signal() });
      const writer = link.writable.getWriter();
      const reader = link.readable.getReader();
      for (const chunk of [bytes(1, 2, 3), bytes(4), new Uint8Array(70_000).fill(5)]) {
        await writer.write(chunk);
        expect(await readExactly(reader, chunk.byteLength)).toEqual(chunk);
      }
      reader.releaseLock();
      await link.close("done");
      expect(await link.closed).toBe("done");
    });

    test("a message sent with the handshake is not lost", async () => {
      const { url } = await serve((link) => {
        const writer = link.writable.getWriter();
        writer.write(bytes(9));
      });
      for (let round = 0; round < 10; round += 1) {
        const link = await webSocketBytes({ url, WebSocket })({ signal: signal() });
        expect(await readExactly(link.readable.getReader(), 1)).toEqual(bytes(9));
        await link.close();
      }
    });

    test("a server that goes away ends the pump once, and a refused attempt is retried", async () => {
      const { url, server } = await serve(() => {});
      const ends: unknown[] = [];
      const ended = new Promise<void>((resolve) => {
        webSocketBytes({ url, WebSocket })({ signal: signal() }).then((link) => {
          startPump(link, {
            timers: hostTimers,
            onChunk: () => {},
            onEnd: (error) => {
              ends.push(error);
              resolve();
            },
          });
          for (const client of server.clients) client.terminate();
        });
      });
      await ended;
      expect(ends).toHaveLength(1);
      expect(ends[0]).toMatchObject({ disposition: "retry", hostError: "1006" });
      await new Promise((resolve) => server.close(resolve));
      expect(
        await rejectionOf(webSocketBytes({ url, WebSocket })({ signal: signal() })),
      ).toMatchObject({ code: "link-failed", disposition: "retry" });
    });

    test("WS-8: aborted during the handshake, nothing is thrown at the process", async () => {
      // A server that accepts connections and never answers.
      const silent = createServer(() => {});
      silent.listen(0, "127.0.0.1");
      await once(silent, "listening");
      const sockets = new Set<{ destroy(): void }>();
      silent.on("connection", (socket) => sockets.add(socket));
      cleanups.push(() => {
        for (const socket of sockets) socket.destroy();
        silent.close();
      });
      const { port } = silent.address() as AddressInfo;
      const controller = new AbortController();
      const connect = webSocketBytes({ url: `ws://127.0.0.1:${port}`, WebSocket });
      const opening = rejectionOf(connect({ signal: controller.signal }));
      await once(silent, "connection");
      controller.abort(new Error("too slow"));
      expect(await opening).toMatchObject({ message: "too slow" });
      // ws reports the abandoned handshake a turn later.
      await new Promise((resolve) => setTimeout(resolve, 50));
    });

    test("WS-5: a peer that never reads holds writes back, and not the closing", async () => {
      const { url } = await serve((_, socket) => socket.pause());
      const connect = webSocketBytes({
        url,
        WebSocket,
        closeTimeoutMs: 200,
        highWaterBytes: 65_536,
      });
      const link = await connect({ signal: signal(), timers: hostTimers });
      const writer = link.writable.getWriter();
      let written = 0;
      const flood = (async () => {
        for (;;) {
          await writer.write(new Uint8Array(262_144));
          written += 262_144;
        }
      })().catch(() => {});
      // What the system's own buffers take, not the 61 MiB of an unbounded sender.
      expect(await atRest(() => written)).toBeLessThan(16 * 1_048_576);
      expect(await ownMs(() => link.close())).toBeLessThan(4_000);
      await flood;
    });
  });
}

test("a link that is closed leaves one listener on the socket of ws, the one for late errors", async () => {
  const { url } = await serve((link) => void link.readable.pipeTo(link.writable));
  let made: WsWebSocket | undefined;
  class Watched extends WsWebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      made = this;
    }
  }
  const link = await webSocketBytes({ url, WebSocket: Watched })({ signal: signal() });
  await link.close();
  const left = ["open", "message", "close", "error"].map((event) => made?.listenerCount(event));
  expect(left).toEqual([0, 0, 0, 1]);
});

test("WS-5: an accepted socket of ws is paused while nobody reads", async () => {
  let accepted: WsWebSocket | undefined;
  const { url } = await serve((_, socket) => {
    accepted = socket;
  });
  const client = new WsWebSocket(url);
  cleanups.push(() => client.terminate());
  await once(client, "open");
  for (let message = 0; message < 64; message += 1) client.send(new Uint8Array(65_536));
  await expect.poll(() => accepted?.isPaused).toBe(true);
});
