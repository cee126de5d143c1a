// Keeper: an actor that suspends others of its realm, for tests in which one takes no mail for a while.
import { type ActorRef, genServer, sys } from "../../src/index.js";

/** Holds another actor of its realm. */
export const Keeper = genServer({
  id: "keeper",
  init: () => null,
  call: {
    suspend: (_self, actor: ActorRef) => sys.suspend(actor),
    resume: (_self, actor: ActorRef) => sys.resume(actor),
    waiting: async (_self, actor: ActorRef) => (await sys.getStatus(actor)).waiting,
  },
});
