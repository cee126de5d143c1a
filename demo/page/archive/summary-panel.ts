// What a reading found: four facts, and the months as bars.
//
// Owns their look. The numbers are summary.ts's; before the first reading their places are empty.

import { el } from "../dom.js";
import { READING_SECONDS, type Summary } from "./summary.js";

const NAMES = "JFMAMJJASOND";
const shownIn = new WeakMap<HTMLElement, Summary | null>();

/** Shows `summary` in `box`. */
export function showSummary(box: HTMLElement, summary: Summary | null): void {
  if (shownIn.has(box) && shownIn.get(box) === summary) return;
  shownIn.set(box, summary);
  const months = Object.entries(summary?.months ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const volume = months.reduce((sum, [, month]) => sum + month.volume, 0);
  const energy = months.reduce((sum, [, month]) => sum + month.energy, 0);
  const alarmHours = ((summary?.alarmReadings ?? 0) * READING_SECONDS) / 3_600;
  const fact = (name: string, value: string, testId: string): HTMLElement =>
    el(
      "div",
      {},
      el("dt", {}, name),
      el("dd", { "data-testid": testId }, summary === null ? "–" : value),
    );
  const number = (value: number): string => Math.round(value).toLocaleString("en");
  const most = Math.max(1, ...months.map(([, month]) => month.volume));
  const bars = [...NAMES].map((name, index) => {
    const month = months[index]?.[1];
    const bar = el("span", { class: "month" });
    bar.style.setProperty("--part", String((month?.volume ?? 0) / most));
    const title = month === undefined ? "" : `${months[index]?.[0]}: ${number(month.volume)} m³`;
    return el("li", { title }, bar, el("span", { "aria-hidden": true }, name));
  });
  box.replaceChildren(
    el(
      "dl",
      { class: "facts" },
      fact("Pumped", `${number(volume / 1_000)}k m³`, "archive-volume"),
      fact("Energy", `${number(energy / 1_000)} MWh`, "archive-energy"),
    ),
    el("ol", { class: "months", "aria-label": "Pumped in each month" }, ...bars),
    el(
      "dl",
      { class: "facts" },
      fact("Worst vibration", `${summary?.ranges.vibration.max} mm/s`, "archive-vibration"),
      fact("Above alarm", `${number(alarmHours)} h`, "archive-alarm"),
    ),
  );
}
