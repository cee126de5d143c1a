// XState as a subject: actors of `fromTransition`, which is its cheapest logic, and a machine for the
// event that changes a state. An XState actor has no mailbox to wait in: `send` runs the transition
// before it returns, and a reply is a function in the event.
//
// JavaScript, like its neighbours: the types of the peers are not there where this project is checked.

import { createActor, createMachine, fromTransition } from "xstate";
import { BURST, check, held, hit, inBursts, LISTENERS, latch, RING, timed } from "../meter.ts";

const counter = fromTransition(
  (state, event) => {
    if (event.reply === undefined) hit();
    else event.reply(event.by);
    return { count: state.count + event.by };
  },
  () => ({ count: 0 }),
);
const player = fromTransition(
  (state, event) => {
    if (event.type === "meet") return { next: event.next };
    if (event.left === 0) hit();
    else state.next.send({ type: "ball", left: event.left - 1 });
    return state;
  },
  { next: null },
);
const door = createMachine({
  id: "door",
  initial: "closed",
  states: {
    closed: { on: { push: { target: "open", actions: () => hit() } } },
    open: { on: { push: { target: "closed", actions: () => hit() } } },
  },
});

const start = (logic) => createActor(logic).start();
const ask = (actor) =>
  new Promise((reply) => {
    actor.send({ type: "add", by: 1, reply });
  });

function circle(size) {
  const players = Array.from({ length: size }, () => start(player));
  players.forEach((one, index) => {
    one.send({ type: "meet", next: players[(index + 1) % size] });
  });
  return timed((count) => {
    const landed = latch(1);
    players[0].send({ type: "ball", left: count });
    return landed;
  });
}

/** What XState does. Its actors know no timeout. */
export const subject = {
  cast() {
    const actor = start(counter);
    return timed((count) => inBursts(count, () => actor.send({ type: "add", by: 1 })));
  },
  call() {
    const actor = start(counter);
    return timed(async (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += await ask(actor);
      check("call", sum, count);
    });
  },
  "calls × 1,000"() {
    const actor = start(counter);
    return timed(async (count) => {
      for (let done = 0; done < count; done += BURST) {
        await Promise.all(Array.from({ length: BURST }, () => ask(actor)));
      }
    });
  },
  // A send of an actor that is handled inside its own waits in no mailbox but in its system's: it
  // unrolls the hops in a loop.
  "ping-pong": () => circle(2),
  ring: () => circle(RING),
  "fan-out"() {
    const listeners = Array.from({ length: LISTENERS }, () => start(counter));
    const speaker = start(
      fromTransition((state) => {
        for (const listener of listeners) listener.send({ type: "add", by: 1 });
        return state;
      }, null),
    );
    return timed(async (count) => {
      for (let done = 0; done < count; done += LISTENERS) {
        const heard = latch(LISTENERS);
        speaker.send({ type: "speak" });
        await heard;
      }
    });
  },
  "spawn + stop": () =>
    timed((count) => {
      for (let i = 0; i < count; i++) start(counter).stop();
    }),
  "machine event"() {
    const actor = start(door);
    return timed((count) => inBursts(count, () => actor.send({ type: "push" })));
  },
  "idle actor": () =>
    held(
      () => start(counter),
      (all) => {
        for (const actor of all) actor.stop();
      },
    ),
};
