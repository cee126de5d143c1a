// A real WebSocket server that goes away and comes back: Node with the package ws, and with its own client.
// Owns what only a real network shows of a restart; the rules are held on virtual time, in outage.suite.ts.
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createSystem, genServer, supervisor } from "../../platform/node/index.js";
import {
  linkOf,
  remote,
  type Served,
  serve,
  socketListener,
  webSocketRealm,
  webSocketUpgrade,
} from "../../platform/node/realms.js";

const Room = genServer({
  id: "room",
  init: () => ({ said: 0 }),
  call: { say: (self) => ++self.state.said },
  accepts: { say: [] },
});

/** A server, with all that it holds. */
interface Running {
  readonly port: number;
  /** As the end of its process: every socket is cut. */
  kill(): Promise<void>;
}

async function start(): Promise<Running> {
  const system = createSystem();
  const on = socketListener();
  const room = await system.start(Room);
  const served: Served = serve([], { on, system, shared: { room } });
  const server: Server = createServer().on("upgrade", webSocketUpgrade(on, WebSocketServer));
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as AddressInfo).port,
    async kill() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
      await served.stop();
      await system.stop();
    },
  };
}

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

for (const [host, Constructor] of [
  ["the package ws", WebSocket],
  ["Node's own WebSocket", globalThis.WebSocket],
] as const) {
  // Node 20 has none of its own.
  if (Constructor === undefined) continue;

  test(`RLM-22: over ${host} actors come back when their server does, under a supervisor that allows one restart`, async () => {
    const first = await start();
    const crashes: unknown[] = [];
    const system = createSystem({ onCrash: (error) => crashes.push(error) });
    running.push(() => system.stop());
    // Where the server is now, as a name would tell: a port that was left may be somebody else's soon.
    let { port } = first;
    let tries = 0;
    let tried = (): void => {};
    const Found = new Proxy(Constructor as typeof WebSocket, {
      construct(target, [, ...rest]) {
        tries++;
        tried();
        return Reflect.construct(target, [`ws://127.0.0.1:${port}/`, ...rest]);
      },
    });
    const place = webSocketRealm("ws://room.example/", { WebSocket: Found });
    const App = supervisor({
      children: (child) => ({
        room: child(remote<typeof Room>("room", place), []),
        hall: child(remote<typeof Room>("room", place), []),
      }),
    });
    const { room, hall } = (await system.start(App)).child;
    expect(await room.call.say()).toBe(1);

    const stopping = first.kill();
    const lost = await room.call.say().catch((error: Error) => error);
    expect(lost).toMatchObject({ code: "actor-exit" });
    await stopping;
    const waits = room.with({ whenDown: "wait", timeoutMs: Infinity }).call.say();
    const before = tries;
    while (tries < before + 2) await new Promise<void>((resolve) => (tried = resolve));
    expect(linkOf(room).status).toBe("connecting");
    const second = await start();
    running.push(() => second.kill());
    port = second.port;
    // Another life of the server: it begins anew.
    const patient = { whenDown: "wait", timeoutMs: Infinity } as const;
    expect([await waits, await hall.with(patient).call.say()]).toEqual([1, 2]);
    expect(crashes).toEqual([]);
  });
}
