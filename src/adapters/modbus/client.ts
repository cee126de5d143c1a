// modbusClient: a Modbus master under supervision, on any byte link.
//
// Owns the joining of three parts: the connection (connection.ts), the line (client-bus.ts) and the
// handle with its units (unit.ts), and the snapshot of all. An unplugged cable is a state and uses
// up no restart; only a bug restarts it.

import type { RefClass } from "../../behaviours/behaviour.js";
import { type Behaviour, Implementation, implementationOf } from "../../behaviours/behaviour.js";
import type { SelfBase } from "../../behaviours/self.js";
import type { CastFace, Handle, OfferFace } from "../../behaviours/server-handle.js";
import { stateMachine } from "../../behaviours/state-machine.js";
import { printed } from "../../kernel/exit-reason.js";
import type { Ref, WithOptions } from "../../kernel/ref.js";
import { Connection, type ConnectionStatus } from "../connection.js";
import { unchanged } from "../snapshot.js";
import { checkUnit } from "./arguments.js";
import { ClientBus } from "./client-bus.js";
import type { ClientLink } from "./client-link.js";
import { checkClientOptions, checkTimeout, type ModbusClientOptions } from "./client-options.js";
import type { ModbusClientView } from "./client-view.js";
import { findFunction } from "./function-table.js";
import { judgeLink, openLink } from "./judge-link.js";
import { hex, type ModbusRequest } from "./modbus-function.js";
import { OwnTurn } from "./own-turn.js";
import { type ModbusUnit, type RequestRef, unitOf } from "./unit.js";

/** The casts of a client. */
export interface ModbusClientCasts {
  /** Closes the link and opens it again now, from any state; what waits goes on waiting. */
  reconnect(): void;
}

/** A ref or handle of a {@link modbusClient}. */
export interface ModbusClientHandle extends Handle<ModbusClientView> {
  /**
   * Gives a unit of the line: 1 to 247, or 0, which on a serial line is everybody (writes only) and
   * over TCP, like 255, the device itself. Cheap: make it where you need it.
   *
   * @throws TypeError or RangeError for a unit that is none.
   */
  unit(unit: number): ModbusUnit;
  /** Tells: `bus.cast.reconnect()`. `false` if nobody is there. */
  readonly cast: CastFace<ModbusClientCasts>;
  /** As `cast`, waiting for room. */
  readonly offer: OfferFace<ModbusClientCasts>;
  /**
   * The same client with a signal, patience while it is down, or a timeout: `timeoutMs` bounds the
   * whole call then, and without it the client's `queueTimeoutMs` and `timeoutMs` do.
   */
  with(options: WithOptions): ModbusClientHandle;
}

class Client {
  readonly turn: OwnTurn;
  readonly bus: ClientBus;
  readonly connection: Connection<ClientLink>;
  #view: ModbusClientView | undefined;

  constructor(self: SelfBase, options: ModbusClientOptions) {
    const settings = checkClientOptions(options);
    const { connect, times } = settings;
    const turn = new OwnTurn(self);
    const bus = new ClientBus(turn, settings, () => this.connection.proven());
    this.turn = turn;
    this.bus = bus;
    this.connection = new Connection<ClientLink>(self, times, {
      open: async (signal, lose) =>
        bus.attach(await openLink(connect, signal, turn.platform), lose),
      close: ({ pump }, reason) => pump.close(reason),
      judge: judgeLink,
      opened: (link) => bus.opened(link),
      lost: (error) => bus.lost(error),
      woken: () => bus.doubted(),
      ...(connect.wake === undefined ? {} : { wake: connect.wake }),
    });
  }

  view(status: ConnectionStatus): ModbusClientView {
    const next = { ...this.connection.view(status), ...this.bus.counters };
    this.#view = unchanged(this.#view, next);
    return this.#view;
  }
}

const machine = /* @__PURE__ */ stateMachine({
  id: "modbusClient",
  init: (self, options: ModbusClientOptions) => ({
    state: "connecting",
    data: new Client(self, options),
  }),
  states: { connecting: {}, open: {}, waiting: {}, needsPermission: {}, failed: {} },
  always: {
    enter(self) {
      const { connection, bus } = self.data;
      connection.entered(self);
      bus.stands(self.state, connection.error);
    },
    info(self, message) {
      const { connection, bus, turn } = self.data;
      if (connection.info(self, message) || !turn.info(message) || !bus.wantsRecycle) return;
      bus.wantsRecycle = false;
      connection.reconnect(self);
    },
    stateTimeout: (self) => self.data.connection.timeout(self),
    call: {
      request(self, unit: number, pdu: Uint8Array, timeoutMs: number | undefined) {
        try {
          const request = requestOf(unit, pdu);
          if (timeoutMs !== undefined) checkTimeout("timeoutMs", timeoutMs);
          return self.replyWith(self.data.bus.submit(request, timeoutMs, self.from.signal));
        } catch (error) {
          return self.reject(error as Error);
        }
      },
    },
    cast: { reconnect: (self) => self.data.connection.reconnect(self) },
  },
  view: (state, data) => data.view(state),
});

/**
 * A Modbus client (master): connects, asks one request after the other, and connects again.
 *
 * Its states are those of a connection. Requests wait while it is `open` or `connecting`, at most
 * `queueTimeoutMs`, and reject at once with ModbusLinkDown while it is `waiting`, `needsPermission`
 * or `failed`. When the link is lost, what was sent and what waited rejects; a read with `retries`
 * left waits for the link instead. A write is never repeated unless `retryWrites` is set. Every
 * request settles within its time in the queue and on the line.
 *
 * @example
 * ```ts
 * const App = supervisor({
 *   children: (child) => ({
 *     bus: child(modbusClient, [{ connect: webSerial({ baudRate: 19_200 }), framing: "rtu" }]),
 *   }),
 * });
 * const app = await system.start(App);
 * const meter = app.child.bus.unit(17);
 * await meter.readHoldingRegisters(0, 4, { signal });
 * await meter.writeRegister(5, 1_000);
 * app.child.bus.getSnapshot()?.status; // "open"
 * ```
 *
 * **How to supervise.** As a permanent child. A lost link uses up no restart; wrong options fail
 * the start with a TypeError or RangeError as `cause`.
 *
 * **Timeouts.** `timeoutMs` runs from the moment the bytes are written, `queueTimeoutMs` before it.
 *
 * **When not to use it.** For bytes without Modbus, use `startPump` of the link's own entry.
 *
 * Source: Modbus application protocol 1.1b3, serial line guide 1.02, TCP guide 1.0b.
 */
export const modbusClient: Behaviour<[options: ModbusClientOptions], ModbusClientHandle> =
  /* @__PURE__ */ withUnits(machine);

function withUnits(
  behaviour: unknown,
): Behaviour<[options: ModbusClientOptions], ModbusClientHandle> {
  const { program, refClass } = implementationOf(behaviour);
  return new Implementation(program, clientRefClass(refClass)) as never;
}

function clientRefClass(Base: RefClass): RefClass {
  return class ModbusClientRef extends Base {
    // Written out, as in the base class: the arguments are those of every ref.
    constructor(target: Ref["target"], options?: Ref["options"]) {
      super(target, options);
    }

    unit(unit: number): ModbusUnit {
      return unitOf(this as unknown as RequestRef, unit);
    }
  };
}

/** Rebuilds a request from plain data, which may have come from another realm: so it is checked. */
function requestOf(unit: number, pdu: Uint8Array): ModbusRequest {
  checkUnit(unit);
  const kind = pdu instanceof Uint8Array ? findFunction(pdu[0] ?? 0) : undefined;
  if (kind === undefined) {
    throw new TypeError(`Cannot send ${printed(pdu)}: it is no request of a known function`);
  }
  if (kind.requestLength(pdu) !== pdu.length || !kind.requestAgrees(pdu)) {
    throw new RangeError(`Cannot ${kind.name}: the fields of ${hex(pdu)} do not agree`);
  }
  return { unit, function: kind, pdu };
}
