// A page that reaches an actor of a WebSocket server with the browser's own socket: what
// test/realms/websocket-page.test.ts opens, and asks by `page`. `?host=…` is where that server is.
import { createSystem, type HandleOf, supervisor } from "../../platform/browser/index.js";
import { linkOf, remote, webSocketRealm } from "../../platform/browser/realms.js";
import type { Room } from "./websocket-page.test.js";

const host = new URLSearchParams(location.search).get("host") as string;
const place = webSocketRealm(`ws://${host}/realm`, {
  auth: () => Promise.resolve("a token"),
  name: "the server",
});
const crashes: unknown[] = [];
const system = createSystem({ onCrash: (error) => crashes.push(String(error)) });
const App = supervisor({
  children: (child) => ({ room: child(remote<typeof Room>("room", place), []) }),
});
let app: HandleOf<typeof App>;

const page = {
  /** Starts what reaches the server; gives what went wrong. */
  async start(): Promise<string> {
    try {
      app = await system.start(App);
      return "";
    } catch (error) {
      return String(error);
    }
  },
  say: () => app.child.room.with({ whenDown: "wait", timeoutMs: 20_000 }).call.say(location.origin),
  status: () => [app.child.room.status, linkOf(app.child.room).status],
  crashes: () => crashes,
};
/** What a page has as `page`. */
export type Visitor = typeof page;
Object.assign(globalThis, { page });
