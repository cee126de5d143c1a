// A page around a frame of another site: what test/realms/frames.test.ts opens, and asks by `page`.
// `?frame=…` is where the frame is from, `origin` whom the page believes it embeds, `helloTimeoutMs` how long
// that may take to answer at all: for ever if it is left out, as a frame loads when it can.
import { type ActorRef, createSystem, genServer } from "../../platform/browser/index.js";
import { iframe, remote } from "../../platform/browser/realms.js";
import type { Till } from "./frame.guest.js";

const query = new URLSearchParams(location.search);
const frame = document.createElement("iframe");
frame.src = query.get("frame") as string;
document.body.append(frame);
const place = iframe(() => frame.contentWindow, {
  origin: query.get("origin") as string,
  helloTimeoutMs: Number(query.get("helloTimeoutMs") ?? Number.POSITIVE_INFINITY),
});
const system = createSystem({ onCrash: () => {}, callTimeoutMs: Infinity });
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
