// The control panel: a coil and a setpoint, written to the pump and read back.
//
// Owns the switch, the slider and the words *writing → written → verified*. A write that timed
// out may have happened, so it is never repeated: the line says what is known, and the next
// reading tells.

import type { ModbusClientHandle } from "troupe/modbus";
import {
  MAX_SPEED_RPM,
  PUMP_UNIT,
  RUN_COIL,
  SPEED_SETPOINT_REGISTER,
} from "../shared/pump-registers.js";
import { byId, el, onPress, type Source, setEnabled, setText } from "./dom.js";
import type { Readings } from "./history.js";

/** What the panel can be told to do by others, such as the tour. */
export interface Control {
  /** Switches the pump, as the switch does. */
  writeRun(isRunning: boolean): Promise<void>;
  /** Writes a setpoint, as the button does. */
  writeSetpoint(rpm: number): Promise<void>;
}

/** Shows the control panel. */
export function showControl(
  bus: ModbusClientHandle,
  history: Source<Readings | undefined>,
): Control {
  const unit = bus.unit(PUMP_UNIT);
  const run = el("button", {
    type: "button",
    role: "switch",
    class: "switch",
    "aria-checked": "false",
    "aria-label": "Pump runs",
    "data-testid": "coil",
  });
  const runWords = el("span", { class: "words" }, "–");
  const slider = el("input", {
    type: "range",
    min: 0,
    max: MAX_SPEED_RPM,
    step: 50,
    value: 2_100,
    id: "setpoint",
    "data-testid": "setpoint",
  });
  // Silent: the slider says itself where it stands.
  const wanted = el("output", { for: "setpoint", "aria-live": "off" }, "2,100");
  const send = el(
    "button",
    { type: "button", class: "button primary", "data-testid": "write-setpoint" },
    "Write",
  );
  const status = el("p", { class: "write-status", "data-testid": "write-status", role: "status" });
  const present = el("span", { class: "present" }, "–");
  byId("write").append(
    el("div", { class: "coil" }, el("span", { class: "label" }, "Coil 0, run"), run, runWords),
    el(
      "div",
      { class: "setpoint" },
      el("label", { for: "setpoint", class: "label" }, "Register 0, speed"),
      present,
      slider,
      el("span", { class: "wanted" }, wanted, " rpm"),
      send,
    ),
    status,
  );

  const say = (state: string, words: string): void => {
    status.dataset.state = state;
    setText(status, words);
    status.title = words;
  };
  const allow = (isAllowed: boolean): void => {
    setEnabled(run, isAllowed);
    setEnabled(send, isAllowed);
  };
  /** Writes, reads back, compares; says each step. */
  const perform = async <Value>(
    what: string,
    value: Value,
    write: () => Promise<void>,
    readBack: () => Promise<Value | undefined>,
  ): Promise<void> => {
    const startedMs = performance.now();
    const since = (): string => `${Math.round(performance.now() - startedMs)} ms`;
    allow(false);
    try {
      say("writing", `${what}: writing…`);
      await write();
      say("written", `${what}: written after ${since()}`);
      const found = await readBack();
      if (found === value) say("verified", `${what}: written → verified, ${since()}`);
      else say("failed", `${what}: written, but the pump says ${String(found)}`);
    } catch (error) {
      say("failed", `${what}: ${(error as Error).message}`);
    } finally {
      allow(true);
    }
  };
  const writeRun = (value: boolean): Promise<void> =>
    perform(
      `Coil 0 = ${value ? "on" : "off"}`,
      value,
      () => unit.writeCoil(RUN_COIL, value),
      async () => (await unit.readCoils(RUN_COIL, 1))[0],
    );
  const writeSetpoint = (rpm: number): Promise<void> => {
    slider.value = String(rpm);
    showWanted();
    return perform(
      `Register 0 = ${rpm.toLocaleString("en")}`,
      rpm,
      () => unit.writeRegister(SPEED_SETPOINT_REGISTER, rpm),
      async () => (await unit.readHoldingRegisters(SPEED_SETPOINT_REGISTER, 1))[0],
    );
  };
  const showWanted = (): void => {
    const words = Number(slider.value).toLocaleString("en");
    setText(wanted, words);
    slider.setAttribute("aria-valuetext", `${words} rpm`);
    slider.style.setProperty("--part", String(Number(slider.value) / MAX_SPEED_RPM));
  };
  // What the pump itself says, so that a change by another page is seen here too.
  const showPresent = (): void => {
    const last = history.getSnapshot()?.samples.at(-1);
    if (last === undefined) return;
    run.setAttribute("aria-checked", String(last.isRunning));
    setText(runWords, last.isRunning ? "on" : "off");
    setText(present, `pump has ${last.setpointRpm.toLocaleString("en")}`);
  };
  onPress(run, () => void writeRun(run.getAttribute("aria-checked") !== "true"));
  slider.addEventListener("input", showWanted);
  onPress(send, () => void writeSetpoint(Number(slider.value)));
  history.subscribe(showPresent);
  say("idle", "Nothing written yet");
  showWanted();
  showPresent();
  return { writeRun, writeSetpoint };
}
