// Every capability that a host may lack and that ours ask for, each on a host without it: an
// UnsupportedError that names the capability, the host and the alternative, in fields and in words.
// A host that has one is made to lose it for as long as the test runs. How a client shows the error
// (status `failed`) is with its own suite; what workerd refuses is test/harness/imports.ts's.
import { modbusClient } from "../../src/adapters/modbus/index.js";
import { requestWebSerialPort, serialPort, webSerial } from "../../src/adapters/serial/index.js";
import { eventSource } from "../../src/adapters/sse/index.js";
import { tcp, tcpListen } from "../../src/adapters/tcp/index.js";
import { webSocket, webSocketBytes } from "../../src/adapters/websocket/index.js";
import { UnsupportedError } from "../../src/index.js";
import { webSocketLink } from "../../src/realms/index.js";
import { FakeSerial, testSystem } from "../../src/testing/index.js";
import { lose } from "../harness/lose.js";
import { defineSuite } from "../harness/suite.js";

const url = "wss://station.invalid/line";
const { signal } = new AbortController();
const ofSystem = { signal, host: "virtual" };

interface Lacking {
  /** What the test's title says. */
  readonly what: string;
  /** What the host loses: an owner and the name of its member. */
  readonly without?: () => readonly (readonly [object, string])[];
  use(): unknown;
  readonly capability: string;
  /** The host as its system calls it; without a system it is what the host calls itself. */
  readonly host?: string;
  readonly alternative: RegExp;
}

/** The first rejection of a client's reader, in a system of its own. */
async function readOf(start: (world: ReturnType<typeof testSystem>) => Promise<unknown>) {
  const world = testSystem();
  try {
    await start(world);
  } finally {
    await world.system.stop();
  }
}

const global = (name: string) => () => [[globalThis, name]] as const;
const navigatorSerial = () => {
  const { navigator } = globalThis as { navigator?: object };
  return navigator === undefined ? [] : ([[navigator, "serial"]] as const);
};

const table: readonly Lacking[] = [
  {
    what: "a client of messages without WebSocket",
    without: global("WebSocket"),
    use: () =>
      readOf(async ({ system }) => (await system.start(webSocket, { url })).messages().next()),
    capability: "WebSocket",
    host: "virtual",
    alternative: /npm install ws.*webSocket\(\{ url, WebSocket \}\)/,
  },
  {
    what: "bytes without WebSocket",
    without: global("WebSocket"),
    use: () => webSocketBytes({ url })(ofSystem),
    capability: "WebSocket",
    host: "virtual",
    alternative: /npm install ws.*webSocketBytes\(\{ url, WebSocket \}\)/,
  },
  {
    what: "a realm behind a WebSocket without WebSocket",
    without: global("WebSocket"),
    use: async () => webSocketLink(url),
    capability: "WebSocket",
    alternative: /npm install ws.*webSocketRealm\(url, \{ WebSocket \}\)/,
  },
  {
    what: "bytes over a WebSocket without streams",
    without: global("ReadableStream"),
    use: () => webSocketBytes({ url, WebSocket: class {} as never })(ofSystem),
    capability: "ReadableStream and WritableStream",
    host: "virtual",
    alternative: /web-streams-polyfill/,
  },
  {
    what: "a link that is opened by hand without AbortSignal.timeout",
    without: () => [[AbortSignal, "timeout"]],
    use: () =>
      webSocketBytes({ url, WebSocket: SilentSocket as never, connectTimeoutMs: 10 })({ signal }),
    capability: "AbortSignal.timeout",
    alternative: /pass timers/,
  },
  {
    what: "server-sent events without fetch",
    without: global("fetch"),
    use: () =>
      readOf(async ({ system }) => (await system.start(eventSource, { url })).events().next()),
    capability: "fetch",
    host: "virtual",
    alternative: /eventSource with \{ url, fetch \}/,
  },
  {
    what: "server-sent events with a fetch that does not stream",
    use: () =>
      readOf(async ({ system }) => {
        const response = new Response("", { headers: { "content-type": "text/event-stream" } });
        Object.defineProperty(response, "body", { value: undefined });
        const events = await system.start(eventSource, { url, fetch: async () => response });
        return events.events().next();
      }),
    capability: "a response's body as a stream",
    host: "virtual",
    alternative: /pass a fetch that streams/,
  },
  {
    what: "a serial port without Web Serial",
    without: navigatorSerial,
    use: () => webSerial({ baudRate: 9_600 })(ofSystem),
    capability: "Web Serial",
    host: "virtual",
    alternative: /Chrome or Edge 89.*web-serial-polyfill.*webSocketBytes.*serialPort/,
  },
  {
    what: "asking for a serial port without Web Serial",
    without: navigatorSerial,
    use: () => requestWebSerialPort(),
    capability: "Web Serial",
    alternative: /Chrome or Edge 89/,
  },
  {
    what: "asking for a serial port where there is no picker",
    use: () => requestWebSerialPort({ serial: { getPorts: async () => [] } }),
    capability: "the picker of serial ports",
    host: "a Worker",
    alternative: /requestWebSerialPort in the page/,
  },
  {
    what: "a serial port by its path outside of Node",
    use: () => serialPort({ path: "COM3", baudRate: 9_600 }),
    capability: "a serial port by its path",
    alternative: /webSerial in a page.*tcp or webSocketBytes/,
  },
  {
    what: "connecting by TCP where there are no sockets",
    use: () => tcp({ host: "192.0.2.7", port: 502 }),
    capability: "TCP",
    alternative: /Node, Deno or Bun.*webSocketBytes.*cloudflare:sockets/,
  },
  {
    what: "listening for TCP where there are no sockets",
    use: () => tcpListen({ onConnection: () => {} }),
    capability: "TCP",
    alternative: /Node, Deno or Bun/,
  },
  {
    what: "a fake serial port without streams of bytes",
    without: global("ReadableStream"),
    use: async () => {
      const port = new FakeSerial().addPort();
      await port.open({ baudRate: 9_600 });
      return port.readable;
    },
    capability: "ReadableStream of type bytes",
    alternative: /memoryLink/,
  },
];

/** A socket that never opens. */
class SilentSocket extends EventTarget {
  close(): void {}
}

export const suite = defineSuite("unsupported", ({ describe, test, expect }) => {
  describe("is a typed error with the alternative", () => {
    for (const { what, without, use, capability, host, alternative } of table) {
      test(what, async () => {
        const back = lose(without?.() ?? []);
        let error: unknown;
        try {
          await use();
        } catch (thrown) {
          error = thrown;
        } finally {
          back();
        }
        expect(error).toBeInstanceOf(UnsupportedError);
        const told = error as UnsupportedError;
        const { navigator } = globalThis as { navigator?: { userAgent?: string } };
        expect(told.code).toBe("unsupported");
        expect(told.capability).toBe(capability);
        expect(told.host).toBe(host ?? navigator?.userAgent ?? "this host");
        expect(told.alternative).toMatch(alternative);
        expect(told.message).toBe(
          `Cannot use ${told.capability} on ${told.host}: ${told.alternative}`,
        );
      });
    }
  });

  test("what a host lacks is final: a client is `failed` and tries no more", async () => {
    const back = lose(navigatorSerial());
    const { system, clock } = testSystem();
    try {
      const connect = webSerial({ baudRate: 9_600 });
      const meter = await system.start(modbusClient, { connect, framing: "rtu" });
      await clock.settle();
      expect(meter.getSnapshot()?.status).toBe("failed");
      expect(meter.getSnapshot()?.error).toContain("Cannot use Web Serial on virtual: use ");
      expect(clock.timers).toBe(0);
    } finally {
      back();
      await system.stop();
    }
  });
});
