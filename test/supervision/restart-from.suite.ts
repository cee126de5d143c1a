// restartFrom: where a restarted child goes on.
// Owns SUP-10, on virtual time. Does not cover when a child restarts at all.

import { genServer, stateMachine, supervisor } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch, rejection } from "../kernel/probes.js";
import { crash } from "./worker.js";

const Basket = genServer({
  id: "basket",
  init: () => ({ items: [] as unknown[] }),
  call: {
    all: (self) => self.state.items,
    add: (self, item: unknown) => self.state.items.push(item),
    crash: (self): void => {
      self.state.items.push("half done");
      throw new Error("crash");
    },
    async wait(self, gate: Promise<void>) {
      self.state.items.push("half done");
      await gate;
    },
  },
});

export const suite = defineSuite("restartFrom", ({ test, expect }) => {
  const started = async (restartFrom: "init" | "lastState", maxRestarts = 5) => {
    const made = testSystem({ onCrash: () => {} });
    const top = await made.system.start(
      supervisor({
        strategy: "oneForAll",
        maxRestarts,
        children: (child) => ({
          basket: child(Basket, [], { restartFrom }),
          other: child(Basket, []),
        }),
      }),
    );
    return { ...made, top, basket: top.child.basket };
  };

  test("SUP-10: init is the default of OTP: the state begins afresh", async () => {
    const { system, clock, basket } = await started("init");
    await basket.call.add("a");
    await crash(clock, basket);
    expect(await basket.call.all()).toEqual([]);
    await system.stop();
  });

  test("SUP-10: lastState restores the state before the message that crashed it", async () => {
    const { system, clock, basket } = await started("lastState");
    await basket.call.add("a");
    await basket.call.add("b");
    for (let n = 0; n < 3; n++) await crash(clock, basket);
    expect(await basket.call.all()).toEqual(["a", "b"]);
    await system.stop();
  });

  test("SUP-10: a kill and the crash of a sibling keep it too, without what was half done", async () => {
    const { system, clock, basket, top } = await started("lastState");
    await basket.call.add("a");
    await crash(clock, top.child.other);
    expect(await basket.call.all()).toEqual(["a"]);
    const gate = latch();
    const call = rejection(basket.call.wait(gate.promise));
    await clock.settle();
    top.child.other.kill();
    gate.resolve();
    await call.catch(() => {});
    await clock.settle();
    expect(await basket.call.all()).toEqual(["a"]);
    await system.stop();
  });

  test("SUP-10: a state that turned into one that cannot be cloned goes back to the last that could", async () => {
    const { system, clock, basket, top } = await started("lastState");
    await basket.call.add("a");
    await basket.call.add(() => {});
    await crash(clock, top.child.other);
    expect(await basket.call.all()).toEqual(["a"]);
    await basket.call.add(() => {});
    expect(await rejection(basket.call.all())).toMatchObject({ code: "actor-exit" });
    await clock.settle();
    expect(await basket.call.all()).toEqual(["a"]);
    await system.stop();
  });

  test("SUP-10: a first state that cannot be cloned is a TypeError at start, with the remedy", async () => {
    const { system } = testSystem({ onCrash: () => {} });
    const Live = genServer({ id: "live", init: () => ({ socket: () => {} }) });
    const error = await rejection(
      system.start(
        supervisor({
          children: (child) => ({ live: child(Live, [], { restartFrom: "lastState" }) }),
        }),
      ),
    );
    expect(error.cause).toBeInstanceOf(TypeError);
    expect((error.cause as Error).message).toMatch(
      /^Cannot keep the state of live#\d+ for restartFrom "lastState": structuredClone refused it/,
    );
    expect((error.cause as Error).message).toMatch(/or use restartFrom "init"$/);
    await system.stop();
  });

  test("SUP-10: a state machine goes on in the state it was in, and enters it", async () => {
    const { system, clock } = testSystem({ onCrash: () => {} });
    const entered: string[] = [];
    const Door = stateMachine({
      id: "door",
      init: () => ({ state: "locked", data: { opened: 0 } }),
      states: {
        locked: {
          enter: () => void entered.push("locked"),
          call: {
            open: (self) => {
              self.data.opened++;
              self.nextState("open");
            },
          },
        },
        open: { enter: () => void entered.push("open") },
      },
      always: {
        call: {
          look: (self) => [self.state, self.data.opened],
          crash: (): void => {
            throw new Error("crash");
          },
        },
      },
    });
    const top = await system.start(
      supervisor({
        children: (child) => ({ door: child(Door, [], { restartFrom: "lastState" }) }),
      }),
    );
    await top.child.door.call.open();
    await crash(clock, top.child.door);
    expect(await top.child.door.call.look()).toEqual(["open", 1]);
    expect(entered).toEqual(["locked", "open", "open"]);
    await system.stop();
  });
});
