// Six dials, and whether what they show is live or how old it is.
//
// Owns their drawing and their ranges. They bind to the history, so they keep the last reading
// over a crash of the meter; the age is what the clock adds to it. A stale dial is grey and says
// so: a number without its age is a lie.

import { QUANTITIES, type Quantity } from "../shared/pump-registers.js";
import { byId, el, type Source, setText } from "./dom.js";
import type { Readings } from "./history.js";

/** The range of each dial, its alarm limit and its decimals. */
const DIALS: Readonly<Record<Quantity, { max: number; alarm: number; digits: number }>> = {
  speed: { max: 3_000, alarm: 2_900, digits: 0 },
  flow: { max: 140, alarm: 132, digits: 1 },
  pressure: { max: 8, alarm: 7.2, digits: 2 },
  temperature: { max: 90, alarm: 75, digits: 1 },
  vibration: { max: 6, alarm: 3.5, digits: 2 },
  power: { max: 36, alarm: 32, digits: 1 },
};
/** Three quarters of a circle, from bottom left over the top to bottom right. */
const ARC = "M 22.4 77.600 A 39 39 0 1 1 77.600 77.600";
const TICK_MS = 100;

interface Dial {
  readonly quantity: Quantity;
  readonly element: HTMLElement;
  readonly value: HTMLElement;
  readonly note: HTMLElement;
  readonly arc: SVGPathElement;
}

/** Draws the dials and keeps them up to date. */
export function showGauges(history: Source<Readings | undefined>): void {
  const dials = QUANTITIES.map(({ name, unit }) => makeDial(name, unit));
  byId("gauges").append(...dials.map(({ element }) => element));
  const tick = (): void => {
    const readings = history.getSnapshot();
    const last = readings?.samples.at(-1);
    const isStale = last === undefined || readings?.gaps.at(-1)?.toMs === null;
    const ageMs = last === undefined ? 0 : Math.max(0, performance.now() - last.atMs);
    const why = readings?.gaps.at(-1)?.why ?? "";
    const note = last === undefined ? "waiting" : isStale ? `stale ${seconds(ageMs)}` : "live";
    for (const dial of dials) show(dial, last?.reading[dial.quantity], isStale, ageMs, note);
    showQuality(isStale, note, why);
  };
  history.subscribe(tick);
  setInterval(tick, TICK_MS);
  tick();
}

function makeDial(quantity: Quantity, unit: string): Dial {
  const arc = svg("path", { class: "value", d: ARC, pathLength: "100" });
  const face = svg("svg", { viewBox: "0 0 100 84", "aria-hidden": "true" });
  face.append(svg("path", { class: "track", d: ARC, pathLength: "100" }), arc);
  const value = el("span", { class: "number" }, "–");
  const note = el("span", { class: "note" }, "waiting");
  const element = el(
    "article",
    { class: "gauge", "data-testid": `gauge-${quantity}`, "data-quality": "stale" },
    el("div", { class: "face" }, face, el("p", {}, value, el("span", { class: "unit" }, unit))),
    el("h3", {}, quantity),
    note,
  );
  return { quantity, element, value, note, arc };
}

function show(
  { quantity, element, value, note, arc }: Dial,
  reading: number | undefined,
  isStale: boolean,
  ageMs: number,
  words: string,
): void {
  element.dataset.quality = isStale ? "stale" : "live";
  element.dataset.ageMs = String(Math.round(ageMs));
  setText(note, words);
  if (reading === undefined) return;
  const { max, alarm, digits } = DIALS[quantity];
  element.dataset.value = String(reading);
  element.toggleAttribute("data-alarm", reading >= alarm);
  setText(value, reading.toFixed(digits));
  const length = Math.min(100, (reading / max) * 100);
  arc.style.strokeDasharray = `${length.toFixed(1)} 200`;
  // Its round cap would leave a dot at nothing.
  arc.style.opacity = length < 0.5 ? "0" : "1";
}

/** The one line above the dials that also says why. */
function showQuality(isStale: boolean, note: string, why: string): void {
  const line = byId("quality");
  line.dataset.quality = isStale ? "stale" : "live";
  const reason = isStale && note !== "waiting" ? `${note}: ${why}` : note;
  setText(line, reason);
  line.title = reason;
}

/** An age for people: 3.2 s. */
export function seconds(ms: number): string {
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
