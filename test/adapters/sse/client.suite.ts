// What the client of event streams promises, on virtual time, with a fetch that the test answers.
// Owns SSE-2 to SSE-7 as far as a client goes. The parser and the classification have suites of
// their own; subscriptions in general are in test/adapters/subscription.suite.ts.

import {
  type EventSourceHandle,
  type EventSourceOptions,
  EventTooLarge,
  eventSource,
  SseRefused,
} from "../../../src/adapters/sse/index.js";
import { StartFailed, supervisor } from "../../../src/index.js";
import { type FakeFetch, fakeFetch } from "../../../src/testing/fake-fetch.js";
import { testSystem } from "../../../src/testing/test-system.js";
import { defineSuite } from "../../harness/suite.js";
import { seededRandom } from "../seeded-random.js";

const URL_ = "https://stream.example/events";

/** A client whose requests the test answers, and what its events were. */
async function start(options: Partial<EventSourceOptions> = {}) {
  const net = fakeFetch();
  const { system, clock } = testSystem();
  const events: string[] = [];
  const client = await system.start(eventSource, {
    url: URL_,
    fetch: net.fetch,
    onEvent: ({ data, lastEventId }) => void events.push(`${data}/${lastEventId}`),
    ...options,
  });
  await clock.settle();
  const status = () => client.call.status();
  return { net, system, clock, client, events, status };
}

/** The virtual milliseconds until the next request, in steps of 10. */
async function untilRequest(net: FakeFetch, clock: { advance(ms: number): Promise<void> }) {
  const before = net.requests.length;
  for (let ms = 0; ms <= 400_000; ms += 10) {
    if (net.requests.length > before) return ms;
    await clock.advance(10);
  }
  return Number.POSITIVE_INFINITY;
}

/** Stops everything, and says what is left: it must be nothing. */
async function leftovers({ system, clock, net }: Awaited<ReturnType<typeof start>>) {
  await system.stop();
  await clock.settle();
  return { timers: clock.timers, requests: net.open, reported: clock.reported };
}
const NOTHING = { timers: 0, requests: 0, reported: [] };

export const suite = defineSuite("event source client", ({ describe, test, expect }) => {
  describe("events", () => {
    test("SSE-1 events come typed and in order, over chunks cut anywhere", async () => {
      const world = await start({ onEvent: undefined });
      const events = world.client.events();
      const body = world.net.last.open();
      for (const chunk of ["event: price\nda", "ta: 1\nid: a\n", "\ndata: 2\n\n"])
        body.write(chunk);
      expect(await events.next()).toEqual({
        done: false,
        value: { type: "price", data: "1", lastEventId: "a" },
      });
      expect((await events.next()).value).toEqual({ type: "message", data: "2", lastEventId: "a" });
      expect(await world.status()).toMatchObject({ status: "open", events: 2, lastEventId: "a" });
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-1 an event larger than maxEventBytes is final, behind those before it", async () => {
      const world = await start({ maxEventBytes: 20 });
      const events = world.client.events();
      world.net.last.open().write(`id: 1\ndata: a\n\ndata: ${"x".repeat(30)}\n\n`);
      expect((await events.next()).value?.data).toBe("a");
      await expect(events.next()).rejects.toBeInstanceOf(EventTooLarge);
      expect(await events.next()).toEqual({ done: true, value: undefined });
      expect(await world.status()).toMatchObject({
        status: "failed",
        lastEventId: "1",
        events: 1,
        oversized: 1,
      });
      expect(world.net.last.aborted).toBe(true);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-7 the next read waits for an asynchronous onEvent", async () => {
      let release = () => {};
      const seen: string[] = [];
      const world = await start({
        onEvent: async ({ data }) => {
          seen.push(data);
          await new Promise<void>((resolve) => (release = resolve));
        },
      });
      const body = world.net.last.open();
      body.write("data: 1\n\ndata: 2\n\n");
      body.write("data: 3\n\n");
      await world.clock.settle();
      expect(seen).toEqual(["1"]);
      expect([body.unread, body.wanted]).toEqual([1, false]);
      release();
      await world.clock.settle();
      expect(seen).toEqual(["1", "2"]);
      expect(body.unread).toBe(1);
      release();
      await world.clock.settle();
      expect(seen).toEqual(["1", "2", "3"]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-7 a full subscription holds the stream, and its consumer lets it go on", async () => {
      const world = await start();
      const events = world.client.events({ max: 2 });
      const body = world.net.last.open();
      for (let index = 1; index <= 6; index++) body.write(`data: ${index}\n\n`);
      await world.clock.settle();
      expect([events.size, body.unread, body.wanted]).toEqual([2, 3, false]);
      const seen: (string | undefined)[] = [];
      for (let index = 1; index <= 6; index++) seen.push((await events.next()).value?.data);
      expect(seen).toEqual(["1", "2", "3", "4", "5", "6"]);
      expect(body.wanted).toBe(true);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("events that wait when the stream is lost come before those of the next one", async () => {
      const world = await start();
      const events = world.client.events({ max: 1 });
      const body = world.net.last.open();
      body.write("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\n");
      body.cut();
      await world.clock.settle();
      world.client.cast.reconnect();
      await world.clock.settle();
      expect(world.net.last.headers.get("last-event-id")).toBe("3");
      world.net.last.open().write("id: 4\ndata: 4\n\n");
      const seen: (string | undefined)[] = [];
      for (let index = 1; index <= 4; index++) seen.push((await events.next()).value?.data);
      expect(seen).toEqual(["1", "2", "3", "4"]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("a throw in onEvent crashes the client, and its supervisor restarts it", async () => {
      const net = fakeFetch();
      const { system, clock } = testSystem();
      const App = supervisor({
        children: (child) => ({
          stream: child(eventSource, [
            {
              url: URL_,
              fetch: net.fetch,
              lastEventId: "first",
              onEvent: ({ data }) => {
                if (data === "bad") throw new Error("a bug");
              },
            },
          ]),
        }),
      });
      const stream = (await system.start(App)).child.stream as EventSourceHandle;
      const events = stream.events();
      await clock.settle();
      net.last.open().write("data: bad\n\n");
      await clock.settle();
      expect(net.requests.map(({ isOpen }) => isOpen)).toEqual([false, true]);
      expect(net.last.headers.get("last-event-id")).toBe("first");
      net.last.open().write("data: good\n\n");
      expect((await events.next()).value?.data).toBe("bad");
      expect((await events.next()).value?.data).toBe("good");
      const rest = events.next();
      await system.stop();
      expect(await rest).toEqual({ done: true, value: undefined });
      expect([clock.timers, net.open]).toEqual([0, 0]);
    });
  });

  describe("coming back", () => {
    test("SSE-2 the next request carries the id of the last whole event", async () => {
      const world = await start();
      expect(world.net.last.headers.has("last-event-id")).toBe(false);
      const body = world.net.last.open();
      body.write("id: 7\ndata: a\n\nid: 8\ndata: cut");
      body.end();
      await untilRequest(world.net, world.clock);
      expect(world.net.last.headers.get("last-event-id")).toBe("7");
      expect(world.events).toEqual(["a/7"]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-2 an id counts without data, and a bare one resets it", async () => {
      const world = await start({ lastEventId: "é" });
      expect(world.net.last.headers.get("last-event-id")).toBe("\u00c3\u00a9");
      world.net.last.open().write("id: 9\n\n");
      await world.clock.settle();
      expect((await world.status()).lastEventId).toBe("9");
      world.client.cast.reconnect();
      await world.clock.settle();
      expect(world.net.last.headers.get("last-event-id")).toBe("9");
      world.net.last.open().write("id\n\n");
      await world.clock.settle();
      world.client.cast.reconnect();
      await world.clock.settle();
      expect(world.net.last.headers.has("last-event-id")).toBe(false);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-2 over cuts at any byte every event comes once and in order", async () => {
      const count = 40;
      const stream = (after: number) =>
        Array.from({ length: count - after }, (_, index) => {
          const id = after + index + 1;
          return `id: ${id}\r\n: comment\r\ndata: ${"x".repeat(id % 7)}${id}\r\n\r\n`;
        }).join("");
      for (let seed = 1; seed <= 20; seed++) {
        const random = seededRandom(seed);
        const world = await start({ onEvent: undefined });
        const seen: number[] = [];
        const events = world.client.events({ max: 3 });
        const reading = (async () => {
          for await (const { lastEventId, data } of events) {
            expect(data).toBe("x".repeat(Number(lastEventId) % 7) + lastEventId);
            if (seen.push(Number(lastEventId)) === count) break;
            if (random() < 0.3) await undefined;
          }
        })();
        for (let round = 0; round < 200 && seen.length < count; round++) {
          const { headers, isOpen } = world.net.last;
          if (isOpen) {
            const body = world.net.last.open();
            const text = stream(Number(headers.get("last-event-id") ?? "0"));
            const cutAt = Math.min(text.length, Math.floor(random() * (text.length + 8)));
            for (let at = 0; at < cutAt; ) {
              const end = Math.min(cutAt, at + 1 + Math.floor(random() * 30));
              body.write(text.slice(at, end));
              at = end;
            }
            if (random() < 0.5) body.cut();
            else body.end();
          }
          await world.clock.advance(1_000);
        }
        await reading;
        expect(seen).toEqual(Array.from({ length: count }, (_, index) => index + 1));
        expect(world.net.requests.length).toBeGreaterThan(1);
        expect(await leftovers(world)).toEqual(NOTHING);
      }
    });

    test("SSE-3 a clean end, a cut and a network that fails all lead to another attempt", async () => {
      const world = await start();
      world.net.last.open().end();
      expect(await untilRequest(world.net, world.clock)).toBeLessThanOrEqual(510);
      world.net.last.open().cut();
      await world.clock.settle();
      expect(await world.status()).toMatchObject({
        status: "waiting",
        losses: 2,
        error: `Cannot read on from the event stream ${URL_}: terminated`,
      });
      await untilRequest(world.net, world.clock);
      world.net.last.fail(new Error("connect ECONNREFUSED"));
      await world.clock.settle();
      expect((await world.status()).error).toBe(
        `Cannot reach the event stream ${URL_}: fetch failed (connect ECONNREFUSED)`,
      );
      await untilRequest(world.net, world.clock);
      expect(world.net.requests).toHaveLength(4);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-3 204 ends: subscriptions are done, nothing is asked again but by reconnect", async () => {
      const world = await start();
      const events = world.client.events();
      world.net.last.reply(204);
      expect(await events.next()).toEqual({ done: true, value: undefined });
      await world.clock.advance(600_000);
      expect(world.net.requests).toHaveLength(1);
      expect(await world.status()).toMatchObject({ status: "ended", error: undefined });
      expect(await world.client.events().next()).toEqual({ done: true, value: undefined });
      world.client.cast.reconnect();
      await world.clock.settle();
      const again = world.client.events();
      world.net.last.open().write("data: back\n\n");
      expect((await again.next()).value?.data).toBe("back");
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    for (const [status, headers] of [
      [404, {}],
      [200, { "content-type": "text/html" }],
    ] as const) {
      test(`SSE-3 status ${status} without an event stream is final`, async () => {
        const world = await start();
        const events = world.client.events();
        world.net.last.reply(status, headers);
        await expect(events.next()).rejects.toBeInstanceOf(SseRefused);
        await world.clock.advance(600_000);
        expect(world.net.requests).toHaveLength(1);
        expect((await world.status()).status).toBe("failed");
        await expect(world.client.events().next()).rejects.toMatchObject({ status });
        expect(await leftovers(world)).toEqual(NOTHING);
      });
    }

    test("SSE-3 Retry-After is waited for, and no wake-up cuts it short", async () => {
      const world = await start();
      world.net.last.reply(503, { "retry-after": "60" });
      await world.clock.settle();
      world.clock.wake();
      await world.clock.advance(59_990);
      expect(world.net.requests).toHaveLength(1);
      expect(await world.status()).toMatchObject({ status: "waiting" });
      expect(await untilRequest(world.net, world.clock)).toBeLessThanOrEqual(1_000);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-3 classify can be replaced", async () => {
      const world = await start({ classify: () => ({ action: "retry", afterMs: 5_000 }) });
      world.net.last.reply(404);
      expect(await untilRequest(world.net, world.clock)).toBeGreaterThanOrEqual(5_000);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-3 a 401 gets one refresh, at once; the second in a row is final", async () => {
      let refreshes = 0;
      const world = await start({
        headers: () => ({ authorization: `token ${refreshes}` }),
        refreshAuth: async () => void refreshes++,
      });
      world.net.last.reply(401);
      await world.clock.settle();
      expect(world.net.last.headers.get("authorization")).toBe("token 1");
      const body = world.net.last.open();
      body.end();
      await untilRequest(world.net, world.clock);
      world.net.last.reply(403);
      await world.clock.settle();
      expect([world.net.requests.length, refreshes]).toEqual([4, 2]);
      world.net.last.reply(401);
      await world.clock.settle();
      expect(await world.status()).toMatchObject({ status: "failed" });
      expect([world.net.requests.length, refreshes]).toEqual([4, 2]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-3 without fresh credentials to be had, a 401 is final at once", async () => {
      const world = await start();
      world.net.last.reply(401);
      await world.clock.advance(60_000);
      expect([world.net.requests.length, (await world.status()).status]).toEqual([1, "failed"]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-3 a refresh that fails is tried again: it may have needed the same network", async () => {
      let refreshes = 0;
      const world = await start({
        refreshAuth: async () => {
          if (++refreshes === 1) throw new Error("no network");
        },
      });
      world.net.last.reply(401);
      await world.clock.settle();
      expect(await world.status()).toMatchObject({ status: "waiting", error: "no network" });
      await untilRequest(world.net, world.clock);
      world.net.last.reply(401);
      await world.clock.settle();
      world.net.last.open().write("data: in\n\n");
      await world.clock.settle();
      expect([refreshes, world.events]).toEqual([2, ["in/"]]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });
  });

  describe("requests", () => {
    test("SSE-4 url, headers and body are made for every attempt", async () => {
      let attempt = 0;
      const world = await start({
        url: async () => `${URL_}?attempt=${++attempt}`,
        headers: async () => ({ authorization: `token ${attempt}` }),
        method: "POST",
        body: () => `body ${attempt}`,
        credentials: "include",
        repeat: true,
      });
      world.net.last.open().end();
      await untilRequest(world.net, world.clock);
      const { url, method, headers, init } = world.net.last;
      expect([url, method, headers.get("authorization"), init.body, init.credentials]).toEqual([
        `${URL_}?attempt=2`,
        "POST",
        "token 2",
        "body 2",
        "include",
      ]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-4 no header is set by hand that needs a preflight but Last-Event-ID", async () => {
      const world = await start({ lastEventId: "5" });
      const { headers, init } = world.net.last;
      expect([...headers.keys()].sort()).toEqual(["accept", "last-event-id"]);
      expect(headers.get("accept")).toBe("text/event-stream");
      expect(init.cache).toBe("no-store");
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-4 a POST is not repeated after its stream, nor after a cut, unless told to", async () => {
      for (const way of ["end", "cut"] as const) {
        const world = await start({ method: "POST", body: "x" });
        world.net.last.open()[way]();
        await world.clock.advance(60_000);
        expect(world.net.requests).toHaveLength(1);
        expect((await world.status()).status).toBe(way === "end" ? "ended" : "failed");
        expect(await leftovers(world)).toEqual(NOTHING);
      }
    });

    test("SSE-4 a POST whose token could not be had was never sent, so it is tried again", async () => {
      let attempt = 0;
      const world = await start({
        method: "POST",
        headers: async () => {
          if (++attempt === 1) throw new Error("no token yet");
          return {};
        },
      });
      await untilRequest(world.net, world.clock);
      expect(world.net.requests).toHaveLength(1);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("a function that fails is an attempt that fails", async () => {
      let attempt = 0;
      const world = await start({
        url: async () => {
          if (++attempt === 1) throw new Error("no token yet");
          return URL_;
        },
      });
      expect(await world.status()).toMatchObject({ status: "waiting", error: "no token yet" });
      await untilRequest(world.net, world.clock);
      expect(world.net.requests).toHaveLength(1);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("wrong options fail the start, and say what is right", async () => {
      for (const [options, kind] of [
        [{ url: "" }, TypeError],
        [{ url: URL_, fetch: 1 }, TypeError],
        [{ url: URL_, stallMs: 0 }, RangeError],
        [{ url: URL_, maxEventBytes: -1 }, RangeError],
        [{ url: URL_, minBackoffMs: 0 }, RangeError],
        [{ url: URL_, method: "POST", body: new ReadableStream() }, TypeError],
        // What `fetch` would refuse each time, and the client take for a network that fails.
        [{ url: URL_, body: "x" }, TypeError],
        [{ url: URL_, method: "head", body: "x" }, TypeError],
        [{ url: "https://" }, TypeError],
      ] as const) {
        const { system } = testSystem();
        const error = await system.start(eventSource, options as never).catch((thrown) => thrown);
        expect(error).toBeInstanceOf(StartFailed);
        expect((error as Error).cause).toBeInstanceOf(kind);
        await system.stop();
      }
    });
  });

  describe("watching", () => {
    test("SSE-5 a stream without a byte for stallMs is aborted before the next attempt", async () => {
      const world = await start({ stallMs: 3_000 });
      const first = world.net.last;
      const body = first.open();
      await world.clock.advance(2_900);
      body.write(": comment\n");
      await world.clock.advance(2_900);
      expect(first.aborted).toBe(false);
      await world.clock.advance(100);
      expect(first.aborted).toBe(true);
      expect((await world.status()).error).toContain("no byte came for 3000 ms");
      await untilRequest(world.net, world.clock);
      expect(world.net.open).toBe(1);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-5 the watchdog does not blame the server for a slow consumer", async () => {
      let release = () => {};
      const world = await start({
        stallMs: 1_000,
        onEvent: () => new Promise<void>((resolve) => (release = resolve)),
      });
      world.net.last.open().write("data: 1\n\n");
      await world.clock.advance(10_000);
      expect(world.net.last.aborted).toBe(false);
      release();
      await world.clock.advance(900);
      expect(world.net.last.aborted).toBe(false);
      await world.clock.advance(1_200);
      expect(world.net.requests[0]?.aborted).toBe(true);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-5 without stallMs silence is patience, and costs no timer", async () => {
      const world = await start();
      world.net.last.open();
      await world.clock.advance(10_000_000);
      expect([world.net.requests.length, world.clock.timers]).toEqual([1, 0]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("an attempt without an answer ends at the connect timeout", async () => {
      const world = await start({ connectTimeoutMs: 2_000 });
      await world.clock.advance(2_000);
      expect(world.net.last.aborted).toBe(true);
      expect((await world.status()).error).toContain("2000 ms");
      await untilRequest(world.net, world.clock);
      expect(world.net.requests).toHaveLength(2);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    for (const moment of ["asking", "open", "held", "waiting", "making the url"] as const) {
      test(`SSE-5 after a stop while ${moment} nothing is delivered and nothing is left`, async () => {
        let finish = (_: string) => {};
        const slow = () => new Promise<string>((resolve) => (finish = resolve));
        const world = await start(moment === "making the url" ? { url: slow } : { stallMs: 9_000 });
        const events = world.client.events({ max: 1 });
        if (moment !== "asking" && moment !== "making the url") {
          const body = world.net.last.open();
          if (moment === "held") body.write("data: 1\n\ndata: 2\n\ndata: 3\n\n");
          if (moment === "waiting") body.cut();
          await world.clock.settle();
        }
        await world.client.stop();
        expect(await events.next()).toEqual({ done: true, value: undefined });
        expect(world.net.open).toBe(0);
        const { length } = world.events;
        finish(URL_);
        // The system lives on: what is left of the client's timers runs out, and sets no other.
        await world.clock.advance(60_000);
        expect(world.events).toHaveLength(length);
        expect([world.clock.timers, world.net.open]).toEqual([0, 0]);
        expect(await leftovers(world)).toEqual(NOTHING);
      });
    }
  });

  describe("backoff", () => {
    test("SSE-6 the server's retry is the floor of every wait", async () => {
      const world = await start();
      const body = world.net.last.open();
      body.write("retry: 4000\n\n");
      body.end();
      for (let round = 0; round < 3; round++) {
        const ms = await untilRequest(world.net, world.clock);
        expect(ms).toBeGreaterThanOrEqual(4_000);
        expect(ms).toBeLessThanOrEqual(5_000);
        world.net.last.fail();
        await world.clock.settle();
      }
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-6 waits grow to their limit, and a first event starts afresh", async () => {
      const world = await start({ minBackoffMs: 100, maxBackoffMs: 3_200 });
      for (let attempt = 1; attempt <= 8; attempt++) {
        world.net.last.fail();
        await world.clock.settle();
        expect((await world.status()).attempts).toBe(attempt);
        const ms = await untilRequest(world.net, world.clock);
        expect(ms).toBeLessThanOrEqual(Math.min(3_200, 100 * 2 ** attempt) + 10);
      }
      world.net.last.open().write(": no event\n\n");
      await world.clock.settle();
      expect((await world.status()).attempts).toBe(8);
      world.client.cast.reconnect();
      await world.clock.settle();
      world.net.last.fail();
      await untilRequest(world.net, world.clock);
      const body = world.net.last.open();
      body.write("data: 1\n\n");
      await world.clock.settle();
      expect((await world.status()).attempts).toBe(0);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-6 a stream that opens and ends without an event keeps the backoff", async () => {
      const world = await start({ stableMs: 5_000 });
      for (let attempt = 1; attempt <= 4; attempt++) {
        world.net.last.open().end();
        await world.clock.settle();
        expect((await world.status()).attempts).toBe(attempt);
        await untilRequest(world.net, world.clock);
      }
      world.net.last.open();
      await world.clock.advance(5_000);
      expect((await world.status()).attempts).toBe(0);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-6 coming online ends the wait at once", async () => {
      const world = await start({ minBackoffMs: 20_000, maxBackoffMs: 30_000 });
      world.net.last.fail();
      await world.clock.settle();
      world.clock.wake();
      await world.clock.settle();
      expect(world.net.requests).toHaveLength(2);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("SSE-6 a hidden page has no stream, and resumes when it is visible", async () => {
      const listeners = new Set<() => void>();
      const visibility = {
        hidden: true,
        subscribe(listener: () => void) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      };
      const show = async (hidden: boolean) => {
        visibility.hidden = hidden;
        for (const listener of listeners) listener();
        await world.clock.settle();
      };
      const world = await start({ pauseWhileHidden: true, visibility });
      world.clock.wake();
      await world.clock.advance(600_000);
      expect([world.net.requests.length, world.clock.timers]).toEqual([0, 0]);
      expect((await world.status()).status).toBe("waiting");
      await show(false);
      const body = world.net.last.open();
      body.write("id: 3\ndata: 3\n\n");
      await world.clock.settle();
      await show(true);
      expect(world.net.open).toBe(0);
      await world.clock.advance(600_000);
      expect(world.net.requests).toHaveLength(1);
      expect(await world.status()).toMatchObject({ status: "waiting", losses: 0 });
      await show(false);
      expect(world.net.last.headers.get("last-event-id")).toBe("3");
      await show(true);
      await show(false);
      expect([world.net.requests.length, world.net.open]).toEqual([3, 1]);
      expect(await leftovers(world)).toEqual(NOTHING);
      expect(listeners.size).toBe(0);
    });
  });

  test("a snapshot is the same object until something in it changes", async () => {
    const world = await start();
    let told = 0;
    world.client.subscribe(() => told++);
    const body = world.net.last.open();
    await world.clock.settle();
    const open = world.client.getSnapshot();
    expect(open).toMatchObject({ status: "open", events: 0, bytes: 0, lastEventAtMs: undefined });
    const before = told;
    await world.status();
    await world.clock.settle();
    expect([world.client.getSnapshot() === open, told]).toEqual([true, before]);
    body.write("data: 1\n\n");
    await world.clock.settle();
    expect(world.client.getSnapshot()).toMatchObject({
      events: 1,
      bytes: 9,
      lastEventAtMs: 1_700_000_000_000,
    });
    expect(told).toBe(before + 1);
    expect(await leftovers(world)).toEqual(NOTHING);
  });
});
