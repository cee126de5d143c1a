// Exact origins, by which windows and WebSocket servers know whom they talk to.
//
// Owns the check of what a user gives as one: a scheme, a host and a port, and nothing else; never "*", and
// never the opaque one, which all sandboxed frames have.

import { printed } from "../../kernel/exit-reason.js";
/** Throws TypeError unless `origin` is an exact one. */
export function checkOrigin(origin: string): void {
  let exact: string | undefined;
  try {
    exact = new URL(origin).origin;
  } catch {
    // Not even a URL: "*" is none.
  }
  if (exact === origin && origin !== "null") return;
  throw new TypeError(
    `origin is ${printed(origin)}: it must be exact, such as "https://shop.example"`,
  );
}
