// The listening end of a worker: its link to whoever started it, or to each page that connects.
//
// Owns the choice between the two kinds of workers, which shows in the scope itself. How a host's worker
// reaches its parent is platform/<host>/parent-port.ts.

import { UnsupportedError } from "../../kernel/errors.js";
import type { WebTarget } from "./host-events.js";
import type { Listener } from "./listener.js";
import { type Post, PostLink } from "./post-link.js";
import { sharedWorkerListener } from "./shared-worker-link.js";

/** A worker's way to its parent, as its host has it: its scope, or Node's `parentPort`. */
export type ParentPort = Post | SharedScope;

/** The scope of a shared worker, which has a parent for each page. */
export type SharedScope = WebTarget & { onconnect: unknown };

/**
 * As {@link listenerOfParent}, for what a host has found.
 *
 * @throws UnsupportedError where it has found nobody: this realm is no worker.
 */
export function parentListenerOn(port: ParentPort | undefined, host: string): Listener {
  if (port !== undefined) return listenerOfParent(port);
  throw new UnsupportedError({
    capability: "serve without the option on",
    host,
    alternative:
      "nobody started this realm as a worker; say where peers come from, " +
      "such as serve([…], { on: messagePortListener(port) })",
  });
}

/**
 * Gives the one link to whoever started this worker, as soon as it is listened to; in a shared worker a
 * link for each page. What the parent sends before waits there. To be listened to once.
 */
export function listenerOfParent(port: ParentPort): Listener {
  if ("onconnect" in port) return sharedWorkerListener(port);
  return {
    listen(onLink) {
      const link = new PostLink(port, {
        name: "the parent of this worker",
        otherSide: "the parent",
        trusted: true,
        // A worker does not outlive its parent.
        detectsClose: true,
        // Threads of Node end with an event.
        mayVanish: !("on" in port),
        release: () => {},
      });
      onLink(link);
      return () => {};
    },
  };
}
