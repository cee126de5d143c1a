// modbusSlave: a Modbus device under supervision, with its data in a register bank.
//
// Owns its links: the one that `connect` opens and opens again, and those that `attach` brings from
// a server; and the calls by which the program reads and writes its data. What happens on a link is
// slave-line.ts's. Garbage, half frames and dead links cost it a link at most, never itself.

import type { Behaviour } from "../../behaviours/behaviour.js";
import type { SelfBase } from "../../behaviours/self.js";
import type { ServerHandle } from "../../behaviours/server-handle.js";
import { type MachineSelf, stateMachine } from "../../behaviours/state-machine.js";
import { printed } from "../../kernel/exit-reason.js";
import type { ByteDuplex } from "../byte-link/byte-duplex.js";
import { Connection, type ConnectionStatus } from "../connection.js";
import { unchanged } from "../snapshot.js";
import { checkBoolean, checkInteger } from "./arguments.js";
import { judgeLink, openLink } from "./judge-link.js";
import { OwnTurn } from "./own-turn.js";
import type { DataSpace, RegisterBank } from "./register-bank.js";
import { type SlaveCounters, SlaveLine, type SlaveTally } from "./slave-line.js";
import {
  checkSlaveOptions,
  type ModbusSlaveOptions,
  type ModbusSlaveSettings,
} from "./slave-options.js";

/** `listening` is the state of a slave without `connect`: it serves what is attached. */
export type ModbusSlaveStatus = ConnectionStatus | "listening";

/** What a snapshot says of a slave. */
export interface ModbusSlaveView extends SlaveCounters {
  /** `listening`, or where the link of `connect` stands. */
  readonly status: ModbusSlaveStatus;
  /** Links that it serves now. */
  readonly connections: number;
  /** Attempts since the link of `connect` was last stable. */
  readonly attempts: number;
  /** Why that link failed or was lost, in words. */
  readonly error: string | undefined;
  /** How often that link has been lost. */
  readonly losses: number;
}

/** What a slave can be called with. A wrong address or value rejects with TypeError or RangeError. */
export interface ModbusSlaveCalls {
  /** What its coils hold, from `address` on. */
  getCoils(address: number, quantity: number): boolean[];
  /** Changes coils, from `address` on: all, or none where one value is wrong. */
  setCoils(address: number, values: readonly boolean[]): void;
  /** What its discrete inputs hold. */
  getDiscreteInputs(address: number, quantity: number): boolean[];
  /** Changes discrete inputs, as the device would: clients cannot. */
  setDiscreteInputs(address: number, values: readonly boolean[]): void;
  /** What its holding registers hold, 0 to 65,535 each. */
  getHoldingRegisters(address: number, quantity: number): number[];
  /** Changes holding registers: all, or none where one value is wrong. */
  setHoldingRegisters(address: number, values: readonly number[]): void;
  /** What its input registers hold, 0 to 65,535 each. */
  getInputRegisters(address: number, quantity: number): number[];
  /** Changes input registers, as the device would: clients cannot. */
  setInputRegisters(address: number, values: readonly number[]): void;
}

/** The casts of a slave. */
export interface ModbusSlaveCasts {
  /** Serves one link more, which it owns from then on, also if it has too many and closes it. */
  attach(duplex: ByteDuplex): void;
  /** Closes the link of `connect` and opens it again now; does nothing without one. */
  reconnect(): void;
}

/** A ref or handle of a {@link modbusSlave}. */
export type ModbusSlaveHandle = ServerHandle<ModbusSlaveCalls, ModbusSlaveCasts, ModbusSlaveView>;

class Slave {
  readonly turn: OwnTurn;
  readonly settings: ModbusSlaveSettings;
  readonly connection: Connection<SlaveLine> | null;
  readonly #self: SelfBase;
  readonly #lines: Set<SlaveLine> = new Set();
  readonly #tally: SlaveTally = {
    bytesIn: 0,
    bytesOut: 0,
    requests: 0,
    writes: 0,
    exceptions: 0,
    crcErrors: 0,
    garbageBytes: 0,
    strayFrames: 0,
  };
  #view: ModbusSlaveView | undefined;

  constructor(self: SelfBase, options: ModbusSlaveOptions) {
    this.settings = checkSlaveOptions(options);
    this.turn = new OwnTurn(self);
    this.#self = self;
    const { connect, times } = this.settings;
    this.connection =
      connect === undefined
        ? null
        : new Connection<SlaveLine>(self, times, {
            open: async (signal, lose) =>
              this.#serve(await openLink(connect, signal, this.turn.platform), lose),
            close: (line, reason) => line.close(reason),
            judge: judgeLink,
            ...(connect.wake === undefined ? {} : { wake: connect.wake }),
          });
    self.use(this, () => Promise.all([...this.#lines].map((line) => line.close())));
  }

  attach(duplex: ByteDuplex): void {
    if (this.#lines.size < this.settings.maxConnections) this.#serve(duplex, () => {});
    else {
      this.#self.log.warn("too many links: one more is closed", { open: this.#lines.size });
      Promise.resolve(duplex.close()).catch(() => {});
    }
  }

  view(status: ModbusSlaveStatus): ModbusSlaveView {
    const tally = { ...this.#tally };
    for (const { counters } of this.#lines) {
      for (const [name, count] of Object.entries(counters))
        tally[name as keyof SlaveTally] += count;
    }
    const { attempts, error, losses } = this.connection?.view("open") ?? NO_CONNECTION;
    const connections = this.#lines.size;
    const next = { status, connections, attempts, error, losses, ...tally };
    this.#view = unchanged(this.#view, next);
    return this.#view;
  }

  #serve(duplex: ByteDuplex, lose: (error: unknown) => void): SlaveLine {
    const line = new SlaveLine(this.turn, this.settings, this.#tally, duplex, (ended, error) => {
      this.#lines.delete(ended);
      lose(error);
      // An empty turn, so that the snapshot is taken again.
      this.turn.post(() => {});
    });
    this.#lines.add(line);
    return line;
  }
}

const NO_CONNECTION = { attempts: 0, error: undefined, losses: 0 };

/**
 * A Modbus slave (server, device): a test peer, a simulator, or the face of a program's own data.
 *
 * It serves functions 1 to 6, 15, 16 and 23. With `connect` it opens its link and opens it again
 * when it is lost; with `attach` a server's connections become its links.
 *
 * @example
 * ```ts
 * // A device on a serial line
 * const connect = serialPort({ path: "/dev/ttyUSB0", baudRate: 19_200 });
 * child(modbusSlave, [{ connect, framing: "rtu", units: [17], bank: { holdingRegisters: 100 } }]);
 *
 * // A TCP server
 * const slave = await system.start(modbusSlave, { framing: "tcp", bank: { holdingRegisters: 100 } });
 * await tcpListen({ port: 1502, onConnection(duplex) {
 *   if (!slave.cast.attach(duplex)) duplex.close();
 * } });
 * await slave.call.setHoldingRegisters(0, [1, 2, 3]);
 * ```
 *
 * **How to supervise.** As a permanent child. Give it a bank of your own if its data must outlive a
 * restart. Attached links end with it.
 *
 * **When not to use it.** To answer single requests without a link, use `serveRequest`.
 *
 * Source: MB-19; Modbus application protocol 1.1b3.
 */
export const modbusSlave: Behaviour<[options: ModbusSlaveOptions], ModbusSlaveHandle> =
  /* @__PURE__ */ stateMachine({
    id: "modbusSlave",
    init(self, options: ModbusSlaveOptions) {
      const slave = new Slave(self, options);
      return { state: slave.connection === null ? "listening" : "connecting", data: slave };
    },
    states: {
      connecting: {},
      open: {},
      waiting: {},
      needsPermission: {},
      failed: {},
      listening: { enter() {} },
    },
    always: {
      enter: (self) => self.data.connection?.entered(connected(self)),
      info(self, message) {
        const { connection, turn } = self.data;
        if (!connection?.info(connected(self), message)) turn.info(message);
      },
      stateTimeout: (self) => self.data.connection?.timeout(connected(self)),
      call: {
        getCoils: (self, address: number, quantity: number) =>
          attempt(self, () => read(self.data.settings.bank, "coils", address, quantity)),
        setCoils: (self, address: number, values: readonly boolean[]) =>
          attempt(self, () => write(self.data.settings.bank, "coils", address, values)),
        getDiscreteInputs: (self, address: number, quantity: number) =>
          attempt(self, () => read(self.data.settings.bank, "discreteInputs", address, quantity)),
        setDiscreteInputs: (self, address: number, values: readonly boolean[]) =>
          attempt(self, () => write(self.data.settings.bank, "discreteInputs", address, values)),
        getHoldingRegisters: (self, address: number, quantity: number) =>
          attempt(self, () => read(self.data.settings.bank, "holdingRegisters", address, quantity)),
        setHoldingRegisters: (self, address: number, values: readonly number[]) =>
          attempt(self, () => write(self.data.settings.bank, "holdingRegisters", address, values)),
        getInputRegisters: (self, address: number, quantity: number) =>
          attempt(self, () => read(self.data.settings.bank, "inputRegisters", address, quantity)),
        setInputRegisters: (self, address: number, values: readonly number[]) =>
          attempt(self, () => write(self.data.settings.bank, "inputRegisters", address, values)),
      },
      cast: {
        attach: (self, duplex: ByteDuplex) => self.data.attach(duplex),
        reconnect: (self) => self.data.connection?.reconnect(connected(self)),
      },
    },
    view: (state, data) => data.view(state as ModbusSlaveStatus),
  }) as never;

type Self = MachineSelf<Slave, ModbusSlaveStatus>;

/** With a connection the slave is never `listening`: its states are the connection's. */
function connected(self: unknown): MachineSelf<unknown, ConnectionStatus> {
  return self as MachineSelf<unknown, ConnectionStatus>;
}

type Value<Space extends keyof RegisterBank> =
  RegisterBank[Space] extends DataSpace<infer V> ? V : never;

function read<Space extends keyof RegisterBank>(
  bank: RegisterBank,
  space: Space,
  address: number,
  quantity: number,
): Value<Space>[] {
  checkInteger(`read ${space}`, "quantity", quantity, 1, bank[space].size);
  checkInteger(`read ${space}`, "address", address, 0, bank[space].size - quantity);
  const from = bank[space] as DataSpace<Value<Space>>;
  return Array.from({ length: quantity }, (_, at) => from.get(address + at));
}

function write<Space extends keyof RegisterBank>(
  bank: RegisterBank,
  space: Space,
  address: number,
  values: readonly Value<Space>[],
): void {
  if (!Array.isArray(values)) {
    throw new TypeError(
      `Cannot write ${space}: values is ${printed(values)}, but must be an array`,
    );
  }
  const action = `write ${space}`;
  const to = bank[space] as DataSpace<Value<Space>>;
  checkInteger(action, "values.length", values.length, 1, to.size);
  checkInteger(action, "address", address, 0, to.size - values.length);
  // All before any is written: a call that rejects must have changed nothing.
  for (let at = 0; at < values.length; at++) {
    if (space === "coils" || space === "discreteInputs") {
      checkBoolean(action, `values[${at}]`, values[at]);
    } else checkInteger(action, `values[${at}]`, values[at], 0, 0xffff);
  }
  for (let at = 0; at < values.length; at++) to.set(address + at, values[at] as Value<Space>);
}

/** A wrong argument is the caller's, and no reason to crash. */
function attempt<Result>(self: Self, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    return self.reject(error as Error) as never;
  }
}
