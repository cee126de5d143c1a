// The last minute of flow and pressure, with the stretches without readings hatched.
//
// Owns a uPlot and the hatched boxes above it. Time runs on the axis as "seconds ago", so the
// grid stands still and the lines move. The gaps are the history's; a gap that lasts grows with
// the clock.

import uPlot from "uplot";
import { byId, el, type Source, setText } from "./dom.js";
import { seconds } from "./gauges.js";
import type { Gap, Readings } from "./history.js";

const SHOWN_S = 60;
const TICK_MS = 200;
/** A label needs so many seconds of the axis. */
const LABEL_S = 7;

/** Draws the chart and keeps it up to date. */
export function showChart(history: Source<Readings | undefined>): void {
  const host = byId("chart");
  const size = (): { width: number; height: number } => ({
    width: host.clientWidth,
    height: host.clientHeight,
  });
  const plot = new uPlot({ ...size(), ...options() }, [[], [], []], host);
  const gaps = el("div", { class: "gaps" });
  plot.over.append(gaps);

  const draw = (): void => {
    if (document.hidden) return;
    const readings = history.getSnapshot() ?? { samples: [], gaps: [] };
    const nowMs = performance.now();
    plot.setData(linesOf(readings, nowMs), false);
    // The limits stay; setting them is what makes uPlot draw.
    plot.setScale("x", { min: -SHOWN_S, max: 0 });
    showGaps(gaps, readings.gaps, nowMs);
  };
  new ResizeObserver(() => plot.setSize(size())).observe(host);
  history.subscribe(draw);
  setInterval(draw, TICK_MS);
  draw();
}

/** Samples as uPlot wants them; a gap is a null after the last sample before it. */
function linesOf({ samples, gaps }: Readings, nowMs: number): uPlot.AlignedData {
  const x: number[] = [];
  const flow: (number | null)[] = [];
  const pressure: (number | null)[] = [];
  const breaks = new Set(gaps.map(({ fromMs }) => fromMs));
  for (const { atMs, reading } of samples) {
    const ago = (atMs - nowMs) / 1_000;
    x.push(ago);
    flow.push(reading.flow);
    pressure.push(reading.pressure);
    if (!breaks.has(atMs)) continue;
    x.push(ago + 0.001);
    flow.push(null);
    pressure.push(null);
  }
  return [x, flow, pressure];
}

/** Places one hatched box for each gap in sight, in percent of the plot. */
function showGaps(layer: HTMLElement, gaps: readonly Gap[], nowMs: number): void {
  const inSight = gaps.filter(({ toMs }) => toMs === null || nowMs - toMs < SHOWN_S * 1_000);
  while (layer.children.length > inSight.length) layer.lastElementChild?.remove();
  while (layer.children.length < inSight.length) {
    layer.append(el("div", { class: "gap", "data-testid": "chart-gap" }, el("span")));
  }
  for (const [index, { fromMs, toMs, why }] of inSight.entries()) {
    const box = layer.children[index] as HTMLElement;
    const lasted = (toMs ?? nowMs) - fromMs;
    const left = Math.max(0, 100 - ((nowMs - fromMs) / (SHOWN_S * 1_000)) * 100);
    const right = toMs === null ? 0 : ((nowMs - toMs) / (SHOWN_S * 1_000)) * 100;
    box.style.left = `${left}%`;
    box.style.right = `${right}%`;
    box.dataset.open = String(toMs === null);
    box.dataset.lastedMs = String(Math.round(lasted));
    box.title = `${seconds(lasted)} without readings: ${why}`;
    box.toggleAttribute("data-narrow", 100 - left - right < (LABEL_S / SHOWN_S) * 100);
    setText(box.firstElementChild as HTMLElement, `stale ${seconds(lasted)}`);
  }
}

function options(): Omit<uPlot.Options, "width" | "height"> {
  const axis = {
    stroke: () => css("--muted"),
    font: `11px ${css("--font")}`,
    ticks: { show: false },
  };
  const grid = { stroke: () => css("--line"), width: 1 };
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [20, 0, 0, 0],
    scales: {
      x: { time: false, range: [-SHOWN_S, 0] },
      flow: { range: [0, 140] },
      pressure: { range: [0, 8] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        gap: 8,
        splits: () => [-60, -45, -30, -15, 0],
        values: (_plot, splits) => splits.map((at) => (at === 0 ? "now" : `${-at} s`)),
      },
      { ...axis, grid, scale: "flow", size: 36, splits: () => [0, 35, 70, 105, 140] },
      {
        ...axis,
        grid: { show: false },
        scale: "pressure",
        side: 1,
        size: 28,
        splits: () => [0, 2, 4, 6, 8],
      },
    ],
    series: [
      {},
      {
        scale: "flow",
        stroke: () => css("--accent"),
        fill: () => css("--accent-wash"),
        width: 2,
        points: { show: false },
      },
      {
        scale: "pressure",
        stroke: () => css("--second"),
        width: 1.5,
        dash: [5, 4],
        points: { show: false },
      },
    ],
  };
}

/** A custom property as it is now: the theme may change at any time. */
const css = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
