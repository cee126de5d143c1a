// The counter on the page: two buttons, a number, and a bug to press.
//
// Owns the buttons. `flush` after a cast makes the actor handle it before the click is over, so the
// number changes in the same frame.

import type { HandleOf } from "troupe";
import type { Counter } from "./counter.js";
import { bind, byId, el, onPress, setText } from "./dom.js";

/** Shows the counter. */
export function showCounter(counter: HandleOf<typeof Counter>): void {
  const value = el("output", { "data-testid": "counter-value" });
  const less = el(
    "button",
    { type: "button", class: "button", "aria-label": "One batch less" },
    "−",
  );
  const more = el(
    "button",
    { type: "button", class: "button", "aria-label": "One batch more" },
    "+",
  );
  const crash = el(
    "button",
    { type: "button", class: "button quiet", "data-testid": "counter-crash" },
    "Crash counter",
  );
  more.dataset.testid = "counter-more";
  less.dataset.testid = "counter-less";
  onPress(more, () => {
    counter.cast.add(1);
    counter.flush();
  });
  onPress(less, () => {
    counter.cast.takeBack(1);
    counter.flush();
  });
  // Throws in its handler; the supervisor restarts it with the state from before the message.
  onPress(crash, () => counter.cast.takeBack(1_000));
  byId("counter").append(less, value, more, crash);
  bind(counter, (batches) => setText(value, String(batches ?? "–")));
}
