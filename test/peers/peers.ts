// The peers of integration tests: servers, devices and lines that nobody here wrote the code of.
//
// Owns starting each on a free loopback port (or a temporary folder), waiting until it is really
// ready, and stopping it without a trace. What a peer offers is described in its own file: every
// path of sse_peer.py and ws_peer.py, every device of modbus_peer.py.
// Every peer is `await using`-able; `stop` is idempotent. Debian's Python is named by path, because
// its packages belong to no other Python.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "./child.js";

const PYTHON = "/usr/bin/python3";
const READY_MS = 20_000;

/** How long an answer may take that a test counts on: each process of a busy machine may stand still for a while. */
export const PATIENT_MS = 20_000;

/** What every peer can do. */
export interface Peer extends AsyncDisposable {
  /** What the process printed so far. */
  output(): string;
  /** Ends the process and removes its files. Idempotent. */
  stop(): Promise<void>;
}

/** A peer that is reached over a loopback port. */
export interface HttpPeer<Stats> extends Peer {
  readonly port: number;
  /** The address of a path, which starts with a slash. */
  url(path: string): string;
  /** What happened at each key (the path of a request, or its `key` parameter). */
  stats(): Promise<Stats>;
  /** Forgets what happened. */
  reset(): Promise<void>;
}

/** What the SSE peer counts at one key. */
export interface SseCount {
  requests: number;
  /** Responses that are under way. */
  open: number;
  /** Bytes of bodies that were handed to the connection. */
  bytes: number;
  events: number;
  /** Responses whose client went away before their end. */
  aborted: number;
  latest: { method: string; lastEventId: string | null; authorization: string | null }[];
}

/** All that the SSE peer counts. `connections` are those of `stats` and `reset` too. */
export interface SseStats {
  connections: number;
  counts: Record<string, SseCount>;
}

/** What the WebSocket peer counts at one key. */
export interface WsCount {
  handshakes: number;
  opened: number;
  open: number;
  /** Messages, and their bytes. */
  received: number;
  bytes: number;
  /** The messages themselves, of `/record` only; binary ones in hex. */
  messages: string[];
  /** The close frames that clients sent. */
  closes: [code: number, reason: string][];
}

/** Starts sse_peer.py, which lists its paths. */
export async function startSsePeer(): Promise<HttpPeer<SseStats>> {
  return startHttpPeer<SseStats>("sse_peer.py", "http", "python3-aiohttp");
}

/** Starts ws_peer.py, which lists its paths. */
export async function startWsPeer(): Promise<HttpPeer<Record<string, WsCount>>> {
  return startHttpPeer<Record<string, WsCount>>("ws_peer.py", "ws", "python3-websockets");
}

async function startHttpPeer<Stats>(
  script: string,
  scheme: "http" | "ws",
  needs: string,
): Promise<HttpPeer<Stats>> {
  const child = startChild(PYTHON, [beside(script), "0"], { needs });
  const port = Number((await child.waitForLine(/^listening (\d+)$/, READY_MS))[1]);
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { connection: "close" },
    });
    if (!response.ok) throw new Error(`Cannot get ${path} of ${script}: ${response.status}`);
    return response.text();
  };
  return {
    port,
    url: (path) => `${scheme}://127.0.0.1:${port}${path}`,
    stats: async () => JSON.parse(await ask("/stats")) as Stats,
    reset: async () => void (await ask("/reset")),
    ...peerOf(child),
  };
}

/** One access to the data of a Modbus peer. */
export interface ModbusAccess {
  op: "read" | "write";
  unit: number;
  function: number;
  address: number;
  /** What was written. */
  values?: number[];
  /** How many were read. */
  count?: number;
}

/** A Modbus device. */
export interface ModbusPeer extends Peer {
  /** Its TCP port; 0 for a serial one. */
  readonly port: number;
  /** Every write that it carried out, in order, once no more has come for 30 ms. */
  writes(): Promise<ModbusAccess[]>;
  /** Every read of data, likewise; only with `reads: true`. */
  reads(): Promise<ModbusAccess[]>;
}

/**
 * Starts modbus_peer.py, which describes its units.
 *
 * @param kind `tcp`, RTU frames over TCP, or RTU on a serial line.
 * @param where a port (0 is a free one), or the path of a tty for `rtu`; one that vanishes and
 *   returns is opened again.
 */
export async function startModbusPeer(
  kind: "tcp" | "rtutcp" | "rtu",
  where: number | string = 0,
  options: { reads?: boolean } = {},
): Promise<ModbusPeer> {
  const args = [beside("modbus_peer.py"), kind, String(where)];
  if (options.reads === true) args.push("--reads");
  const needs = "python3-pymodbus python3-serial-asyncio";
  const child = startChild(PYTHON, args, { needs });
  const [, place] = await child.waitForLine(/^listening (.+)$/, READY_MS);
  const accesses = async (op: ModbusAccess["op"]) => {
    // A line is written before the reply it belongs to, but comes by another way.
    let seen = -1;
    while (seen !== child.lines.length) {
      seen = child.lines.length;
      await sleep(30);
    }
    const all = child.lines.filter((line) => line.startsWith("{"));
    return all.map((line) => JSON.parse(line) as ModbusAccess).filter((each) => each.op === op);
  };
  return {
    port: kind === "rtu" ? 0 : Number(place),
    writes: () => accesses("write"),
    reads: () => accesses("read"),
    ...peerOf(child),
  };
}

/** nginx in front of the SSE and the WebSocket peer. */
export interface Nginx extends Peer {
  readonly ssePort: number;
  readonly wsPort: number;
  sseUrl(path: string): string;
  wsUrl(path: string): string;
}

/**
 * Starts nginx with nginx.conf: it buffers what streams, and cuts what is idle.
 *
 * @param options.upstreamSse the port of the SSE peer; a closed one answers 502.
 * @param options.upstreamWs the port of the WebSocket peer.
 * @param options.idleMs how long a silent connection lives. Default 2,000.
 */
export async function startNginx(options: {
  upstreamSse: number;
  upstreamWs: number;
  idleMs?: number;
}): Promise<Nginx> {
  const template = readFileSync(beside("nginx.conf"), "utf8");
  // A port that was free may be taken by the time nginx wants it: then others are tried.
  for (let attempt = 1; ; attempt++) {
    const folder = temporaryFolder("nginx");
    const ports = { ssePort: await freePort(), wsPort: await freePort() };
    const values: Record<string, number> = { idleMs: 2_000, ...options, ...ports };
    const config = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name]));
    writeFileSync(join(folder, "nginx.conf"), config);
    const args = ["-p", folder, "-c", "nginx.conf", "-e", "stderr"];
    const child = startChild("/usr/sbin/nginx", args, { needs: "nginx-light", cwd: folder });
    const ready = Promise.all([accepts(ports.ssePort, child), accepts(ports.wsPort, child)]);
    if ((await ready).every(Boolean)) {
      return {
        ...ports,
        sseUrl: (path) => `http://127.0.0.1:${ports.ssePort}${path}`,
        wsUrl: (path) => `ws://127.0.0.1:${ports.wsPort}${path}`,
        ...peerOf(child, folder),
      };
    }
    await peerOf(child, folder).stop();
    if (attempt === 3) throw new Error(`Cannot start nginx: its output:\n${child.output()}`);
  }
}

/** A serial line: what is written to one end is read at the other. */
export interface SocatPair extends Peer {
  /** The paths of its ends. They stay the same from one `restart` to the next. */
  readonly a: string;
  readonly b: string;
  /** Pulls the cable: both ends vanish at once. */
  kill(): Promise<void>;
  /** Plugs it in again. */
  restart(): Promise<void>;
}

/** Starts socat with two connected ttys in a temporary folder. */
export async function startSocatPair(): Promise<SocatPair> {
  const folder = temporaryFolder("line");
  const a = join(folder, "a");
  const b = join(folder, "b");
  let child: Child | undefined;
  const kill = async () => {
    await child?.kill();
    // A killed socat leaves its links behind; a pulled adapter does not.
    for (const end of [a, b]) rmSync(end, { force: true });
  };
  const restart = async () => {
    await kill();
    const args = [a, b].map((end) => `pty,raw,echo=0,link=${end}`);
    const started = startChild("/usr/bin/socat", args, { needs: "socat" });
    child = started;
    // existsSync follows the links: it is true once the ttys are there too.
    const there = await until(() => existsSync(a) && existsSync(b), started);
    if (there) return;
    await kill();
    throw new Error(`Cannot start socat: its output:\n${started.output()}`);
  };
  const stop = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await restart();
  } catch (error) {
    await stop();
    throw error;
  }
  const output = () => child?.output() ?? "";
  return { a, b, kill, restart, output, stop, [Symbol.asyncDispose]: stop };
}

/**
 * Runs mbpoll, a Modbus master of its own.
 *
 * @param args such as `["-m", "tcp", "-p", "5020", "-a", "1", "-0", "-r", "0", "-1", "127.0.0.1"]`.
 */
export async function mbpoll(
  args: readonly string[],
  options: { timeoutMs?: number } = {},
): Promise<{ code: number | string; output: string; lines: readonly string[] }> {
  const child = startChild("/usr/bin/mbpoll", args, { needs: "mbpoll" });
  const timer = setTimeout(() => void child.kill(), options.timeoutMs ?? 10_000);
  const code = await child.exited;
  clearTimeout(timer);
  return { code, output: child.output(), lines: child.lines };
}

/**
 * A loopback port that nobody listens on. It is none of those that the system hands out by itself: until it is
 * used, no other server gets it, and nobody who connects to it meets himself.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error("Cannot find a free port");
}

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `troupe-${name}-`));
}

function peerOf(child: Child, folder?: string): Peer {
  const stop = async () => {
    await child.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  return { output: child.output, stop, [Symbol.asyncDispose]: stop };
}

/** Whether a port takes connections before the child ends. */
async function accepts(port: number, child: Child): Promise<boolean> {
  return until(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, "127.0.0.1");
        const settle = (open: boolean) => {
          socket.destroy();
          resolve(open);
        };
        socket.once("connect", () => settle(true)).once("error", () => settle(false));
      }),
    child,
  );
}

/** Asks until it is so: `false` when the child ends first, or after the time to get ready. */
async function until(ask: () => boolean | Promise<boolean>, child: Child): Promise<boolean> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  for (const end = Date.now() + READY_MS; Date.now() < end && !ended; await sleep(10)) {
    if (await ask()) return true;
  }
  return false;
}
