// Links between the tabs (or workers, or threads) of one origin, found by a name.
//
//   public channel   opener ── find ──► all    listeners ── found ──► opener ── take ──► one of them
//   private channel  opener ◄═══════ packets, clones only ═══════► that one
//
// Owns finding each other, again whenever a listener appears, and the private channel named by both.
// A BroadcastChannel carries no ports, so packets stay on a channel; it tells no end, so locks do.

import { UnsupportedError } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import type { EpochView, Link } from "../wire/link.js";
import { copiesOnly } from "./copies-only.js";
import type { Epochs } from "./epochs.js";
import type { EventSourceLike, WebTarget } from "./host-events.js";
import { listenForMessages } from "./host-events.js";
import { hostName } from "./host-name.js";
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

/** What is said in the lobby. What leaders and candidates say of themselves is leader.ts. */
export interface Discovery {
  /** `silent`: an opener gives up a listener that does not answer. */
  readonly troupe: "find" | "found" | "take" | "here" | "silent";
  /** The opener's end. */
  readonly opener?: string;
  /** The listener's end. */
  readonly listener?: string;
  /** The number of the leader that speaks, where listeners are leaders. */
  readonly epoch?: number;
}

/**
 * The link to whoever listens under that name: the first that answers, now or later. What is sent
 * before waits.
 *
 * @throws TypeError for a name that is no text; UnsupportedError where the host has no BroadcastChannel
 * and no `channel` is given.
 *
 * @example
 * ```ts
 * const link = broadcastLink({ name: "cart" });
 * ```
 */
export function broadcastLink(options: BroadcastOptions): Link {
  return linkToTab(options);
}

/**
 * As {@link broadcastLink}. With `epochs` only the latest leader is taken, and the link ends as soon as
 * there is a later one.
 */
export function linkToTab(options: BroadcastOptions, epochs?: Epochs): PostLink {
  const { name, open } = channelsOf(options);
  const opener = options.id ?? randomId();
  const lobby = open(lobbyOf(name));
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
    const { troupe, opener: to, listener, epoch = 0 } = (data ?? {}) as Discovery;
    if (epochs !== undefined && (troupe === "here" || troupe === "found")) {
      if (epoch < epochs.current) return;
      epochs.saw(epoch);
    }
    if (room !== undefined) return;
    if (troupe === "here") say({ troupe: "find", opener });
    if (troupe !== "found" || to !== opener || typeof listener !== "string") return;
    room = open(`troupe:${name}:${opener}:${listener}`);
    link.hint =
      "a tab answered, and then was silent: is it frozen or busy, or does it serve no more?";
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
    epochs,
    release(loss) {
      stop();
      forget?.();
      if (loss !== undefined) say({ troupe: "silent", opener });
      lobby.close();
      room?.close();
    },
  });
  copiesOnly(link);
  link.hint = unanswered(name, epochs !== undefined);
  const forget = epochs?.onNewer(() => {
    if (room !== undefined) link.lose("another tab leads now");
  });
  say({ troupe: "find", opener });
  return link;
}

/** What may be wrong while nobody answers. */
function unanswered(name: string, isLed: boolean): string {
  const on = isLed
    ? `tabs(${JSON.stringify(name)})`
    : `broadcastListener({ name: ${JSON.stringify(name)} })`;
  const lead = isLed ? "no tab that leads answered" : "nobody answered";
  return (
    `${lead}: does one of this origin call serve([…], { on: ${on} }), ` +
    "and is it awake? A page in the background may be frozen"
  );
}

/** Gives a link for each opener of that name which takes this end. */
export function broadcastListener(options: BroadcastOptions): Listener {
  return listenerForTabs(options);
}

/** As {@link broadcastListener}, for a leader of that number. */
export function listenerForTabs(options: BroadcastOptions, epochs?: EpochView): Listener {
  const { name, open } = channelsOf(options);
  const mine = epochs === undefined ? {} : { epoch: epochs.current };
  return {
    listen(onLink) {
      const listener = options.id ?? randomId();
      const lobby = open(lobbyOf(name));
      const stop = listenForMessages(lobby, (data) => {
        const { troupe, opener, listener: taken } = (data ?? {}) as Discovery;
        if (typeof opener !== "string") return;
        if (troupe === "find") {
          lobby.postMessage({ troupe: "found", opener, listener, ...mine } satisfies Discovery);
        } else if (troupe === "take" && taken === listener) {
          const room = open(`troupe:${name}:${opener}:${listener}`);
          onLink(
            copiesOnly(
              new PostLink(room, {
                name: `a tab of ${name}`,
                otherSide: "the tab",
                trusted: true,
                transfer: false,
                detectsClose: false,
                epochs,
                release: () => room.close(),
              }),
            ),
          );
        }
      });
      lobby.postMessage({ troupe: "here", ...mine } satisfies Discovery);
      return () => {
        stop();
        lobby.close();
      };
    },
  };
}

/** The name of the public channel. */
export function lobbyOf(name: string): string {
  return `troupe:${name}`;
}

/** Checks the name; gives it with what opens channels. */
export function channelsOf(options: BroadcastOptions): {
  name: string;
  open(name: string): ChannelLike;
} {
  const { name, channel } = options;
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      `name is ${printed(name)}: it must be the text under which tabs find each other, such as "shop"`,
    );
  }
  return { name, open: channel ?? hostChannel };
}

function hostChannel(name: string): ChannelLike {
  const { BroadcastChannel: Channel } = globalThis as unknown as {
    readonly BroadcastChannel?: new (name: string) => ChannelLike;
  };
  if (Channel !== undefined) return new Channel(name);
  throw new UnsupportedError({
    capability: "BroadcastChannel",
    host: hostName(),
    alternative: "it has none of its own; pass the option channel, which makes one",
  });
}
