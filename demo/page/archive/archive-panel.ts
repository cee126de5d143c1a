// The history on the page: a year of readings, read by workers while the page stays quick.
//
// Owns the buttons, the bar, the lanes and what came out. All it knows is the archive's snapshot; who reads,
// and what becomes of a worker that is killed or hangs, is not its business.

import type { HandleOf } from "troupe";
import { bind, byId, el, setText } from "../dom.js";
import { seconds } from "../gauges.js";
import type { Archive, Lane, Progress, Where } from "./archive.js";
import { showLatency } from "./latency-panel.js";
import { showSummary } from "./summary-panel.js";

/** After so long without a word an analyst is shown as busy. */
const BUSY_MS = 1_500;
const MEGA = 1_000_000;

/** What the panel can be told to do by others, such as the tour. */
export interface ArchivePanel {
  /** Reads the recording in the workers. */
  read(): void;
}

/** Shows the panel. */
export function showArchive(
  archive: HandleOf<typeof Archive>,
  killWorker: () => void,
): ArchivePanel {
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
  const bar = el("progress", { max: 1, value: 0, "aria-label": "Read so far" });
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
    el("div", { class: "archive-bar" }, bar, percent),
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
  showLatency(latency);

  const chosen = (): Where => (onPage.getAttribute("aria-checked") === "true" ? "page" : "workers");
  const press = (what: () => void): void => {
    what();
    // The panel answers in the frame of the click.
    archive.flush();
  };
  read.addEventListener("click", () => press(() => archive.cast.read(chosen())));
  cancel.addEventListener("click", () => press(() => archive.cast.cancel()));
  freeze.addEventListener("click", () => press(() => archive.cast.spoil()));
  kill.addEventListener("click", killWorker);
  onPage.addEventListener("click", () => {
    onPage.setAttribute("aria-checked", String(chosen() === "workers"));
  });

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
    read.disabled = onPage.disabled = isRunning;
    cancel.disabled = !isRunning;
    // On this thread there is no worker to break, and a loop without an end would be the page's.
    kill.disabled = freeze.disabled = phase !== "reading" || progress.where === "page";
    bar.value = share;
    bar.dataset.phase = phase;
    setText(percent, phase === "idle" ? "–" : `${Math.floor(share * 100)} %`);
    const words = statusOf(progress);
    status.dataset.phase = phase;
    status.dataset.again = String(again);
    setText(status, words);
    showSummary(found, summary);
    showLanes();
  });
  setInterval(showLanes, 250);
  return { read: () => archive.cast.read("workers") };
}

function statusOf({ phase, where, bytes, tookMs, again, note, summary }: Progress): string {
  const by = where === "workers" ? "in workers" : "on the page's thread";
  switch (phase) {
    case "idle":
      return "1,576,800 readings as CSV, made and read in this browser.";
    case "writing":
      return "Writing the recording first, in workers …";
    case "reading":
      return note !== "" ? note : `${(bytes / MEGA).toFixed(0)} MB read ${by} …`;
    case "done":
      return `${summary?.readings.toLocaleString("en")} readings in ${seconds(tookMs)}, ${by}.${
        again === 0 ? "" : ` ${again} ${again === 1 ? "part" : "parts"} had to be read again.`
      }`;
    case "cancelled":
      return "Cancelled: what ran was told, and has stopped.";
    case "failed":
      return `Not read: ${note}`;
  }
}

function lookOf({ part }: Lane, silentMs: number): string {
  return part === null ? "idle" : silentMs > BUSY_MS ? "busy" : "well";
}

function wordsOf({ part }: Lane, silentMs: number): string {
  if (part === null) return "waits";
  return silentMs > BUSY_MS ? `part ${part}: busy, ${seconds(silentMs)}` : `part ${part}`;
}
