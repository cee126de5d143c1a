// What happened, in words: the lines of `watchTimeline`, newest first.
//
// Owns the list's look and its time of day. The sentences are the library's. A line that grows (a
// crash, then its restart) stays where it is. Attempts of a link that waits are left out: the
// tree shows them, and here they would bury what happened.

import type { Timeline, TimelineEntry } from "troupe/inspect";
import { bind, byId, clockTime, el, setText } from "./dom.js";

const ATTEMPT = / is (connecting \(was waiting\)|waiting \(was connecting\))$/;

/** Shows `timeline` in the panel. */
export function showTimeline(timeline: Timeline): void {
  const list = byId<HTMLOListElement>("timeline");
  const lines = new Map<number, HTMLElement>();
  bind(timeline, (entries) => {
    for (const entry of entries) {
      if (ATTEMPT.test(entry.text)) continue;
      const text = lines.get(entry.number);
      if (text === undefined) list.prepend(lineOf(entry, lines));
      else setText(text, entry.text);
    }
    const [oldest] = entries;
    for (const [number, text] of lines) {
      if (oldest === undefined || number >= oldest.number) break;
      text.parentElement?.remove();
      lines.delete(number);
    }
  });
}

function lineOf(entry: TimelineEntry, lines: Map<number, HTMLElement>): HTMLElement {
  const text = el("span", { class: "text" }, entry.text);
  lines.set(entry.number, text);
  return el(
    "li",
    { "data-level": entry.level, "data-subject": entry.subject },
    el("time", {}, clockTime(entry.atMs)),
    text,
  );
}
