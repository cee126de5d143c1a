// A page around a frame of another site: what test/realms/frames.test.ts opens, and asks by `page`.
// `?frame=…` is where the frame is from, `origin` whom the page believes it embeds. Its time stands still but for
// what `page.pass` lets go by: a frame loads and answers when it can.
import { type ActorRef, genServer } from "../../platform/browser/index.js";
import { platform } from "../../platform/browser/platform.js";
import { iframe, remote } from "../../platform/browser/realms.js";
import { createSystemOn } from "../../src/index.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import type { Till } from "./frame.guest.js";

const query = new URLSearchParams(location.search);
const frame = document.createElement("iframe");
frame.src = query.get("frame") as string;
document.body.append(frame);
const place = iframe(() => frame.contentWindow, {
  origin: query.get("origin") as string,
  helloTimeoutMs: 1_500,
  busyAfterMs: 100,
  unresponsiveMs: 1_000,
});
const { platform: virtual, clock } = virtualPlatform();
const { now, setTimer, clearTimer } = virtual;
const system = createSystemOn(
  { ...platform, now, setTimer, clearTimer },
  { onCrash: () => {}, callTimeoutMs: Infinity },
);
const till = system.launch(remote<typeof Till>("till", place));
/** Why the till ended, as one hears of it who watches it. */
const downs: unknown[] = [];
const Watcher = genServer({
  id: "watcher",
  init: (self, watched: ActorRef) => self.monitor(watched),
  info: (_self, message) => {
    if (message.type === "down") downs.push(message.reason);
  },
});
system.launch(Watcher, till);

const page = {
  async call(method: "pay" | "where" | "fail" | "never"): Promise<unknown> {
    try {
      return await till.call[method]();
    } catch (error) {
      const { name, message, cause, reason } = error as Error & { reason?: unknown };
      return { name, message, reason, cause: (cause as Error | undefined)?.name };
    }
  },
  status: () => till.status,
  downs: () => downs,
  /** Lets so many milliseconds go by. */
  pass: (ms: number): Promise<void> => clock.advance(ms),
  /** Shows another page in the frame. */
  lead(url: string): Promise<void> {
    return new Promise((resolve) => {
      frame.onload = () => resolve();
      frame.src = url;
    });
  },
};
/** What a page has as `page`. */
export type Around = typeof page;
Object.assign(globalThis, { page });
