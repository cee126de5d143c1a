// The plant feed on the page: the tank, the last events, and where the stream stands.
//
// Owns the look. What has been heard is the board's, the connection is the feed's; the hint joins
// both, so that a visitor sees a lost stream resume after the event it had.

import type { EventSourceHandle } from "troupe/sse";
import { bind, byId, clockTime, el, type Source, setText } from "./dom.js";
import type { Notice, Notices } from "./notice-board.js";

/** Shows the feed. */
export function showFeed(board: Source<Notices | undefined>, feed: EventSourceHandle): void {
  const bar = el("span", { class: "water" });
  const percent = el("span", { class: "number", "data-testid": "tank-level" }, "–");
  const list = el("ol", { class: "events", "data-testid": "feed-events" });
  byId("feed").append(
    el(
      "div",
      { class: "tank" },
      el("span", { class: "label" }, "Water tank"),
      el("span", { class: "bar", "aria-hidden": true }, bar),
      percent,
    ),
    list,
  );
  const items = new Map<string, HTMLElement>();
  let heard = { lastId: "", missed: 0 };
  let losses = 0;
  const showHint = (): void => {
    const { lastId, missed } = heard;
    const resumed = losses === 0 ? "" : `resumed ${losses}×, `;
    setText(byId("feed-hint"), lastId === "" ? "SSE" : `#${lastId}, ${resumed}${missed} missed`);
  };
  bind(board, (notices) => {
    if (notices === undefined) return;
    heard = notices;
    const { recent, levelPercent } = notices;
    if (levelPercent !== undefined) {
      bar.style.width = `${levelPercent}%`;
      setText(percent, `${levelPercent.toFixed(1)} %`);
    }
    for (const notice of [...recent].reverse()) {
      if (items.has(notice.id)) continue;
      const item = itemOf(notice);
      items.set(notice.id, item);
      list.prepend(item);
    }
    for (const [id, item] of items) {
      if (recent.some((notice) => notice.id === id)) continue;
      item.remove();
      items.delete(id);
    }
    showHint();
  });
  bind(feed, (view) => {
    losses = view?.losses ?? 0;
    showHint();
  });
}

function itemOf({ id, atMs, event }: Notice): HTMLElement {
  const words =
    event.type === "weather"
      ? `${event.celsius.toFixed(1)} °C, ${event.sky}`
      : event.type === "note"
        ? event.text
        : `${event.percent} %`;
  return el(
    "li",
    { "data-type": event.type, "data-event-id": id },
    el("time", {}, clockTime(atMs)),
    el("span", { class: "text" }, words),
  );
}
