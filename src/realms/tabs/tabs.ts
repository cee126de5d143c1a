// tabs: actors that live once for all tabs of an origin.
//
//   serve([Counter], { on: tabs("app") })   this tab may lead: the actors live in the tab that does
//   remote("counter", tabs("app"))          reaches them from every tab, the leader's own included
//
// Owns the choice between a shared worker, where one is given and there are any, and a leader among the
// tabs. How a leader is found is leader.ts, how tabs find it broadcast-link.ts.

import { checkFunction, checkMs, UnsupportedError } from "../../kernel/errors.js";
import {
  type BroadcastOptions,
  channelsOf,
  linkToTab,
  listenerForTabs,
} from "../links/broadcast-link.js";
import { Epochs } from "../links/epochs.js";
import { hostLocks } from "../links/host-locks.js";
import type { Listener, Server } from "../links/listener.js";
import { whenBack, whenLeft, whilePageIsHere } from "../links/page-life.js";
import { shareActors } from "../links/shared-actors.js";
import { linkToSharedWorker, type SharedWorkerLike } from "../links/shared-worker-link.js";
import type { Place, PlaceOptions } from "../places/lease.js";
import { placeOf } from "../places/place.js";
import { Candidate } from "./leader.js";

/** Options of {@link tabs}. */
export interface TabsOptions extends PlaceOptions {
  /**
   * Makes the shared worker whose actors they are, where there are shared workers. Its file calls
   * `serve([…], { on: sharedWorkerListener() })`. Default: none; a tab leads.
   */
  readonly worker?: (() => SharedWorkerLike) | undefined;
  /**
   * How long a leader may leave a question without an answer, in milliseconds, until another tab takes
   * its place: it is frozen, or too busy. Nothing is asked while nobody waits. Default 5,000 for a leader,
   * `Infinity` for a shared worker.
   */
  readonly unresponsiveMs?: number | undefined;
  /** What makes a channel. Default: the host's BroadcastChannel. */
  readonly channel?: BroadcastOptions["channel"];
}

/** The tabs of an origin under one name: a place for `remote`, and what `serve` listens on. */
export interface Tabs extends Place, Listener {
  /**
   * The number of this tab's term while it leads, otherwise 0: to be given to whatever must refuse a
   * leader whose term is over, such as a store. Each term has a higher one than all before.
   */
  readonly epoch: number;
  /** Calls `listener` whenever this tab begins or ceases to lead. Gives the function that ends it. */
  subscribe(listener: () => void): () => void;
}

/**
 * Actors that live once for all tabs (and dedicated workers) of an origin. Served in every tab, they live
 * in one that leads, or in a shared worker; reached by `remote` from any tab. When the leader is closed, or
 * does not answer any more, another tab takes its place, with actors of its own: state that must outlive a
 * leader belongs in a store.
 *
 * @throws TypeError for a name that is no text and a `worker` that is no function; RangeError for times
 * that are none; UnsupportedError from `serve` where the host has no Web Locks, and from the start of an
 * actor where it has no BroadcastChannel.
 *
 * @example
 * ```ts
 * const app = tabs("shop");
 * serve([Counter], { on: app });
 * const counter = await system.start(remote<typeof Counter>("counter", app));
 * await counter.call.get();
 * ```
 *
 * **How to supervise.** What `remote` gives as a child like any other: a takeover ends it with
 * `noconnection`, and its restart reaches the next leader.
 *
 * **Timeouts.** A call to a leader that is frozen rejects with its own timeout, or with `noconnection`
 * after `unresponsiveMs`, whichever is first. See docs/tabs.md for what has run then.
 *
 * **When not to use it.** For what a tab needs for itself alone, and for work that should not stop while
 * a page is in the background: a shared worker is better there, a server best.
 */
export function tabs(name: string, options: TabsOptions = {}): Tabs {
  const { worker } = options;
  const { open: channel } = channelsOf({ name, channel: options.channel });
  if (worker !== undefined) checkFunction("worker", worker);
  if (worker !== undefined && "SharedWorker" in globalThis) return ofWorker(name, worker, options);
  const { unresponsiveMs = 5_000 } = options;
  checkMs("unresponsiveMs", unresponsiveMs, true);
  const epochs = new Epochs();
  const term = new Term();
  const open = whilePageIsHere(() => linkToTab({ name, channel }, epochs));
  const place = placeOf(`tab ${name}`, open, { ...options, unresponsiveMs }, { shared: true });
  const listen: Listener["listen"] = (onLink, server) => {
    const locks = hostLocks();
    if (locks === undefined || server === undefined) throw cannotLead(server);
    const run = (): Candidate =>
      new Candidate({
        name,
        locks,
        epochs,
        unresponsiveMs,
        channel,
        kernel: server.root.kernel,
        lead(epoch) {
          const mine = { current: epoch, saw: (heard: number) => epochs.saw(heard) };
          const stop = listenerForTabs({ name, channel }, mine).listen(onLink);
          term.set(epoch);
          return (reason) => {
            stop();
            term.set(0);
            return server.end(reason);
          };
        },
      });
    return whileHere(run);
  };
  return tabsOf(place, term, listen);
}

/** Runs a candidate for as long as the page is there: it comes back as another one. */
function whileHere(run: () => Candidate): () => void {
  let candidate: Candidate | null = run();
  let unback: (() => void) | null = null;
  const unleft = whenLeft(() => {
    candidate?.stop({ shutdown: "its page was left" }, true);
    candidate = null;
    unback ??= whenBack(() => {
      unback = null;
      candidate = run();
    });
  });
  return () => {
    unleft();
    unback?.();
    candidate?.stop("shutdown", false);
    candidate = null;
  };
}

/** All actors are those of a shared worker: no tab leads. */
function ofWorker(name: string, worker: () => SharedWorkerLike, options: TabsOptions): Tabs {
  const open = whilePageIsHere(() => linkToSharedWorker(worker(), { name }));
  const place = placeOf(`shared worker ${name}`, open, options, { shared: true });
  return tabsOf(place, new Term(), () => () => {});
}

/** Both in one: they have the same name and the same kind of links. */
function tabsOf(place: Place, term: Term, listen: Listener["listen"]): Tabs {
  return {
    ...place,
    share: shareActors,
    listen,
    get epoch() {
      return term.epoch;
    },
    subscribe: (listener) => term.subscribe(listener),
  };
}

/** Whether this tab leads now. */
class Term {
  epoch = 0;
  readonly #listeners: Set<() => void> = new Set();

  set(epoch: number): void {
    this.epoch = epoch;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    const tell = (): void => listener();
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }
}

function cannotLead(server: Server | undefined): Error {
  if (server === undefined)
    return new TypeError(
      'tabs cannot be listened to by itself: give it to serve, as in serve([…], { on: tabs("shop") })',
    );
  return new UnsupportedError({
    capability: "serve on tabs",
    host: server.root.kernel.platform.host,
    alternative:
      "it has no Web Locks, which tell who leads: a page has them over https or from localhost, Node " +
      "from 24 on; elsewhere give tabs a worker, or serve the actors in a worker of your own",
  });
}
