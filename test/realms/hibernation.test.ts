// Sockets of a Durable Object that hibernates, with the functions that workerd calls on it, on virtual time: nothing
// keeps it awake while nothing is pending, and who comes after it lost its memory comes back to the next one.
// Owns no real workerd: that one runs the links of test/hosts/websockets.ts.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type HibernatingSockets,
  hibernatingSockets,
} from "../../platform/workerd/upgrade-websocket.js";
import { createSystemOn, genServer, supervisor } from "../../src/index.js";
import { socketListener } from "../../src/realms/links/socket-listener.js";
import { remote } from "../../src/realms/places/remote.js";
import { webSocketRealm } from "../../src/realms/places/websocket-realm.js";
import { serveOn } from "../../src/realms/session/serve.js";
import { type VirtualClock, virtualPlatform } from "../../src/testing/virtual-platform.js";

const Counter = genServer({
  id: "counter",
  init: () => ({ count: 0 }),
  accepts: { add: [] },
  call: { add: (self) => ++self.state.count },
});

/** One side of the pair of workerd. */
class Side {
  other!: Side;
  onData: (data: string) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};
  send(data: string): void {
    queueMicrotask(() => this.other.onData(data));
  }
  close(code = 1005, reason = ""): void {
    queueMicrotask(() => this.other.onClose(code, reason));
  }
}

beforeEach(() => {
  vi.stubGlobal("WebSocketPair", function pair(this: { 0: Side; 1: Side }) {
    [this[0], this[1]] = [new Side(), new Side()];
    [this[0].other, this[1].other] = [this[1], this[0]];
  });
  // That of Node refuses 101.
  vi.stubGlobal(
    "Response",
    class {
      readonly webSocket: Side;
      constructor(_body: unknown, init: { webSocket: Side }) {
        this.webSocket = init.webSocket;
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

/** A Durable Object: its memory, and the sockets that outlive it. */
function durableObject({ platform }: ReturnType<typeof virtualPlatform>) {
  let sockets: HibernatingSockets;
  const wake = (): void => {
    const system = createSystemOn(platform);
    const on = socketListener();
    const serve = serveOn(
      () => system,
      () => on,
    );
    serve([], { system, shared: { counter: system.launch(Counter) }, unresponsiveMs: Infinity });
    sockets = hibernatingSockets(on);
  };
  wake();
  return {
    /** Its memory is gone, and it is there again. */
    wake,
    connect(): Side {
      const request = new Request("https://shop.example/", { headers: { upgrade: "websocket" } });
      const state = {
        acceptWebSocket(socket: unknown) {
          const side = socket as Side;
          side.onData = (data) => sockets.webSocketMessage(side, data);
          side.onClose = (code, reason) => sockets.webSocketClose(side, code, reason);
        },
      };
      return (sockets.upgrade(request, state) as unknown as { webSocket: Side }).webSocket;
    },
  };
}

function clientOf(connect: () => Side) {
  return class Client extends EventTarget {
    readonly readyState = 1;
    binaryType = "blob";
    readonly #side = connect();
    constructor() {
      super();
      const tell = (type: string, fields: object): void => {
        this.dispatchEvent(Object.assign(new Event(type), fields));
      };
      this.#side.onData = (data) => tell("message", { data });
      this.#side.onClose = (code, reason) => tell("close", { code, reason });
    }
    send = (data: string): void => this.#side.send(data);
    close = (code?: number): void => this.#side.close(code);
  };
}

async function answer<T>(clock: VirtualClock, given: Promise<T>): Promise<T> {
  await clock.settle();
  return given;
}

test("an object that shares actors has no timer while nothing is pending, and loses nobody when it forgets", async () => {
  const virtual = virtualPlatform();
  const { platform, clock } = virtual;
  const object = durableObject(virtual);
  const crashes: unknown[] = [];
  const page = createSystemOn(platform, { onCrash: (error) => crashes.push(error) });
  const place = webSocketRealm("wss://shop.example/", {
    WebSocket: clientOf(object.connect),
    unresponsiveMs: Infinity,
  });
  const App = supervisor({
    children: (child) => ({ counter: child(remote<typeof Counter>("counter", place), []) }),
  });
  const { counter } = (await answer(clock, page.start(App))).child;
  expect(await answer(clock, counter.call.add())).toBe(1);
  await clock.advance(10_000);
  expect([clock.timers, counter.status]).toEqual([0, "live"]);

  object.wake();
  const lost = counter.call.add().catch((error: Error) => error);
  expect(await answer(clock, lost)).toMatchObject({
    code: "actor-exit",
    reason: "noconnection",
    cause: { message: expect.stringContaining("the object has been out of memory") },
  });
  await clock.advance(1_000);
  expect(await answer(clock, counter.call.add())).toBe(1);
  expect(crashes).toEqual([]);
  await answer(clock, page.stop());
});
