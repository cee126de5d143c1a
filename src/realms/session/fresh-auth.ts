// greetWithFresh: the greeting of whoever shows something new at each connection, such as a token that expires.
//
// Owns the wait for it before hello. What a greeting says is greeting.ts; how long all of it may take is the
// session's alarm. It stands apart because who only starts workers shows them what never changes, if anything.

import { whenSettled } from "../../kernel/operation.js";
import { type Greet, greetWith } from "./greeting.js";

/** As `greetWith`; an `auth` that is a function gives what is shown, or a promise of it. */
export function greetWithFresh(auth: unknown): Greet {
  if (typeof auth !== "function") return greetWith(auth);
  return (session) => {
    const why = "its auth was not given";
    let hint: string | undefined = "its auth gave a promise that has not settled";
    /** Runs what is wrong for good if it throws. */
    const attempt = (run: () => void): void => {
      try {
        run();
      } catch (cause) {
        session.lose({ why, cause, isRefusal: true });
      }
    };
    const show = (shown: unknown): void => {
      hint = undefined;
      attempt(() => greetWith(shown)(session).begin?.());
    };
    // Whoever gives a token may be gone as the network is.
    const failed = (cause: unknown): void => session.lose({ why, cause, isFault: true });
    return {
      begin: () => attempt(() => whenSettled(Promise.resolve(auth()), show, failed)),
      take: (frame) => greetWith(undefined)(session).take(frame),
      get hint() {
        return hint;
      },
    };
  };
}
