// copiesOnly: what a link does that can move nothing, where it is told to.
//
// Owns the refusal, which is a link's own: a value marked by transfer is refused before, by its codec. It is
// apart from the state of all links, because a worker's link moves what it is given.

import type { LinkEnd } from "./link-end.js";

/** The same link, which throws TypeError for what it is to move: never a silent copy. */
export function copiesOnly<L extends LinkEnd>(link: L): L {
  const send = link.send.bind(link);
  link.send = (packet, transfer = []) => {
    if (transfer.length > 0) {
      throw new TypeError(
        `Cannot transfer over ${link.name}: it only copies; leave out transfer(), or use a worker`,
      );
    }
    send(packet);
  };
  return link;
}
