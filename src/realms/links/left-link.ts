// leftLink: a link whose other side nobody here can end, as one that can be left instead.
//
// Owns the step from "end it" to "close it", for who may wait no longer, such as a pool. The link that was
// given, which may be a user's own, is neither changed nor trusted to bear a field more.

import type { Link } from "../wire/link.js";

/** The link itself if its other side can be ended; else the same link, which is closed for that. */
export function leftLink(link: Link): Link {
  if (link.terminate !== undefined) return link;
  return {
    ...(link.epochs === undefined ? {} : { epochs: link.epochs }),
    get name() {
      return link.name;
    },
    get capabilities() {
      return link.capabilities;
    },
    get onFrame() {
      return link.onFrame;
    },
    set onFrame(listener) {
      link.onFrame = listener;
    },
    get onClose() {
      return link.onClose;
    },
    set onClose(listener) {
      link.onClose = listener;
    },
    get hint() {
      return link.hint;
    },
    send: (packet, transfer) => link.send(packet, transfer),
    close: (loss) => link.close(loss),
    terminate: (loss) => link.close(loss),
  };
}
