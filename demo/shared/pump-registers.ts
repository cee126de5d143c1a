// The register map of the pump: what a number in a register means.
//
// Owns addresses, units and scales, once for both sides: the server's pump writes by it, the page
// reads by it. A device of your own fits the page if it keeps this map. Moves no bytes.

/** The unit (slave address) of the pump. */
export const PUMP_UNIT = 1;
/** Coil 0: true while the pump may run. */
export const RUN_COIL = 0;
/** Holding register 0: the speed it should have, in revolutions per minute. */
export const SPEED_SETPOINT_REGISTER = 0;
/** What the speed setpoint may be. */
export const MAX_SPEED_RPM = 3_000;

/** What the pump measures, in the order of its input registers. */
export const QUANTITIES = [
  { name: "speed", unit: "rpm", perUnit: 1 },
  { name: "flow", unit: "m³/h", perUnit: 10 },
  { name: "pressure", unit: "bar", perUnit: 100 },
  { name: "temperature", unit: "°C", perUnit: 10 },
  { name: "vibration", unit: "mm/s", perUnit: 100 },
  { name: "power", unit: "kW", perUnit: 10 },
] as const;

/** The name of something that the pump measures. */
export type Quantity = (typeof QUANTITIES)[number]["name"];

/** One reading of everything, in the units of {@link QUANTITIES}. */
export type PumpReading = Readonly<Record<Quantity, number>>;

/** A reading as input registers: fixed point, never below 0. */
export function toRegisters(reading: PumpReading): number[] {
  return QUANTITIES.map(({ name, perUnit }) =>
    Math.min(0xffff, Math.max(0, Math.round(reading[name] * perUnit))),
  );
}

/** Input registers as a reading. */
export function toReading(registers: readonly number[]): PumpReading {
  const entries = QUANTITIES.map(({ name, perUnit }, address) => [
    name,
    (registers[address] ?? 0) / perUnit,
  ]);
  return Object.fromEntries(entries) as PumpReading;
}
