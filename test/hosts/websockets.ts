// Links over WebSockets of real servers, by the entry that each host chooses of the built package: Node
// with the package ws, Deno, Bun, and in workerd the pair that its servers are made of.
// Owns how each host starts one. What links promise is test/realms/link-conformance.ts.
import * as entry from "troupe/realms";
import { defineSuite, type Suite } from "../harness/suite.js";
import { linkConformance, settled, talkOver } from "../realms/link-conformance.js";
import { runPeer } from "../realms/peer.js";

/** What the entries of hosts with servers have; each has some of it. */
type Entry = typeof entry & {
  upgradeWebSocket(on: entry.SocketListener, request: Request, server?: unknown): Response;
  webSocketHandlers(on: entry.SocketListener): object;
  webSocketUpgrade(on: entry.SocketListener, server: unknown): (...args: unknown[]) => void;
};
const { socketListener, webSocketLink, upgradeWebSocket, webSocketHandlers, webSocketUpgrade } =
  entry as Entry;

/** The servers of all hosts: what is used of them. */
interface Hosts {
  readonly Bun?: {
    serve(options: object): { readonly port: number; stop(closes: boolean): void };
  };
  readonly Deno?: {
    serve(
      options: object,
      handler: (request: Request) => Response,
    ): {
      readonly addr: { readonly port: number };
      shutdown(): Promise<void>;
    };
  };
  readonly process?: { getBuiltinModule?(name: string): unknown; cwd(): string };
}
interface NodeServer {
  on(event: "upgrade", listener: (...args: unknown[]) => void): NodeServer;
  listen(port: number, host: string, listening: () => void): NodeServer;
  address(): { readonly port: number };
  close(): void;
  closeAllConnections(): void;
}
type Constructor = NonNullable<entry.WebSocketLinkOptions["WebSocket"]>;

/** A server that a link can be opened to. */
interface Server {
  readonly url: string;
  /** The client's constructor, where the host has none of its own, or no network. */
  readonly WebSocket?: Constructor;
  close(): void | Promise<void>;
}

const { Bun, Deno, process } = globalThis as unknown as Hosts;
const LOCAL = "127.0.0.1";

async function startServer(on: entry.SocketListener): Promise<Server> {
  if (Bun !== undefined) {
    const server = Bun.serve({
      port: 0,
      hostname: LOCAL,
      fetch: (request: Request, self: unknown) => upgradeWebSocket(on, request, self),
      websocket: webSocketHandlers(on),
    });
    return { url: `ws://${LOCAL}:${server.port}/realm`, close: () => server.stop(true) };
  }
  if (Deno !== undefined) {
    const options = { port: 0, hostname: LOCAL, onListen() {} };
    const server = Deno.serve(options, (request) => upgradeWebSocket(on, request));
    return { url: `ws://${LOCAL}:${server.addr.port}/realm`, close: () => server.shutdown() };
  }
  if (process?.getBuiltinModule !== undefined && upgradeWebSocket === undefined) {
    const load = (name: string): unknown => process.getBuiltinModule?.(name);
    const { createRequire } = load("node:module") as {
      createRequire(path: string): (name: string) => never;
    };
    const { WebSocket, WebSocketServer } = createRequire(`${process.cwd()}/package.json`)("ws") as {
      WebSocket: Constructor;
      WebSocketServer: unknown;
    };
    const { createServer } = load("node:http") as { createServer(): NodeServer };
    const server = createServer().on("upgrade", webSocketUpgrade(on, WebSocketServer));
    await new Promise<void>((listening) => server.listen(0, LOCAL, listening));
    return {
      url: `ws://${LOCAL}:${server.address().port}/realm`,
      WebSocket,
      close() {
        server.close();
        server.closeAllConnections();
      },
    };
  }
  // workerd: the client's side comes with the response, as through its network. Where the response has
  // none, a client sees a socket that ends.
  const opened = (socket: { accept(): void }): object => {
    socket.accept();
    return socket;
  };
  const refused = (): object => {
    const { WebSocketPair } = globalThis as unknown as {
      WebSocketPair: new () => Record<0 | 1, { accept(): void; close(code: number): void }>;
    };
    const pair = new WebSocketPair();
    pair[1].accept();
    pair[1].close(1013);
    return opened(pair[0]);
  };
  class Made {
    constructor(url: string) {
      const headers = { upgrade: "websocket", host: LOCAL };
      const request = new Request(url.replace("ws:", "http:"), { headers });
      const { webSocket } = upgradeWebSocket(on, request) as unknown as {
        webSocket: { accept(): void } | null;
      };
      // biome-ignore lint/correctness/noConstructorReturn: it stands for the host's own constructor
      return webSocket === null ? refused() : opened(webSocket);
    }
  }
  return { url: `ws://${LOCAL}/realm`, WebSocket: Made, close() {} };
}

/** Hosts without servers skip it by name. */
const by = { needs: "webSocketServer" } as const;

export const webSockets: Suite = defineSuite("websockets of realms", by, (harness) => {
  const { test, expect } = harness;
  const maxFrameBytes = 32 * 1_048_576;
  linkConformance(harness, {
    name: "websocket",
    needs: by,
    async open() {
      const on = socketListener({ maxFrameBytes });
      on.listen((link) => runPeer(link));
      const { url, WebSocket, close } = await startServer(on);
      return {
        link: webSocketLink(url, { maxFrameBytes, WebSocket }),
        async gone() {
          await settled(20);
          await close();
        },
      };
    },
    transfer: false,
  });

  test("a packet beyond the server's limit ends the link, and the server goes on", async () => {
    const on = socketListener({ maxFrameBytes: 1_000 });
    on.listen((link) => runPeer(link));
    const { url, WebSocket, close } = await startServer(on);
    const link = webSocketLink(url, { WebSocket });
    const talk = talkOver(link);
    talk.tell({ ask: "echo", value: "x".repeat(2_000) });
    expect((await talk.lost()).why).toMatch(/closed with code/);
    const again = webSocketLink(url, { WebSocket });
    expect(await talkOver(again).ask({ ask: "echo", value: 1 })).toBe(1);
    again.close();
    await settled(20);
    await close();
  });

  test("a socket that nobody serves does not open", async () => {
    const { url, WebSocket, close } = await startServer(socketListener());
    const link = webSocketLink(url, { WebSocket });
    expect((await talkOver(link).lost()).why).toMatch(/closed with code|did not open/);
    await settled(20);
    await close();
  });
});
