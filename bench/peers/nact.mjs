// nact as a subject: Node's actor library. Each message is a turn of the event loop and an awaited
// function; `query` always has a timeout, and a timer of its own for it.

import { dispatch, query, spawn as spawnNamed, start, stop } from "nact";
import { BURST, check, held, hit, inBursts, LISTENERS, latch, RING, timed } from "../meter.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

let last = 0;
/** Under a name of its own: those that nact makes up are random, and collide among so many. */
const spawn = (parent, handler) => spawnNamed(parent, handler, `actor-${++last}`);

const counter = (state = { count: 0 }, message) => {
  state.count += message.by;
  if (message.sender === undefined) hit();
  else dispatch(message.sender, message.by);
  return state;
};
const player = (state, message) => {
  if (message.next !== undefined) return { next: message.next };
  if (message.left === 0) hit();
  else dispatch(state.next, { left: message.left - 1 });
  return state;
};
const ask = (actor) => query(actor, (sender) => ({ by: 1, sender }), 5_000);

async function circle(size) {
  const system = start();
  const players = Array.from({ length: size }, () => spawn(system, player));
  players.forEach((one, index) => {
    dispatch(one, { next: players[(index + 1) % size] });
  });
  await turn();
  return timed((count) => {
    const landed = latch(1);
    dispatch(players[0], { left: count });
    return landed;
  });
}

function sequential(handler) {
  const actor = spawn(start(), handler);
  return timed(async (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += await ask(actor);
    check("call", sum, count);
  });
}

/** What nact does. A call of it has a timeout, so it stands in both rows. */
export const subject = {
  cast() {
    const actor = spawn(start(), counter);
    return timed((count) => inBursts(count, () => dispatch(actor, { by: 1 })));
  },
  call: () => sequential(counter),
  "call with timeout": () => sequential(counter),
  "call, async handler": () => sequential(async (state, message) => counter(state, message)),
  "calls × 1,000"() {
    const actor = spawn(start(), counter);
    return timed(async (count) => {
      for (let done = 0; done < count; done += BURST) {
        await Promise.all(Array.from({ length: BURST }, () => ask(actor)));
      }
    });
  },
  "ping-pong": () => circle(2),
  ring: () => circle(RING),
  "fan-out"() {
    const system = start();
    const listeners = Array.from({ length: LISTENERS }, () => spawn(system, counter));
    const speaker = spawn(system, () => {
      for (const listener of listeners) dispatch(listener, { by: 1 });
    });
    return timed(async (count) => {
      for (let done = 0; done < count; done += LISTENERS) {
        const heard = latch(LISTENERS);
        dispatch(speaker, {});
        await heard;
      }
    });
  },
  "spawn + stop"() {
    const system = start();
    return timed(async (count) => {
      // Its end goes on in a turn of the event loop, which is let pass now and then.
      for (let i = 0; i < count; i++) {
        stop(spawn(system, counter));
        if (i % BURST === BURST - 1) await turn();
      }
    });
  },
  "idle actor"() {
    let system = start();
    return held(
      () => spawn(system, counter),
      async (all) => {
        for (const actor of all) stop(actor);
        await turn();
        system = start();
      },
    );
  },
};
