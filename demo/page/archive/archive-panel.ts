// The history on the page: a year of readings, read by workers while the page stays quick.
//
// Owns the buttons, the bar, the lanes and what came out. All it knows is the archive's snapshot; who reads,
// and what becomes of a worker that is killed or hangs, is not its business.

import type { HandleOf } from "troupe";
import { bind, byId, el, onPress, setEnabled, setText } from "../dom.js";
import { seconds } from "../gauges.js";
import type { Archive, Lane, Progress, Where } from "./archive.js";
import type { Latency } from "./latency.js";
import { showLatency } from "./latency-panel.js";
import { showSummary } from "./summary-panel.js";
import type { Workers } from "./workers.js";

/** After so long without a word an analyst is shown as busy. */
const BUSY_MS = 1_500;
const MEGA = 1_000_000;

/** What the panel can be told to do by others, such as the tour. */
export interface ArchivePanel {
  /** Who reads where the switch is off: "1 worker". */
  readonly who: string;
  /** Reads the recording in the workers. */
  read(): void;
  /** How quick the page is. */
  latency(): Latency;
}

/** Shows the panel. */
export function showArchive(archive: HandleOf<typeof Archive>, workers: Workers): ArchivePanel {
  const { size } = workers.place;
  const who = size === 1 ? "1 worker" : `${size} workers`;
  const button = (text: string, testId: string, kind = ""): HTMLButtonElement =>
    el("button", { type: "button", class: `button ${kind}`, "data-testid": testId }, text);
  const read = button("Read a year", "archive-read", "primary");
  const cancel = button("Cancel", "archive-cancel");
  const kill = button("Kill worker", "archive-kill", "danger");
  const freeze = button("Freeze worker", "archive-freeze", "danger");
  const onPage = el("button", {
    type: "button",
    role: "switch",
    class: "switch",
    "aria-checked": "false",
    "aria-labelledby": "archive-where",
    "data-testid": "archive-where",
  });
  const step = el("span", { class: "words", id: "archive-step", "data-testid": "archive-step" });
  const bar = el("progress", { max: 1, value: 0, "aria-labelledby": "archive-step" });
  const percent = el("span", { class: "number", "data-testid": "archive-percent" }, "–");
  const status = el("p", {
    class: "archive-status",
    role: "status",
    "data-testid": "archive-status",
  });
  const lanes = el("ul", {
    class: "lanes",
    "aria-label": "Who reads",
    "data-testid": "archive-lanes",
  });
  const job = el(
    "div",
    { class: "archive-job" },
    el("div", { class: "archive-step" }, step, percent),
    bar,
    lanes,
    status,
  );
  const latency = el("div", { class: "latency" });
  const where = el(
    "div",
    { class: "archive-where" },
    el("span", { id: "archive-where" }, "On the page’s thread"),
    onPage,
  );
  const found = el("div", { class: "archive-found" });
  const side = el("div", { class: "archive-side" }, latency, found);
  const buttons = el("div", { class: "archive-buttons" }, read, cancel, kill, freeze, where);
  byId("archive").append(job, side, buttons);
  const latencyNow = showLatency(latency);

  const chosen = (): Where => (onPage.getAttribute("aria-checked") === "true" ? "page" : "workers");
  const press = (what: () => void): void => {
    what();
    // The panel answers in the frame of the click.
    archive.flush();
  };
  const showWhere = (): void => {
    setText(byId("archive-hint"), `80 MB of CSV, read ${byWhom(chosen(), who)}`);
  };
  onPress(read, () => press(() => archive.cast.read(chosen())));
  onPress(cancel, () => press(() => archive.cast.cancel()));
  onPress(freeze, () => press(() => archive.cast.spoil()));
  onPress(kill, workers.kill);
  onPress(onPage, () => {
    onPage.setAttribute("aria-checked", String(chosen() === "workers"));
    showWhere();
  });
  showWhere();

  let shown: Progress | undefined;
  const showLanes = (): void => {
    const now = performance.now();
    const { lanes: all = [], phase } = shown ?? {};
    const own = phase === "reading" ? all : [];
    while (lanes.childElementCount > own.length) lanes.lastElementChild?.remove();
    for (const [index, lane] of own.entries()) {
      const item = lanes.children[index] ?? el("li");
      if (item.parentElement === null) lanes.append(item);
      const silentMs = lane.part === null ? 0 : now - lane.heardAtMs;
      item.setAttribute("data-look", lookOf(lane, silentMs));
      setText(item, wordsOf(lane, silentMs));
    }
  };
  bind(archive, (progress) => {
    shown = progress;
    if (progress === undefined) return;
    const { phase, share, again, summary } = progress;
    const isRunning = phase === "writing" || phase === "reading";
    // On this thread there is no worker to break, and a loop without an end would be the page's.
    const isBreakable = phase === "reading" && progress.where === "workers";
    for (const off of [read, onPage]) setEnabled(off, !isRunning);
    setEnabled(cancel, isRunning);
    for (const breaker of [kill, freeze]) setEnabled(breaker, isBreakable);
    bar.value = share;
    bar.dataset.phase = phase;
    setText(percent, phase === "idle" ? "–" : `${Math.floor(share * 100)} %`);
    setText(step, stepOf(progress));
    status.dataset.phase = phase;
    status.dataset.again = String(again);
    setText(status, statusOf(progress, size, who));
    showSummary(found, summary);
    showLanes();
  });
  setInterval(showLanes, 250);
  return { who, read: () => archive.cast.read("workers"), latency: latencyNow };
}

/** What the bar measures. Nobody is told of it at each change, as of the status. */
function stepOf({ phase, steps, bytes }: Progress): string {
  switch (phase) {
    case "idle":
      return "Nothing read yet";
    case "writing":
      return "Step 1 of 2: writing the recording";
    case "reading":
      return `${steps === 2 ? "Step 2 of 2: reading" : "Reading"}, ${(bytes / MEGA).toFixed(0)} MB`;
    case "done":
      return "Read";
    case "cancelled":
      return "Cancelled";
    case "failed":
      return "Failed";
  }
}

function byWhom(where: Where, who: string): string {
  return where === "page" ? "on the page’s thread" : `by ${who}`;
}

function statusOf(progress: Progress, workers: number, who: string): string {
  const { phase, where, tookMs, again, lost, failure, summary } = progress;
  const by = byWhom(where, who);
  switch (phase) {
    case "idle":
      return "1,576,800 readings as CSV, made and read in this browser.";
    case "writing":
      return `Written once, by ${who}. Kill and Freeze are for step 2, the reading.`;
    case "reading":
      if (lost !== null) return `Part ${lost.part} is read again: ${lost.why}.`;
      return where === "page"
        ? "Read on the page’s thread, where there is no worker to kill or to freeze."
        : `Read ${by}. Kill or freeze ${workers === 1 ? "it" : "one"}: its part is read again.`;
    case "done":
      return `${summary?.readings.toLocaleString("en")} readings in ${seconds(tookMs)}, ${by}.${
        again === 0 ? "" : ` ${again} ${again === 1 ? "part" : "parts"} had to be read again.`
      }`;
    case "cancelled":
      return "Cancelled: what ran was told, and has stopped.";
    case "failed":
      return `Not read: ${failure}`;
  }
}

function lookOf({ part }: Lane, silentMs: number): string {
  return part === null ? "idle" : silentMs > BUSY_MS ? "busy" : "well";
}

function wordsOf({ part }: Lane, silentMs: number): string {
  if (part === null) return "waits";
  return silentMs > BUSY_MS ? `part ${part}: busy, ${seconds(silentMs)}` : `part ${part}`;
}
