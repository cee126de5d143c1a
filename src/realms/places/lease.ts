// Leases: how actors share the connections of their system to places such as a worker.
//
//   proxies ──► lease ──► Connection (one for each system and place) ──► Session ──► Link
//
// Owns how a place is described, and how long its connection lives: from the first actor that needs it
// until some time after the last one. A connection that is lost is made anew by the next start, which is
// what a supervisor's restart does, behind a network in its time: outage.ts. What a link is made of is
// the transports' business.

import type { Placement } from "../../behaviours/behaviour.js";
import { type Kernel, own, type Process } from "../../kernel/process.js";
import { Alarm, type Timers } from "../../kernel/timers.js";
import { greetWith } from "../session/greeting.js";
import type { GuestRules } from "../session/guest-rules.js";
import { timesOf } from "../session/link-times.js";
import type { PeerLimits } from "../session/peer-limits.js";
import { type Closing, type Realm, realmOf } from "../session/realm.js";
import { Session } from "../session/session.js";
import type { CodecFactory, CodecLimits } from "../values/codec.js";
import type { ErrorClasses } from "../values/remote-error.js";
import { RealmSilent } from "../wire/errors.js";
import { type Link, type LinkLoss, LinkLost } from "../wire/link.js";

/** How a place may be told to differ. All times are in milliseconds. */
export interface PlaceOptions {
  /** What it is called in errors and inspectors. */
  readonly name?: string | undefined;
  /** How long it may take to say hello. Default 10,000. */
  readonly helloTimeoutMs?: number | undefined;
  /**
   * How long what was cancelled (aborted, or timed out) may go on there. Then the realm is ended, if it
   * is ours, and its other actors go down with `noconnection`. Default 500.
   */
  readonly graceMs?: number | undefined;
  /** How often it is asked whether it is there, while something is pending. Default 500. */
  readonly busyAfterMs?: number | undefined;
  /**
   * How often it is asked while nothing is pending and nothing is heard of it, over a link that does not tell
   * of its end; at least four times in `unresponsiveMs`. Default 2,000.
   */
  readonly idleMs?: number | undefined;
  /**
   * After which silence to such a question it counts as lost. Default `Infinity`; 15,000 over a link that
   * does not tell of its end, over which it is asked all the time: see `idleMs`.
   */
  readonly unresponsiveMs?: number | undefined;
  /** How long the connection stays when no actor needs it. Default 1,000. */
  readonly keepAliveMs?: number | undefined;
  /** Classes of errors of one's own that come back as such, instead of as RemoteError. */
  readonly errors?: ErrorClasses | undefined;
  /**
   * What is shown to the other side's `authenticate`. But for a worker also a function that gives it, or a promise
   * of it: asked at each connection, as for a token that expires.
   */
  readonly auth?: unknown;
  /** What a packet may cost, and how much of this realm a peer that is not trusted may hold. */
  readonly limits?: Partial<CodecLimits & PeerLimits> | undefined;
}

/** Where actors can run beside this realm. Made by `worker`, `sharedWorker`, `pool` and the like. */
export interface Place extends Placement {
  /** What it is called in errors and inspectors. */
  readonly name: string;
  /** Opens a link to it: for each new connection. */
  readonly open: () => Link | PromiseLike<Link>;
  /** How it was told to differ. */
  readonly options: PlaceOptions;
  /** True where an actor is there once for all who ask for it: it is reached, not started. */
  readonly shared: boolean;
  /** How values stand in its packets. Default: as structured clones. */
  readonly codec?: CodecFactory | undefined;
  /** What holds where its links are not trusted. Without it they must be. */
  readonly guests?: GuestRules;
  /** Waits for links that open later. Without it they are there at once. */
  readonly openInTime?: OpenInTime;
  /** How it is greeted, with what its `auth` says. Default: with that itself. */
  readonly greet?: typeof greetWith;
  /** Told of the end of each session with it, before anybody else, and of a link that could not be opened. */
  readonly onClosed?: (loss: LinkLoss | null, failure: Error, kernel: Kernel) => void;
}

/** Opens the link of a place, and gives up where that takes too long: open-in-time.ts. */
export type OpenInTime = (place: Place, timers: Timers) => Promise<Link>;

/** A connection of one system to one place. */
class Connection implements Closing {
  readonly #realm: Realm;
  readonly #place: Place;
  readonly #timers: Timers;
  readonly #idle: Alarm = new Alarm(() => this.close());
  #session: Session | null = null;
  #isClosed = false;
  #leases = 0;
  readonly ready: Promise<Session>;

  constructor(realm: Realm, place: Place) {
    this.#realm = realm;
    this.#place = place;
    this.#timers = realm.root.kernel.timers;
    realm.connections.set(place, this);
    this.ready = this.#open();
    this.ready.catch(() => this.#forget());
  }

  lease(process: Process): void {
    this.#timers.drop(this.#idle);
    this.#leases++;
    own(process, () => {
      if (--this.#leases > 0 || this.#isClosed) return;
      this.#timers.start(this.#idle, timesOf(this.#place.options).keepAliveMs);
    });
  }

  close(): void {
    this.#forget();
    this.#session?.close("closed");
  }

  async #open(): Promise<Session> {
    const { name, open, openInTime, options, codec, guests, onClosed } = this.#place;
    const { greet = greetWith } = this.#place;
    const { kernel } = this.#realm.root;
    let link: Link;
    try {
      link = await (openInTime?.(this.#place, this.#timers) ?? open());
    } catch (cause) {
      const loss = { why: "it could not be opened", cause };
      const failure = cause instanceof RealmSilent ? cause : new LinkLost(name, loss);
      if (!this.#isClosed) onClosed?.(loss, failure, kernel);
      throw failure;
    }
    if (this.#isClosed) {
      discard(link);
      throw new LinkLost(name, { why: "it was closed" });
    }
    const session = new Session(this.#realm, link, {
      ...timesOf(options),
      greet: greet(options.auth),
      guests,
      codec,
      errors: options.errors,
      limits: options.limits,
      onClosed: (loss, failure) => {
        this.#forget();
        onClosed?.(loss, failure, kernel);
      },
    });
    this.#session = session;
    await session.opened;
    return session;
  }

  #forget(): void {
    this.#isClosed = true;
    this.#timers.drop(this.#idle);
    const { connections } = this.#realm;
    if (connections.get(this.#place) === this) connections.delete(this.#place);
  }
}

/** Closes a link that nobody needs any more, and ends what it leads to. */
export function discard(link: Link): void {
  link.terminate?.();
  link.close();
}

/** The session with a place, for as long as `process` lives. Rejects with LinkLost or RealmSilent. */
export function sessionFor(process: Process, place: Place): Promise<Session> {
  const realm = realmOf(process);
  const connection =
    (realm.connections.get(place) as Connection | undefined) ?? new Connection(realm, place);
  connection.lease(process);
  return connection.ready;
}
