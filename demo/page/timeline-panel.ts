// What happened, in words: the lines of `watchTimeline`, newest first.
//
// Owns the list's look and its time of day. The sentences are the library's, and say what only this page
// knows: where it loses a connection to an actor, a worker has gone. A line that grows (a crash, then its
// restart; a link that is away, then back) stays where it is.

import type { Timeline, TimelineEntry } from "troupe/inspect";
import { bind, byId, clockTime, el, setText } from "./dom.js";

/** Shows `timeline` in the panel. */
export function showTimeline(timeline: Timeline): void {
  const list = byId<HTMLOListElement>("timeline");
  const lines = new Map<number, HTMLElement>();
  bind(timeline, (all) => {
    const entries = all.filter(isNews);
    for (const entry of entries) {
      const text = lines.get(entry.number);
      if (text === undefined) list.prepend(lineOf(entry, lines));
      else setText(text, inWords(entry));
    }
    const [oldest] = entries;
    for (const [number, text] of lines) {
      if (oldest === undefined || number >= oldest.number) break;
      text.parentElement?.remove();
      lines.delete(number);
    }
  });
}

/** That a task or a stream began or ended well, of which there are dozens, is none. */
function isNews({ level, subject }: TimelineEntry): boolean {
  return level !== "info" || !subject.includes("#");
}

const inWords = ({ text }: TimelineEntry): string =>
  text.replace(" lost its connection", ": its worker has gone");

function lineOf(entry: TimelineEntry, lines: Map<number, HTMLElement>): HTMLElement {
  const text = el("span", { class: "text" }, inWords(entry));
  lines.set(entry.number, text);
  return el(
    "li",
    { "data-level": entry.level, "data-subject": entry.subject },
    el("time", {}, clockTime(entry.atMs)),
    text,
  );
}
