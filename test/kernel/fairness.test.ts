// SYS-2 on the Node of the tests: the suite of every host, with a server to fetch from. And the other suites
// that measure real time: this file runs when nothing else does.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { platform } from "../../platform/node/platform.js";
import { realTimeSuites } from "../suites.js";
import { fairness } from "./fairness.js";

const server = createServer((_request, response) => response.end("here"));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => server.close());

const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
for (const suite of [fairness(url), ...realTimeSuites]) {
  suite.define({ describe, test, expect, platform });
}
