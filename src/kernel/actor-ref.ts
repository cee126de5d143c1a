// The least that is known of a process from outside: its name.
//
// Owns the public ActorRef shape, so that messages can carry refs without knowing how refs work.
// The class behind every ref and handle is in ref.ts.

/** Any ref or handle, whatever it can be called with. It prints as `Ref<counter#7>`, in JSON too. */
export interface ActorRef {
  /** Unique in its system, such as `counter#7`; a handle's is that of the present incarnation. */
  readonly id: string;
}
