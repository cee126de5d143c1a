// ServerHandle: the type of refs and handles of servers and state machines.
//
// Owns what a user sees of `ref.call`, `ref.cast`, `ref.offer` and the rest. Types only: the class is
// Ref in the kernel, with the faces of faces.ts.

import type { ActorRef } from "../kernel/actor-ref.js";
import type { ExitReason } from "../kernel/exit-reason.js";
import type { Status } from "../kernel/process.js";
import type { WithOptions } from "../kernel/ref.js";

/** Calls by name: each gives a promise of the reply. */
export type CallFace<Calls> = {
  readonly [M in keyof Calls]: Calls[M] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};
/** Casts by name: each gives `false` if the message was not queued; `true` is not delivery. */
export type CastFace<Casts> = {
  readonly [M in keyof Casts]: Casts[M] extends (...args: infer A) => unknown
    ? (...args: A) => boolean
    : never;
};
/** Casts by name that wait for room: each resolves once the message is queued. */
export type OfferFace<Casts> = {
  readonly [M in keyof Casts]: Casts[M] extends (...args: infer A) => unknown
    ? (...args: A) => Promise<void>
    : never;
};

/** Streams by name: each gives what its handler yields, as long as it is read. */
export type StreamFace<Streams> = {
  readonly [M in keyof Streams]: Streams[M] extends (...args: infer A) => infer V
    ? (...args: A) => AsyncGenerator<V, void, undefined>
    : never;
};

/** What every ref and handle has, whatever its behaviour. */
export interface Handle<View = unknown> extends ActorRef {
  /** `starting`, `live`, `restarting` or `down`. */
  readonly status: Status;
  /** Resolves when it is live; rejects with `ActorExit` if it will not be. */
  readonly ready: Promise<void>;
  /** Sends a plain message to `info`. False if nobody is there. */
  send(message: unknown): boolean;
  /**
   * Asks it to stop behind the mail it has; resolves when it is gone, at once if it is already.
   * After `timeoutMs` (default `Infinity`) it is killed. Rejects with `SelfStop` in its own handler.
   */
  stop(reason?: ExitReason, options?: { timeoutMs?: number }): Promise<void>;
  /** Ends it at once; links and monitors see `killed`. */
  kill(): void;
  /** Handles what waits in its mailbox before it returns. */
  flush(): void;
  /**
   * Calls `listener` after each change of the snapshot or the status; gives the function that ends it.
   * This and the two below are bound and always the same functions: a UI library may take them off.
   *
   * @example
   * ```ts
   * const counter = system.launch(Counter, 3);
   * const count = useSyncExternalStore(counter.subscribe, counter.getSnapshot);
   * ```
   */
  readonly subscribe: (listener: () => void) => () => void;
  /** What `view` gives; the same object until it changes. Undefined while it starts. */
  readonly getSnapshot: () => View | undefined;
  /** The first snapshot that was taken: for hydration. */
  readonly getInitialSnapshot: () => View | undefined;
}

/** A ref or handle of a server: what it can be called with, and what every handle has. */
export interface ServerHandle<Calls, Casts, View, Streams = Record<never, never>>
  extends Handle<View> {
  /** Asks: `await counter.call.get()`. Every call settles (C-1); the default timeout is 5,000 ms. */
  readonly call: CallFace<Calls>;
  /** Tells: `counter.cast.inc(2)`. Never waits; `false` if the message was not queued. */
  readonly cast: CastFace<Casts>;
  /** Tells, and waits for room: `await counter.offer.inc(2)` resolves once it is queued (M-2). */
  readonly offer: OfferFace<Casts>;
  /** Reads: `for await (const part of images.stream.resize(image, 800))`; see `streams` (ST-1). */
  readonly stream: StreamFace<Streams>;
  /** The same target, with a timeout, a signal, or patience while it is down. */
  with(options: WithOptions): ServerHandle<Calls, Casts, View, Streams>;
}
