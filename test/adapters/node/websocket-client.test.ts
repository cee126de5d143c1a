// The WebSocket's client against servers that share no code with it: the package ws in this process,
// Python's websockets in another one, and nginx between.
// Owns what only a real network shows: refused handshakes, half-open links, backpressure through TCP.
// The rules themselves are held on virtual time, in test/adapters/websocket/client.suite.ts.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createSystem, createSystemOn, type System } from "../../../platform/node/index.js";
import {
  SocketClosed,
  SubscriptionFull,
  type WebSocketHandle,
  type WebSocketOptions,
  webSocket,
} from "../../../src/adapters/websocket/index.js";
import { virtualPlatform } from "../../../src/testing/virtual-platform.js";
import { atRest, ownMs } from "../../peers/own-time.js";
import { type HttpPeer, startNginx, startWsPeer, type WsCount } from "../../peers/peers.js";

const START_MS = 60_000;
const BUSY = { timeout: 10_000, interval: 20 };
const QUICK = { minBackoffMs: 5, maxBackoffMs: 20 };

let system: System;
beforeEach(() => {
  system = createSystem();
});
afterEach(() => system.stop());

async function take(client: WebSocketHandle, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  for await (const message of client.messages()) if (messages.push(message) === count) break;
  return messages;
}

for (const [host, Constructor] of [
  ["the package ws", WebSocket],
  ["Node's own WebSocket", globalThis.WebSocket],
] as const) {
  // Node 20 has none of its own.
  if (Constructor === undefined) continue;

  describe(`webSocket over ${host} with a Python server`, () => {
    let peer: HttpPeer<Record<string, WsCount>>;
    beforeAll(async () => {
      peer = await startWsPeer();
    }, START_MS);
    afterAll(() => peer.stop());
    beforeEach(() => peer.reset());

    const start = (path: string, options: Partial<WebSocketOptions> = {}) =>
      system.start(webSocket, {
        url: peer.url(path),
        WebSocket: Constructor,
        ...QUICK,
        ...options,
      });
    const countOf = async (key: string) => (await peer.stats())[key];
    const statusOf = async (client: WebSocketHandle) => (await client.call.status()).status;

    test("WS-4 text and bytes go out in order, also those sent before the link was open", async () => {
      const client = await start("/echo");
      const messages = take(client, 3);
      const sent = [
        client.sendMessage("é"),
        client.sendMessage(new Uint8Array([1, 255])),
        client.sendMessage(new Uint8Array([2]).buffer),
      ];
      expect(await Promise.all(sent)).toEqual(["sent", "sent", "sent"]);
      const [text, view, buffer] = await messages;
      expect(text).toBe("é");
      expect([...new Uint8Array(view as ArrayBuffer)]).toEqual([1, 255]);
      expect([...new Uint8Array(buffer as ArrayBuffer)]).toEqual([2]);
      expect(client.send("habit")).toBe(true);
      await expect.poll(async () => (await countOf("/echo"))?.received, BUSY).toBe(4);
    });

    test("WS-1 URL and subprotocols are made for every attempt", async () => {
      let attempts = 0;
      const client = await start("/", {
        url: async () => {
          attempts++;
          return peer.url("/closes?codes=1012,1012");
        },
        protocols: async () => ["other", "sup"],
      });
      await expect.poll(() => statusOf(client), BUSY).toBe("open");
      await expect.poll(() => attempts, BUSY).toBe(3);
      await expect.poll(async () => (await client.call.status()).protocol, BUSY).toBe("sup");
    });

    test("WS-2 what each close code means", async () => {
      for (const code of [1001, 1005, 1006, 1012, 1014, 4999]) {
        await start(`/close/${code}`);
        const tried = async () => (await countOf(`/close/${code}`))?.opened;
        await expect.poll(tried, BUSY).toBeGreaterThan(1);
      }
      for (const code of [1008, 1011, 4401]) {
        const client = await start(`/close/${code}?reason=why`);
        const error = await take(client, 1).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(SocketClosed);
        expect(error).toMatchObject({ closeCode: code, reason: "why" });
        expect(await client.sendMessage("x").catch((thrown: unknown) => thrown)).toBe(error);
      }
      const ended = await start("/close/1000");
      expect(await take(ended, 1)).toEqual([]);
      expect(await statusOf(ended)).toBe("ended");
      await sleep(50);
      expect((await countOf("/close/1000"))?.opened).toBe(1);
    });

    test("WS-2 a refused handshake is tried again with a fresh token", async () => {
      let token = "old";
      const client = await start("/", {
        url: () => peer.url(`/auth?token=new&given=${token}`),
        refreshAuth: () => {
          token = "new";
        },
      });
      await expect.poll(() => statusOf(client), BUSY).toBe("open");
      expect(await client.sendMessage("in")).toBe("sent");
    });

    test("WS-4 what a socket refused is sent by the next one", async () => {
      const client = await start("/record?dropAfter=2");
      for (let index = 0; index < 6; index++) {
        await client.sendMessage(String(index));
        // What goes into a link that is cut already, and does not know it yet, is lost: so each
        // message waits for the one before, and for the cut that follows every second one.
        const recorded = async () => (await countOf("/record"))?.messages.length;
        await expect.poll(recorded, BUSY).toBe(index + 1);
        const losses = async () => (await client.call.status()).losses;
        await expect.poll(losses, BUSY).toBe(Math.floor((index + 1) / 2));
      }
      expect((await countOf("/record"))?.messages).toEqual(["0", "1", "2", "3", "4", "5"]);
    });

    test("WS-5 a peer that never reads holds the sender back, and stop still ends in time", async () => {
      const client = await start("/silent", {
        highWaterBytes: 1_000_000,
        closeTimeoutMs: 200,
        outbox: { maxCount: 100, policy: "block", maxBytes: 10_000_000 },
      });
      const block = new Uint8Array(100_000);
      let sent = 0;
      const all = Array.from({ length: 300 }, () =>
        client.sendMessage(block).then(
          () => sent++,
          () => {},
        ),
      );
      await expect.poll(() => sent, BUSY).toBeGreaterThan(5);
      const before = await atRest(() => sent);
      expect(before).toBeLessThan(300);
      expect(await ownMs(() => client.stop())).toBeLessThan(2_000);
      await Promise.all(all);
      expect(sent).toBe(before);
    });

    test("WS-6 a link that fell silent is given up, and the next one is used", async () => {
      const client = await start("/mute?after=1", {
        heartbeat: { everyMs: 60, timeoutMs: 60 },
      });
      await expect.poll(async () => (await countOf("/mute"))?.opened, BUSY).toBeGreaterThan(2);
      expect((await client.call.status()).losses).toBeGreaterThan(0);
    });

    test("WS-6 an answered heartbeat keeps the link, and is no message", async () => {
      // By a clock that the answers move: how long they take to come is the machine's affair.
      const { platform, clock } = virtualPlatform();
      await using timeless = createSystemOn(platform);
      let answers = 0;
      class Watched extends (Constructor as typeof globalThis.WebSocket) {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, protocols);
          this.addEventListener("message", () => answers++);
        }
      }
      const client = await timeless.start(webSocket, {
        url: peer.url("/heartbeat"),
        WebSocket: Watched,
        heartbeat: { everyMs: 50, timeoutMs: 60 },
        ...QUICK,
      });
      const messages = client.messages();
      await expect.poll(() => statusOf(client), BUSY).toBe("open");
      for (let beat = 1; beat <= 6; beat++) {
        await clock.advance(50);
        await expect.poll(() => answers, BUSY).toBe(beat);
      }
      expect((await countOf("/heartbeat"))?.received).toBe(6);
      await client.sendMessage("x");
      expect(await messages.next()).toEqual({ done: false, value: "x" });
      expect((await client.call.status()).losses).toBe(0);
      expect((await client.call.status()).received).toBe(1);
    });

    test("WS-1 a handshake that is never answered ends at the connect timeout", async () => {
      const client = await start("/hang", { connectTimeoutMs: 100 });
      await expect.poll(async () => (await countOf("/hang"))?.handshakes, BUSY).toBeGreaterThan(1);
      expect((await client.call.status()).error ?? "").toMatch(/within 100 ms|^$/);
    });

    test("a flood arrives whole and in order, and a slow consumer is told", async () => {
      const client = await start("/flood/20000?bytes=100");
      const slow = client.messages({ max: 10 });
      const messages: unknown[] = [];
      for await (const message of client.messages({ max: 20_000 })) {
        if (messages.push(message) === 20_000) break;
      }
      expect(messages.map((message) => Number.parseInt(String(message), 10))).toEqual(
        Array.from({ length: 20_000 }, (_, index) => index),
      );
      let taken = 0;
      const reading = (async () => {
        for await (const _ of slow) taken++;
      })();
      await expect(reading).rejects.toBeInstanceOf(SubscriptionFull);
      expect(taken).toBe(10);
    });

    test("stop leaves no connection at the peer", async () => {
      const client = await start("/echo");
      await client.sendMessage("x");
      await expect.poll(async () => (await countOf("/echo"))?.open, BUSY).toBe(1);
      await client.stop();
      await expect.poll(async () => (await countOf("/echo"))?.open, BUSY).toBe(0);
      expect((await countOf("/echo"))?.closes).toEqual([[1000, ""]]);
    });

    test("through a proxy that cuts idle connections it comes back", async () => {
      await using nginx = await startNginx({ upstreamSse: 1, upstreamWs: peer.port, idleMs: 200 });
      const client = await start("/", { url: nginx.wsUrl("/echo") });
      await expect.poll(async () => (await countOf("/echo"))?.opened, BUSY).toBeGreaterThan(2);
      expect((await client.call.status()).losses).toBeGreaterThan(0);
      await client.stop();
    });
  });
}

describe("webSocket with the package ws on both sides", () => {
  let server: WebSocketServer;
  let url: string;
  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await new Promise((resolve) => server.once("listening", resolve));
    url = `ws://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterEach(() => {
    for (const socket of server.clients) socket.terminate();
    return new Promise((resolve) => server.close(resolve));
  });

  test("WS-2 a 401 that stays is final, and the error says so", async () => {
    server.options.verifyClient = (_info, done) => done(false, 401);
    const client = await system.start(webSocket, { url, WebSocket, ...QUICK });
    const error = await take(client, 1).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "handshake-failed", status: 401 });
  });

  test("a message that comes with the opening is not lost", async () => {
    server.on("connection", (socket) => socket.send("first"));
    const seen: unknown[] = [];
    const onMessage = (message: unknown) => void seen.push(message);
    await system.start(webSocket, { url, WebSocket, onMessage, ...QUICK });
    await expect.poll(() => seen, BUSY).toEqual(["first"]);
  });

  test("WS-5 an onMessage that takes its time pauses the socket", async () => {
    const total = 600;
    let sentAll = false;
    server.on("connection", async (socket) => {
      const block = "x".repeat(50_000);
      for (let index = 0; index < total; index++) {
        await new Promise((resolve) => socket.send(`${index} ${block}`, resolve));
      }
      sentAll = true;
    });
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const seen: number[] = [];
    const client = await system.start(webSocket, {
      url,
      WebSocket,
      ...QUICK,
      onMessage: async (message) => {
        await gate;
        seen.push(Number.parseInt(String(message), 10));
      },
    });
    await expect.poll(async () => (await client.call.status()).received, BUSY).toBeGreaterThan(0);
    const received = async () => (await client.call.status()).received;
    expect(await atRest(received)).toBeLessThan(total);
    expect(sentAll).toBe(false);
    open();
    await expect.poll(() => seen.length, BUSY).toBe(total);
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index));
  });
});
