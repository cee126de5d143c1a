// greetWithFresh: the greeting of whoever shows something new at each connection, such as a token that expires.
//
// Owns the wait for it before hello. What a greeting says is greeting.ts; how long all of it may take is the
// session's alarm. It stands apart because who only starts workers shows them what never changes, if anything.

import { whenSettled } from "../../kernel/operation.js";
import { type Greet, greetWith } from "./greeting.js";

/** As `greetWith`; an `auth` that is a function gives what is shown, or a promise of it. */
export function greetWithFresh(auth: unknown): Greet {
  if (typeof auth !== "function") return greetWith(auth);
  return (session) => ({
    begin() {
      const failed = (cause: unknown): void =>
        session.lose({ why: "its auth was not given", cause });
      const show = (shown: unknown): void => {
        try {
          greetWith(shown)(session).begin?.();
        } catch (error) {
          failed(error);
        }
      };
      const given = new Promise((resolve) => resolve(auth()));
      whenSettled(given, show, failed);
    },
    take: (frame) => greetWith(undefined)(session).take(frame),
  });
}
