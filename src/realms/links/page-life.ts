// Page lives: a page that is left takes its links with it, and has new ones when it comes back.
//
//   pagehide ──► links are hung up, locks and channels let go     pageshow ──► links may be opened again
//
// Owns those two events. A page that holds a lock or waits for one is not kept for its return (the
// back/forward cache), and one that is kept hears nothing: so nothing is left open meanwhile. Elsewhere
// than in a page neither event exists, and nothing happens.

import type { Link } from "../wire/link.js";
import { listenTo, type WebTarget } from "./host-events.js";
import type { LinkEnd } from "./link-end.js";

/** Calls `left` when the page is left. Gives the function that ends it. */
export function whenLeft(left: () => void): () => void {
  return listenToPage("pagehide", left);
}

/** Calls `returned`, once, when the page comes back. */
export function whenBack(returned: () => void): () => void {
  const stop = listenToPage("pageshow", () => {
    stop();
    returned();
  });
  return stop;
}

/**
 * Opens links that end when the page is left, as far as both sides are concerned. Those that are asked for
 * after that, by supervisors that restart what has ended so, wait for its return.
 */
export function whilePageIsHere(open: () => LinkEnd): () => Link | Promise<Link> {
  let back: Promise<void> | null = null;
  const openNow = (): Link => {
    const link = open();
    const stop = whenLeft(() => {
      back ??= new Promise<void>((resolve) => whenBack(resolve)).then(() => {
        back = null;
      });
      if (!link.isOpen) return;
      // On both sides: the session here is told as if it were lost.
      link.close();
      link.onClose?.({ why: "its page was left" });
    });
    link.onEnd = stop;
    return link;
  };
  return () => (back === null ? openNow() : back.then(openNow));
}

function listenToPage(type: "pagehide" | "pageshow", listener: () => void): () => void {
  const page = globalThis as unknown as WebTarget & { readonly document?: unknown };
  return page.document === undefined ? () => {} : listenTo(page, type, listener);
}
