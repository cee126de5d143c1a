// The Modbus link in numbers, and the statuses of all three connections.
//
// Owns the counters' look. The bus counts by itself (its snapshot); the meter is asked once a
// second, and an answer that does not come, because it crashed meanwhile, is shown as none.

import type { HandleOf } from "troupe";
import type { ModbusClientHandle } from "troupe/modbus";
import { bind, byId, el, type Source, setText } from "./dom.js";
import type { Meter } from "./meter.js";

const ASK_MS = 1_000;

/** Shows the link's numbers. Gives a function that asks the meter now. */
export function showLink(bus: ModbusClientHandle, meter: HandleOf<typeof Meter>): () => void {
  const list = byId("link");
  const bytesIn = fact(list, "Bytes in", "bytes-in");
  const bytesOut = fact(list, "Bytes out", "bytes-out");
  const requests = fact(list, "Requests", "requests");
  const losses = fact(list, "Link losses", "losses");
  const polls = fact(list, "Polls", "polls");
  const roundTrip = fact(list, "Round trip", "round-trip");
  list.dataset.testid = "link-bytes";
  bind(bus, (view) => {
    if (view === undefined) return;
    list.dataset.bytes = String(view.bytesIn + view.bytesOut);
    setText(bytesIn, view.bytesIn.toLocaleString("en"));
    setText(bytesOut, view.bytesOut.toLocaleString("en"));
    setText(requests, view.requests.toLocaleString("en"));
    setText(losses, String(view.losses));
  });
  const ask = async (): Promise<void> => {
    const answers = [meter.call.polls(), meter.call.roundTripMs()] as const;
    const [count, ms] = await Promise.allSettled(answers);
    setText(polls, count.status === "fulfilled" ? String(count.value) : "–");
    setText(roundTrip, ms.status === "fulfilled" ? `${Math.round(ms.value)} ms` : "–");
  };
  setInterval(() => void ask(), ASK_MS);
  return () => void ask();
}

function fact(list: HTMLElement, name: string, testId: string): HTMLElement {
  const value = el("dd", { "data-testid": testId }, "–");
  list.append(el("div", {}, el("dt", {}, name), value));
  return value;
}

/** Something that says where its connection stands. */
type Connected = Source<
  { readonly status: string; readonly error: string | undefined } | undefined
>;

/** Shows the connections as a row of badges. */
export function showConnections(connections: Readonly<Record<string, Connected>>): void {
  for (const [name, handle] of Object.entries(connections)) {
    const words = el("span", { class: "words" });
    const badge = el(
      "li",
      { class: "badge", "data-testid": `status-${name.toLowerCase()}` },
      el("span", { class: "dot", "aria-hidden": true }),
      el("span", { class: "name" }, name),
      words,
    );
    byId("connections").append(badge);
    bind(handle, (view) => {
      badge.dataset.status = view?.status ?? "starting";
      badge.title = view?.error ?? "";
      setText(words, wordsFor(view?.status));
    });
  }
}

function wordsFor(status: string | undefined): string {
  if (status === undefined) return "starting";
  return status === "needsPermission" ? "no port" : status;
}
