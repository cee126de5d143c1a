// The places there are: workers, shared workers, ports, iframes and the window around one.
//
// Owns the step from what makes one to a place, which opens a link to a new one for each connection. What a
// link is made of is its transport's file; a place of one's own is made by placeOf. Tabs are tabs.ts.

import { checkFunction } from "../../kernel/errors.js";
import {
  type MessagePortLinkOptions,
  messagePortLink,
  type PortLike,
} from "../links/message-port-link.js";
import { whilePageIsHere } from "../links/page-life.js";
import { linkToSharedWorker, type SharedWorkerLike } from "../links/shared-worker-link.js";
import {
  parentOf,
  type WindowLike,
  type WindowLinkOptions,
  windowLink,
} from "../links/window-link.js";
import { type WorkerLike, type WorkerLinkOptions, workerLink } from "../links/worker-link.js";
import type { Place, PlaceOptions } from "./lease.js";
import { placeOf, trustedPlaceOf } from "./place.js";

/**
 * A worker of its own for each connection: a `Worker` of the web, or one of `node:worker_threads`. It
 * starts with the first actor that is placed there, and ends some time after the last one.
 *
 * @throws TypeError for a `create` that is no function; RangeError for times that are none.
 *
 * @example
 * ```ts
 * const place = worker(
 *   () => new Worker(new URL("./decoder.worker.js", import.meta.url), { type: "module" }),
 *   { name: "decoder" },
 * );
 * ```
 */
export function worker(
  create: () => WorkerLike,
  options: PlaceOptions & Pick<WorkerLinkOptions, "errorsEnd"> = {},
): Place {
  checkFunction("create, as in () => new Worker(…)", create);
  return trustedPlaceOf("worker", () => workerLink(create(), options), options);
}

/**
 * A shared worker: one for all pages of an origin, whose actors are there once. Its file calls
 * `serve([…], { on: sharedWorkerListener() })`.
 *
 * @throws TypeError for a `create` that is no function; RangeError for times that are none.
 *
 * @example
 * ```ts
 * const place = sharedWorker(
 *   () => new SharedWorker(new URL("./hub.worker.js", import.meta.url), { type: "module" }),
 * );
 * ```
 */
export function sharedWorker(create: () => SharedWorkerLike, options: PlaceOptions = {}): Place {
  checkFunction("create, as in () => new SharedWorker(…)", create);
  const open = whilePageIsHere(() => linkToSharedWorker(create(), options));
  return placeOf("shared worker", open, options, { shared: true });
}

/**
 * Whoever has the other side of a port. `port` is asked for one for each connection.
 *
 * @throws TypeError for a `port` that is no function; RangeError for times that are none.
 *
 * @example
 * ```ts
 * const { port1, port2 } = new MessageChannel();
 * const place = messagePort(() => port1);
 * ```
 */
export function messagePort(
  port: () => PortLike,
  options: PlaceOptions & MessagePortLinkOptions = {},
): Place {
  checkFunction("port", port);
  return placeOf("message port", () => messagePortLink(port(), options), options);
}

/**
 * Another window: an iframe's, or one that this page opened.
 *
 * @throws TypeError for a `target` that is no function and an origin that is not exact; RangeError for
 * times that are none.
 *
 * @example
 * ```ts
 * const frame = document.createElement("iframe");
 * const place = iframe(() => frame.contentWindow, { origin: "https://shop.example" });
 * ```
 */
export function iframe(
  target: () => WindowLike | null,
  options: PlaceOptions & WindowLinkOptions,
): Place {
  checkFunction("target", target);
  return placeOf("window", () => windowLink(target(), options), options);
}

/**
 * The window around this one, as an iframe sees it.
 *
 * @throws TypeError for an origin that is not exact; RangeError for times that are none. The start of an
 * actor there rejects in a window that is in no other.
 *
 * @example
 * ```ts
 * const place = parentWindow({ origin: "https://www.example" });
 * ```
 */
export function parentWindow(options: PlaceOptions & WindowLinkOptions): Place {
  return placeOf("parent window", () => windowLink(parentOf(options.own), options), options);
}
