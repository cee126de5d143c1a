// What the tests do with real Web Serial, in a page or in a Worker of it: our own stack, from the
// supervisor down to the port.
//
//   supervisor ── modbusClient ── webSerial ── navigator.serial
//
// Owns one system at a time and what happened in it. Takes and gives only what JSON can carry,
// because the test itself runs elsewhere. It knows neither the peer nor the cable.
import { type Pump, startPump } from "../../../src/adapters/byte-link/pump.js";
import type { ConnectionTimes } from "../../../src/adapters/connection-times.js";
import {
  type ModbusClientHandle,
  type ModbusUnit,
  modbusClient,
} from "../../../src/adapters/modbus/index.js";
import {
  requestWebSerialPort,
  type WebSerialPort,
  type WebSerialPortInfo,
  webSerial,
} from "../../../src/adapters/serial/index.js";
import { requireWebSerial } from "../../../src/adapters/serial/web-serial-api.js";
import { type Platform, type System, type SystemOptions, supervisor } from "../../../src/index.js";

/** The adapter of the tests. No other port may be opened: it may be the machine's own. */
export const ADAPTER = { usbVendorId: 0x0403, usbProductId: 0x6001 } as const;

const baudRate = 19_200;
const UNIT = 17;
const COUNTER_REGISTER = 100;

/** One request: the name of a unit's method, and its arguments. */
export type Request = readonly [method: Exclude<keyof ModbusUnit, "unit">, ...args: unknown[]];

/** The times of a client: of its link, and of an answer. */
export interface ClientTimes extends ConnectionTimes {
  readonly timeoutMs?: number;
}

/** An error as data. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** Of a ModbusLinkDown: whether the request was on the line. */
  readonly sent?: boolean | undefined;
  /** Of a LinkError. */
  readonly disposition?: string | undefined;
  readonly hostError?: string | undefined;
}

/** Where the client stands, and what has happened since it started. */
export interface Standing {
  readonly status: string | undefined;
  readonly losses: number | undefined;
  readonly bytesOut: number;
  /** The last error of the link, in words. */
  readonly error: string | undefined;
  /** The states it went to. */
  readonly states: readonly string[];
  /** Restarts by the supervisor. */
  readonly restarts: number;
  /** How often the client was started. */
  readonly starts: number;
}

/** What {@link Stack.exchange} saw. */
export interface Exchange {
  readonly reply: readonly number[];
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The error that ended the pump; null for none. */
  readonly error: string | null;
  /** Whether the port had no streams afterwards, as a closed one has none. */
  readonly closed: boolean;
}

/** What became of the writes of {@link Stack.startCounting}: the values, in order. */
export interface Counted {
  readonly acknowledged: readonly number[];
  readonly failed: readonly (Failure & { readonly value: number })[];
}

/** What a page and a Worker offer to the tests. */
export interface Stack {
  /** The granted ports by vendor and product. Opens none. */
  ports(): Promise<WebSerialPortInfo[]>;
  /** Opens the adapter, sends bytes, collects `count` bytes of answer, and closes it. */
  exchange(request: readonly number[], count: number): Promise<Exchange>;
  /** Starts the client under a supervisor. It connects by itself: see {@link Stack.reach}. */
  start(times: ClientTimes): Promise<void>;
  /** Asks a unit (17), one request after the other. Gives each answer, or its error. */
  ask(requests: readonly Request[], unit?: number): Promise<unknown[]>;
  /** Asks for the browser's picker. Gives the error: there is nobody who would choose. */
  choosePort(): Promise<Failure>;
  /** Reads until an answer is good. Gives the time of it, by the machine's clock. */
  readUntilGood(): Promise<number>;
  /** Writes 1, 2, 3, … to one register, until {@link Stack.stopCounting}. */
  startCounting(): void;
  /** Resolves once so many more of these writes were acknowledged. */
  countOn(more: number): Promise<void>;
  stopCounting(): Promise<Counted>;
  /** Resolves once the client's status is so. */
  reach(status: string): Promise<void>;
  standing(): Standing;
  /** Stops the system. Gives whether every granted port was left closed. */
  stop(): Promise<{ closed: boolean }>;
}

/** What a host gives. */
export interface Host {
  readonly platform: Platform;
  readonly createSystem: (options?: SystemOptions) => System;
}

interface Running {
  readonly system: System;
  readonly client: ModbusClientHandle;
  readonly states: string[];
  restarts: number;
  starts: number;
}

/** Makes the stack on a host. */
export function makeStack({ platform, createSystem }: Host): Stack {
  let running: Running | undefined;
  let counting: Promise<Counted> | undefined;
  let goesOn = false;
  let acknowledged: number[] = [];

  const now = (): Running => {
    if (running === undefined) throw new Error("Cannot ask the client: call start first");
    return running;
  };
  const connect = () => webSerial({ filters: [ADAPTER], baudRate });
  const pause = () => new Promise((resolve) => platform.setTimer(() => resolve(undefined), 10));

  const reach = (status: string): Promise<void> => {
    const { client } = now();
    return new Promise((resolve) => {
      const look = () => {
        if (client.getSnapshot()?.status !== status) return;
        end();
        resolve();
      };
      const end = client.subscribe(look);
      look();
    });
  };

  const count = async (): Promise<Counted> => {
    acknowledged = [];
    const failed: (Failure & { value: number })[] = [];
    for (let value = 1; goesOn; value++) {
      try {
        await now().client.unit(UNIT).writeRegister(COUNTER_REGISTER, value);
        acknowledged.push(value);
      } catch (error) {
        failed.push({ ...failureOf(error), value });
        await pause();
      }
    }
    return { acknowledged, failed };
  };

  return {
    ports: async () => (await grantedPorts()).map((port) => idsOf(port)),

    async exchange(request, bytesWanted) {
      const link = await connect()({ signal: new AbortController().signal, timers: platform });
      const reply: number[] = [];
      let pump: Pump | undefined;
      const error = await new Promise<string | null>((resolve) => {
        pump = startPump(link, {
          timers: platform,
          onChunk(bytes) {
            reply.push(...bytes);
            if (reply.length >= bytesWanted) void pump?.close();
          },
          onEnd: (ended) => resolve(ended?.message ?? null),
        });
        pump.write(Uint8Array.from(request)).catch((failure) => resolve(String(failure)));
      });
      const { bytesIn = 0, bytesOut = 0 } = pump?.stats ?? {};
      return { reply, bytesIn, bytesOut, error, closed: await areClosed() };
    },

    async start(times) {
      const system = createSystem();
      const App = supervisor({
        maxRestarts: 0,
        children: (child) => ({
          bus: child(modbusClient, [{ connect: connect(), framing: "rtu", ...times }]),
        }),
      });
      const states: string[] = [];
      const counts = { restarts: 0, starts: 0 };
      system.observe((event) => {
        if (event.type === "state") states.push(event.to);
        if (event.type === "restarting") counts.restarts++;
        if (event.type === "started" && event.process.name === "bus") counts.starts++;
      });
      const app = await system.start(App);
      running = Object.assign(counts, { system, client: app.child.bus, states });
    },

    async ask(requests, unit = UNIT) {
      const answers: unknown[] = [];
      for (const request of requests) answers.push(await ask(now().client.unit(unit), request));
      return answers;
    },

    choosePort: () =>
      requestWebSerialPort({ filters: [ADAPTER] }).then(
        () => failureOf(new Error("The picker gave a port")),
        failureOf,
      ),

    async readUntilGood() {
      for (;;) {
        try {
          // What is asked while the peer still opens its end is lost: ask again soon.
          await now().client.unit(UNIT).readHoldingRegisters(0, 1, { timeoutMs: 1_000 });
          return Date.now();
        } catch {
          await pause();
        }
      }
    },

    startCounting() {
      goesOn = true;
      counting = count();
    },

    async countOn(more) {
      const enough = acknowledged.length + more;
      while (acknowledged.length < enough) await pause();
    },

    async stopCounting() {
      goesOn = false;
      return (await counting) ?? { acknowledged: [], failed: [] };
    },

    reach,

    standing() {
      const { client, states, restarts, starts } = now();
      const { status, losses, error, bytesOut = 0 } = client.getSnapshot() ?? {};
      return { status, losses, error, bytesOut, states: [...states], restarts, starts };
    },

    async stop() {
      goesOn = false;
      await counting;
      await running?.system.stop();
      running = undefined;
      return { closed: await areClosed() };
    },
  };
}

async function ask(unit: ModbusUnit, [method, ...args]: Request): Promise<unknown> {
  const methods = unit as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>;
  try {
    // JSON has no undefined, which is what a write resolves with.
    return (await methods[method]?.(...args)) ?? null;
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): Failure {
  const { name, message, sent, disposition, hostError } = error as Failure;
  return { name, message, sent, disposition, hostError };
}

async function grantedPorts(): Promise<WebSerialPort[]> {
  return requireWebSerial(undefined).getPorts();
}

function idsOf(port: WebSerialPort): WebSerialPortInfo {
  const { usbVendorId, usbProductId } = port.getInfo();
  return { usbVendorId, usbProductId };
}

/** A closed port has no streams. */
async function areClosed(): Promise<boolean> {
  return (await grantedPorts()).every((port) => port.readable === null && port.writable === null);
}
