// The meter actor: reads the pump twice a second and hands what it read to the history.
//
// Owns the rhythm of polling and the meaning of a failed read: a reading is missed, and that is
// all, because the bus brings the link back by itself. Only a bug ends the meter; `calibrate` has
// one.

import { genServer, type HandleOf } from "troupe";
import { type ModbusClientHandle, ModbusLinkDown, ModbusTimeout } from "troupe/modbus";
import {
  PUMP_UNIT,
  QUANTITIES,
  RUN_COIL,
  SPEED_SETPOINT_REGISTER,
  toReading,
} from "../shared/pump-registers.js";
import type { History, Sample } from "./history.js";

const POLL_MS = 500;

export const Meter = genServer({
  id: "meter",
  init(self, bus: ModbusClientHandle, history: HandleOf<typeof History>) {
    history.cast.watch(self.ref);
    // Not at once: if it was a poll that ended the one before, the pump gets a breath.
    self.sendAfter(POLL_MS, "poll");
    return { unit: bus.unit(PUMP_UNIT), history, polls: 0, roundTripMs: 0, scale: 1 };
  },
  call: {
    polls: (self) => self.state.polls,
    /** The time of the last poll, its three requests together, in milliseconds. */
    roundTripMs: (self) => self.state.roundTripMs,
  },
  cast: {
    /** The bug: nobody thought of an empty table. */
    calibrate(self, table: readonly { readonly scale: number }[]) {
      const [first] = table;
      self.state.scale = first!.scale;
    },
  },
  async info(self, message) {
    if (message.type !== "message") return;
    const { unit, history } = self.state;
    const { signal } = self;
    self.sendAfter(POLL_MS, "poll");
    const startedMs = self.platform.now();
    let sample: Sample;
    try {
      const registers = await unit.readInputRegisters(0, QUANTITIES.length, { signal });
      const [setpointRpm = 0] = await unit.readHoldingRegisters(SPEED_SETPOINT_REGISTER, 1, {
        signal,
      });
      const [isRunning = false] = await unit.readCoils(RUN_COIL, 1, { signal });
      const atMs = self.platform.now();
      sample = { atMs, reading: toReading([...registers]), setpointRpm, isRunning };
    } catch (error) {
      // Unplugged, out of time, refused: the error says which, and the next poll tries again.
      if (!signal.aborted) history.cast.miss(inShort(error));
      return;
    }
    self.state.polls++;
    self.state.roundTripMs = sample.atMs - startedMs;
    history.cast.record(sample);
  },
});

/** Why a poll read nothing, in a few words: the whole sentence is for logs. */
function inShort(error: unknown): string {
  if (error instanceof ModbusLinkDown) return "the link to the pump is down";
  if (error instanceof ModbusTimeout) return "the pump does not answer";
  return (error as Error).message;
}
