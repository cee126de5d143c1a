// Wire v1, what stands in frames of every kind: values, the names of actors, and what goes along.
//
// Owns these types, and nothing that runs. How a value becomes one is codec.ts; the frames themselves are
// wire.ts and wire-streams.ts.

/** Names an actor (or the place of a supervised child) among those its realm has shown to the other. */
export type WireId = number | string;

/** A value as it stands in a frame: encoded by a codec. */
export type WireValue = unknown;

/** Every frame may carry `meta`, such as a trace context; what is not known in it is passed on. */
export interface Meta {
  readonly meta?: Readonly<Record<string, unknown>>;
}
