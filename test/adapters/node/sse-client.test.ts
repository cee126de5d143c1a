// The event stream's client against a server that shares no code with it, and through a proxy that
// cuts idle connections.
// Owns what only a real network shows: resets, aborts seen by the peer, backpressure through TCP.
// The rules themselves are held on virtual time, in test/adapters/sse/client.suite.ts.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createSystem, createSystemOn, type System } from "../../../platform/node/index.js";
import {
  type EventSourceOptions,
  eventSource,
  type ServerSentEvent,
  SseRefused,
} from "../../../src/adapters/sse/index.js";
import { virtualPlatform } from "../../../src/testing/virtual-platform.js";
import { type HttpPeer, type SseStats, startNginx, startSsePeer } from "../../peers/peers.js";

const START_MS = 60_000;
const BUSY = { timeout: 10_000, interval: 20 };
const QUICK = { minBackoffMs: 5, maxBackoffMs: 20 };

describe("eventSource with a real server", () => {
  let peer: HttpPeer<SseStats>;
  let system: System;
  beforeAll(async () => {
    peer = await startSsePeer();
  }, START_MS);
  afterAll(() => peer.stop());
  beforeEach(async () => {
    await peer.reset();
    system = createSystem();
  });
  afterEach(() => system.stop());

  const start = (path: string, options: Partial<EventSourceOptions> = {}) =>
    system.start(eventSource, { url: peer.url(path), ...QUICK, ...options });
  const countOf = async (key: string) => (await peer.stats()).counts[key];

  /** The first events of a client. */
  async function take(
    client: Awaited<ReturnType<typeof start>>,
    count: number,
  ): Promise<ServerSentEvent[]> {
    const events: ServerSentEvent[] = [];
    for await (const event of client.events()) if (events.push(event) === count) break;
    return events;
  }

  for (const cut of ["event", "reset"]) {
    test(`SSE-2 SSE-3 it resumes after the last event (cut=${cut})`, async () => {
      const client = await start(`/drop?cut=${cut}`);
      const events = await take(client, 3);
      // The data is the Last-Event-ID that came: a reset may swallow an event, never skip one.
      const ids = events.map(({ lastEventId }) => lastEventId);
      expect(events.map(({ data }) => data)).toEqual(["-", ...ids.slice(0, 2)]);
    });
  }

  test("SSE-2 an event that was cut in its middle is asked for again", async () => {
    const client = await start("/drop?cut=line");
    await expect.poll(async () => (await countOf("/drop"))?.requests, BUSY).toBeGreaterThan(2);
    const asked = (await countOf("/drop"))?.latest.map(({ lastEventId }) => lastEventId);
    expect(new Set(asked)).toEqual(new Set([null]));
    expect((await client.call.status()).events).toBe(0);
  });

  test("SSE-3 503 is tried again, 404 is final and ends the subscriptions", async () => {
    const busy = await start("/status?code=503&times=2&key=busy");
    expect(await take(busy, 1)).toMatchObject([{ data: "recovered" }]);
    expect((await countOf("busy"))?.requests).toBeGreaterThanOrEqual(3);
    const client = await start("/status?code=404&key=gone");
    const error = await take(client, 1).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SseRefused);
    expect((await client.call.status()).status).toBe("failed");
    // The client before goes on asking, as it should: each is counted by its own key.
    expect((await countOf("gone"))?.requests).toBe(1);
  });

  test("SSE-3 204 ends the subscriptions, and nothing asks again", async () => {
    const client = await start("/status?code=204");
    expect(await take(client, 1)).toEqual([]);
    await sleep(60);
    expect((await countOf("/status"))?.requests).toBe(1);
    expect((await client.call.status()).status).toBe("ended");
  });

  test("SSE-3 a 401 gets one refresh of the credentials", async () => {
    let token = "old";
    const headers = async () => ({ authorization: `Bearer ${token}` });
    const refreshAuth = () => {
      token = "new";
    };
    const client = await start("/auth?token=new", { headers, refreshAuth });
    expect(await take(client, 1)).toMatchObject([{ data: "welcome" }]);
    const refused = await start("/auth?token=other", { headers, refreshAuth });
    expect(await take(refused, 1).catch((error: unknown) => error)).toBeInstanceOf(SseRefused);
    expect((await countOf("/auth"))?.requests).toBe(4);
  });

  test("SSE-4 a POST carries its body, and is not repeated when its stream has ended", async () => {
    const options = { method: "POST", body: "question", headers: { "content-type": "text/plain" } };
    const client = await start("/post", options);
    const [event] = await take(client, 1);
    expect(JSON.parse(event?.data ?? "")).toMatchObject({ method: "POST", body: "question" });
    await expect.poll(async () => (await client.call.status()).status, BUSY).toBe("ended");
    await sleep(60);
    expect((await countOf("/post"))?.requests).toBe(1);
  });

  test("SSE-5 a stream that stalls is given up at the peer too, and opened again", async () => {
    const client = await start("/stall?events=1", { stallMs: 100 });
    await expect.poll(async () => (await countOf("/stall"))?.requests, BUSY).toBeGreaterThan(2);
    await expect.poll(async () => (await countOf("/stall"))?.aborted, BUSY).toBeGreaterThan(1);
    // The next one may be there before the peer has looked after the last one.
    await expect.poll(async () => (await countOf("/stall"))?.open, BUSY).toBeLessThanOrEqual(1);
    expect((await client.call.status()).error ?? "").toMatch(/no byte came for 100 ms|^$/);
  });

  test("SSE-5 comments are a sign of life", async () => {
    // By a clock that the comments move: how long they take to come is the machine's affair.
    const { platform, clock } = virtualPlatform();
    await using timeless = createSystemOn(platform);
    let reads = 0;
    const client = await timeless.start(eventSource, {
      url: peer.url("/heartbeat?everyMs=20&count=100000"),
      stallMs: 1_000,
      ...QUICK,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        const source = response.body?.getReader();
        const body = new ReadableStream<Uint8Array>(
          {
            async pull(to) {
              reads++;
              const { value } = (await source?.read()) ?? {};
              if (value !== undefined) to.enqueue(value);
            },
          },
          { highWaterMark: 0 },
        );
        return new Response(body, response);
      },
    });
    for (let heard = 1; heard <= 5; heard++) {
      // Who reads on has taken what came before: so one was heard since time moved.
      const before = reads;
      await expect.poll(() => reads, BUSY).toBeGreaterThan(before + 1);
      await clock.advance(600);
    }
    expect(await client.call.status()).toMatchObject({ status: "open", events: 0, losses: 0 });
    expect((await countOf("/heartbeat"))?.requests).toBe(1);
  });

  test("SSE-5 stop leaves no request at the peer", async () => {
    const streaming = await start("/ticks");
    await take(streaming, 2);
    const silent = await start("/silent");
    await expect.poll(async () => (await countOf("/silent"))?.open, BUSY).toBe(1);
    await Promise.all([streaming.stop(), silent.stop()]);
    for (const key of ["/ticks", "/silent"]) {
      await expect.poll(async () => (await countOf(key))?.open, BUSY).toBe(0);
    }
    const { requests } = (await countOf("/silent")) ?? {};
    await sleep(60);
    expect((await countOf("/silent"))?.requests).toBe(requests);
  });

  test("SSE-6 a server that is not there is tried until it is", async () => {
    const client = await system.start(eventSource, { url: "http://127.0.0.1:1/", ...QUICK });
    await expect.poll(async () => (await client.call.status()).attempts, BUSY).toBeGreaterThan(3);
    const { status, error } = await client.call.status();
    expect(["connecting", "waiting"]).toContain(status);
    expect(error).toContain("Cannot reach the event stream http://127.0.0.1:1/");
  });

  test("SSE-7 a consumer that stands still holds the server back", async () => {
    const client = await start("/flood?count=100000&bytes=1000");
    const events = client.events({ max: 10 });
    await events.next();
    const sent = async () => (await countOf("/flood"))?.bytes ?? 0;
    let [before, after] = [-1, 0];
    while (before !== after) {
      [before, after] = [after, await sent()];
      await sleep(150);
    }
    expect(after).toBeLessThan(50_000_000);
    expect(events.size).toBe(10);
    let count = 1;
    for await (const { lastEventId } of events) {
      expect(lastEventId).toBe(String(++count));
      if (count === 20_000) break;
    }
    await client.stop();
    await expect.poll(async () => (await countOf("/flood"))?.open, BUSY).toBe(0);
  });

  test("SSE-3 through a proxy that cuts idle connections it comes back, and resumes", async () => {
    await using nginx = await startNginx({ upstreamSse: peer.port, upstreamWs: 1, idleMs: 200 });
    const url = nginx.sseUrl("/stall?events=1");
    let events = 0;
    const asked: [lastEventId: string | null, hasOne: boolean][] = [];
    const client = await system.start(eventSource, {
      url,
      ...QUICK,
      onEvent: () => void events++,
      fetch: (to, init) => {
        asked.push([new Headers(init.headers).get("last-event-id"), events > 0]);
        return fetch(to, init);
      },
    });
    const resumed = async () =>
      (await countOf("/stall"))?.latest.filter(({ lastEventId }) => lastEventId === "1").length;
    await expect.poll(resumed, BUSY).toBeGreaterThan(1);
    await expect.poll(async () => (await client.call.status()).losses, BUSY).toBeGreaterThan(1);
    // The proxy answers 504 for a server that stands still: then the first event is still to come.
    expect(asked.map(([id]) => id)).toEqual(asked.map(([, hasOne]) => (hasOne ? "1" : null)));
    await client.stop();
  });
});
