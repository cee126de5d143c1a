// The worker's half of the README's first example: its counter, and its whole supervisor.
import { type child, createSystem, genServer, supervisor } from "troupe";
import { serve } from "troupe/realms";

export const Counter = genServer({
  id: "counter",
  init: (_self, start: number = 0) => ({ count: start }),
  call: {
    get: (self) => self.state.count,
    crash(): void {
      throw new Error("a bug");
    },
    /** Answers, and ends. */
    quit: (self) => {
      self.stop();
      return "bye";
    },
  },
  cast: {
    inc(self, by: number = 1) {
      self.state.count += by;
    },
  },
});

export const App = supervisor({
  id: "app",
  maxRestarts: 100,
  children: (add: typeof child) => ({ counter: add(Counter, [3]) }),
});

serve([Counter, App], { system: createSystem({ onCrash: () => {} }) });
