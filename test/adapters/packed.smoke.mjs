// What a user's program does with the adapters, in the user's Node: run by packed.test.ts in a
// project that has the packed package. Arguments: both ends of a serial line, or none without the
// optional peers. Prints one line for each thing that worked, and must end by itself.
import { once } from "node:events";
import { createServer } from "node:http";
import { createSystem } from "troupe";
import { modbusClient, modbusSlave } from "troupe/modbus";
import { serialPort } from "troupe/serial";
import { eventSource } from "troupe/sse";
import { tcp, tcpListen } from "troupe/tcp";
import { duplexOfWebSocket, webSocket, webSocketBytes } from "troupe/websocket";

const [lineA, lineB] = process.argv.slice(2);
const QUICK = { minBackoffMs: 20, maxBackoffMs: 100 };
// A machine may be busy: what is asked for is answered in the end.
const PATIENT = { ...QUICK, timeoutMs: 20_000, queueTimeoutMs: 20_000 };
const system = createSystem();

/** Writes and reads back through a client. */
async function exercise(what, client) {
  const unit = client.unit(17);
  await unit.writeRegister(5, 1_000);
  console.log(what, await unit.readHoldingRegisters(4, 2));
}

/** Resolves with the snapshot in which a client, or a slave, has this status. */
async function reached(client, status) {
  for (;;) {
    const view = client.getSnapshot();
    if (view?.status === status) return view;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const bank = { holdingRegisters: 10 };
const slave = await system.start(modbusSlave, { framing: "tcp", bank });
const attach = (to) => (duplex) => {
  if (!to.cast.attach(duplex)) duplex.close();
};
const listener = await tcpListen({ onConnection: attach(slave) });
const connect = tcp({ host: listener.host, port: listener.port });
await exercise("tcp", await system.start(modbusClient, { connect, framing: "tcp", ...PATIENT }));

const http = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end("id: 7\ndata: hello\n\n");
}).listen(0, "127.0.0.1");
await once(http, "listening");
const origin = `127.0.0.1:${http.address().port}`;
const events = (await system.start(eventSource, { url: `http://${origin}/`, ...QUICK })).events();
console.log("sse", (await events.next()).value);
await events.return();

if (lineA === undefined) {
  const connect = serialPort({ path: "/dev/ttyUSB0", baudRate: 19_200 });
  const meter = await system.start(modbusClient, { connect, framing: "rtu" });
  console.log("serial", (await reached(meter, "failed")).error);
  // Node 20 has no WebSocket: as if this one had none either.
  Reflect.deleteProperty(globalThis, "WebSocket");
  const chat = await system.start(webSocket, { url: `ws://${origin}` });
  console.log("websocket", (await reached(chat, "failed")).error);
  const bridge = webSocketBytes({ url: `ws://${origin}` });
  const line = await system.start(modbusClient, { connect: bridge, framing: "rtu" });
  console.log("bytes", (await reached(line, "failed")).error);
} else {
  const line = (path) => serialPort({ path, baudRate: 19_200 });
  const device = { connect: line(lineB), framing: "rtu", bank, ...QUICK };
  // What is sent before both ends are open is lost on the line.
  await reached(await system.start(modbusSlave, device), "open");
  const options = { connect: line(lineA), framing: "rtu", ...PATIENT };
  await exercise("serial", await system.start(modbusClient, options));

  const { WebSocket, WebSocketServer } = await import("ws");
  const far = await system.start(modbusSlave, { framing: "rtu", bank });
  const server = new WebSocketServer({ server: http });
  server.on("connection", (socket, { url }) => {
    if (url === "/line") attach(far)(duplexOfWebSocket(socket));
    else socket.on("message", (data) => socket.send(`echo ${data}`));
  });
  const chat = await system.start(webSocket, { url: `ws://${origin}/chat`, WebSocket, ...QUICK });
  const messages = chat.messages();
  console.log("websocket", await chat.sendMessage("hi"), (await messages.next()).value);
  await messages.return();
  const bridge = webSocketBytes({ url: `ws://${origin}/line`, WebSocket });
  const last = { connect: bridge, framing: "rtu", ...PATIENT };
  await exercise("bytes", await system.start(modbusClient, last));
}

await system.stop();
await listener.close();
http.close();
http.closeAllConnections();
