// The actor that lives once for all tabs, in the tests of tabs. Knows where it lives.
import { genServer } from "../../src/index.js";

/** `place` is where it lives; `ends` is told why it ended. */
export const counterOf = (place: string, ends: unknown[]) =>
  genServer({
    id: "counter",
    init: () => ({ count: 0 }),
    call: {
      add: (self) => {
        self.state.count += 1;
        return self.state.count;
      },
      where: () => place,
      never: (self) => self.replyLater<number>(),
    },
    terminate: (_self, reason) => {
      ends.push(reason);
    },
  });
export type Counter = ReturnType<typeof counterOf>;
