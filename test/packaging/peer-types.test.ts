// Type-checks what users hand to the package, in a project with the packed tarball: the classes of their
// hosts and of the optional peers, with the types that those ship or that @types has for them. Each
// type of ours that stands for one of theirs (WorkerLike, SocketServerClass, …) is met here by the real one.
// That our types stand without theirs is types.test.ts'.
import { execFile } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compilers } from "../harness/compilers.js";
import { type Consumer, installedConsumer } from "../harness/consumer.js";
import { root } from "../harness/source-tree.js";

const exec = promisify(execFile);

let project = "";
let consumer: Consumer | undefined;
beforeAll(async () => {
  consumer = await installedConsumer();
  project = consumer.folder;
  for (const name of ["@types", "serialport", "ws"])
    await symlink(join(root, "node_modules", name), join(project, "node_modules", name), "dir");
});
afterAll(() => consumer?.remove());

const imports = `
import { createSystem } from "troupe";
import * as realms from "troupe/realms";
import { serialPort } from "troupe/serial";
import { duplexOfWebSocket, webSocket, webSocketBytes } from "troupe/websocket";
const system = createSystem();`;

/** What a program of Node has, with and without the types of pages. */
const node = `
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import * as threads from "node:worker_threads";
import { SerialPort } from "serialport";
import { WebSocket as Ws, WebSocketServer } from "ws";
const on = realms.socketListener({ origins: ["https://shop.example"] });
createServer().on("upgrade", realms.webSocketUpgrade(on, WebSocketServer)).listen(8080);
createSecureServer({}).on("upgrade", realms.webSocketUpgrade(on, WebSocketServer));
new WebSocketServer({ port: 8081 }).on("connection", (socket) => {
  on.accept(socket);
  duplexOfWebSocket(socket);
});
realms.webSocketRealm("wss://shop.example/realm", { WebSocket: Ws });
realms.webSocketLink("wss://shop.example/realm", { WebSocket: Ws });
system.launch(webSocket, { url: "wss://shop.example/feed", WebSocket: Ws });
webSocketBytes({ url: "wss://shop.example/line", WebSocket: Ws });
serialPort({ path: "/dev/ttyUSB0", baudRate: 9_600, SerialPort });
realms.worker(() => new threads.Worker("./decoder.worker.js"));
realms.workerLink(new threads.Worker("./decoder.worker.js"));
realms.pool({ create: () => new threads.Worker("./decoder.worker.js") });
realms.messagePort(() => new threads.MessageChannel().port1);
realms.messagePortLink(new threads.MessageChannel().port1);
realms.messagePortListener(new threads.MessageChannel().port1);
realms.broadcastLink({ name: "cart", channel: (name) => new threads.BroadcastChannel(name) });
realms.transfer(new threads.MessageChannel().port1);`;

/** What a worker has, of a page or not. */
const web = `
realms.worker(() => new Worker("./decoder.worker.js", { type: "module" }));
realms.workerLink(new Worker("./decoder.worker.js"));
realms.pool({ create: () => new Worker("./decoder.worker.js") });
realms.messagePort(() => new MessageChannel().port1);
realms.messagePortLink(new MessageChannel().port1);
realms.messagePortListener(new MessageChannel().port1);
realms.broadcastLink({ name: "cart", channel: (name) => new BroadcastChannel(name) });
realms.tabs("cart", { channel: (name) => new BroadcastChannel(name) });
realms.webSocketRealm("wss://shop.example/realm", { WebSocket });
realms.webSocketLink("wss://shop.example/realm", { WebSocket });
system.launch(webSocket, { url: "wss://shop.example/feed", WebSocket });
webSocketBytes({ url: "wss://shop.example/line", WebSocket });
realms.sharedWorkerListener(self);
realms.transfer(new ArrayBuffer(8));
realms.transfer(new MessageChannel().port1);`;

/** What only a page has. */
const page = `
realms.sharedWorker(() => new SharedWorker("./hub.worker.js", { type: "module" }));
realms.sharedWorkerLink(new SharedWorker("./hub.worker.js"));
realms.tabs("cart", { worker: () => new SharedWorker("./hub.worker.js") });
const frame = document.createElement("iframe");
const origin = "https://shop.example";
realms.iframe(() => frame.contentWindow, { origin, own: window });
realms.iframe(() => window.open("https://shop.example"), { origin });
realms.windowLink(window.parent, { origin });
realms.windowListener({ origins: [origin], own: window });
realms.parentWindow({ origin, own: self });`;

/** The constructors of hosts whose types are not installed here, as those declare them. */
const declared = `
declare const BunWebSocket: {
  new (url: string | URL, options?: { protocols?: string[]; headers?: object }): WebSocket;
  new (url: string | URL, protocols?: string | string[]): WebSocket;
};
declare const EdgeWebSocket: new (url: string, protocols?: string | string[]) => WebSocket;
realms.webSocketRealm("wss://shop.example/realm", { WebSocket: BunWebSocket });
system.launch(webSocket, { url: "wss://shop.example/feed", WebSocket: BunWebSocket });
webSocketBytes({ url: "wss://shop.example/line", WebSocket: BunWebSocket });
realms.webSocketRealm("wss://shop.example/realm", { WebSocket: EdgeWebSocket });
system.launch(webSocket, { url: "wss://shop.example/feed", WebSocket: EdgeWebSocket });
webSocketBytes({ url: "wss://shop.example/line", WebSocket: EdgeWebSocket });`;

interface User {
  readonly user: string;
  readonly program: string;
  readonly options: object;
}

const disposable = "ESNext.Disposable";
const users: [User, ...User[]] = [
  {
    user: "Node and pages",
    program: imports + node + web + page + declared,
    options: { lib: ["ES2022", "DOM", "DOM.Iterable", disposable], types: ["node"] },
  },
  {
    user: "Node alone",
    program: imports + node,
    options: { lib: ["ES2022", disposable], types: ["node"] },
  },
  {
    user: "a page",
    program: imports + web + page,
    options: { lib: ["ES2022", "DOM", "DOM.Iterable", disposable], types: [] },
  },
  {
    user: "a worker",
    program: imports + web,
    options: { lib: ["ES2022", "WebWorker", disposable], types: [] },
  },
];

describe("types of hosts and peers", () => {
  const [fastest = ""] = Object.values(compilers);
  const check = async (compiler: string, { program, options }: User) => {
    const compilerOptions = {
      ...{ module: "NodeNext", target: "ES2022", strict: true, exactOptionalPropertyTypes: true },
      ...{ noEmit: true, skipLibCheck: false },
      ...options,
    };
    const config = { compilerOptions, files: ["consumer.ts"] };
    await writeFile(join(project, "consumer.ts"), program);
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
    const result = await exec(process.execPath, [compiler, "-p", project]).catch((error) => error);
    expect(result.stdout).toBe("");
  };

  test.each(users)("are accepted: those of $user", (user) => check(fastest, user));

  const [all] = users;
  test.each(Object.entries(compilers).slice(1))("are accepted by %s", (_, path) =>
    check(path, all),
  );
});
