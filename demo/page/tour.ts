// The tour: the page shows itself, step by step, with a caption.
//
// Owns the steps, their rhythm, and the bar with the button that starts and stops it. The bar is always
// there, and as high in the tour as after it: nothing below moves when it ends. The tour presses what a
// visitor could press, nothing else. A visitor who presses something takes over: that ends it, and mends
// what it has broken. Walking through the page with Tab does not. `?tour=0` leaves it to the button.

import type { ArchivePanel } from "./archive/archive-panel.js";
import { comparedWith, KEPT_MS, type Latency } from "./archive/latency.js";
import type { Breakers } from "./buttons.js";
import type { ChatForm } from "./chat-panel.js";
import { byId, el, onPress, setText } from "./dom.js";
import type { Network } from "./network.js";
import type { Control } from "./write-panel.js";

const AT_REST =
  "Your turn: crash an actor, pull the cable, drop the network. What falls comes back by itself.";
/** Keys that move about, and change nothing. */
const WALKING = ["Tab", "Shift", "Control", "Alt", "Meta"];

interface Step {
  /** A function, where it says what was measured until then. */
  readonly caption: string | (() => string);
  /** The panels to look at. */
  readonly look: readonly string[];
  readonly run?: () => void;
  readonly lastsMs: number;
}

/** Shows the bar, and starts the tour unless the address says `?tour=0`. */
export function showTour(
  breakers: Breakers,
  network: Network,
  control: Control,
  chat: ChatForm,
  archive: ArchivePanel,
): void {
  let before: Latency = archive.latency();
  const steps: readonly Step[] = [
    {
      caption: "Everything here is an actor. The meter reads the pump twice a second, over Modbus.",
      look: ["gauges-panel"],
      lastsMs: 6_000,
    },
    {
      caption: "A bug in the meter: its handler throws, and the actor is gone …",
      look: ["tree-panel", "chart-panel"],
      run: breakers.crash,
      lastsMs: 1_500,
    },
    {
      caption:
        "… and back: its supervisor restarted it. The chart marks what was missed; the rest went on.",
      look: ["tree-panel", "chart-panel", "timeline-panel"],
      lastsMs: 5_000,
    },
    {
      caption:
        "Somebody pulls the cable. Nothing crashes: a lost link is a state, and old values say so.",
      look: ["gauges-panel", "chart-panel"],
      run: () => breakers.setPlugged(false),
      lastsMs: 5_000,
    },
    {
      caption: "Plugged in again: the bus wakes at once and reads on, with no restart used up.",
      look: ["gauges-panel", "tree-panel"],
      run: () => breakers.setPlugged(true),
      lastsMs: 4_500,
    },
    {
      caption: "The network drops. A message to dispatch waits in its outbox …",
      look: ["chat-panel", "feed-panel"],
      run: () => {
        breakers.dropNetwork();
        chat.say("Pump 1 is back in service.");
      },
      lastsMs: 4_200,
    },
    {
      caption:
        "… and is sent when it returns. The feed resumes after its last event: none is missed.",
      look: ["chat-panel", "feed-panel"],
      lastsMs: 4_500,
    },
    {
      caption: "A new speed for the pump: written, read back, verified.",
      look: ["write-panel", "gauges-panel"],
      run: () => void control.writeRun(true).then(() => control.writeSetpoint(2_600)),
      lastsMs: 5_000,
    },
    {
      caption: `A year of readings as CSV, 80 MB: ${archive.who} beside this page to write and read them …`,
      look: ["archive-panel"],
      run: () => {
        before = archive.latency();
        archive.read();
      },
      lastsMs: KEPT_MS + 500,
    },
    {
      caption: () => `… and ${comparedWith(before, archive.latency())}.`,
      look: ["archive-panel"],
      lastsMs: 6_000,
    },
  ];
  const caption = el("p", { "data-testid": "tour-caption", "aria-live": "polite" });
  const button = el("button", { type: "button", class: "button", "data-testid": "tour-button" });
  const bar = byId("tour");
  const progress = el("span", { class: "progress", "aria-hidden": true });
  bar.append(caption, button, progress);
  let timer = 0;

  const lookAt = (panels: readonly string[]): void => {
    for (const panel of document.querySelectorAll(".panel")) {
      panel.toggleAttribute("data-spotlight", panels.includes(panel.id));
    }
    const [first] = panels;
    // Where all fits on the screen this moves nothing.
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    if (first !== undefined) byId(first).scrollIntoView({ block: "nearest", behavior });
  };
  const isRunning = (): boolean => bar.hasAttribute("data-step");
  const show = (number: number, words: string): void => {
    if (number > 0) bar.dataset.step = String(number);
    else delete bar.dataset.step;
    progress.style.setProperty("--part", String(number / steps.length));
    setText(caption, words);
    setText(button, isRunning() ? "Stop the tour" : "Take the tour");
  };
  const play = (index: number): void => {
    const step = steps[index];
    if (step === undefined) {
      end();
      return;
    }
    step.run?.();
    show(index + 1, typeof step.caption === "string" ? step.caption : step.caption());
    lookAt(step.look);
    timer = window.setTimeout(() => play(index + 1), step.lastsMs);
  };
  const end = (): void => {
    clearTimeout(timer);
    show(0, AT_REST);
    lookAt([]);
  };
  /** The visitor takes over, with the button `pressed` or something else. */
  const stop = (pressed?: Element | null): void => {
    end();
    // These two mend, or break, by themselves.
    if (pressed?.id !== "unplug") breakers.setPlugged(true);
    if (pressed?.id !== "drop-network") network.restore();
  };
  const takeOver = (event: Event): void => {
    if (!event.isTrusted || !isRunning() || !(event.target instanceof Element)) return;
    if (bar.contains(event.target)) return;
    if (event instanceof KeyboardEvent && WALKING.includes(event.key)) return;
    stop(event.target.closest("button"));
  };
  addEventListener("pointerdown", takeOver, true);
  addEventListener("keydown", takeOver, true);
  // What needs neither, such as a screen reader that presses a button.
  addEventListener("click", takeOver, true);
  onPress(button, () => (isRunning() ? stop() : play(0)));
  if (new URLSearchParams(location.search).get("tour") === "0") end();
  else play(0);
}
