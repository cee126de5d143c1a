// The listening end of a worker: its link to whoever started it.
//
// Owns the question whether there is one. How a host's worker reaches its parent is
// platform/<host>/parent-port.ts. A shared worker has a parent for each page, and actors that outlive all
// of them: it says so, by shared-worker-link.ts, so that no other worker carries what keeps those alive.

import { UnsupportedError } from "../../kernel/errors.js";
import { hostName } from "./host-name.js";
import type { Listener } from "./listener.js";
import { type Post, PostLink } from "./post-link.js";

/** A worker's way to its parent, as its host has it: its scope, or Node's `parentPort`. */
export type ParentPort = Post | SharedScope;

/** The scope of a shared worker: pages come to it, and it has no way to one parent. */
export interface SharedScope {
  readonly onconnect: unknown;
}

/**
 * As {@link listenerOfParent}, for what a host has found.
 *
 * @throws UnsupportedError where it has found nobody: this realm is no worker, or a shared one.
 */
export function parentListenerOn(
  port: ParentPort | undefined,
  host: string = hostName(),
): Listener {
  const isShared = port !== undefined && "onconnect" in port;
  if (port !== undefined && !isShared) return listenerOfParent(port);
  throw new UnsupportedError({
    capability: "serve without `on`",
    host,
    alternative: isShared
      ? "this is a shared worker, which many pages connect to; " +
        "write serve([…], { on: sharedWorkerListener() })"
      : "nobody started this realm as a worker; say where peers come from, " +
        "such as serve([…], { on: messagePortListener(port) })",
  });
}

/**
 * Gives the one link to whoever started this worker, as soon as it is listened to. What the parent sends
 * before waits there. To be listened to once.
 */
export function listenerOfParent(port: Post): Listener {
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
