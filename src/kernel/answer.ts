// Answers: what a handler may return beside a plain reply.
//
// Owns the marks and small classes that mean "later", "not in this state", "rejected" and "when this
// promise settles". What each does to the caller is run.ts; users get them from `self`.

/** A handler's answer: the reply comes later, through `reply`. */
export const LATER: unique symbol = Symbol("troupe.later");
/** A handler's answer: this event is kept for another state. */
export const POSTPONED: unique symbol = Symbol("troupe.postponed");

/** A handler's answer: the caller rejects, the process goes on. */
export class Rejection {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** A handler's answer: a promise that answers without holding the mailbox. */
export class Promised {
  readonly promise: PromiseLike<unknown>;
  constructor(promise: PromiseLike<unknown>) {
    this.promise = promise;
  }
}
