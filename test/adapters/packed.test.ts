// The adapters as a user has them: from the packed tarball, in the user's own Node (which may be 20,
// the oldest that is promised) and in the project's, with the optional peers and without.
// What the adapters do in detail is held by the tests of the source.
import { execFile } from "node:child_process";
import { copyFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Consumer, installedConsumer, userNode } from "../harness/consumer.js";
import { root } from "../harness/source-tree.js";
import { type SocatPair, startSocatPair } from "../peers/peers.js";

const exec = promisify(execFile);
const nodes = [
  { name: "the user's Node", node: userNode },
  { name: "the project's Node", node: process.execPath },
];

let bare: Consumer;
let full: Consumer;
let line: SocatPair;
beforeAll(async () => {
  [bare, full, line] = await Promise.all([
    installedConsumer(),
    installedConsumer(),
    startSocatPair(),
  ]);
  for (const peer of ["ws", "serialport"]) {
    await symlink(join(root, "node_modules", peer), join(full.folder, "node_modules", peer), "dir");
  }
  for (const { folder } of [bare, full]) {
    await copyFile(join(root, "test/adapters/packed.smoke.mjs"), join(folder, "smoke.mjs"));
  }
});
afterAll(() => Promise.all([bare?.remove(), full?.remove(), line?.stop()]));

const smoke = (node: string, { folder }: Consumer, ...args: string[]) =>
  exec(node, ["smoke.mjs", ...args], { cwd: folder, timeout: 120_000 });

test.each(nodes)("every link carries a client in $name, and the program ends", async ({ node }) => {
  const { stdout, stderr } = await smoke(node, full, line.a, line.b);
  expect(stderr).toBe("");
  expect(stdout.trim().split("\n")).toEqual([
    "tcp [ 0, 1000 ]",
    "sse { type: 'message', data: 'hello', lastEventId: '7' }",
    "serial [ 0, 1000 ]",
    "websocket sent echo hi",
    "bytes [ 0, 1000 ]",
  ]);
});

test.each(nodes)("without the optional peers $name is told what to install", async ({ node }) => {
  const { stdout, stderr } = await smoke(node, bare);
  expect(stderr).toBe("");
  const [, , serial, webSocket, bytes] = stdout.split("\n");
  expect(serial).toContain("run npm install serialport");
  for (const told of [webSocket, bytes]) {
    expect(told).toContain("run npm install ws");
    expect(told).toContain('import { WebSocket } from "ws"');
  }
});
