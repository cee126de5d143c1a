// Starts the servers that tests in a page talk to, as a page cannot, and provides their ports.
// Owns their life: one of each for a whole run. What they offer is in test/peers/; one more closes
// each connection of a URL with the next code of its parameter `codes`.
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { WebSocketServer } from "ws";
import { startSsePeer, startWsPeer } from "../peers/peers.js";

declare module "vitest" {
  interface ProvidedContext {
    ssePort: number;
    wsPort: number;
    closesPort: number;
  }
}

/** How often each URL of the closing server was asked for. */
const turns = new Map<string | undefined, number>();

/** Vitest's global setup; gives the teardown. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [sse, ws] = await Promise.all([startSsePeer(), startWsPeer()]);
  project.provide("ssePort", sse.port);
  project.provide("wsPort", ws.port);
  // Of ws_peer.py's /closes Chromium reports 1006 whatever the code, unlike Node; of ws the code.
  const closes = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => closes.once("listening", resolve));
  closes.on("connection", (socket, request) => {
    const codes = new URL(request.url ?? "", "ws://x").searchParams.get("codes")?.split(",") ?? [];
    const turn = turns.get(request.url) ?? 0;
    turns.set(request.url, turn + 1);
    const code = Number(codes[turn]);
    if (code === 1006) socket.terminate();
    else if (code > 0) socket.close(code);
  });
  project.provide("closesPort", (closes.address() as AddressInfo).port);
  return async () => {
    for (const socket of closes.clients) socket.terminate();
    closes.close();
    await Promise.all([sse.stop(), ws.stop()]);
  };
}
