// The tour: the page shows itself, step by step, with a caption.
//
// Owns the steps and their rhythm. It presses what a visitor could press, nothing else. The
// visitor's first click or key ends it and mends what it has broken; `?tour=0` leaves it out.

import type { ArchivePanel } from "./archive/archive-panel.js";
import type { Breakers } from "./buttons.js";
import type { ChatForm } from "./chat-panel.js";
import { byId, el, setText } from "./dom.js";
import type { Network } from "./network.js";
import type { Control } from "./write-panel.js";

interface Step {
  readonly caption: string;
  /** The panels to look at. */
  readonly look: readonly string[];
  readonly run?: () => void;
  readonly lastsMs: number;
}

/** Starts the tour unless the address says `?tour=0`. */
export function startTour(
  breakers: Breakers,
  network: Network,
  control: Control,
  chat: ChatForm,
  archive: ArchivePanel,
): void {
  const steps: readonly Step[] = [
    {
      caption: "Everything here is an actor. The meter reads the pump twice a second, over Modbus.",
      look: ["gauges-panel"],
      lastsMs: 4_500,
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
      caption: "A year of readings, 80 MB: workers read it, and the page stays as quick as before.",
      look: ["archive-panel"],
      run: archive.read,
      lastsMs: 8_000,
    },
    { caption: "Your turn: break something.", look: [], lastsMs: 6_000 },
  ];
  if (new URLSearchParams(location.search).get("tour") === "0") return;
  const caption = el("p", { "data-testid": "tour-caption", "aria-live": "polite" });
  const stopButton = el(
    "button",
    { type: "button", class: "button", "data-testid": "tour-stop" },
    "Stop the tour",
  );
  const bar = byId("tour");
  const progress = el("span", { class: "progress", "aria-hidden": true });
  bar.append(progress, caption, stopButton);
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
  const play = (number: number): void => {
    const step = steps[number];
    if (step === undefined) {
      end();
      return;
    }
    bar.hidden = false;
    bar.dataset.step = String(number + 1);
    progress.style.setProperty("--part", String((number + 1) / steps.length));
    setText(caption, step.caption);
    lookAt(step.look);
    step.run?.();
    timer = window.setTimeout(() => play(number + 1), step.lastsMs);
  };
  const end = (): void => {
    clearTimeout(timer);
    bar.hidden = true;
    lookAt([]);
    removeEventListener("pointerdown", stop, true);
    removeEventListener("keydown", stop, true);
  };
  const stop = (event: Event): void => {
    if (!event.isTrusted) return;
    end();
    breakers.setPlugged(true);
    network.restore();
  };
  addEventListener("pointerdown", stop, true);
  addEventListener("keydown", stop, true);
  timer = window.setTimeout(() => play(0), 1_500);
}
