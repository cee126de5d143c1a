// Links between the tabs (or workers, or threads) of one origin, found by a name.
//
//   public channel   opener ── find ──► all    listeners ── found ──► opener ── take ──► one of them
//   private channel  opener ◄═══════ packets, clones only ═══════► that one
//
// Owns finding each other, again whenever a listener appears, and the private channel named by both.
// A BroadcastChannel carries no ports, so packets stay on a channel; it tells no end, so locks do.

import type { EventSourceLike, WebTarget } from "./host-events.js";
import { listenForMessages } from "./host-events.js";
import type { Link } from "./link.js";
import type { Listener } from "./listener.js";
import { PostLink } from "./post-link.js";
import { randomId } from "./random-id.js";

/** A `BroadcastChannel`: what is used of it. */
export interface ChannelLike extends WebTarget {
  postMessage(message: unknown): void;
  close(): void;
}

/** Options of {@link broadcastLink} and {@link broadcastListener}. */
export interface BroadcastOptions {
  /** The name under which both sides find each other. */
  readonly name: string;
  /** What makes a channel. Default: the host's BroadcastChannel. */
  readonly channel?: ((name: string) => ChannelLike) | undefined;
  /** A name for this end that nobody else has. Default: random. */
  readonly id?: string | undefined;
}

interface Discovery {
  readonly troupe: "find" | "found" | "take" | "here";
  /** The opener's end. */
  readonly opener?: string;
  /** The listener's end. */
  readonly listener?: string;
}

/**
 * The link to whoever listens under that name: the first that answers, now or later. What is sent
 * before waits.
 *
 * @throws TypeError for a name that is no text.
 *
 * @example
 * ```ts
 * const link = broadcastLink({ name: "cart" });
 * ```
 */
export function broadcastLink(options: BroadcastOptions): Link {
  const { name, open } = channelsOf(options);
  const opener = options.id ?? randomId();
  const lobby = open(`troupe:${name}`);
  const say = (message: Discovery): void => lobby.postMessage(message);
  /** The private channel, once there is one; packets wait until its other end is heard. */
  let room: ChannelLike | undefined;
  const listeners = new Set<[type: string, listener: (event: unknown) => void]>();
  const post: EventSourceLike & { postMessage(packet: unknown): void } = {
    postMessage: (packet) => room?.postMessage(packet),
    addEventListener(type, listener) {
      listeners.add([type, listener]);
    },
    removeEventListener() {
      listeners.clear();
    },
  };
  const stop = listenForMessages(lobby, (data) => {
    const { troupe, opener: to, listener } = (data ?? {}) as Discovery;
    if (room !== undefined) return;
    if (troupe === "here") say({ troupe: "find", opener });
    if (troupe !== "found" || to !== opener || typeof listener !== "string") return;
    room = open(`troupe:${name}:${opener}:${listener}`);
    for (const [type, heard] of listeners) room.addEventListener(type, heard);
    say({ troupe: "take", opener, listener });
  });
  const link = new PostLink(post, {
    name: `tab ${name}`,
    otherSide: `the tab of ${name}`,
    trusted: true,
    transfer: false,
    detectsClose: false,
    waitsForOther: true,
    release() {
      stop();
      lobby.close();
      room?.close();
    },
  });
  say({ troupe: "find", opener });
  return link;
}

/** Gives a link for each opener of that name which takes this end. */
export function broadcastListener(options: BroadcastOptions): Listener {
  const { name, open } = channelsOf(options);
  return {
    listen(onLink) {
      const listener = options.id ?? randomId();
      const lobby = open(`troupe:${name}`);
      const stop = listenForMessages(lobby, (data) => {
        const { troupe, opener, listener: taken } = (data ?? {}) as Discovery;
        if (typeof opener !== "string") return;
        if (troupe === "find") {
          lobby.postMessage({ troupe: "found", opener, listener } satisfies Discovery);
        } else if (troupe === "take" && taken === listener) {
          const room = open(`troupe:${name}:${opener}:${listener}`);
          onLink(
            new PostLink(room, {
              name: `a tab of ${name}`,
              otherSide: "the tab",
              trusted: true,
              transfer: false,
              detectsClose: false,
              release: () => room.close(),
            }),
          );
        }
      });
      lobby.postMessage({ troupe: "here" } satisfies Discovery);
      return () => {
        stop();
        lobby.close();
      };
    },
  };
}

function channelsOf(options: BroadcastOptions): { name: string; open(name: string): ChannelLike } {
  const { name, channel } = options;
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      `name is ${String(name)}: it must be the name under which tabs find each other`,
    );
  }
  return { name, open: channel ?? hostChannel };
}

function hostChannel(name: string): ChannelLike {
  const { BroadcastChannel: Channel } = globalThis as unknown as {
    readonly BroadcastChannel: new (name: string) => ChannelLike;
  };
  return new Channel(name);
}
