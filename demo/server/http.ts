// The gateway: the one HTTP server, with the page, the feed, the chat and the bridge to the pump.
//
// Owns the listening socket and one process for each connection that lasts; they belong to it and
// end with it. What they talk about is the business of feed.ts, chat.ts and the Modbus slave.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Duplex } from "node:stream";
import { genServer, type HandleOf } from "troupe";
import type { ModbusSlaveHandle } from "troupe/modbus";
import { duplexOfWebSocket } from "troupe/websocket";
import { type WebSocket, WebSocketServer } from "ws";
import { ChatClient, type ChatRoom } from "./chat.js";
import { type Feed, FeedClient } from "./feed.js";

const HOST = "127.0.0.1";
const GOING_AWAY = 1001;
const CLOSE_MS = 500;
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** What the gateway serves. */
export interface Services {
  /** 0 for a free one. */
  readonly port: number;
  /** The folder of the built page. */
  readonly pageFolder: string;
  readonly slave: ModbusSlaveHandle;
  readonly feed: HandleOf<typeof Feed>;
  readonly room: HandleOf<typeof ChatRoom>;
}

export const Gateway = genServer({
  id: "gateway",
  async init(self, { port, pageFolder, slave, feed, room }: Services) {
    // A connection that crashes is its own affair: the exit comes as a message, and is dropped.
    self.trapExit();
    const page = readPage(pageFolder);
    const sockets = new WebSocketServer({ noServer: true });
    // For callbacks, which may come after this process has ended.
    const { signal } = self;
    const http = createServer((request, response) => {
      const { pathname } = urlOf(request);
      if (signal.aborted) response.destroy();
      else if (pathname === "/feed") self.spawn(FeedClient, response, feed, lastEventIdOf(request));
      else sendFile(page, pathname, response);
    });
    const open: Readonly<Record<string, (socket: WebSocket) => void>> = {
      "/bridge": (socket) => slave.cast.attach(duplexOfWebSocket(socket)),
      "/chat": (socket) => self.spawn(ChatClient, socket, room),
    };
    http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const opened = open[urlOf(request).pathname];
      if (signal.aborted || opened === undefined || !isOwnPage(request)) socket.destroy();
      else sockets.handleUpgrade(request, socket, head, opened);
    });
    self.use(http, () => close(http, sockets));
    return { url: `http://${HOST}:${await listen(http, port)}/` };
  },
  call: { url: (self) => self.state.url },
});

function listen(http: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, HOST, () => resolve((http.address() as AddressInfo).port));
  });
}

/** Ends every connection: in order, and those of pages that do not answer all the same. */
async function close(http: Server, sockets: WebSocketServer): Promise<void> {
  const overdue = setTimeout(() => {
    for (const socket of sockets.clients) socket.terminate();
  }, CLOSE_MS);
  await new Promise((resolve) => {
    http.close(resolve);
    http.closeAllConnections();
    for (const socket of sockets.clients) socket.close(GOING_AWAY);
  });
  clearTimeout(overdue);
}

/** Every file of the page by its path: there are a handful, and none changes. */
function readPage(folder: string): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (statSync(path).isFile()) files.set(`/${name.replaceAll("\\", "/")}`, readFileSync(path));
  }
  return files;
}

function sendFile(page: ReadonlyMap<string, Buffer>, path: string, response: ServerResponse): void {
  const name = path === "/" ? "/index.html" : path;
  const content = page.get(name);
  if (content === undefined) {
    response.writeHead(404, { "content-type": "text/plain" }).end("There is nothing here\n");
    return;
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    // The names of assets carry a hash of their content.
    "cache-control": name.startsWith("/assets/") ? "max-age=31536000, immutable" : "no-cache",
  });
  response.end(content);
}

const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? "/", `http://${HOST}`);

/** Other sites may not open sockets to this machine's pump: browsers let them try. */
function isOwnPage({ headers }: IncomingMessage): boolean {
  return headers.origin === undefined || headers.origin === `http://${headers.host}`;
}

function lastEventIdOf({ headers }: IncomingMessage): number | null {
  const id = Number(headers["last-event-id"] ?? Number.NaN);
  return Number.isInteger(id) ? id : null;
}
