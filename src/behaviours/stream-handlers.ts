// Stream handlers as they are written: their types, their `self`, and how a definition says that it has
// some.
//
// Owns what genServer and stateMachine must know of streams, which is next to nothing: what runs them is
// handed over in the definition, as `streams` (streams.ts), so that bundles without streams hold none of
// it.

import type { ActorRef } from "../kernel/actor-ref.js";
import type { Implementation } from "./behaviour.js";
import type { SelfBase } from "./self.js";

/** A value that gives way to a later one while nobody reads. Make one with `progress`. */
export interface Progress<Value> {
  readonly "~progress": Value;
}

/** `self` in a stream handler: it runs beside the mailbox, on a snapshot of the state. */
export interface StreamSelf<State> extends Pick<SelfBase, "ref" | "log" | "platform" | "use"> {
  /**
   * A structured clone of the state, taken between two handlers when the stream was opened. Changing it
   * changes nothing else: to change the state, call or cast to `self.ref`.
   *
   * @throws TypeError if the state cannot be cloned.
   */
  readonly state: State;
  /** Aborted when the reader leaves, gives up or ends, and when this process begins to end. */
  readonly signal: AbortSignal;
  /** Who reads, where that is known, as in `self.from.caller` of a call. */
  readonly caller: ActorRef | undefined;
}

/** A map of stream handlers. Most are async generators; any async iterable will do. */
export type StreamHandlers<Self = never> = Record<
  string,
  // biome-ignore lint/suspicious/noExplicitAny: a handler chooses its own arguments
  (self: Self, ...args: any[]) => AsyncIterable<unknown>
>;

/** The values of a stream, as its reader gets them. */
export type Streamed<F> = F extends (...args: never[]) => AsyncIterable<infer V>
  ? V extends Progress<infer P>
    ? P
    : V
  : never;

/** The type of `streams`. */
export interface Streams {
  readonly "~streams": true;
}

/** A definition with stream handlers must say what runs them. */
export type WithStreams<Map> = string extends keyof Map ? unknown : { readonly streams: Streams };

/** What `streams` is: gives a behaviour its streams. */
export type AddStreams = (
  behaviour: Implementation,
  handlers: unknown,
  accepts: Readonly<Record<string, unknown>> | undefined,
) => Implementation;

/** Gives a behaviour the streams of its definition, if it has any. */
export function addStreams(
  behaviour: Implementation,
  definition: { readonly stream?: unknown; readonly streams?: unknown },
  accepts?: Readonly<Record<string, unknown>>,
): Implementation {
  if (definition.stream === undefined) return behaviour;
  // Called as a member, so that the host's error names what is missing, minified too.
  return (definition as { streams: AddStreams }).streams(behaviour, definition.stream, accepts);
}
