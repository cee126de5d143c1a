// @xstate/store as a subject: a store for each actor. It has no mailbox, no addresses and no end: what it
// shows is what a plain synchronous store costs.

import { createStore } from "@xstate/store";
import { check, held, hit, inBursts, LISTENERS, latch, timed } from "../meter.ts";

const counter = () =>
  createStore({
    context: { count: 0 },
    on: {
      add(context, event) {
        if (event.reply === undefined) hit();
        else event.reply(event.by);
        return { count: context.count + event.by };
      },
    },
  });

/** What a store does. */
export const subject = {
  cast() {
    const store = counter();
    return timed((count) => inBursts(count, () => store.send({ type: "add", by: 1 })));
  },
  call() {
    const store = counter();
    return timed(async (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) {
        sum += await new Promise((reply) => {
          store.send({ type: "add", by: 1, reply });
        });
      }
      check("call", sum, count);
    });
  },
  "fan-out"() {
    const stores = Array.from({ length: LISTENERS }, counter);
    return timed(async (count) => {
      for (let done = 0; done < count; done += LISTENERS) {
        const heard = latch(LISTENERS);
        for (const store of stores) store.send({ type: "add", by: 1 });
        await heard;
      }
    });
  },
  "idle actor": () =>
    held(
      () => counter(),
      () => {},
    ),
};
