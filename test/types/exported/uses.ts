// Uses of annotated servers: a test double with another state stands in, a wrong annotation does not
// pass. Checked by `npm run types` with isolatedDeclarations; never run.

import {
  createSystemOn,
  genServer,
  type Platform,
  type Server,
  streams,
} from "../../../src/index.js";
import { App, Counter, type CounterHandle } from "./counter.js";

declare const platform: Platform;
const system = createSystemOn(platform);

const Fake = genServer({
  id: "fake",
  init: () => null,
  call: {
    get: () => 1,
    add: (_self, by: number) => by,
    slow: (_self, text: string) => text,
    extra: () => 1,
  },
  cast: { inc(_self, _by?: number) {} },
  stream: {
    async *ticks(_self, upTo: number) {
      yield upTo;
    },
  },
  streams,
  view: () => 1,
});

export async function uses(): Promise<void> {
  let ref: CounterHandle = await system.start(Counter, 1);
  (await ref.call.add(1)) satisfies number;
  ref.cast.inc();
  ref.stream.ticks(3) satisfies AsyncIterable<number | string>;
  ref = await system.start(Fake);
  const app = await system.start(App, 1);
  (await app.child.counter.call.get()) satisfies number;
  ref = app.child.counter;
}

// @ts-expect-error get replies a number, not a string
export const Bad: Server<[], { call: { get(): string } }> = genServer({
  id: "bad",
  init: () => 1,
  call: { get: (self) => self.state },
});

// @ts-expect-error there is no handler for what the annotation promises
export const Missing: Server<[], { call: { get(): number } }> = genServer({
  id: "missing",
  init: () => 1,
});

// @ts-expect-error ticks yields numbers, not strings
export const WrongStream: Server<[], { stream: { ticks(): string } }> = genServer({
  id: "wrong-stream",
  init: () => 1,
  stream: {
    async *ticks(self) {
      yield self.state;
    },
  },
  streams,
});
