// A server of a few made-up pages, and the bundles that they load: for tests that open tabs and frames, and let
// time go by in them. Owns no page. For the hosts of the matrix scripts/hosts/run-server.mjs serves.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { workerSource } from "../../scripts/worker-source.mjs";

/** What is answered to a path. */
export type PageFile = [type: string, text: string];

/** A server that listens. */
export interface PageServer {
  readonly port: number;
  /** Hears of requests for sockets, until what it gives is called. */
  onUpgrade(listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): () => void;
  close(): void;
}

/** The bundle of `test/<path>`, as text. */
export async function textOf(path: string): Promise<string> {
  const module = await workerSource(path, {});
  return JSON.parse(module.slice(module.indexOf('"'), module.lastIndexOf('"') + 1));
}

/** Serves `files`, by their paths, on the loopback. */
export async function servePages(files: Readonly<Record<string, PageFile>>): Promise<PageServer> {
  const server = createServer((request, response) => {
    const found = files[new URL(request.url ?? "/", "http://x").pathname];
    response.writeHead(found ? 200 : 404, { "content-type": found?.[0] ?? "text/plain" });
    response.end(found?.[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    onUpgrade(listener) {
      server.on("upgrade", listener);
      return () => void server.off("upgrade", listener);
    },
    close: () => void server.close(),
  };
}

/** Lets time go by, as `pass` lets some, until `asked` has its answer. */
export async function passing<T>(pass: () => Promise<void>, asked: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  asked.then(over, over);
  while (!isOver) await pass();
  return asked;
}
