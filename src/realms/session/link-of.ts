// linkOf: how the link to a remote actor stands, for people who look at it.
//
// Owns the step from a handle to the link its actor is reached by now, through restarts and new links.
// It looks only at ends and starts, never at the actor's snapshot, which nobody may be watching. The
// status itself is channel.ts's.

import type { ActorRef } from "../../kernel/actor-ref.js";
import { checkFunction } from "../../kernel/errors.js";
import { printed } from "../../kernel/exit-reason.js";
import { remove } from "../../kernel/list.js";
import { Process, type Target, watch } from "../../kernel/process.js";
import type { Ref } from "../../kernel/ref.js";
import type { Channel, LinkStatus } from "./channel.js";
import { actorOf } from "./proxy.js";
import { RemoteRef } from "./remote-ref.js";

/** The link of a remote actor, as a UI library takes it: both functions are bound, and stay the same. */
export interface LinkOf {
  /**
   * `connecting` until the actor has started over a link, and again while it is restarted; `open`;
   * `busy` while the other side does not answer; `closed` when the actor is gone for good.
   */
  readonly status: LinkStatus;
  /** Calls `listener` after each change; gives the function that ends it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** The status. */
  readonly getSnapshot: () => LinkStatus;
}

/** One for each target, so that the functions of two handles of one actor are the same. */
const links: WeakMap<Target, LinkOf> = new WeakMap();

/**
 * Gives the link by which a remote actor is reached now. It follows the restarts of a handle.
 *
 * @throws TypeError for what is no handle or ref of one remote actor. A pool has many links.
 *
 * @example
 * ```ts
 * const link = linkOf(images);
 * const status = useSyncExternalStore(link.subscribe, link.getSnapshot); // "busy"
 * ```
 */
export function linkOf(handle: ActorRef): LinkOf {
  if ((handle as Partial<Ref> | null)?.constructor !== RemoteRef) {
    throw new TypeError(
      `handle is ${printed(handle)}: it must be a handle of one actor that runs in another realm; ` +
        `a pool has many links, and poolOf`,
    );
  }
  const { target } = handle as Ref;
  let link = links.get(target);
  if (link === undefined) {
    const getSnapshot = (): LinkStatus => statusOf(target);
    link = {
      get status() {
        return getSnapshot();
      },
      subscribe: (listener) => follow(target, checkFunction("listener", listener)),
      getSnapshot,
    };
    links.set(target, link);
  }
  return link;
}

function channelOf(process: Process | null): Channel | null {
  return process === null || process.ending !== null ? null : (actorOf(process)?.channel ?? null);
}

function statusOf(target: Target): LinkStatus {
  if (target.standing === "down") return "closed";
  const status = channelOf(target.process)?.status ?? "connecting";
  // The place of a child has a new link as soon as its supervisor has heard of the loss.
  return status === "closed" && !(target instanceof Process) ? "connecting" : status;
}

/** Follows the target from one incarnation to the next. */
function follow(target: Target, listener: () => void): () => void {
  let told = statusOf(target);
  let leave = (): void => {};
  let isOver = false;
  const tell = (): void => {
    const status = statusOf(target);
    if (isOver || status === told) return;
    told = status;
    target.kernel.notify([listener]);
  };
  const next = (): void => {
    target.whenLive((process) => {
      if (isOver || process === null) {
        tell();
        return;
      }
      const listeners = channelOf(process)?.listeners;
      listeners?.add(tell);
      const gone = watch(process, () => {
        listeners?.delete(tell);
        tell();
        next();
      });
      leave = () => {
        listeners?.delete(tell);
        remove(gone);
      };
      tell();
    });
  };
  next();
  return () => {
    isOver = true;
    leave();
  };
}
