// A widget in a frame, from another site than the page around it: what test/realms/frames.test.ts embeds.
// `?host=…` is the one origin that it serves. It shows on its page what it did.
import { createSystem, genServer } from "../../platform/browser/index.js";
import { serve, windowListener } from "../../platform/browser/realms.js";

/** The actor that the page reaches: nothing of it is there for anybody else. */
export const Till = genServer({
  id: "till",
  init: () => ({ cents: 0 }),
  accepts: { pay: [], where: [], fail: [], never: [] },
  call: {
    pay: (self) => {
      self.state.cents += 100;
      return self.state.cents;
    },
    where: () => location.origin,
    fail: (): never => {
      throw new RangeError("no paper");
    },
    never: (self) => self.replyLater<number>(),
  },
});

const host = new URLSearchParams(location.search).get("host") as string;
const system = createSystem({ onCrash: () => {} });
const till = await system.start(Till);
serve([], { system, shared: { till }, on: windowListener({ origins: [host] }) });
document.title = "served";
