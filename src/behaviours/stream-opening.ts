// The opening of a stream: a call whose entry carries where the values go.
//
// Owns what is sent, and the step from `handle.stream.name(…)` to a reader. It knows no generator: a
// process that runs handlers opens one (streams.ts), a proxy asks its realm to.

import { deliverCall } from "../kernel/inbox.js";
import { Entry, STREAM } from "../kernel/operation.js";
import type { Ref } from "../kernel/ref.js";
import { type Put, request } from "./gen.js";
import { type StreamReader, streamReader } from "./stream-reader.js";
import type { OpenSink } from "./stream-sink.js";

/** The entry of a call that opens a stream. */
export class Opening extends Entry {
  readonly sink: OpenSink;

  constructor({ name, check }: Entry, sink: OpenSink) {
    super(STREAM, name, null, check);
    this.sink = sink;
  }
}

/** Gives the reader of a stream: it is opened when first read from, by what `put` brings to its process. */
export function openStream(
  ref: Ref,
  entry: Entry,
  arg: unknown,
  put: Put = deliverCall,
): StreamReader {
  const { target, options, origin } = ref;
  const owner = origin === null ? target.kernel.running : origin.caller;
  return streamReader(
    (reader) => request(ref, new Opening(entry, reader), arg, put),
    options?.signal,
    owner,
  );
}
