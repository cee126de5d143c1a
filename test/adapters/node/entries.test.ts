// The entries of the adapters, as their users import them: each link's entry is enough to write a
// client or a transport of one's own, and to understand every error that can reach it.
import { expect, test } from "vitest";
import type * as Serial from "../../../platform/node/serial.js";
import * as serial from "../../../platform/node/serial.js";
import type * as Tcp from "../../../platform/node/tcp.js";
import * as tcp from "../../../platform/node/tcp.js";
import * as modbus from "../../../src/adapters/modbus/index.js";
import * as webSerial from "../../../src/adapters/serial/index.js";
import * as sse from "../../../src/adapters/sse/index.js";
import * as webTcp from "../../../src/adapters/tcp/index.js";
import type * as WebSocket from "../../../src/adapters/websocket/index.js";
import * as webSocket from "../../../src/adapters/websocket/index.js";
import { ActorError } from "../../../src/index.js";

const ofLinks = ["LinkError", "classifyLinkError", "startPump"];

test.each([
  {
    entry: "troupe/serial in a page",
    has: webSerial,
    names: ["webSerial", "serialPort", ...ofLinks],
  },
  { entry: "troupe/tcp in a page", has: webTcp, names: Object.keys(tcp) },
  { entry: "troupe/serial in Node", has: serial, names: ["serialPort", "webSerial", ...ofLinks] },
  { entry: "troupe/tcp", has: tcp, names: ["tcp", "tcpListen", ...ofLinks] },
  {
    entry: "troupe/websocket",
    has: webSocket,
    names: ["webSocketBytes", "duplexOfWebSocket", "ConnectTimeout", ...ofLinks],
  },
  { entry: "troupe/modbus", has: modbus, names: ["LinkError", "ConnectTimeout", "ModbusLinkDown"] },
  { entry: "troupe/sse", has: sse, names: ["ConnectTimeout", "SseLost"] },
])("$entry has what its user needs", ({ has, names }) => {
  expect(Object.keys(has)).toEqual(expect.arrayContaining(names));
});

test("a transport of one's own needs no import beside its entry", async () => {
  const over = (connect: Serial.Connect): Tcp.Connect => connect;
  const link = {} as Tcp.ByteDuplex;
  const connect: WebSocket.Connect = over(async ({ signal }: Serial.ConnectOptions) => {
    signal.throwIfAborted();
    return link;
  });
  expect(await connect({ signal: new AbortController().signal })).toBe(link);
});

test("every error class of an entry is an ActorError, so that it has a code", () => {
  const errors = [serial, tcp, modbus, sse, webSocket]
    .flatMap((has) => Object.entries(has))
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof Error);
  expect(new Set(errors.map(([name]) => name)).size).toBeGreaterThan(15);
  for (const [name, value] of errors) expect(value.prototype, name).toBeInstanceOf(ActorError);
});
