// "Use my own device": the same bus, with its cable in a serial port of this machine.
//
// Owns the dialog with the line's settings and the browser's picker. Where there is no Web Serial
// it says so instead. The actors stay: only what the cable is plugged into changes.

import { type Connect, type LinkError, requestWebSerialPort, webSerial } from "troupe/serial";
import type { Cable } from "./cable.js";
import { byId, el, setText } from "./dom.js";

const SPEEDS = [9_600, 19_200, 38_400, 57_600, 115_200];
const NO_SERIAL = "This browser has no Web Serial: Chrome, Edge and Opera on a computer have it.";

/** Wires the button and its dialog. */
export function chooseOwnDevice(cable: Cable): void {
  const button = byId<HTMLButtonElement>("own-device");
  const dialog = byId<HTMLDialogElement>("own-device-dialog");
  const bridge = cable.target;
  button.addEventListener("click", () => {
    if (cable.target === bridge) dialog.showModal();
    else plugInto(cable, button, bridge);
  });
  if ("serial" in navigator) fillDialog(dialog, (connect) => plugInto(cable, button, connect));
  else explain(dialog);
}

function plugInto(cable: Cable, button: HTMLElement, connect: Connect): void {
  const wasOwn = button.dataset.own === "true";
  button.dataset.own = String(!wasOwn);
  setText(button, wasOwn ? "Use my own device" : "Use demo pump");
  setText(byId("link-kind"), wasOwn ? "RTU over WebSocket" : "RTU over Web Serial");
  cable.plugInto(connect);
}

function fillDialog(dialog: HTMLDialogElement, use: (connect: Connect) => void): void {
  const speed = el(
    "select",
    { id: "baud-rate" },
    ...SPEEDS.map((rate) => el("option", { value: rate, selected: rate === 19_200 }, `${rate}`)),
  );
  const parity = el(
    "select",
    { id: "parity" },
    ...["none", "even", "odd"].map((name) => el("option", { value: name }, name)),
  );
  const problem = el("p", { class: "problem", role: "alert" });
  const choose = el("button", { type: "button", class: "button primary" }, "Choose a port…");
  const cancel = el("button", { type: "button", class: "button" }, "Cancel");
  cancel.addEventListener("click", () => dialog.close());
  choose.addEventListener("click", async () => {
    setText(problem, "");
    try {
      const port = await requestWebSerialPort();
      const options = { port, baudRate: Number(speed.value) };
      use(webSerial({ ...options, parity: parity.value as "none" | "even" | "odd" }));
      dialog.close();
    } catch (error) {
      setText(problem, (error as LinkError).message);
    }
  });
  dialog.append(
    el("h2", { id: "own-device-title" }, "Use my own device"),
    el(
      "p",
      {},
      "A Modbus RTU device on a serial port of this computer, as unit 1. The dials show " +
        "input registers 0 to 5; coil 0 and holding register 0 are written.",
    ),
    el("label", { for: "baud-rate" }, "Baud rate", speed),
    el("label", { for: "parity" }, "Parity", parity),
    problem,
    el("div", { class: "dialog-actions" }, cancel, choose),
  );
}

function explain(dialog: HTMLDialogElement): void {
  const close = el("button", { type: "button", class: "button primary" }, "Good to know");
  close.addEventListener("click", () => dialog.close());
  dialog.append(
    el("h2", { id: "own-device-title" }, "Use my own device"),
    el("p", {}, NO_SERIAL),
    el("div", { class: "dialog-actions" }, close),
  );
}
