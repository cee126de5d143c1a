// The latency meter on the page: a number, and a line of the last seconds.
//
// Owns their look. The line's top is 200 ms, ten times what an eye forgives: it is flat while workers read,
// and is not while the page does. Measuring is latency.ts.

import { el, setText } from "../dom.js";
import { watchLatency } from "./latency.js";

const TOP_MS = 200;
const POINTS = 120;
const BAD_MS = 100;

/** Shows the meter in `box`. */
export function showLatency(box: HTMLElement): void {
  const number = el(
    "output",
    { "data-testid": "latency-p99", "aria-label": "p99 of the latency" },
    "–",
  );
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${POINTS} 32`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  svg.append(line);
  box.append(
    el("span", { class: "label" }, "Input to frame, p99"),
    el("span", { class: "number" }, number, " ms"),
    svg,
  );
  watchLatency(({ samples, p99, median }) => {
    if (samples.length === 0) return;
    setText(number, p99.toFixed(0));
    number.dataset.ms = p99.toFixed(1);
    number.title = `median ${median.toFixed(0)} ms, over the last 6 seconds`;
    box.toggleAttribute("data-bad", p99 > BAD_MS);
    const last = samples.slice(-POINTS);
    const first = POINTS - last.length;
    line.setAttribute(
      "points",
      last
        .map(
          (ms, index) =>
            `${first + index},${(31 - (30 * Math.min(ms, TOP_MS)) / TOP_MS).toFixed(1)}`,
        )
        .join(" "),
    );
  });
}
