// The clients of event streams and WebSockets in a real page: a real fetch with its CORS and aborts,
// a real WebSocket with its hidden errors, against servers that share no code with them.
// Owns what only a browser shows. The rules themselves are held on virtual time, in every host.
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { createSystem, type System } from "../../platform/browser/index.js";
import { eventSource, SseRefused } from "../../src/adapters/sse/index.js";
import { SocketClosed, webSocket } from "../../src/adapters/websocket/index.js";
import { atRest, ownMs } from "../peers/own-time.js";
import type { SseCount, WsCount } from "../peers/peers.js";

const SSE = `http://127.0.0.1:${inject("ssePort")}`;
const WS = `ws://127.0.0.1:${inject("wsPort")}`;
const QUICK = { minBackoffMs: 5, maxBackoffMs: 20 };
const BUSY = { timeout: 10_000, interval: 20 };

let system: System;
let run = 0;
let key = "";
beforeEach(() => {
  system = createSystem();
  key = `page-${run++}-${Math.random()}`;
});
afterEach(() => system.stop());

async function sseCount(): Promise<SseCount | undefined> {
  const stats = await (await fetch(`${SSE}/stats`)).json();
  return stats.counts[key];
}
async function wsCount(): Promise<WsCount | undefined> {
  return (await (await fetch(`${WS.replace("ws", "http")}/stats`)).json())[key];
}

describe("eventSource in a page", () => {
  const start = (path: string, more: object = {}) =>
    system.start(eventSource, { url: `${SSE}${path}key=${key}`, ...QUICK, ...more });

  for (const cut of ["event", "reset"]) {
    test(`SSE-2 SSE-4 it resumes across origins with Last-Event-ID (cut=${cut})`, async () => {
      const client = await start(`/drop?cut=${cut}&`);
      const ids: string[] = [];
      const asked: string[] = [];
      for await (const { data, lastEventId } of client.events()) {
        // The data is the Last-Event-ID that came: a reset may swallow an event, never skip one.
        asked.push(data);
        if (ids.push(lastEventId) === 3) break;
      }
      expect(asked).toEqual(["-", ...ids.slice(0, 2)]);
    });
  }

  test("SSE-3 a 404 is final, and the error tells its status", async () => {
    const client = await start("/status?code=404&");
    const error = await client
      .events()
      .next()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SseRefused);
    expect(error).toMatchObject({ status: 404 });
  });

  test("SSE-4 headers of one's own are sent for every attempt", async () => {
    const client = await start("/auth?token=t&", {
      headers: async () => ({ authorization: "Bearer t" }),
    });
    expect((await client.events().next()).value?.data).toBe("welcome");
  });

  test("SSE-5 a stall is aborted at the server too, and stop leaves no request there", async () => {
    const client = await start("/stall?events=1&", { stallMs: 100 });
    await expect.poll(async () => (await sseCount())?.aborted, BUSY).toBeGreaterThan(1);
    await client.stop();
    await expect.poll(async () => (await sseCount())?.open, BUSY).toBe(0);
  });

  test("SSE-6 coming online wakes a client that waits", async () => {
    const times = { minBackoffMs: 600_000, maxBackoffMs: 600_000 };
    const client = await start("/drop?", times);
    await expect.poll(async () => (await client.call.status()).status, BUSY).toBe("waiting");
    dispatchEvent(new Event("online"));
    await expect.poll(async () => (await sseCount())?.requests, BUSY).toBe(2);
  });

  test("SSE-7 a consumer that stands still holds the server back", async () => {
    const client = await start("/flood?count=100000&bytes=1000&");
    const events = client.events({ max: 10 });
    await events.next();
    const sent = async () => (await sseCount())?.bytes ?? 0;
    expect(await atRest(sent)).toBeLessThan(90_000_000);
    let count = 1;
    for await (const { lastEventId } of events) {
      expect(lastEventId).toBe(String(++count));
      if (count === 5_000) break;
    }
  });
});

describe("webSocket in a page", () => {
  const start = (path: string, more: object = {}) =>
    system.start(webSocket, { url: `${WS}${path}key=${key}`, ...QUICK, ...more });

  test("WS-4 text and bytes go out in order, also those sent before the link was open", async () => {
    const client = await start("/echo?");
    const messages = client.messages();
    void client.sendMessage("é");
    void client.sendMessage(new Uint8Array([1, 255]));
    void client.sendMessage(new Blob(["blob"]));
    expect((await messages.next()).value).toBe("é");
    const bytes = [(await messages.next()).value, (await messages.next()).value];
    expect(bytes.map((buffer) => [...new Uint8Array(buffer as ArrayBuffer)])).toEqual([
      [1, 255],
      [...new TextEncoder().encode("blob")],
    ]);
  });

  test("WS-2 a cut connects again, 4401 is final", async () => {
    const url = `ws://127.0.0.1:${inject("closesPort")}/?codes=1006,1012,4401&key=${key}`;
    const client = await start("/", { url });
    const error = await client
      .messages()
      .next()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SocketClosed);
    expect(error).toMatchObject({ closeCode: 4401 });
    expect((await client.call.status()).losses).toBe(3);
  });

  test("WS-2 a refused handshake, whose 401 no page sees, gets a fresh token after three", async () => {
    let token = "old";
    const client = await start("/auth?", {
      url: () => `${WS}/auth?token=new&given=${token}&key=${key}`,
      refreshAuth: () => {
        token = "new";
      },
    });
    expect(await client.sendMessage("in")).toBe("sent");
    expect((await client.call.status()).status).toBe("open");
  });

  test("WS-5 a peer that never reads holds the sender back, and stop still ends in time", async () => {
    const client = await start("/silent?", {
      highWaterBytes: 1_000_000,
      closeTimeoutMs: 200,
      outbox: { policy: "block" },
    });
    let sent = 0;
    for (let index = 0; index < 300; index++) {
      client.sendMessage(new Uint8Array(100_000)).then(
        () => sent++,
        () => {},
      );
    }
    await expect.poll(() => sent, BUSY).toBeGreaterThan(5);
    expect(await atRest(() => sent)).toBeLessThan(300);
    expect(await ownMs(() => client.stop())).toBeLessThan(2_000);
  });

  test("WS-6 a link that fell silent is given up, and the next one is used", async () => {
    const client = await start("/mute?after=1&", { heartbeat: { everyMs: 60 } });
    await expect.poll(async () => (await wsCount())?.opened, BUSY).toBeGreaterThan(2);
    expect((await client.call.status()).losses).toBeGreaterThan(0);
  });

  test("stop leaves no connection at the peer", async () => {
    const client = await start("/echo?");
    await client.sendMessage("x");
    await expect.poll(async () => (await wsCount())?.open, BUSY).toBe(1);
    await client.stop();
    await expect.poll(async () => (await wsCount())?.open, BUSY).toBe(0);
    expect((await wsCount())?.closes).toEqual([[1000, ""]]);
  });
});
