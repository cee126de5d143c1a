// Exported constants with their types written down, as isolatedDeclarations asks: the annotation and
// the inferred handlers must agree.
// Checked by `npm run types` with isolatedDeclarations; never run.

import {
  type Behaviour,
  type ChildSpec,
  genServer,
  progress,
  type Server,
  type ServerHandle,
  type SupervisorHandle,
  streams,
  supervisor,
} from "../../../src/index.js";

/** What a counter can be called with. */
export interface CounterApi {
  call: { get(): number; add(by: number): number; slow(text: string): string };
  cast: { inc(by?: number): void };
  stream: { ticks(upTo: number): number | string };
  view: number;
}

export const Counter: Server<[start?: number], CounterApi> = genServer({
  id: "counter",
  init: (_self, start: number = 0) => ({ count: start }),
  call: {
    get: (self) => self.state.count,
    add(self, by: number) {
      self.state.count += by;
      return self.state.count;
    },
    slow: async (_self, text: string) => text,
  },
  cast: {
    inc(self, by: number = 1) {
      self.state.count += by;
    },
  },
  stream: {
    async *ticks(self, upTo: number) {
      yield progress(`${self.state.count} of ${upTo}`);
      yield self.state.count;
    },
  },
  streams,
  view: (state) => state.count,
});

/** A handle of it, as others would name it. */
export type CounterHandle = ServerHandle<
  CounterApi["call"],
  CounterApi["cast"],
  number,
  CounterApi["stream"]
>;

export const App: Behaviour<
  readonly [start: number],
  SupervisorHandle<{ counter: ChildSpec<CounterHandle> }>
> = supervisor({
  children: (make, start: number) => ({ counter: make(Counter, [start]) }),
});
