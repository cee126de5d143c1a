// Links between windows: a page and its iframes, a page and what it opened.
//
//   opener  ── knock ──►  listener     (again when the listener says that it is there)
//   opener  ◄── open ───  listener     checked on both sides: exact origin, exact window
//   opener  ── port ───►  listener     from here on a MessagePort, which nobody else has
//
// Owns that handshake. Nothing is ever sent to "*", and after it no origin has to be checked again.

import { printed } from "../../kernel/exit-reason.js";
import type { Link, Movable } from "../wire/link.js";
import { checkOrigin } from "./exact-origin.js";
import type { WebTarget } from "./host-events.js";
import { listenTo } from "./host-events.js";
import type { Listener } from "./listener.js";
import { linkOfPort, messagePortLink } from "./message-port-link.js";

/** A window of whatever origin: what may be used of it. */
export interface WindowLike {
  /** Sends it a message if its origin is exactly that one. */
  postMessage(message: unknown, targetOrigin: string, transfer?: Movable[]): void;
}

/** The window of this realm: what is used of it. */
export interface OwnWindow extends WebTarget {
  /** Where this window is from. */
  readonly location: { readonly origin: string };
  /** What makes the ports that links go over. */
  readonly MessageChannel: typeof MessageChannel;
  /** The window around this one: it may have opened a link before this one listened. */
  readonly parent?: WindowLike;
  /** The window that opened this one. */
  readonly opener?: WindowLike | null;
  /** The windows inside this one. */
  readonly frames?: ArrayLike<WindowLike>;
}

/** A message of the handshake. */
interface Handshake {
  readonly troupe: "knock" | "open" | "port" | "here";
  /** Which link of the opener. */
  readonly id?: number;
}

/** Options of {@link windowLink}. */
export interface WindowLinkOptions {
  /** The exact origin of the other window, such as `https://shop.example`. */
  readonly origin: string;
  /** Default: `the window of <origin>`. */
  readonly name?: string | undefined;
  /** Whether the other window runs our own code. Default: whether its origin is ours. */
  readonly trusted?: boolean | undefined;
  /** The window of this realm. Default: the global one. */
  readonly own?: OwnWindow | undefined;
}

let lastId = 0;

/**
 * The link to another window. What is sent before that window listens waits for it, also while it
 * loads.
 *
 * @throws TypeError for what is no window, and for an `origin` that is not exact.
 *
 * @example
 * ```ts
 * const frame = document.createElement("iframe");
 * frame.src = "https://shop.example/widget.html";
 * document.body.append(frame);
 * const link = windowLink(frame.contentWindow, { origin: "https://shop.example" });
 * ```
 */
export function windowLink(target: WindowLike | null, options: WindowLinkOptions): Link {
  const { origin, own = hostWindow() } = options;
  if (typeof target?.postMessage !== "function") {
    throw new TypeError(
      `target is ${printed(target)}: it must be a window; an iframe has a contentWindow once it is attached, and a window that is in no other has no parent`,
    );
  }
  checkOrigin(origin);
  const { port1, port2 } = new own.MessageChannel();
  lastId += 1;
  const id = lastId;
  const name = options.name ?? `the window of ${origin}`;
  const trusted = options.trusted ?? origin === own.location.origin;
  const link = linkOfPort(port1, { name, trusted, otherSide: name });
  link.hint = unanswered(origin, own.location.origin);
  const say = (troupe: Handshake["troupe"], transfer: Movable[] = []): void =>
    target.postMessage({ troupe, id } satisfies Handshake, origin, transfer);
  let isHanded = false;
  link.whileOpen(own, "message", (event) => {
    const { data, source, origin: from } = event as MessageEvent<unknown>;
    if (isHanded || source !== target || from !== origin || !isHandshake(data)) return;
    if (data.troupe === "here") say("knock");
    if (data.troupe !== "open" || data.id !== id) return;
    isHanded = true;
    link.hint =
      "the window answered, and then was silent: is it busy, or does its authenticate wait?";
    say("port", [port2]);
  });
  say("knock");
  return link;
}

/** What may be wrong while no window answers. */
function unanswered(origin: string, home: string): string {
  if (home === "null") {
    return "this window is sandboxed and has no origin that could be let in: give it allow-same-origin";
  }
  return (
    `is that window at ${origin} itself, and does it call ` +
    `serve([…], { on: windowListener({ origins: [${JSON.stringify(home)}] }) })?`
  );
}

/** Options of {@link windowListener}. */
export interface WindowListenerOptions {
  /** The exact origins whose windows may open a link. */
  readonly origins: readonly string[];
  /** The one window that may. Default: any of those origins. */
  readonly source?: WindowLike | undefined;
  /** As for {@link WindowLinkOptions}. */
  readonly trusted?: boolean | undefined;
  /** As for {@link WindowLinkOptions}. */
  readonly own?: OwnWindow | undefined;
}

/**
 * Gives a link for each window of the `origins` that opens one. Others get no answer.
 *
 * @throws TypeError for an origin that is not exact.
 *
 * @example
 * ```ts
 * const listener = windowListener({ origins: ["https://www.example"] });
 * ```
 */
export function windowListener(options: WindowListenerOptions): Listener {
  const { origins, source: only } = options;
  for (const origin of origins) checkOrigin(origin);
  return {
    // Of any of them a link may come; where none is this page's own, none of them is trusted.
    get trusted() {
      return options.trusted ?? origins.includes((options.own ?? hostWindow()).location.origin);
    },
    listen(onLink) {
      const own = options.own ?? hostWindow();
      const answer = (window: WindowLike, message: Handshake, origin: string): void =>
        window.postMessage(message, origin);
      /** Those who knocked and have not sent their port, by window. */
      const knocked = new WeakMap<WindowLike, Set<number>>();
      const stop = listenTo(own, "message", (event) => {
        const { data, source, origin, ports } = event as MessageEvent<unknown>;
        const window = source as WindowLike | null;
        if (window === null || !isHandshake(data) || typeof data.id !== "number") return;
        if (!origins.includes(origin) || (only !== undefined && window !== only)) return;
        const ids = knocked.get(window) ?? new Set();
        if (data.troupe === "knock") {
          knocked.set(window, ids.add(data.id));
          answer(window, { troupe: "open", id: data.id }, origin);
        } else if (data.troupe === "port" && ports[0] !== undefined && ids.delete(data.id)) {
          const name = `a window of ${origin}`;
          const trusted = options.trusted ?? origin === own.location.origin;
          onLink(messagePortLink(ports[0], { name, trusted, otherSide: name }));
        }
      });
      // Whoever knocked before may knock again.
      const near = only === undefined ? windowsNear(own) : [only];
      for (const window of near)
        for (const origin of origins) answer(window, { troupe: "here" }, origin);
      return stop;
    },
  };
}

function windowsNear(own: OwnWindow): WindowLike[] {
  const { parent, opener, frames } = own;
  const near = new Set([parent, opener, ...Array.from(frames ?? [])]);
  near.delete(own as unknown as WindowLike);
  return [...near].filter((window) => window !== undefined && window !== null);
}

function isHandshake(data: unknown): data is Handshake {
  return typeof data === "object" && data !== null && "troupe" in data;
}

/** The window around `own`; null for one that is in no other. */
export function parentOf(own: OwnWindow = hostWindow()): WindowLike | null {
  const { parent } = own;
  return parent === undefined || parent === (own as unknown as WindowLike) ? null : parent;
}

function hostWindow(): OwnWindow {
  return globalThis as unknown as OwnWindow;
}
