// The latency meter on the page: two numbers, and a line of the last seconds.
//
// Owns their look. The line's top is 200 ms, ten times what an eye forgives: it is flat while workers read,
// and is not while the page does. Nobody is told of each change. Measuring is latency.ts.

import { el, setText } from "../dom.js";
import { BAD_MS, type Latency, watchLatency } from "./latency.js";

const TOP_MS = 200;
const POINTS = 120;
/** Of fewer samples, the slowest one would be the p99. */
const FEWEST = 40;

/** Shows the meter in `box`. Gives a function that tells what it shows. */
export function showLatency(box: HTMLElement): () => Latency {
  const median = fact(box, "median", "latency-median");
  const p99 = fact(box, "p99", "latency-p99");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${POINTS} 32`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  svg.append(line);
  box.prepend(el("span", { class: "label" }, "Input to frame"));
  box.append(svg);
  return watchLatency((latency) => {
    const { samples } = latency;
    if (samples.length < FEWEST) return;
    show(median, latency.median);
    show(p99, latency.p99);
    box.dataset.look = lookOf(latency.p99);
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

function fact(box: HTMLElement, name: string, testId: string): HTMLElement {
  // An output would tell of each change, for ever.
  const value = el("output", { "data-testid": testId, "aria-live": "off" }, "–");
  box.append(el("span", { class: "fact" }, `${name} `, el("b", {}, value, " ms")));
  return value;
}

function show(value: HTMLElement, ms: number): void {
  setText(value, ms.toFixed(0));
  value.dataset.ms = ms.toFixed(1);
  value.dataset.look = lookOf(ms);
}

const lookOf = (ms: number): string => (ms > BAD_MS ? "bad" : "well");
