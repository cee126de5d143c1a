// A client on a wire in memory, with a device at the other end that a test scripts.
//
// Owns the device: it frames by the pure codec, remembers each request, and answers from a bank, or
// as the test says, or not at all. Time is virtual.

import type { ByteDuplex } from "../../../src/adapters/byte-link/byte-duplex.js";
import { type ModbusClientHandle, modbusClient } from "../../../src/adapters/modbus/client.js";
import type { ModbusClientOptions } from "../../../src/adapters/modbus/client-options.js";
import { encodeRtuFrame, encodeTcpFrame } from "../../../src/adapters/modbus/frame.js";
import { hex } from "../../../src/adapters/modbus/modbus-function.js";
import {
  createRegisterBank,
  type RegisterBank,
} from "../../../src/adapters/modbus/register-bank.js";
import { RtuServerFramer } from "../../../src/adapters/modbus/rtu-server-framer.js";
import { serveRequest } from "../../../src/adapters/modbus/serve.js";
import { TcpServerFramer } from "../../../src/adapters/modbus/tcp-framer.js";
import type { System } from "../../../src/behaviours/system.js";
import { asyncDispose } from "../../../src/kernel/disposal.js";
import {
  type MemoryLink,
  type MemoryLinkOptions,
  memoryLink,
} from "../../../src/testing/memory-link.js";
import { testSystem } from "../../../src/testing/test-system.js";
import type { VirtualClock } from "../../../src/testing/virtual-platform.js";

/** A request as it came to the device. */
export interface DeviceRequest {
  readonly unit: number;
  readonly pdu: Uint8Array;
  /** Over TCP only. */
  readonly transaction: number;
  /** Virtual milliseconds. */
  readonly atMs: number;
  /** Answers it, now or later; from the bank without a PDU. */
  answer(pdu?: Uint8Array, unit?: number): void;
}

/** The device at the far end. */
export interface Device {
  /** All requests so far, over all connections. */
  readonly requests: DeviceRequest[];
  /** The requests as `unit:pdu` in hex. */
  readonly log: string[];
  readonly bank: RegisterBank;
  /** What it does with a request. Default: answers from the bank. */
  on: (request: DeviceRequest) => void;
  /** Sends bytes as they are. */
  send(bytes: Uint8Array | readonly number[]): void;
  /** Carries out a read, write or both: the writes it ran, as `unit:pdu` in hex. */
  readonly writes: string[];
}

/** Everything a test of the client touches. */
export interface Rig extends AsyncDisposable {
  readonly system: System;
  readonly clock: VirtualClock;
  readonly link: MemoryLink;
  readonly device: Device;
  readonly client: ModbusClientHandle;
}

/** Makes a device at the far end of a link. */
export function deviceOn(link: MemoryLink, framing: "rtu" | "tcp", clock: VirtualClock): Device {
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  const send = (bytes: Uint8Array | readonly number[]): void => {
    writer?.write(Uint8Array.from(bytes)).catch(() => {});
  };
  const device: Device = {
    requests: [],
    log: [],
    writes: [],
    bank: createRegisterBank({
      holdingRegisters: Array.from({ length: 200 }, (_, at) => 0x1000 + at),
      inputRegisters: Array.from({ length: 200 }, (_, at) => 0x2000 + at),
      coils: Array.from({ length: 200 }, (_, at) => at % 3 === 0),
      discreteInputs: Array.from({ length: 200 }, (_, at) => at % 2 === 0),
    }),
    on: (request) => request.answer(),
    send,
  };
  const came = (unit: number, pdu: Uint8Array, transaction: number): void => {
    const request: DeviceRequest = {
      unit,
      pdu,
      transaction,
      atMs: clock.nowMs,
      answer(reply, asUnit = unit) {
        const written = serveUnlessGiven(device, unit, pdu, reply);
        send(
          framing === "rtu"
            ? encodeRtuFrame(asUnit, written)
            : encodeTcpFrame(transaction, asUnit, written),
        );
      },
    };
    device.requests.push(request);
    device.log.push(`${unit}:${hex(pdu)}`);
    device.on(request);
  };
  link.accept((far) => {
    writer = far.writable.getWriter();
    void read(far, framing, came);
  });
  return device;
}

/** Starts a client with a device. */
export async function startRig(
  options: Partial<ModbusClientOptions> & { wire?: MemoryLinkOptions; down?: boolean } = {},
): Promise<Rig> {
  const { wire = {}, down = false, framing = "rtu", ...rest } = options;
  const { system, clock } = testSystem();
  const link = memoryLink(wire);
  const device = deviceOn(link, framing, clock);
  if (down) link.takeDown();
  const client = await system.start(modbusClient, { connect: link.connect, framing, ...rest });
  await clock.settle();
  return {
    system,
    clock,
    link,
    device,
    client,
    [asyncDispose]: () => system.stop(),
  };
}

/** What has become of a promise so far. */
export interface Outcome {
  state: "pending" | "resolved" | "rejected";
  value: unknown;
  error: unknown;
}

/** Watches a promise; its rejection is never unhandled. */
export function watch(promise: Promise<unknown>): Outcome {
  const outcome: Outcome = { state: "pending", value: undefined, error: undefined };
  promise.then(
    (value) => Object.assign(outcome, { state: "resolved", value }),
    (error: unknown) => Object.assign(outcome, { state: "rejected", error }),
  );
  return outcome;
}

/** The error a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`It resolved with ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

function serveUnlessGiven(
  device: Device,
  unit: number,
  pdu: Uint8Array,
  reply: Uint8Array | undefined,
): Uint8Array {
  if (reply !== undefined) return reply;
  if ([5, 6, 15, 16, 23].includes(pdu[0] ?? 0)) device.writes.push(`${unit}:${hex(pdu)}`);
  return serveRequest(device.bank, pdu);
}

async function read(
  far: ByteDuplex,
  framing: "rtu" | "tcp",
  came: (unit: number, pdu: Uint8Array, transaction: number) => void,
): Promise<void> {
  const rtu = new RtuServerFramer();
  const tcp = new TcpServerFramer();
  const reader = far.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (framing === "rtu") for (const { unit, pdu } of rtu.push(value)) came(unit, pdu, 0);
      else for (const frame of tcp.push(value)) came(frame.unit, frame.pdu, frame.transaction);
    }
  } catch {
    // The wire was cut.
  }
}
