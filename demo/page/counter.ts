// The counter actor: how many batches the shift has pumped.
//
// Owns one number. It is started with `restartFrom: "lastState"` (station.ts), so that the bug in
// `takeBack` costs the message that hit it, and not the count.

import { genServer } from "troupe";

export const Counter = genServer({
  id: "counter",
  init: () => ({ batches: 12 }),
  cast: {
    add(self, batches: number) {
      self.state.batches += batches;
    },
    /** The bug: it says so, instead of going on with a count that cannot be. */
    takeBack(self, batches: number) {
      self.state.batches -= batches;
      if (batches > 100) throw new RangeError(`Cannot take back ${batches} batches in one shift`);
    },
  },
  view: (state) => state.batches,
});
