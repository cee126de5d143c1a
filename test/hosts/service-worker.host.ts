// Runs every host-neutral suite in a Service Worker, on what a bundler chooses of the built package for
// workers. While it is being installed: a Service Worker without an event at hand may be ended.
import { runHost } from "../harness/run-host.js";

addEventListener("install", (event) => {
  (event as Event & { waitUntil(done: Promise<void>): void }).waitUntil(runHost());
});
