// The question whether this host has the web's streams, which every byte link is made of.
//
// Owns the refusal with its remedy, asked before anything is opened. Hosts of the web and servers have
// streams; React Native has none of its own.

import { UnsupportedError } from "../../kernel/errors.js";
import { hostName } from "../../realms/links/host-name.js";

/** @throws UnsupportedError where the host has no streams. */
export function requireStreams(host: string = hostName()): void {
  if (typeof ReadableStream === "function" && typeof WritableStream === "function") return;
  throw new UnsupportedError({
    capability: "ReadableStream and WritableStream",
    host,
    alternative:
      'it has no streams of its own; run npm install web-streams-polyfill, and import "web-streams-polyfill/polyfill" first',
  });
}

/** @throws UnsupportedError where no stream can be one of bytes, as in Safari. */
export function requireByteStreams(): void {
  try {
    new ReadableStream({ type: "bytes" });
  } catch {
    throw new UnsupportedError({
      capability: "ReadableStream of type bytes",
      host: hostName(),
      alternative: "run tests with FakeSerial in Node or another browser, or use memoryLink",
    });
  }
}
