// effect as a subject: an actor is a fiber that takes what is in a queue, a call a Deferred in the message,
// as its documentation builds them. It takes all that is there at once: one by one it would wait for a
// turn of its scheduler after each, which in a page is a timer. What runs inside of effect is measured inside: `runPromise` once a
// sample, not once an operation.

import { Deferred, Effect, Fiber, Queue } from "effect";
import { BURST, check, held, hit, inBursts, LISTENERS, latch, RING, timed } from "../meter.ts";

/** Handles the messages of a queue, one after the other: what `handle` gives, if anything, is waited for. */
const loop = (queue, handle) =>
  Effect.gen(function* () {
    while (true) {
      for (const message of yield* Queue.takeAll(queue)) {
        const pending = handle(message);
        if (pending !== undefined) yield* pending;
      }
    }
  });

/** Starts a fiber with a queue. */
function start(handle, queue = Effect.runSync(Queue.unbounded())) {
  return { queue, fiber: Effect.runFork(loop(queue, handle)) };
}

function counter() {
  const state = { count: 0 };
  return start((message) => {
    state.count += message.by;
    if (message.reply !== undefined) return Deferred.succeed(message.reply, message.by);
    hit();
  });
}
const ask = Effect.fnUntraced(function* (queue) {
  const reply = yield* Deferred.make();
  yield* Queue.offer(queue, { by: 1, reply });
  return yield* Deferred.await(reply);
});

function sequential(question) {
  return timed((count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += yield* question();
        check("call", sum, count);
      }),
    ),
  );
}

function circle(size) {
  const queues = Array.from({ length: size }, () => Effect.runSync(Queue.unbounded()));
  queues.forEach((queue, index) => {
    const next = queues[(index + 1) % size];
    start((left) => {
      if (left > 0) Queue.offerUnsafe(next, left - 1);
      else hit();
    }, queue);
  });
  return timed((count) => {
    const landed = latch(1);
    Queue.offerUnsafe(queues[0], count);
    return landed;
  });
}

/** What effect does. */
export const subject = {
  cast() {
    const { queue } = counter();
    return timed((count) => inBursts(count, () => Queue.offerUnsafe(queue, { by: 1 })));
  },
  call() {
    const { queue } = counter();
    return sequential(() => ask(queue));
  },
  "call with timeout"() {
    const { queue } = counter();
    return sequential(() => Effect.timeout(ask(queue), "5 seconds"));
  },
  "call, async handler"() {
    const { queue } = start((message) =>
      Effect.flatMap(
        Effect.promise(async () => message.by),
        (by) => Deferred.succeed(message.reply, by),
      ),
    );
    return sequential(() => ask(queue));
  },
  "calls × 1,000"() {
    const { queue } = counter();
    const all = Effect.all(
      Array.from({ length: BURST }, () => ask(queue)),
      { concurrency: "unbounded" },
    );
    return timed(async (count) => {
      for (let done = 0; done < count; done += BURST) await Effect.runPromise(all);
    });
  },
  "ping-pong": () => circle(2),
  ring: () => circle(RING),
  "fan-out"() {
    const listeners = Array.from({ length: LISTENERS }, () => counter().queue);
    const speaker = start(() => {
      for (const queue of listeners) Queue.offerUnsafe(queue, { by: 1 });
    });
    return timed(async (count) => {
      for (let done = 0; done < count; done += LISTENERS) {
        const heard = latch(LISTENERS);
        Queue.offerUnsafe(speaker.queue, {});
        await heard;
      }
    });
  },
  "spawn + stop": () =>
    timed((count) =>
      Effect.runPromise(
        Effect.gen(function* () {
          for (let i = 0; i < count; i++) {
            const queue = yield* Queue.unbounded();
            yield* Fiber.interrupt(yield* Effect.forkDetach(loop(queue, hit)));
          }
        }),
      ),
    ),
  "idle actor": () =>
    held(
      () => counter(),
      (all) => {
        for (const { fiber } of all) Effect.runFork(Fiber.interrupt(fiber));
      },
    ),
};
