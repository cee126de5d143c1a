// The two ends of a stream, as each sees the other.
//
// Owns the contract only. A producer (stream-producer.ts) feeds a sink, which is a reader in this realm
// (stream-reader.ts) or the link to one in another; the sink grants credit to a source, which is a
// producer or the link to one.

/** How many values a stream may be ahead of its reader. */
export const STREAM_CREDIT = 16;

/** Why a stream failed. */
export interface Failure {
  readonly error: unknown;
}

/** Where the values of a stream go. It is told of one end; what comes after that it ignores. */
export interface StreamSink {
  /** Takes a value. A throw ends the stream with that error. */
  put(value: unknown, isProgress: boolean): void;
  /** No more values come: it is over, or it failed. */
  end(failure: Failure | null): void;
}

/** Whoever yields values for a sink, as the sink sees it. */
export interface StreamSource {
  /** `n` values were read: there is room for as many more. */
  took(n: number): void;
  /** A value gave way to a later one before it was read. */
  replaced(): void;
  /** Nobody reads any more. */
  stop(): void;
}

/** A sink that a stream is to be opened for. */
export interface OpenSink extends StreamSink {
  /** How many values it has room for. */
  readonly credit: number;
  /** True once nothing more will come: it has ended, or nobody reads. */
  readonly isOver: boolean;
  /** It is open: `source` hears what is read from now on. */
  attach(source: StreamSource): void;
  /** Told by a source in another realm that was told to stop, once the other side has heard of it. */
  stopped?(): void;
}
