// The worker of troupe: serves one behaviour.

import { genServer } from "troupe";
import { serve, transfer } from "troupe/realms";

const Child = genServer({
  id: "child",
  init: () => 0,
  call: { add: (_self, by: number) => by },
});

/** What is called. */
export const Counter = genServer({
  id: "counter",
  init: () => ({ hits: 0 }),
  call: {
    add: (_self, by: number) => by,
    hits: (self) => self.state.hits,
    move: (_self, buffer: ArrayBuffer) => transfer(buffer),
    refs: (self, count: number) => Array.from({ length: count }, () => self.spawn(Child)),
  },
  cast: {
    hit(self, by: number) {
      self.state.hits += by;
    },
  },
});

serve([Counter]);
