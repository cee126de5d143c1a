// The pump: a centrifugal pump with a drive, as its controller sees it.
//
// Owns the physics (first-order lags, affinity laws, a resonance, noise) and the registers that
// show them. Ten times a second it reads coil and setpoint from the bank and writes what it
// measures, as a controller's scan does. It knows no Modbus: the slave serves the same bank.

import { genServer } from "troupe";
import type { RegisterBank } from "troupe/modbus";
import {
  MAX_SPEED_RPM,
  type PumpReading,
  RUN_COIL,
  SPEED_SETPOINT_REGISTER,
  toRegisters,
} from "../shared/pump-registers.js";

const SCAN_MS = 100;
const AMBIENT_CELSIUS = 22;

export const Pump = genServer({
  id: "pump",
  init(self, bank: RegisterBank) {
    self.sendAfter(SCAN_MS, "scan");
    const speed = bank.holdingRegisters.get(SPEED_SETPOINT_REGISTER);
    // It was running before anybody looked: warm, and at its setpoint.
    return { bank, speed, temperature: warmAt(speed), seconds: 0 };
  },
  call: {
    measure: (self): PumpReading => measure(self.state, noise(self.platform.random)),
  },
  info(self) {
    const { state } = self;
    const { bank } = state;
    const target = bank.coils.get(RUN_COIL)
      ? bank.holdingRegisters.get(SPEED_SETPOINT_REGISTER)
      : 0;
    const seconds = SCAN_MS / 1_000;
    state.seconds += seconds;
    state.speed += (Math.min(target, MAX_SPEED_RPM) - state.speed) * lag(seconds, 1.6);
    state.temperature += (warmAt(state.speed) - state.temperature) * lag(seconds, 25);
    const registers = toRegisters(measure(state, noise(self.platform.random)));
    for (const [address, value] of registers.entries()) bank.inputRegisters.set(address, value);
    self.sendAfter(SCAN_MS, "scan");
  },
});

interface Running {
  readonly speed: number;
  readonly temperature: number;
  readonly seconds: number;
}

/** What the sensors show; `jitter(size)` is their noise. */
function measure(pump: Running, jitter: (size: number) => number): PumpReading {
  const { speed, temperature, seconds } = pump;
  const part = speed / MAX_SPEED_RPM;
  // The consumers of the water open and close their valves.
  const demand = 1 + 0.05 * Math.sin(seconds / 7) + 0.03 * Math.sin(seconds / 2.3);
  const resonance = 2.6 * Math.exp(-(((speed - 2_350) / 170) ** 2));
  return {
    speed: speed + jitter(5 * part),
    flow: 118 * part * demand + jitter(1.2 * part),
    pressure: 0.8 + (6.4 * part ** 2) / demand + jitter(0.05 * part),
    temperature: temperature + jitter(0.15),
    vibration: 0.2 + 1.9 * part + resonance + jitter(0.14 * (0.2 + part)),
    power: 0.4 + 29 * part ** 3 * demand + jitter(0.3 * part),
  };
}

const warmAt = (speed: number): number => AMBIENT_CELSIUS + 46 * (speed / MAX_SPEED_RPM) ** 2;
/** How far a first-order lag moves in `seconds`. */
const lag = (seconds: number, timeConstant: number): number =>
  1 - Math.exp(-seconds / timeConstant);
/** Noise around 0: the sum of two is closer to a sensor's than one. */
const noise =
  (random: () => number) =>
  (size: number): number =>
    size * (random() + random() - 1);
