// Types of actors in other realms: what `remote` gives with its type, and what an editor says without it.
// Checked by `npm run types`; never run.

import {
  child,
  createSystemOn,
  genServer,
  type Platform,
  type Server,
  supervisor,
} from "../../src/index.js";
import { type Place, remote, type UntypedHandle } from "../../src/realms/index.js";

declare const platform: Platform;
declare const place: Place;
const system = createSystemOn(platform);

const Counter = genServer({
  id: "counter",
  init: (_self, start: number) => start,
  call: { get: (self) => self.state },
  cast: { inc: (_self, _by: number) => {} },
});
const App = supervisor({ children: (make) => ({ counter: make(Counter, [3]) }) });

export async function typed(): Promise<void> {
  const counter = await system.start(remote<typeof Counter>("counter", place), 3);
  (await counter.call.get()) satisfies number;
  // @ts-expect-error the arguments are those of its init
  system.start(remote<typeof Counter>("counter", place), "3");
  // @ts-expect-error it has no such handler
  counter.call.take();
  const app = await system.start(remote<typeof App>("app", place));
  (await app.child.counter.call.get()) satisfies number;
  // What it is may be written down, too.
  const other = remote<Server<[start: number], { call: { get(): number } }>>("other", place);
  (await (await system.start(other, 1)).call.get()) satisfies number;
  // Or be known from where it is used.
  const known: typeof Counter = remote("counter", place);
  (await (await system.start(known, 1)).call.get()) satisfies number;
  // @ts-expect-error it must be a behaviour
  remote<number>("counter", place);
}

export async function untyped(): Promise<void> {
  const counter = await system.start(remote("counter", place), 3);
  counter satisfies UntypedHandle;
  // It can be looked at, and ended.
  counter.status satisfies string;
  await counter.with({ timeoutMs: 50 }).stop();
  // Without its type it cannot be called, and the error says what to write.
  type Told = keyof typeof counter.call;
  "say its type, as in remote<typeof Counter>(id, place)" satisfies Told;
  // @ts-expect-error Property 'get' does not exist on type 'Hint<"say its type, as in remote<typeof …
  counter.call.get();
  // @ts-expect-error the same of casts, and of all the others
  counter.cast.inc(1);
  const launched = system.launch(remote("counter", place));
  launched satisfies UntypedHandle;
  const Apps = supervisor({ children: () => ({ counter: child(remote("counter", place), [3]) }) });
  const apps = await system.start(Apps);
  apps.child.counter satisfies UntypedHandle;
  const made = supervisor({
    children: (make) => ({ counter: make(remote("counter", place), []) }),
  });
  (await system.start(made)).child.counter satisfies UntypedHandle;
}
