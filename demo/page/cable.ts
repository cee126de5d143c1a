// A cable that can be pulled: it stands between the bus and whatever link the bus is connected
// by.
//
// Owns whether it is plugged in, and what it is plugged into: the bridge, or a serial port of
// yours. It is an ordinary Connect, so the bus needs to know nothing of it. Pulling it ends the
// open link and refuses attempts; plugging it in wakes the bus, as a browser does when a USB
// adapter comes back.

import { type ByteDuplex, type Connect, LinkError } from "troupe/serial";

/** The cable of the bus. */
export interface Cable {
  /** For the bus. */
  readonly connect: Connect;
  readonly isPlugged: boolean;
  /** What it is plugged into, or was before it was pulled. */
  readonly target: Connect;
  unplug(): void;
  plug(): void;
  /** Plugs the cable into something else. */
  plugInto(connect: Connect): void;
  /** Calls `listener` when it is pulled or plugged in. */
  subscribe(listener: () => void): () => void;
}

/** Lays a cable to `first`. */
export function layCable(first: Connect): Cable {
  let target = first;
  let isPlugged = true;
  let cut: ((reason: LinkError) => void) | null = null;
  const wakers = new Set<() => void>();
  const listeners = new Set<() => void>();

  const pull = (): void => {
    isPlugged = false;
    cut?.(unplugged("use"));
    cut = null;
  };
  const push = (): void => {
    isPlugged = true;
    for (const wake of [...wakers]) wake();
  };
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const connect: Connect = Object.assign(
    async (options: Parameters<Connect>[0]): Promise<ByteDuplex> => {
      if (!isPlugged) throw unplugged("open");
      const link = await target(options);
      const gone = new Promise<LinkError>((resolve) => {
        cut = resolve;
      });
      if (!isPlugged) {
        await link.close();
        throw unplugged("open");
      }
      return cuttable(link, gone);
    },
    {
      wake(listener: () => void): () => void {
        wakers.add(listener);
        return () => wakers.delete(listener);
      },
    },
  );

  return {
    connect,
    get isPlugged() {
      return isPlugged;
    },
    get target() {
      return target;
    },
    unplug() {
      pull();
      tell();
    },
    plug() {
      push();
      tell();
    },
    plugInto(other) {
      pull();
      target = other;
      push();
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The same link, which also ends when `gone` resolves. Its reader releases and closes it then. */
function cuttable(link: ByteDuplex, gone: Promise<LinkError>): ByteDuplex {
  return {
    // Read anew each time: a serial port replaces its stream after a framing error.
    get readable() {
      return link.readable;
    },
    get writable() {
      return link.writable;
    },
    close: (reason) => link.close(reason),
    closed: link.closed === undefined ? gone : Promise.race([gone, link.closed]),
    baudRate: link.baudRate,
  };
}

const unplugged = (action: string): LinkError =>
  new LinkError({
    message: `Cannot ${action} the link: the cable is unplugged; plug it in again`,
    disposition: "retry",
  });
