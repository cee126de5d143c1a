// What the WebSocket's client promises, on virtual time, with sockets whose far end is the test.
// Owns WS-1 to WS-6 and WS-8 as far as a client goes. The outbox and the classes of close codes have
// suites of their own; subscriptions in general are in test/adapters/subscription.suite.ts.

import {
  MessageDropped,
  OutboxFull,
  SocketClosed,
  SocketRefused,
  type WebSocketHandle,
  type WebSocketOptions,
  webSocket,
} from "../../../src/adapters/websocket/index.js";
import {
  ActorExit,
  createSystemOn,
  StartFailed,
  supervisor,
  UnsupportedError,
} from "../../../src/index.js";
import { type FakeWebSockets, fakeWebSockets } from "../../../src/testing/fake-websocket.js";
import { testSystem } from "../../../src/testing/test-system.js";
import { virtualPlatform } from "../../../src/testing/virtual-platform.js";
import { lose } from "../../harness/lose.js";
import { defineSuite } from "../../harness/suite.js";
import { seededRandom } from "../seeded-random.js";

const URL_ = "wss://chat.example/";

/** A client whose sockets the test answers, and the messages it got. */
async function start(
  options: Partial<WebSocketOptions> = {},
  net: FakeWebSockets = fakeWebSockets(),
) {
  const { system, clock } = testSystem();
  const messages: unknown[] = [];
  const client = await system.start(webSocket, {
    url: URL_,
    WebSocket: net.WebSocket,
    onMessage: (message) => void messages.push(message),
    ...options,
  });
  await clock.settle();
  return { net, system, clock, client, messages, status: () => client.call.status() };
}

/** A client with an open link. */
async function startOpen(options?: Partial<WebSocketOptions>, net?: FakeWebSockets) {
  const world = await start(options, net);
  world.net.last.accept();
  await world.clock.settle();
  return world;
}

/** The virtual milliseconds until the next socket, in steps of 10. */
async function untilSocket(net: FakeWebSockets, clock: { advance(ms: number): Promise<void> }) {
  const before = net.sockets.length;
  for (let ms = 0; ms <= 400_000; ms += 10) {
    if (net.sockets.length > before) return ms;
    await clock.advance(10);
  }
  return Number.POSITIVE_INFINITY;
}

/** Stops everything, and says what is left: it must be nothing. */
async function leftovers({ system, clock, net }: Awaited<ReturnType<typeof start>>) {
  const stopped = system.stop();
  await clock.advance(5_000);
  await stopped;
  await clock.settle();
  const listeners = net.sockets.reduce((sum, socket) => sum + socket.listeners, 0);
  return { timers: clock.timers, sockets: net.open, listeners, reported: clock.reported };
}
const NOTHING = { timers: 0, sockets: 0, listeners: 0, reported: [] };

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

export const suite = defineSuite("websocket client", ({ describe, test, expect }) => {
  describe("connecting", () => {
    test("WS-1 URL and subprotocols are made for every attempt", async () => {
      let attempt = 0;
      const world = await start({
        url: async () => `${URL_}?token=${++attempt}`,
        protocols: async () => ["a", `b${attempt}`],
      });
      expect((await world.status()).status).toBe("connecting");
      world.net.last.accept("a");
      await world.clock.settle();
      expect(await world.status()).toMatchObject({ status: "open", protocol: "a" });
      world.net.last.shut(1006);
      await world.clock.settle();
      expect(await world.status()).toMatchObject({ status: "waiting", closeCode: 1006, losses: 1 });
      await untilSocket(world.net, world.clock);
      expect([world.net.last.url, world.net.last.protocols]).toEqual([
        `${URL_}?token=2`,
        ["a", "b2"],
      ]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-1 a handshake without an answer ends at the connect timeout", async () => {
      const world = await start({ connectTimeoutMs: 2_000 });
      await world.clock.advance(2_000);
      expect([world.net.open, world.net.last.listeners]).toEqual([0, 0]);
      expect((await world.status()).error).toContain("2000 ms");
      await untilSocket(world.net, world.clock);
      expect(world.net.sockets).toHaveLength(2);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-1 a constructor that throws is final, and says what to correct", async () => {
      const world = await start({
        WebSocket: class {
          constructor() {
            throw new SyntaxError("The URL is invalid");
          }
        } as never,
      });
      expect(await caught(world.client.messages().next())).toBeInstanceOf(SocketRefused);
      expect(await world.status()).toMatchObject({
        status: "failed",
        error: `Cannot make a WebSocket to ${URL_}: The URL is invalid; correct the URL or the protocols`,
      });
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-1 a host without WebSocket is told to pass the package ws", async () => {
      const back = lose([[globalThis, "WebSocket"]]);
      try {
        const world = await start({ WebSocket: undefined });
        const error = await caught(world.client.messages().next());
        expect(error).toBeInstanceOf(UnsupportedError);
        expect((error as Error).message).toContain("npm install ws");
        expect((error as Error).message).toContain("webSocket({ url, WebSocket })");
        expect(await leftovers(world)).toEqual(NOTHING);
      } finally {
        back();
      }
    });

    test("WS-8 an error event without a listener of the user's harms nobody", async () => {
      const world = await start();
      world.net.last.refuse(new Error("Unexpected server response: 502"));
      await world.clock.settle();
      expect((await world.status()).error).toContain("Unexpected server response: 502");
      await untilSocket(world.net, world.clock);
      await world.client.stop();
      world.net.last.dispatchEvent(new Event("error"));
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
      await untilSocket(world.net, world.clock);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("wrong options fail the start, and say what is right", async () => {
      for (const [options, kind] of [
        [{ url: "" }, TypeError],
        [{ url: URL_, WebSocket: 1 }, TypeError],
        [{ url: URL_, binaryType: "text" }, RangeError],
        [{ url: URL_, highWaterBytes: 10, lowWaterBytes: 10 }, RangeError],
        [{ url: URL_, heartbeat: { everyMs: 0 } }, RangeError],
        [{ url: URL_, outbox: { policy: "hope" } }, RangeError],
      ] as const) {
        const { system } = testSystem();
        const error = await caught(system.start(webSocket, options as never));
        expect(error).toBeInstanceOf(StartFailed);
        expect((error as Error).cause).toBeInstanceOf(kind);
        await system.stop();
      }
    });
  });

  describe("closes", () => {
    for (const code of [1001, 1005, 1006, 1012, 1014, 4999]) {
      test(`WS-2 ${code} connects again`, async () => {
        const world = await startOpen();
        world.net.last.shut(code);
        expect(await untilSocket(world.net, world.clock)).toBeLessThanOrEqual(510);
        expect(await leftovers(world)).toEqual(NOTHING);
      });
    }

    test("WS-2 1013 waits longer, whoever wakes it", async () => {
      const world = await startOpen();
      world.net.last.shut(1013);
      await world.clock.settle();
      world.clock.wake();
      expect(await untilSocket(world.net, world.clock)).toBeGreaterThanOrEqual(10_000);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    for (const code of [1002, 1008, 1011, 4400]) {
      test(`WS-2 ${code} is final, and tells consumers and senders`, async () => {
        const world = await startOpen();
        world.net.last.stuck = true;
        const messages = world.client.messages();
        world.net.last.message("last words");
        world.net.last.shut(code, "why");
        expect((await messages.next()).value).toBe("last words");
        const error = await caught(messages.next());
        expect(error).toBeInstanceOf(SocketClosed);
        expect(error).toMatchObject({ closeCode: code, reason: "why", wasClean: true });
        expect(await caught(world.client.sendMessage("x"))).toBe(error);
        await world.clock.advance(600_000);
        expect(world.net.sockets).toHaveLength(1);
        expect((await world.status()).status).toBe("failed");
        expect(await leftovers(world)).toEqual(NOTHING);
      });
    }

    test("WS-2 1000 is the end, and retried only if wanted", async () => {
      const world = await startOpen();
      const messages = world.client.messages();
      world.net.last.shut(1000);
      expect(await messages.next()).toEqual({ done: true, value: undefined });
      expect(await world.status()).toMatchObject({ status: "ended", error: undefined });
      world.client.cast.reconnect();
      await world.clock.settle();
      world.net.last.accept();
      expect(await world.client.sendMessage("again")).toBe("sent");
      expect(await leftovers(world)).toEqual(NOTHING);

      const wanted = await startOpen({ retryNormal: true });
      wanted.net.last.shut(1000);
      expect(await untilSocket(wanted.net, wanted.clock)).toBeLessThanOrEqual(510);
      expect(await leftovers(wanted)).toEqual(NOTHING);
    });

    test("WS-2 shouldRetry has the say in codes of applications", async () => {
      const world = await startOpen({ shouldRetry: ({ code }) => code === 4401 });
      world.net.last.shut(4401);
      await untilSocket(world.net, world.clock);
      world.net.last.accept();
      await world.clock.settle();
      world.net.last.shut(4999);
      await world.clock.settle();
      expect((await world.status()).status).toBe("failed");
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-2 4401 gets one refresh of credentials, at once; the second in a row is final", async () => {
      let refreshes = 0;
      const world = await startOpen({ refreshAuth: async () => void refreshes++ });
      world.net.last.shut(4401);
      await world.clock.settle();
      expect([refreshes, world.net.sockets.length]).toEqual([1, 2]);
      world.net.last.accept();
      await world.clock.settle();
      world.net.last.shut(4401);
      await world.clock.advance(60_000);
      expect([refreshes, world.net.sockets.length]).toEqual([1, 2]);
      expect((await world.status()).status).toBe("failed");
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-2 after three instant failures the token is refreshed: a browser shows no 401", async () => {
      let refreshes = 0;
      const world = await start({ refreshAuth: async () => void refreshes++ });
      for (let attempt = 1; attempt <= 6; attempt++) {
        world.net.last.refuse();
        await untilSocket(world.net, world.clock);
        expect(refreshes).toBe(Math.floor(attempt / 3));
      }
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-2 a 401 that ws tells is refreshed once, then final", async () => {
      let refreshes = 0;
      const world = await start({ refreshAuth: async () => void refreshes++ });
      const error = new Error("Unexpected server response: 401");
      world.net.last.refuse(error);
      await world.clock.settle();
      expect([refreshes, world.net.sockets.length]).toEqual([1, 2]);
      world.net.last.refuse(error);
      await world.clock.settle();
      expect((await world.status()).status).toBe("failed");
      expect(await caught(world.client.messages().next())).toMatchObject({ status: 401 });
      expect(await caught(world.client.sendMessage("x"))).toBeInstanceOf(MessageDropped);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-3 a link that opens and is rejected keeps the backoff until minUptimeMs", async () => {
      const world = await start({ minUptimeMs: 5_000 });
      for (let attempt = 1; attempt <= 5; attempt++) {
        world.net.last.accept();
        await world.clock.settle();
        world.net.last.message("welcome");
        world.net.last.shut(1006);
        await world.clock.settle();
        expect((await world.status()).attempts).toBe(attempt);
        await untilSocket(world.net, world.clock);
      }
      world.net.last.accept();
      await world.clock.advance(5_000);
      expect((await world.status()).attempts).toBe(0);
      expect(await leftovers(world)).toEqual(NOTHING);
    });
  });

  describe("sending", () => {
    test("WS-4 what is sent without a link waits, and goes out in order with the next", async () => {
      const world = await start();
      const sent = ["a", "b"].map((text) => world.client.sendMessage(text));
      expect(world.client.cast.send("c")).toBe(true);
      expect(world.client.send("d")).toBe(true);
      await world.clock.settle();
      expect(await world.status()).toMatchObject({ queued: 4, queuedBytes: 4, sent: 0 });
      world.net.last.refuse();
      await untilSocket(world.net, world.clock);
      world.net.last.accept();
      expect(await Promise.all(sent)).toEqual(["sent", "sent"]);
      expect(world.net.last.sent).toEqual(["a", "b", "c", "d"]);
      expect(await world.status()).toMatchObject({ queued: 0, sent: 4, dropped: 0 });
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-4 waiting longer than the timeout of a call is no failure", async () => {
      const world = await start({ connectTimeoutMs: 60_000 });
      const sent = world.client.sendMessage("a");
      await world.clock.advance(30_000);
      world.net.last.accept();
      expect(await sent).toBe("sent");
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-4 a message in hand when the socket fails is sent by the next one", async () => {
      const world = await startOpen();
      const socket = world.net.last;
      Object.defineProperty(socket, "send", {
        value() {
          socket.shut(1006);
          throw new DOMException("gone", "InvalidStateError");
        },
      });
      const sent = world.client.sendMessage("a");
      await untilSocket(world.net, world.clock);
      world.net.last.accept();
      expect(await sent).toBe("sent");
      expect(world.net.last.sent).toEqual(["a"]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-4 a message that no socket takes is refused, and keeps nobody waiting", async () => {
      const world = await startOpen();
      const fault = new TypeError("no such thing can be sent");
      world.net.last.sendError = fault;
      expect(await caught(world.client.sendMessage("a"))).toBe(fault);
      world.net.last.sendError = undefined;
      expect(await world.client.sendMessage("b")).toBe("sent");
      expect(await world.status()).toMatchObject({ sent: 1, dropped: 1, losses: 0 });
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-4 a full outbox rejects, and a wrong message does, without harm to the link", async () => {
      const world = await start({ outbox: { maxCount: 1, maxBytes: 10 } });
      const first = world.client.sendMessage("a");
      expect(await caught(world.client.sendMessage("b"))).toBeInstanceOf(OutboxFull);
      expect(await caught(world.client.sendMessage("much too long"))).toBeInstanceOf(RangeError);
      expect(await caught(world.client.sendMessage({} as never))).toBeInstanceOf(TypeError);
      world.client.cast.send("c");
      world.client.cast.send({} as never);
      world.net.last.accept();
      expect(await first).toBe("sent");
      expect(await world.status()).toMatchObject({ sent: 1, dropped: 2, losses: 0 });
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-4 a message that waited for its ttlMs is dropped, and its sender is told", async () => {
      const world = await start({ connectTimeoutMs: 60_000 });
      const short = caught(world.client.sendMessage("a", { ttlMs: 1_000 }));
      const long = world.client.sendMessage("b", { ttlMs: 9_000 });
      await world.clock.advance(1_000);
      expect(await short).toMatchObject({ code: "message-dropped", reason: "expired" });
      world.net.last.accept();
      expect(await long).toBe("sent");
      expect(world.net.last.sent).toEqual(["b"]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-4 an aborted signal takes back what waits", async () => {
      const world = await start();
      const controller = new AbortController();
      const taken = caught(world.client.sendMessage("a", { signal: controller.signal }));
      await world.clock.settle();
      controller.abort(new Error("never mind"));
      expect(await taken).toMatchObject({ message: "never mind" });
      world.net.last.accept();
      await world.clock.settle();
      expect(world.net.last.sent).toEqual([]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-4 the end of the client rejects what waits", async () => {
      const world = await start();
      const waiting = caught(world.client.sendMessage("a"));
      await world.clock.settle();
      await world.client.stop();
      expect(await waiting).toBeInstanceOf(ActorExit);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-5 sending stops at the high water, and goes on below the low water", async () => {
      const world = await startOpen({ highWaterBytes: 10, lowWaterBytes: 4 });
      const socket = world.net.last;
      socket.stuck = true;
      let sent = 0;
      for (let index = 0; index < 8; index++) {
        void world.client.sendMessage("12345").then(() => sent++);
      }
      await world.clock.advance(10_000);
      expect([sent, socket.bufferedAmount]).toEqual([2, 10]);
      socket.drain(5);
      await world.clock.advance(1_000);
      expect(sent).toBe(2);
      socket.drain(4);
      await world.clock.advance(1_000);
      expect([sent, socket.bufferedAmount]).toEqual([4, 14]);
      socket.stuck = false;
      socket.drain();
      await world.clock.advance(1_000);
      expect(sent).toBe(8);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-5 a far end that answers no close is left after closeTimeoutMs", async () => {
      const world = await startOpen({ closeTimeoutMs: 700 });
      const socket = world.net.last;
      socket.deaf = true;
      let stopped = false;
      void world.client.stop().then(() => (stopped = true));
      await world.clock.advance(690);
      expect([stopped, socket.closeCode]).toEqual([false, 1000]);
      await world.clock.advance(10);
      expect([stopped, socket.listeners]).toEqual([true, 0]);
      socket.message("late");
      expect(world.messages).toEqual([]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-5 reconnect does not wait for a far end that answers no close", async () => {
      const world = await startOpen({ closeTimeoutMs: 700 });
      world.net.last.deaf = true;
      world.client.cast.reconnect();
      await world.clock.settle();
      expect(world.net.sockets).toHaveLength(2);
      world.net.last.accept();
      world.net.sockets[0]?.message("of the old link");
      world.net.last.message("of the new link");
      await world.clock.advance(1_000);
      expect(world.messages).toEqual(["of the new link"]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });
  });

  describe("receiving", () => {
    test("messages come in order, binary ones as ArrayBuffer", async () => {
      const world = await start({ onMessage: undefined });
      const messages = world.client.messages();
      const socket = world.net.last;
      socket.accept();
      // As ws does it: in the same turn as the opening.
      socket.message("a");
      const { buffer } = new Uint8Array([1]);
      socket.message(buffer);
      expect([(await messages.next()).value, (await messages.next()).value]).toEqual(["a", buffer]);
      expect(socket.binaryType).toBe("arraybuffer");
      expect(await world.status()).toMatchObject({
        received: 2,
        lastMessageAtMs: 1_700_000_000_000,
      });
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("what a server says before it hangs up at once is heard", async () => {
      const world = await start();
      world.net.last.accept();
      world.net.last.message("go away");
      world.net.last.shut(1008, "why");
      await world.clock.settle();
      expect(world.messages).toEqual(["go away"]);
      expect(await world.status()).toMatchObject({ status: "failed", closeCode: 1008 });
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("a socket that can pause is paused for an asynchronous onMessage", async () => {
      let release = () => {};
      const seen: unknown[] = [];
      const onMessage = async (message: unknown) => {
        seen.push(message);
        await new Promise<void>((resolve) => (release = resolve));
      };
      const world = await startOpen({ onMessage }, fakeWebSockets({ pausable: true }));
      const socket = world.net.last;
      socket.message("a");
      await world.clock.settle();
      expect([seen, socket.paused]).toEqual([["a"], true]);
      socket.message("b");
      await world.clock.settle();
      expect(seen).toEqual(["a"]);
      release();
      await world.clock.settle();
      expect([seen, socket.paused]).toEqual([["a", "b"], true]);
      release();
      await world.clock.settle();
      expect(socket.paused).toBe(false);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("a socket that cannot pause is closed when maxInbox messages wait", async () => {
      const onMessage = () => new Promise<void>(() => {});
      const world = await startOpen({ onMessage, maxInbox: 3 });
      for (let index = 0; index < 4; index++) world.net.last.message(index);
      await world.clock.settle();
      expect((await world.status()).status).toBe("open");
      world.net.last.message(4);
      await world.clock.settle();
      expect(await world.status()).toMatchObject({ status: "waiting", losses: 1, received: 5 });
      expect((await world.status()).error).toContain("3 wait");
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("a throw in onMessage crashes the client, and its supervisor restarts it", async () => {
      const net = fakeWebSockets();
      const { system, clock } = testSystem();
      const App = supervisor({
        children: (child) => ({
          chat: child(webSocket, [
            {
              url: URL_,
              WebSocket: net.WebSocket,
              onMessage: (message) => {
                if (message === "bad") throw new Error("a bug");
              },
            },
          ]),
        }),
      });
      const chat = (await system.start(App)).child.chat as WebSocketHandle;
      const messages = chat.messages();
      await clock.settle();
      net.last.accept();
      net.last.message("bad");
      await clock.settle();
      net.last.accept();
      net.last.message("good");
      expect([(await messages.next()).value, (await messages.next()).value]).toEqual([
        "bad",
        "good",
      ]);
      expect(await chat.sendMessage("still there")).toBe("sent");
      expect([net.sockets.length, net.sockets[0]?.readyState]).toEqual([2, 3]);
      await system.stop();
      expect([clock.timers, net.open]).toEqual([0, 0]);
    });
  });

  describe("heartbeat", () => {
    const heartbeat = { everyMs: 15_000, timeoutMs: 5_000 };

    test("WS-6 an answer keeps the link, and is kept from the messages", async () => {
      const world = await startOpen({ heartbeat });
      for (let beat = 1; beat <= 3; beat++) {
        await world.clock.advance(15_000);
        expect(world.net.last.sent).toHaveLength(beat);
        world.net.last.message("pong");
      }
      expect(world.net.last.sent).toEqual(["ping", "ping", "ping"]);
      expect([world.messages, (await world.status()).received]).toEqual([[], 0]);
      expect(world.net.sockets).toHaveLength(1);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-6 silence ends the link in time, and any message is a sign of life", async () => {
      const world = await startOpen({ heartbeat, minUptimeMs: 1_000 });
      const first = world.net.last;
      first.deaf = true;
      await world.clock.advance(15_000);
      await world.clock.advance(4_000);
      first.message("anything");
      await world.clock.advance(10_000);
      expect((await world.status()).status).toBe("open");
      await world.clock.advance(5_990);
      expect((await world.status()).status).toBe("open");
      await world.clock.advance(10);
      expect(await world.status()).toMatchObject({ status: "waiting", losses: 1 });
      expect((await world.status()).error).toContain("nothing came within 5000 ms");
      expect(first.listeners).toBe(0);
      await untilSocket(world.net, world.clock);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-6 the frame and what counts as its answer are the user's", async () => {
      const world = await startOpen({
        heartbeat: {
          everyMs: 1_000,
          frame: () => '{"type":"ping"}',
          reply: (message) => String(message).includes('"pong"'),
        },
      });
      await world.clock.advance(1_000);
      expect(world.net.last.sent).toEqual(['{"type":"ping"}']);
      world.net.last.message('{"type":"pong"}');
      world.net.last.message("pong");
      await world.clock.settle();
      expect(world.messages).toEqual(["pong"]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-6 coming back online asks at once", async () => {
      const world = await startOpen({ heartbeat });
      world.clock.wake();
      await world.clock.settle();
      expect(world.net.last.sent).toEqual(["ping"]);
      await world.clock.advance(5_000);
      expect((await world.status()).status).toBe("waiting");
      expect(await leftovers(world)).toEqual(NOTHING);
    });

    test("WS-6 after a sleep the far end is asked once more before the link is given up", async () => {
      // The wall clock goes on in a sleep, the monotonic one may not.
      let sleptMs = 0;
      const { platform, clock } = virtualPlatform();
      const system = createSystemOn({
        ...platform,
        wallTime: () => platform.wallTime() + sleptMs,
      });
      for (const answers of [true, false]) {
        const net = fakeWebSockets();
        const client = await system.start(webSocket, {
          url: URL_,
          WebSocket: net.WebSocket,
          heartbeat,
        });
        await clock.settle();
        net.last.accept();
        await clock.advance(15_000);
        sleptMs += 3_600_000;
        await clock.advance(5_000);
        expect((await client.call.status()).status).toBe("open");
        expect(net.last.sent).toEqual(["ping", "ping"]);
        if (answers) net.last.message("pong");
        await clock.advance(5_000);
        expect((await client.call.status()).losses).toBe(answers ? 0 : 1);
        await client.stop();
      }
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("WS-6 a socket that we have paused is not blamed for silence", async () => {
      const net = fakeWebSockets({ pausable: true });
      const onMessage = () => new Promise<void>(() => {});
      const world = await startOpen({ heartbeat, onMessage }, net);
      net.last.message("a");
      await world.clock.advance(600_000);
      expect(net.sockets).toHaveLength(1);
      expect(await leftovers(world)).toEqual(NOTHING);
    });
  });

  for (const moment of ["connecting", "open", "waiting", "stuck"] as const) {
    test(`after a stop while ${moment} nothing is delivered and nothing is left`, async () => {
      const world = await start({ heartbeat: { everyMs: 500 }, highWaterBytes: 2 });
      const messages = world.client.messages();
      const socket = world.net.last;
      if (moment !== "connecting") socket.accept();
      if (moment === "waiting") socket.shut(1006);
      if (moment === "stuck") socket.stuck = true;
      const sends = ["aa", "bb"].map((text) => caught(world.client.sendMessage(text)));
      await world.clock.settle();
      const { length } = world.messages;
      const stopped = world.client.stop();
      socket.message("late");
      await stopped;
      expect(await messages.next()).toEqual({ done: true, value: undefined });
      await Promise.all(sends);
      await world.clock.advance(60_000);
      expect(world.messages).toHaveLength(length);
      expect([world.clock.timers, world.net.open, socket.listeners]).toEqual([0, 0, 0]);
      expect(await leftovers(world)).toEqual(NOTHING);
    });
  }

  test("WS-4 over cuts at any moment every message is sent once and in order", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const world = await start({ highWaterBytes: 30 }, fakeWebSockets({ pausable: seed % 2 > 0 }));
      const sends: Promise<unknown>[] = [];
      for (let step = 0; step < 60; step++) {
        const socket = world.net.last;
        const dice = random();
        if (socket.readyState === 0) {
          if (dice < 0.7) socket.accept();
          else socket.refuse();
        } else if (dice < 0.2) socket.shut(1006);
        else if (dice < 0.4) socket.stuck = !socket.stuck;
        else if (dice < 0.5) socket.drain();
        for (let more = 0; more < random() * 4; more++) {
          sends.push(world.client.sendMessage(`message ${sends.length}`));
        }
        await world.clock.advance(Math.floor(random() * 400));
      }
      while ((await world.status()).queued > 0) {
        const socket = world.net.last;
        if (socket.readyState === 0) socket.accept();
        socket.stuck = false;
        socket.drain();
        await world.clock.advance(1_000);
      }
      expect(await Promise.all(sends)).toEqual(sends.map(() => "sent"));
      const sent = world.net.sockets.flatMap((socket) => socket.sent);
      expect(sent).toEqual(sends.map((_, index) => `message ${index}`));
      expect(world.net.sockets.length).toBeGreaterThan(2);
      expect(await leftovers(world)).toEqual(NOTHING);
    }
  });

  for (const how of ["stop", "kill"] as const) {
    test(`a socket that opens in the very turn of a ${how} is closed`, async () => {
      for (let turns = 0; turns < 12; turns++) {
        const world = await start();
        world.net.last.accept();
        for (let turn = 0; turn < turns; turn++) await undefined;
        if (how === "kill") world.client.kill();
        else void world.client.stop();
        await world.clock.settle();
        expect(world.net.open).toBe(0);
        const { reported, ...rest } = await leftovers(world);
        expect(rest).toEqual({ timers: 0, sockets: 0, listeners: 0 });
        expect(reported).toEqual([]);
      }
    });
  }

  test("a snapshot is the same object until something in it changes", async () => {
    const world = await startOpen();
    let told = 0;
    world.client.subscribe(() => told++);
    await world.clock.settle();
    const open = world.client.getSnapshot();
    await world.status();
    await world.clock.settle();
    expect([world.client.getSnapshot() === open, told]).toEqual([true, 0]);
    world.net.last.message("a");
    await world.clock.settle();
    expect(world.client.getSnapshot()).toMatchObject({ status: "open", received: 1 });
    expect(told).toBe(1);
    expect(await leftovers(world)).toEqual(NOTHING);
  });
});
