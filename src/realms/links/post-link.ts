// PostLink: a link over whatever has `postMessage` and `message` events.
//
// Owns what the two ends tell each other beside packets, as plain strings, which no packet of clones
// is: `here` (this end listens), `watch` (hold a lock for me), `alive NAME` (this one), `close`. So a
// close is told where ports have no event for it, an end that has no event at all is noticed, and
// nothing that is sent before the other end listens is lost. What is posted to is the transport's.
//
// A worker of the web can be ended at any time without an event: it holds its lock before it says `here`, and
// nothing is sent to it before the lock is watched. Whoever has had an answer is told of its end.

import type { EpochView, LinkCapabilities, LinkLoss, Movable } from "../wire/link.js";
import { type EventSourceLike, listenForMessages, listenTo } from "./host-events.js";
import { canWatchLives, holdLife, watchLife } from "./life.js";
import { LinkEnd } from "./link-end.js";

const HERE = "troupe:here";
const WATCH = "troupe:watch";
const ALIVE = "troupe:alive ";
const CLOSE = "troupe:close";

/** What is posted to: a worker, a port, the scope of a worker. */
export type Post = EventSourceLike & {
  /** `never`: what hosts take as transferable differs by name, not by what we hand them. */
  postMessage(packet: unknown, transfer: never[]): void;
};

/** How a transport wants its link. */
export interface PostLinkOptions {
  readonly name: string;
  /** In a message to users: `the worker`, `the other side of the port`. */
  readonly otherSide: string;
  readonly trusted: boolean;
  /** Default `Infinity`. */
  readonly maxFrameBytes?: number;
  /** Whether the host tells of every loss by an event, so that no lock has to. */
  readonly detectsClose: boolean;
  /** Whether buffers can be moved. Default `true`. */
  readonly transfer?: boolean;
  /** Packets wait here until the other end says that it listens: it has no queue of its own. */
  readonly waitsForOther?: boolean;
  /** Whether this end may end without an event for the other: then it holds a lock before it listens. */
  readonly mayVanish?: boolean;
  /** See {@link Link}. */
  readonly epochs?: EpochView | undefined;
  /** Lets go of the transport: closes a port, terminates a worker. `loss`: why it was given up. */
  release(loss?: LinkLoss): void;
  /** Ends the realm of the other side, where this side owns it. */
  readonly terminate?: () => void;
}

/** `detectsClose` becomes true when a lock of the other side is watched. */
type Abilities = LinkCapabilities & { detectsClose: boolean };

/** A link over `post`. `hasHeard`: whether the other end has said anything yet. */
export class PostLink extends LinkEnd {
  readonly #post: Post;
  readonly #options: PostLinkOptions;
  readonly #ends: (() => void)[];
  readonly #abilities: Abilities;
  readonly #waiting: { packet: unknown; transfer: Movable[] }[] = [];
  #holds = false;
  #watches = false;
  /** Whether it is not known yet if the other end's lock is watched. */
  #asks = false;
  hasHeard = false;

  constructor(post: Post, options: PostLinkOptions) {
    const ends: (() => void)[] = [];
    const { transfer = true, maxFrameBytes = Infinity, trusted, detectsClose } = options;
    const abilities: Abilities = {
      clone: true,
      transfer,
      maxFrameBytes,
      trusted,
      ordered: true,
      detectsClose,
    };
    const carrier = {
      post: (packet: unknown, transfer: readonly Movable[]): void => {
        const list = transfer as Movable[];
        if ((this.hasHeard && !this.#asks) || options.waitsForOther !== true)
          post.postMessage(packet, list as never[]);
        // What is sent is what it was when it was sent; and what cannot be, throws now.
        else this.#waiting.push(structuredClone({ packet, transfer: list }, { transfer: list }));
      },
      leave: (isOwn: boolean, loss?: LinkLoss): void => {
        for (const end of ends.splice(0)) end();
        if (isOwn) post.postMessage(CLOSE, []);
        options.release(loss);
      },
    };
    super(options.name, abilities, carrier, options.terminate && (() => this.close()));
    if (options.epochs !== undefined) this.epochs = options.epochs;
    this.#post = post;
    this.#options = options;
    this.#ends = ends;
    this.#abilities = abilities;
    ends.push(
      listenForMessages(post, (data) => {
        if (typeof data === "string") this.#told(data);
        else this.receive(data);
      }),
      listenTo(post, "messageerror", (event) => {
        this.lose(`a message from ${options.otherSide} could not be read`, event);
      }),
    );
    const listens = (): void => post.postMessage(HERE, []);
    if (options.mayVanish !== true) listens();
    else this.#hold(listens);
  }

  /** Calls `listener` with events of `target` for as long as the link is there. */
  whileOpen(target: EventSourceLike, type: string, listener: (event: unknown) => void): void {
    this.#ends.push(listenTo(target, type, listener));
  }

  #told(text: string): void {
    const { otherSide, detectsClose } = this.#options;
    if (!this.isOpen) return;
    if (text === HERE) {
      this.hasHeard = true;
      this.#sendWaiting();
      if (!detectsClose && !this.#watches && canWatchLives()) this.#post.postMessage(WATCH, []);
    } else if (text === CLOSE) {
      this.lose(`${otherSide} closed the link`);
    } else if (text === WATCH && !this.#holds) {
      this.#hold();
    } else if (text.startsWith(ALIVE) && !detectsClose && !this.#watches) {
      this.#watches = this.#asks = true;
      const known = (isNoticed: boolean) => {
        this.#abilities.detectsClose = isNoticed;
        this.#asks = false;
        this.#sendWaiting();
      };
      const ended = () => this.lose(`${otherSide} is gone`);
      this.#ends.push(watchLife(text.slice(ALIVE.length), known, ended));
    }
  }

  /** Holds a lock while this end is there, and tells the other its name; then, or where there is none, `next`. */
  #hold(next?: () => void): void {
    this.#holds = true;
    const held = (name: string): void => {
      this.#post.postMessage(`${ALIVE}${name}`, []);
      next?.();
    };
    this.#ends.push(holdLife(held, next));
  }

  #sendWaiting(): void {
    if (!this.hasHeard || this.#asks || !this.isOpen) return;
    for (const { packet, transfer } of this.#waiting.splice(0))
      this.#post.postMessage(packet, transfer as never[]);
  }
}
