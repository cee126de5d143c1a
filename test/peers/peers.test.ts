// The peers themselves: that each does what the tests above it rely on. What troupe does with them
// is tested elsewhere.
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SerialPort } from "serialport";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startChild } from "./child.js";
import { ownMs } from "./own-time.js";
import {
  freePort,
  type HttpPeer,
  mbpoll,
  PATIENT_MS,
  type SocatPair,
  type SseStats,
  startModbusPeer,
  startNginx,
  startSocatPair,
  startSsePeer,
  startWsPeer,
  type WsCount,
} from "./peers.js";

/** Whether a process runs; one that ended and waits for its parent to notice does not. */
function isAlive(pid: string | undefined): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("processes", () => {
  test("a child that ends before it is ready fails with its output", async () => {
    const child = startChild("/bin/sh", ["-c", "echo started; echo broken >&2"], { needs: "dash" });
    await expect(child.waitForLine(/^listening/)).rejects.toThrow(/it ended; .*\n(.*\n)*broken/);
  });

  test("a child that is never ready is killed", async () => {
    const child = startChild("/bin/sh", ["-c", "exec sleep 60"], { needs: "dash" });
    await expect(child.waitForLine(/^listening/, 50)).rejects.toThrow("nothing came within 50 ms");
    expect(await child.exited).toBe("SIGKILL");
  });

  test("a child that ignores the request to end is killed", async () => {
    const script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
    const child = startChild("/bin/sh", ["-c", script], { needs: "dash" });
    await child.waitForLine(/^ready$/);
    await child.stop();
    expect(await child.exited).toBe("SIGKILL");
  });

  test("a missing program names the package that has it", () => {
    expect(() => startChild("/usr/bin/no-such-program", [], { needs: "some-package" })).toThrow(
      "apt-get install some-package",
    );
  });

  test.runIf(existsSync("/usr/bin/setpriv"))(
    "a child dies with the process that started it, even if that one is killed",
    async () => {
      // The middle process stands for a test runner that crashes.
      const middle = startChild(
        "/bin/sh",
        ["-c", "/usr/bin/setpriv --pdeathsig KILL sleep 60 & echo child $!; wait"],
        { needs: "dash" },
      );
      const [, pid] = await middle.waitForLine(/^child (\d+)$/);
      // Only once the program runs is the wish of setpriv in force.
      await expect.poll(() => readlinkSync(`/proc/${pid}/exe`)).toMatch(/sleep$/);
      await middle.kill();
      await expect.poll(() => isAlive(pid)).toBe(false);
    },
  );
});

describe("the SSE peer", () => {
  let peer: HttpPeer<SseStats>;
  beforeAll(async () => {
    peer = await startSsePeer();
  });
  afterAll(() => peer.stop());

  const text = async (path: string, init?: RequestInit) =>
    (await fetch(peer.url(path), init)).text();
  const bytes = async (path: string) =>
    Array.from(new Uint8Array(await (await fetch(peer.url(path))).arrayBuffer()));

  test("/message sends any bytes, in chunks, with the newline and type that were asked for", async () => {
    expect(await bytes("/message?message=a%FF%00&newline=none&chunk=1")).toEqual([97, 255, 0]);
    expect(await text("/message?message=data%3Ax+y%2Bz")).toBe("data:x y+z\n\n");
    expect(await text("/message?message=x&newline=%0D")).toBe("x\r");
    expect(await text("/message", { method: "POST", body: "data:…" })).toBe("data:…\n\n");
    const response = await fetch(peer.url("/message?message=x&mime=text/plain"));
    expect(response.headers.get("content-type")).toBe("text/plain");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    await response.text();
  });

  test("/status answers any status, for some requests or for all, with Retry-After", async () => {
    const response = await fetch(peer.url("/status?code=503&retryAfter=7"));
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "7"]);
    const path = "/status?code=500&times=2&key=flaky";
    const statuses = [];
    for (let attempt = 0; attempt < 3; attempt++)
      statuses.push((await fetch(peer.url(path))).status);
    expect(statuses).toEqual([500, 500, 200]);
  });

  test("/redirect redirects", async () => {
    expect(await text("/redirect?code=307")).toContain("id: redirected");
  });

  test("/drop counts its connections, shows the Last-Event-ID, and ends cleanly or not", async () => {
    const headers = { "Last-Event-ID": "7" };
    expect(await text("/drop?key=d", { headers })).toBe("retry: 20\nid: 1\ndata: 7\n\n");
    expect(await text("/drop?key=d&cut=line")).toBe("retry: 20\nid: 2\ndata: -\n");
    await expect(text("/drop?key=d&cut=reset")).rejects.toThrow();
  });

  test("/auth takes one token", async () => {
    const response = await fetch(peer.url("/auth?token=t"), {
      headers: { authorization: "Bearer t" },
    });
    expect(response.status).toBe(200);
    await response.body?.cancel();
    expect((await fetch(peer.url("/auth?token=t&code=403"))).status).toBe(403);
  });

  test("/post echoes the request, and a preflight is answered", async () => {
    const init = { method: "POST", body: "hi", headers: { "content-type": "text/x" } };
    expect(JSON.parse((await text("/post", init)).slice(6))).toMatchObject({
      method: "POST",
      body: "hi",
      contentType: "text/x",
    });
    const preflight = await fetch(peer.url("/post"), { method: "OPTIONS" });
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Last-Event-ID");
  });

  test("/heartbeat sends comments, then an event", async () => {
    const reader = (await fetch(peer.url("/heartbeat?count=3&everyMs=5"))).body?.getReader();
    let seen = "";
    while (!seen.includes("done")) seen += new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    expect(seen).toBe(": heartbeat\n: heartbeat\n: heartbeat\ndata: done\n\n");
  });

  test("stats show what is open, and that a client went away", async () => {
    for (const path of ["/stall?events=2", "/silent"]) {
      const controller = new AbortController();
      const asked = fetch(peer.url(path), { signal: controller.signal });
      const key = path.replace(/\?.*/, "");
      const count = async () => (await peer.stats()).counts[key];
      await expect.poll(count).toMatchObject({ requests: 1, open: 1, aborted: 0 });
      controller.abort();
      await asked.then((response) => response.text()).catch(() => {});
      await expect.poll(count).toMatchObject({ open: 0, aborted: 1 });
    }
    expect((await peer.stats()).connections).toBeGreaterThan(2);
  });

  test("/flood sends no more than its client takes", async () => {
    const controller = new AbortController();
    const response = await fetch(peer.url("/flood?count=100000&bytes=1000"), {
      signal: controller.signal,
    });
    const sent = async () => (await peer.stats()).counts["/flood"]?.bytes ?? 0;
    await expect.poll(sent).toBeGreaterThan(0);
    let [before, after] = [-1, 0];
    while (before !== after) {
      [before, after] = [after, await sent()];
      await sleep(100);
    }
    expect(after).toBeLessThan(50_000_000);
    controller.abort();
    await response.text().catch(() => {});
  });

  test("reset forgets", async () => {
    await peer.reset();
    expect((await peer.stats()).counts).toEqual({});
  });

  test("it prints nothing but its port", () => {
    expect(peer.output()).toMatch(/^listening \d+\n$/);
  });
});

describe("the WebSocket peer", () => {
  let peer: HttpPeer<Record<string, WsCount>>;
  beforeAll(async () => {
    peer = await startWsPeer();
  });
  afterAll(() => peer.stop());

  /** Opens a path, sends each message after the reply to the one before, tells what happened. */
  async function visit(path: string, send: (string | Uint8Array)[] = [], protocols?: string[]) {
    const socket = new WebSocket(peer.url(path), protocols);
    const received: string[] = [];
    let error = "";
    const waiting = [...send];
    const next = () => {
      const message = waiting.shift();
      if (message !== undefined) socket.send(message);
      else if (send.length > 0) socket.close(1000, "done");
    };
    socket.on("open", () => send.length > 0 && next());
    socket.on("message", (data, binary) => {
      received.push(binary ? `binary ${(data as Buffer).toString("hex")}` : String(data));
      next();
    });
    socket.on("error", (failure) => {
      error = failure.message;
    });
    const [code, reason] = await new Promise<[number, string]>((resolve) => {
      socket.on("close", (...closed) => resolve([closed[0], String(closed[1])]));
    });
    return { received, code, reason, error };
  }

  test("/echo sends text and bytes back", async () => {
    const { received, code } = await visit("/echo", ["é", new Uint8Array([1, 255])]);
    expect([received, code]).toEqual([["é", "binary 01ff"], 1000]);
    // The client may know of the end before the server does.
    await expect
      .poll(async () => (await peer.stats())["/echo"])
      .toMatchObject({
        opened: 1,
        open: 0,
        received: 2,
        bytes: 4,
        closes: [[1000, "done"]],
      });
  });

  for (const code of [1000, 1001, 1005, 1006, 1008, 1011, 1012, 1013, 1014, 3000, 4401, 4999]) {
    test(`/close/${code} closes with ${code}`, async () => {
      const closed = await visit(`/close/${code}?reason=why`);
      const reason = code === 1005 || code === 1006 ? "" : "why";
      expect([closed.code, closed.reason]).toEqual([code, reason]);
    });
  }

  test("/close can wait for messages, and /closes has a code for each connection", async () => {
    expect(await visit("/close/4000?after=2", ["a", "b", "c"])).toMatchObject({
      received: ["a", "b"],
      code: 4000,
    });
    const path = "/closes?codes=1012,4401";
    expect([(await visit(path)).code, (await visit(path)).code]).toEqual([1012, 4401]);
    expect(await visit(path, ["x"])).toMatchObject({ received: ["x"], code: 1000 });
  });

  test("/reject and /auth refuse the handshake, /auth but for the token", async () => {
    expect(await visit("/reject")).toMatchObject({
      code: 1006,
      error: "Unexpected server response: 401",
    });
    expect((await visit("/reject?code=503")).error).toContain("503");
    expect((await visit("/auth?token=t&given=x")).error).toContain("401");
    expect((await visit("/auth?token=t&given=t", ["in"])).received).toEqual(["in"]);
  });

  test("/proto speaks the subprotocol", async () => {
    expect((await visit("/proto", ["x"], ["other", "sup"])).received[0]).toBe("subprotocol sup");
  });

  test("/flood sends its messages, /heartbeat answers ping", async () => {
    const socket = new WebSocket(peer.url("/flood/50?bytes=3"));
    const received: string[] = [];
    socket.on("message", (data) => received.push(String(data)));
    await expect.poll(() => received.length).toBe(50);
    expect(received[49]).toBe("49 xxx");
    socket.terminate();
    expect((await visit("/heartbeat", ["ping", "x"])).received).toEqual(["pong", "x"]);
  });

  test("/record keeps messages over connections, and cuts after some", async () => {
    const path = "/record?dropAfter=2";
    expect((await visit(path, ["a", "b", "c"])).code).toBe(1006);
    expect((await visit(path, ["c", "d", "e"])).code).toBe(1006);
    expect((await peer.stats())["/record"]?.messages).toEqual(["a", "b", "c", "d"]);
  });

  test("/silent lets what is sent pile up, and answers no close", async () => {
    const socket = new WebSocket(peer.url("/silent"));
    await new Promise((resolve) => socket.on("open", resolve));
    const megabyte = new Uint8Array(1_048_576);
    for (let index = 0; index < 16; index++) socket.send(megabyte);
    await sleep(200);
    expect(socket.bufferedAmount).toBeGreaterThan(1_048_576);
    let closed = false;
    socket.on("close", () => {
      closed = true;
    });
    socket.close();
    await sleep(200);
    expect(closed).toBe(false);
    socket.terminate();
  });

  test("/hang never answers the handshake, and /mute falls silent", async () => {
    const socket = new WebSocket(peer.url("/hang"));
    socket.on("error", () => {});
    await sleep(150);
    expect(socket.readyState).toBe(WebSocket.CONNECTING);
    socket.terminate();
    const mute = new WebSocket(peer.url("/mute?after=1"));
    const received: string[] = [];
    mute.on("message", (data) => received.push(String(data)));
    mute.on("open", () => {
      for (const message of ["a", "b"]) mute.send(message);
    });
    await expect.poll(async () => (await peer.stats())["/mute"]?.received).toBe(2);
    await sleep(50);
    expect(received).toEqual(["a"]);
    mute.terminate();
  });

  test("it prints nothing but its port", () => {
    expect(peer.output()).toMatch(/^listening \d+\n$/);
  });
});

describe("the Modbus peer", () => {
  /** Waits for an answer as long as mbpoll can. */
  const ask = (args: string[]) => mbpoll(["-o", "10", ...args], { timeoutMs: PATIENT_MS });
  const read = (...where: string[]) => ["-q", "-a", "17", "-0", "-r", "5", "-c", "2", ...where];

  test("it serves TCP, and logs each write once", async () => {
    await using peer = await startModbusPeer("tcp", 0, { reads: true });
    const link = ["-m", "tcp", "-p", String(peer.port)];
    const polled = await ask([...read(...link, "-t", "4:hex", "-1"), "127.0.0.1"]);
    expect(polled.output).toMatch(/\[5\]:\s+0x1105\s+\[6\]:\s+0x1106/);
    expect(polled.code).toBe(0);
    const register = ["-q", "-a", "1", "-0", "-r", "9", ...link, "-t", "4", "127.0.0.1"];
    await ask([...register, "513"]);
    await ask([...register, "513", "7"]);
    expect(await peer.writes()).toEqual([
      { op: "write", unit: 1, function: 6, address: 9, values: [513] },
      { op: "write", unit: 1, function: 16, address: 9, values: [513, 7] },
    ]);
    expect(await peer.reads()).toEqual([
      { op: "read", unit: 17, function: 3, address: 5, count: 2 },
    ]);
  });

  test("it serves RTU over TCP", async () => {
    await using peer = await startModbusPeer("rtutcp");
    const socket = createConnection(peer.port, "127.0.0.1");
    socket.write(Buffer.from("010300000002c40b", "hex"));
    const reply = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    socket.destroy();
    expect(reply.toString("hex")).toBe("01030410001001" + "32f3");
  });

  test("it serves a serial line, and again after an unplug", async () => {
    await using line = await startSocatPair();
    await using peer = await startModbusPeer("rtu", line.a);
    const args = [...read("-m", "rtu", "-b", "19200", "-P", "none", "-t", "3:hex", "-1"), line.b];
    const poll = () => mbpoll(["-o", "0.5", ...args]);
    expect((await ask(args)).output).toMatch(/\[5\]:\s+0x2005/);
    await line.kill();
    expect((await poll()).code).not.toBe(0);
    await line.restart();
    // What is asked before the peer has opened its end again is lost on the line.
    await expect.poll(async () => (await poll()).code, { timeout: PATIENT_MS }).toBe(0);
    expect(await peer.writes()).toEqual([]);
  });
});

describe("the serial line", () => {
  let line: SocatPair;
  beforeAll(async () => {
    line = await startSocatPair();
  });
  afterAll(() => line.stop());

  test("bytes of all values cross it unchanged in both directions", async () => {
    const open = async (path: string) => {
      const port = new SerialPort({ path, baudRate: 115_200 });
      await once(port, "open");
      return port;
    };
    // Both, before anything is written: what waits for a port is dropped when it is opened.
    const [a, b] = [await open(line.a), await open(line.b)];
    const all = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const received: Buffer[] = [];
      const collect = (chunk: Buffer) => received.push(chunk);
      to.on("data", collect);
      from.write(all);
      await expect.poll(() => Buffer.concat(received).equals(all)).toBe(true);
      to.off("data", collect);
    }
    await Promise.all([a, b].map((port) => new Promise((resolve) => port.close(resolve))));
  });

  test("its ends vanish with kill, and return at the same paths", async () => {
    await line.kill();
    expect([existsSync(line.a), existsSync(line.b)]).toEqual([false, false]);
    await line.restart();
    expect([existsSync(line.a), existsSync(line.b)]).toEqual([true, true]);
  });
});

describe("nginx", () => {
  test("it passes both on, and cuts what is idle", async () => {
    await using sse = await startSsePeer();
    await using ws = await startWsPeer();
    const ports = { upstreamSse: sse.port, upstreamWs: ws.port };
    // One that waits for a peer which stands still, and one that waits for nobody.
    await using patient = await startNginx({ ...ports, idleMs: 60_000 });
    await using hasty = await startNginx({ ...ports, idleMs: 300 });

    const whole = await fetch(patient.sseUrl("/lastid?id=3"));
    expect(await whole.text()).toContain("id: 3\ndata: -\n\n");

    const through = new WebSocket(patient.wsUrl("/echo"));
    through.on("open", () => through.send("through"));
    const [echo] = await once(through, "message");
    expect(String(echo)).toBe("through");
    through.terminate();

    for (let opened = false; !opened; ) {
      const socket = new WebSocket(hasty.wsUrl("/echo"));
      socket.on("error", () => {});
      socket.on("open", () => {
        opened = true;
      });
      expect(await new Promise((resolve) => socket.on("close", resolve))).toBe(1006);
    }
    // The peer itself holds it for an hour.
    const stalled = () =>
      fetch(hasty.sseUrl("/stall")).then((response) => response.text().catch(() => {}));
    expect(await ownMs(stalled)).toBeLessThan(5_000);
    await expect.poll(async () => (await sse.stats()).counts["/stall"]?.open).toBe(0);
  });

  test("a dead upstream is a 502", async () => {
    const closed = await freePort();
    await using nginx = await startNginx({ upstreamSse: closed, upstreamWs: closed });
    expect((await fetch(nginx.sseUrl("/"))).status).toBe(502);
  });
});

/** The text of a file, or nothing: other tests beside this one take theirs away at any moment. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

test("stopped peers leave no file and no process behind", async () => {
  const line = await startSocatPair();
  const nginx = await startNginx({ upstreamSse: 1, upstreamWs: 1 });
  const configurations = readdirSync(tmpdir())
    .map((name) => join(tmpdir(), name, "nginx.conf"))
    .filter((path) => textOf(path).includes(`127.0.0.1:${nginx.ssePort};`));
  const folders = [line.a, ...configurations].map((path) => dirname(path));
  expect(folders.map((folder) => existsSync(folder))).toEqual([true, true]);
  await Promise.all([line.stop(), line.stop(), nginx.stop()]);
  await nginx.stop();
  expect(folders.map((folder) => existsSync(folder))).toEqual([false, false]);
  await expect(fetch(nginx.sseUrl("/"))).rejects.toThrow();
});
