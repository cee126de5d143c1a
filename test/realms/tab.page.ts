// A page of an application that lives in several tabs: what test/realms/tabs.test.ts opens, and asks by
// `tab` what it sees. `?name=…&tab=…` says which application and which tab it is, `worker` that its actors
// live in a shared worker where there are any, `unresponsiveMs=…` how long a leader may be silent: for ever
// if it is left out. Where it is not, time stands still but for what `tab.pass` lets go by.
import { supervisor } from "../../platform/browser/index.js";
import { platform } from "../../platform/browser/platform.js";
import { logFrames, remote, serve, tabs } from "../../platform/browser/realms.js";
import { createSystemOn } from "../../src/index.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { type Counter, counterOf } from "./tab-counter.js";

const query = new URLSearchParams(location.search);
const name = query.get("name") as string;
const worker = (): SharedWorker => new SharedWorker("/hub.js", { type: "module", name });
const { platform: virtual, clock } = virtualPlatform();
const { now, setTimer, clearTimer } = virtual;
const host = query.has("unresponsiveMs") ? { ...platform, now, setTimer, clearTimer } : platform;
/** What this page has said to all tabs, as it said it. */
const said: string[] = [];
const channel = (of: string): BroadcastChannel => {
  const made = new BroadcastChannel(of);
  const post = made.postMessage.bind(made);
  made.postMessage = (message) => {
    if (of === `troupe:${name}`) said.push(message.troupe);
    post(message);
  };
  return made;
};
const app = tabs(name, {
  channel,
  unresponsiveMs: Number(query.get("unresponsiveMs") ?? Number.POSITIVE_INFINITY),
  ...(query.has("worker") ? { worker } : {}),
});
const ends: unknown[] = [];
serve([counterOf(query.get("tab") as string, ends)], { on: app, system: createSystemOn(host) });

/** What this page has seen of its own life. */
const shows: string[] = [];
for (const type of ["pagehide", "pageshow"] as const) {
  addEventListener(type, ({ persisted }) => shows.push(`${type} ${persisted}`));
}

const system = createSystemOn(host);
const reasons: unknown[] = [];
system.observe((event) => {
  if (event.type === "restarting") reasons.push(event.reason);
});

/** How many questions in a row had no answer, where a link was given up for its silence. */
const silences: number[] = [];
let unanswered = 0;
logFrames(system, ({ direction, frame }) => {
  if (direction === "in") unanswered = 0;
  else if (frame.t === "ping") unanswered++;
  else if (frame.t === "bye" && frame.reason.startsWith("silent")) silences.push(unanswered);
});

const App = supervisor({
  maxRestarts: 100,
  children: (child) => ({ counter: child(remote<Counter>("counter", app), []) }),
});
const running = system.start(App);

const tab = {
  /** Calls the counter, when there is one. */
  async call(method: "add" | "where" | "never", timeoutMs = 20_000): Promise<unknown> {
    const { counter } = (await running).child;
    const options = { whenDown: "wait", timeoutMs } as const;
    try {
      return await counter.with(options).call[method]();
    } catch (error) {
      const { code, reason } = error as { code?: string; reason?: unknown };
      return { code, reason };
    }
  },
  epoch: () => app.epoch,
  ends: () => ends,
  reasons: () => reasons,
  shows: () => shows,
  silences: () => silences,
  said: () => said,
  /** Lets so many milliseconds go by. */
  pass: (ms: number): Promise<void> => clock.advance(ms),
};
/** What a page has as `tab`. */
export type Tab = typeof tab;
Object.assign(globalThis, { tab });
