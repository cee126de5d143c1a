// Links over a MessagePort, of the web or of Node.
//
// Owns what is particular about ports: that they have to be started, that what is posted before waits in
// them, and that only some hosts tell when the other side is gone. Where a port comes from, and whether
// whoever has its other side may be trusted, is the caller's knowledge.

import { printed } from "../../kernel/exit-reason.js";
import type { Link } from "../wire/link.js";
import { copiesOnly } from "./copies-only.js";
import { isWebTarget } from "./host-events.js";
import type { Listener } from "./listener.js";
import { type Post, PostLink } from "./post-link.js";

/** A port: what is used of it. */
export type PortLike = Post & { start?(): void; close(): void };

/** Options of {@link messagePortLink} and {@link messagePortListener}. */
export interface MessagePortLinkOptions {
  /** What the link is called in errors. Default `a message port`. */
  readonly name?: string | undefined;
  /** Whether our own code has the other side. Default `true`. */
  readonly trusted?: boolean | undefined;
  /** What the other side is called in errors. Default `the other side of the port`. */
  readonly otherSide?: string | undefined;
  /** Whether the port can move buffers. Default `true`; in workerd it cannot. */
  readonly transfer?: boolean | undefined;
}

/**
 * The link over a port, which is the link's from now on: closing one closes the other.
 *
 * @throws TypeError for what is no port.
 *
 * @example
 * ```ts
 * const { port1, port2 } = new MessageChannel();
 * const link = messagePortLink(port1);   // and port2 goes to the other side, with a message
 * ```
 */
export function messagePortLink(port: PortLike, options: MessagePortLinkOptions = {}): Link {
  return linkOfPort(port, options);
}

/** As {@link messagePortLink}, for transports that hand over a port: they see whether it has heard. */
export function linkOfPort(port: PortLike, options: MessagePortLinkOptions): PostLink {
  if (typeof port?.postMessage !== "function" || typeof port.close !== "function") {
    throw new TypeError(
      `port is ${printed(port)}: it must be a MessagePort, one of those that new MessageChannel() gives`,
    );
  }
  const { otherSide = "the other side of the port" } = options;
  const link = new PostLink(port, {
    name: options.name ?? "a message port",
    otherSide,
    trusted: options.trusted ?? true,
    transfer: options.transfer ?? true,
    // Chromium and Node tell; what shows it are the members that came with it.
    detectsClose: "onclose" in port || !isWebTarget(port) || "on" in port,
    // A turn of promises later: workerd tells of the end before what was posted in the same one.
    release: () => void Promise.resolve().then(() => port.close()),
  });
  if (options.transfer === false) copiesOnly(link);
  link.hint = "does whoever has the other port call serve([…], { on: messagePortListener(port) })?";
  link.whileOpen(port, "close", () => link.lose(`${otherSide} is gone`));
  port.start?.();
  return link;
}

/** Gives the one link over a port, for the side that serves. */
export function messagePortListener(
  port: PortLike,
  options: MessagePortLinkOptions = {},
): Listener {
  return {
    listen(onLink) {
      onLink(messagePortLink(port, options));
      return () => {};
    },
  };
}
