// Runs every host-neutral suite in Vercel's edge-runtime, in the handler of one request, on what a
// bundler chooses of the built package by the condition "edge-light".
import { runHost } from "../harness/run-host.js";

addEventListener("fetch", (event) => {
  const { respondWith } = event as Event & { respondWith(response: Promise<Response>): void };
  respondWith.call(
    event,
    runHost().then(() => new Response("done")),
  );
});
