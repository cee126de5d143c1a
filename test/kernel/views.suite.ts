// Views: the snapshot of a state, and who is told of it.
// Owns H-2, on virtual time. Does not cover frameworks: bindings test themselves.

import { genServer, supervisor } from "../../src/index.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";
import { latch } from "./probes.js";

export const suite = defineSuite("views", ({ test, expect }) => {
  let runs = 0;
  const Cart = genServer({
    id: "cart",
    init: (_self, boots: Promise<void> = Promise.resolve()) => boots.then(() => ({ items: 0 })),
    call: {
      get: (self) => self.state.items,
      crash: (): void => {
        throw new Error("crash");
      },
    },
    cast: {
      add: (self, items: number) => {
        self.state = { items: self.state.items + items };
      },
      mutate: (self) => void self.state.items++,
    },
    view: (state) => {
      runs++;
      return state;
    },
  });

  test("H-2: view runs only while somebody looks", async () => {
    const { system, clock } = testSystem();
    const cart = await system.start(Cart);
    runs = 0;
    cart.cast.add(1);
    await clock.settle();
    expect(runs).toBe(0);
    const end = cart.subscribe(() => {});
    expect(runs).toBe(1);
    end();
    cart.cast.add(1);
    await clock.settle();
    expect(runs).toBe(1);
    expect(cart.getSnapshot()).toEqual({ items: 2 });
    expect(runs).toBe(2);
    await system.stop();
    expect(runs).toBe(2);
  });

  test("H-2: once a turn, however many messages there were", async () => {
    const { system, clock } = testSystem();
    const cart = await system.start(Cart);
    let told = 0;
    cart.subscribe(() => told++);
    runs = 0;
    for (let n = 0; n < 50; n++) cart.cast.add(1);
    await clock.settle();
    expect([runs, told]).toEqual([1, 1]);
    await system.stop();
  });

  test("H-2: a read before the end of the turn takes no subscriber's notice away", async () => {
    const { system, clock } = testSystem();
    const cart = await system.start(Cart);
    const other = await system.start(Cart);
    const seen: unknown[] = [];
    other.subscribe(() => void cart.getSnapshot());
    cart.subscribe(() => seen.push(cart.getSnapshot()));
    other.cast.add(1);
    cart.cast.add(1);
    await clock.settle();
    expect(seen).toEqual([{ items: 1 }]);
    await system.stop();
  });

  test("H-2: what a UI library takes off a handle is bound, and always the same function", async () => {
    const { system, clock } = testSystem();
    const cart = await system.start(Cart);
    const { subscribe, getSnapshot, getInitialSnapshot } = cart;
    let told = 0;
    subscribe(() => told++);
    cart.cast.add(2);
    await clock.settle();
    expect([told, getSnapshot()?.items, getInitialSnapshot()?.items]).toEqual([1, 2, 0]);
    expect(cart.subscribe).toBe(subscribe);
    expect(cart.getSnapshot).toBe(getSnapshot);
    await system.stop();
  });

  test("H-2: a snapshot is the same object until it changes", async () => {
    const { system, clock } = testSystem();
    const cart = await system.start(Cart);
    let told = 0;
    const end = cart.subscribe(() => told++);
    const before = cart.getSnapshot();
    await cart.call.get();
    await clock.settle();
    expect(cart.getSnapshot()).toBe(before);
    expect(told).toBe(0);
    cart.cast.add(1);
    await clock.settle();
    expect(cart.getSnapshot()).not.toBe(before);
    expect(told).toBe(1);
    expect(cart.getInitialSnapshot()).toBe(before);
    end();
    cart.cast.add(1);
    await clock.settle();
    expect(told).toBe(1);
    await system.stop();
  });

  test("the same listener twice is two subscriptions", async () => {
    const { system, clock } = testSystem();
    const Shop = supervisor({ children: (child) => ({ cart: child(Cart, []) }) });
    const shop = await system.start(Shop);
    for (const cart of [await system.start(Cart), shop.child.cart]) {
      let told = 0;
      const listener = (): void => {
        told++;
      };
      const ends = [cart.subscribe(listener), cart.subscribe(listener)];
      ends[0]?.();
      ends[0]?.();
      cart.cast.add(1);
      await clock.settle();
      expect(told).toBe(1);
      ends[1]?.();
      cart.cast.add(1);
      await clock.settle();
      expect(told).toBe(1);
    }
    await system.stop();
  });

  test("a subscription made while the process starts is kept", async () => {
    const { system, clock } = testSystem();
    const boots = latch();
    const cart = system.launch(Cart, boots.promise);
    const seen: unknown[] = [];
    cart.subscribe(() => seen.push([cart.status, cart.getSnapshot()]));
    expect(cart.getSnapshot()).toBeUndefined();
    boots.resolve();
    await clock.settle();
    cart.cast.add(2);
    await clock.settle();
    await cart.stop();
    expect(seen).toEqual([
      ["live", { items: 0 }],
      ["live", { items: 2 }],
      ["down", { items: 2 }],
    ]);
    await system.stop();
  });

  test("a handle's subscription follows restarts and shows each status", async () => {
    const { system, clock } = testSystem();
    const Shop = supervisor({ children: (child) => ({ cart: child(Cart, []) }) });
    const shop = await system.start(Shop);
    const { cart } = shop.child;
    const seen: unknown[] = [];
    cart.subscribe(() => seen.push([cart.status, cart.getSnapshot()]));
    cart.cast.add(3);
    await clock.settle();
    await cart.call.crash().catch(() => {});
    await clock.settle();
    cart.cast.add(1);
    await clock.settle();
    await system.stop();
    expect(seen).toEqual([
      ["live", { items: 3 }],
      ["restarting", { items: 3 }],
      ["live", { items: 0 }],
      ["live", { items: 1 }],
      ["down", { items: 1 }],
    ]);
  });

  test("a restart computes no view that nobody looks at", async () => {
    const { system, clock } = testSystem();
    const Shop = supervisor({ children: (child) => ({ cart: child(Cart, []) }) });
    const shop = await system.start(Shop);
    runs = 0;
    await shop.child.cart.call.crash().catch(() => {});
    await clock.settle();
    await system.stop();
    expect(runs).toBe(0);
  });

  test("a view that throws is reported and keeps the last snapshot; a listener that throws stops nobody", async () => {
    const { system, clock } = testSystem();
    const bug = new Error("view");
    const Bad = genServer({
      id: "bad",
      init: () => 0,
      cast: { add: (self) => void self.state++ },
      view: (count) => {
        if (count === 1) throw bug;
        return count;
      },
    });
    const bad = await system.start(Bad);
    const seen: unknown[] = [];
    const rude = new Error("listener");
    bad.subscribe(() => {
      throw rude;
    });
    bad.subscribe(() => seen.push(bad.getSnapshot()));
    bad.cast.add();
    await clock.settle();
    expect(bad.getSnapshot()).toBe(0);
    bad.cast.add();
    await clock.settle();
    expect(seen).toEqual([2]);
    expect(clock.reported).toEqual([bug, rude]);
    await system.stop();
  });

  test("H-2: in development a view that gives a mutated object warns once, with the remedy", async () => {
    for (const development of [true, false]) {
      const { system, clock } = testSystem({ development });
      const cart = await system.start(Cart);
      cart.subscribe(() => {});
      for (let n = 0; n < 3; n++) {
        cart.cast.mutate();
        await clock.settle();
      }
      expect(clock.warnings).toEqual(
        development
          ? [
              "The view of cart#2 gave the same object after a handler had changed it, so nobody is " +
                "told; give a new object from view, or replace self.state instead of mutating it",
            ]
          : [],
      );
      await system.stop();
    }
  });

  test("a listener that is no function is a TypeError", async () => {
    const { system } = testSystem();
    const cart = await system.start(Cart);
    expect(() => cart.subscribe(null as never)).toThrow(
      new TypeError("listener is null: it must be a function"),
    );
    await system.stop();
  });
});
