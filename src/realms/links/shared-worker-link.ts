// Links between a shared worker and the pages that use it.
//
// Owns how a page finds out that a shared worker could not be loaded, and where the worker's links come
// from. Each page has a port of its own; the rest is message-port-link.ts. A page that is closed is
// noticed by its lock, as no browser but Chromium tells a shared worker.

import { UnsupportedError } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import type { Link } from "../wire/link.js";
import type { EventSourceLike, WebTarget } from "./host-events.js";
import { listenTo } from "./host-events.js";
import { hostName } from "./host-name.js";
import type { Listener } from "./listener.js";
import { linkOfPort, messagePortLink, type PortLike } from "./message-port-link.js";
import type { PostLink } from "./post-link.js";
import { shareActors } from "./shared-actors.js";

/** A `SharedWorker`: what is used of it. */
export type SharedWorkerLike = EventSourceLike & { readonly port: PortLike };

/**
 * The link to a shared worker. It lives on when the link is closed, as other pages may use it.
 *
 * @throws TypeError for what is no shared worker.
 *
 * @example
 * ```ts
 * const url = new URL("./hub.worker.js", import.meta.url);
 * const link = sharedWorkerLink(new SharedWorker(url, { type: "module" }), { name: "hub" });
 * ```
 */
export function sharedWorkerLink(
  worker: SharedWorkerLike,
  options: { readonly name?: string | undefined } = {},
): Link {
  return linkToSharedWorker(worker, options);
}

/** As {@link sharedWorkerLink}, for places: they end it when the page is left. */
export function linkToSharedWorker(
  worker: SharedWorkerLike,
  options: { readonly name?: string | undefined },
): PostLink {
  if (worker?.port === undefined) {
    throw new TypeError(
      `worker is ${printed(worker)}: it must be a SharedWorker, as new SharedWorker(…) gives`,
    );
  }
  const name = options.name === undefined ? "shared worker" : `shared worker ${options.name}`;
  const link = linkOfPort(worker.port, { name, otherSide: "the shared worker" });
  link.hint =
    "is its file bundled, and does it call " +
    "serve([…], { on: sharedWorkerListener() }) before its first await?";
  link.whileOpen(worker, "error", (event) => {
    // Later errors are the worker's own: it goes on, and other pages with it.
    if (link.hasHeard) return;
    const { message = "" } = event as Partial<ErrorEvent>;
    const text = message === "" ? "its file could not be loaded: is it bundled?" : message;
    link.lose("the shared worker threw while it loaded", new Error(text));
  });
  return link;
}

/**
 * Gives a link for each page that connects to this shared worker, to be given to `serve` as `on`. Listen
 * before the first `await` of the worker's file: a page that connects earlier is told to nobody.
 *
 * @param scope Default: that of this realm.
 * @throws UnsupportedError where that is no shared worker's.
 *
 * @example
 * ```ts
 * serve([Counter], { on: sharedWorkerListener() });
 * ```
 */
export function sharedWorkerListener(
  scope: WebTarget = globalThis as unknown as WebTarget,
): Listener {
  if (!("onconnect" in scope)) {
    throw new UnsupportedError({
      capability: "sharedWorkerListener",
      host: hostName(),
      alternative: "call it in the file of a shared worker; a dedicated one calls serve([…])",
    });
  }
  return {
    share: shareActors,
    listen: (onLink) =>
      listenTo(scope, "connect", (event) => {
        const port = (event as MessageEvent).ports[0];
        if (port === undefined) return;
        onLink(messagePortLink(port, { name: "a page", otherSide: "the page" }));
      }),
  };
}
