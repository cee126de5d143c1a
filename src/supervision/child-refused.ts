// The error of a supervisor that does not do what it was asked to with a child.
//
// Owns the class, and its words apart from it: whoever may only get one from another realm needs the class
// alone. A start that fails is StartFailed, a value that is no specification a
// TypeError; a supervisor that is gone is ActorExit.

import { WordedError } from "../kernel/errors.js";

/** Why a supervisor refuses. */
export type Refusal =
  | "alreadyStarted"
  | "alreadyPresent"
  | "running"
  | "restarting"
  | "notFound"
  | "maxChildren"
  | "dynamic";

const words: Readonly<Record<Refusal, string>> = {
  alreadyStarted: "it is running",
  alreadyPresent: "it has ended: restart or delete it",
  running: "terminate it first",
  restarting: "it is being restarted: terminate it first",
  notFound: "there is no such child",
  maxChildren: "there are maxChildren",
  dynamic: "a dynamic supervisor forgets them: start another",
};

/** A supervisor was asked for something that the present standing of a child does not allow (SUP-5). */
export class ChildRefused extends WordedError<ChildRefused> {
  override readonly name: string = "ChildRefused";
  readonly code: "child-refused" = "child-refused";
  /** Why: switch on it. */
  declare readonly why: Refusal;
  /** The child id; what was passed, if that is none. */
  declare readonly child: string;
}

/** The error of a supervisor that was asked to do something with a child. */
export function childRefused(action: string, child: string, why: Refusal): ChildRefused {
  return new ChildRefused({ message: `Cannot ${action} ${child}: ${words[why]}`, child, why });
}
