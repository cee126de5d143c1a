// What a subscription promises, whichever adapter gives it, on virtual time.
// Owns the overflow policies, the ways out, and what a crash or a restart of the actor means. The
// messages are a WebSocket's, because its far end can send at any moment.

import {
  type SubscribeOptions,
  SubscriptionFull,
  type WebSocketHandle,
  webSocket,
} from "../../src/adapters/websocket/index.js";
import { ActorExit, supervisor } from "../../src/index.js";
import { fakeWebSockets } from "../../src/testing/fake-websocket.js";
import { testSystem } from "../../src/testing/test-system.js";
import { defineSuite } from "../harness/suite.js";

/** An open client, alone or as a child, and a way to send it messages. */
async function start(onMessage?: (message: unknown) => unknown) {
  const net = fakeWebSockets();
  const { system, clock } = testSystem();
  const options = { url: "ws://x.example/", WebSocket: net.WebSocket, onMessage };
  const client = await system.start(webSocket, options);
  await clock.settle();
  net.last.accept();
  await clock.settle();
  const send = async (...messages: unknown[]) => {
    for (const message of messages) net.last.message(message);
    await clock.settle();
  };
  return { net, system, clock, client, send };
}

async function startChild(restart: "permanent" | "temporary") {
  const net = fakeWebSockets();
  const { system, clock } = testSystem();
  const options = {
    url: "ws://x.example/",
    WebSocket: net.WebSocket,
    onMessage: (message: unknown) => {
      if (message === "bad") throw new Error("a bug");
    },
  };
  const App = supervisor({
    children: (child) => ({ chat: child(webSocket, [options], { restart }) }),
  });
  const chat = (await system.start(App)).child.chat as WebSocketHandle;
  await clock.settle();
  net.last.accept();
  await clock.settle();
  return { net, system, clock, chat };
}

/** What an iteration gave, and how it ended. */
async function drain(messages: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  try {
    for await (const message of messages) all.push(message);
    all.push("done");
  } catch (error) {
    all.push(error);
  }
  return all;
}
const DONE = { done: true, value: undefined };

export const suite = defineSuite("subscription", ({ describe, test, expect }) => {
  for (const [overflow, expected, dropped] of [
    ["dropOldest", [4, 5, "done"], 3],
    ["dropNewest", [1, 2, "done"], 3],
  ] as const) {
    test(`${overflow} keeps max values and counts the others`, async () => {
      const { system, client, send, net, clock } = await start();
      const messages = client.messages({ max: 2, overflow });
      await send(1, 2, 3, 4, 5);
      expect([messages.size, messages.dropped]).toEqual([2, dropped]);
      net.last.shut(1000);
      await clock.settle();
      expect(await drain(messages)).toEqual(expected);
      await system.stop();
    });
  }

  test("fail gives what was queued, then throws once, and the client goes on", async () => {
    const { system, client, send } = await start();
    const slow = client.messages({ max: 2, overflow: "fail" });
    const quick = client.messages();
    await send(1, 2, 3);
    const [first, second, error] = await drain(slow);
    expect([first, second]).toEqual([1, 2]);
    expect(error).toBeInstanceOf(SubscriptionFull);
    expect(error).toMatchObject({ max: 2 });
    expect(await slow.next()).toEqual(DONE);
    expect(quick.size).toBe(3);
    await system.stop();
  });

  test("block holds everybody back until there is room, and loses nothing", async () => {
    const { system, client, send, clock } = await start();
    const slow = client.messages({ max: 1, overflow: "block" });
    const quick = client.messages();
    await send(1, 2, 3);
    expect([slow.size, quick.size]).toEqual([1, 1]);
    expect((await slow.next()).value).toBe(1);
    await clock.settle();
    expect([slow.size, quick.size]).toEqual([1, 2]);
    await slow.return();
    await clock.settle();
    expect(quick.size).toBe(3);
    await system.stop();
  });

  test("break unsubscribes: what comes later is kept for nobody", async () => {
    const { system, client, send } = await start();
    const messages = client.messages();
    await send(1, 2, 3);
    for await (const message of messages) if (message === (2 as never)) break;
    await send(4);
    expect([messages.size, await messages.next()]).toEqual([0, DONE]);
    await system.stop();
  });

  test("several calls of next are answered in order", async () => {
    const { system, client, send } = await start();
    const messages = client.messages();
    const results = [messages.next(), messages.next(), messages.next()];
    await send(1, 2);
    await messages.return();
    expect(await Promise.all(results)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      DONE,
    ]);
    await system.stop();
  });

  test("await using ends it", async () => {
    const { system, client, send, clock } = await start();
    let kept: { size: number };
    {
      await using messages = client.messages();
      kept = messages;
      await send(1);
      expect(messages.size).toBe(1);
    }
    await clock.settle();
    await send(2);
    expect(kept.size).toBe(0);
    await system.stop();
  });

  for (const way of ["options", "with"] as const) {
    test(`an aborted signal (by ${way}) throws its reason and drops what waits`, async () => {
      const { system, client, send } = await start();
      const controller = new AbortController();
      const { signal } = controller;
      const messages =
        way === "options" ? client.messages({ signal }) : client.with({ signal }).messages();
      await send(1);
      const why = new Error("enough");
      controller.abort(why);
      expect(await drain(messages)).toEqual([why]);
      expect(await messages.next()).toEqual(DONE);
      expect(await drain(client.messages({ signal }))).toEqual([why]);
      await system.stop();
    });
  }

  test("wrong options are refused at the call", async () => {
    const { system, client } = await start();
    const subscribe = (options: unknown) => () => client.messages(options as SubscribeOptions);
    expect(subscribe({ max: 0 })).toThrow(RangeError);
    expect(subscribe({ overflow: "hope" })).toThrow(RangeError);
    expect(subscribe({ signal: 1 })).toThrow(TypeError);
    await system.stop();
  });

  describe("and its actor", () => {
    test("a stop ends it at once: nothing that waits comes after", async () => {
      const { system, client, send } = await start();
      const messages = client.messages();
      await send(1, 2);
      await client.stop();
      expect(await drain(messages)).toEqual(["done"]);
      await system.stop();
    });

    test("a crash that nobody restarts gives what was queued, then ActorExit", async () => {
      const { system, client, send, clock } = await start(() => {
        throw new Error("a bug");
      });
      const messages = client.messages();
      await send(1);
      const [first, error] = await drain(messages);
      expect(first).toBe(1);
      expect(error).toBeInstanceOf(ActorExit);
      expect(((error as ActorExit).cause as Error).message).toBe("a bug");
      expect(clock.reported).toHaveLength(1);
      await system.stop();
    });

    test("a rejection of an asynchronous handler is a crash, too", async () => {
      const { system, client, send } = await start(async () => {
        throw new Error("a bug");
      });
      const messages = client.messages();
      await send(1);
      expect((await drain(messages))[1]).toBeInstanceOf(ActorExit);
      await system.stop();
    });

    test("one of a dead actor throws ActorExit, noproc", async () => {
      const { system, client } = await start();
      await client.stop();
      expect(await drain(client.messages())).toMatchObject([{ reason: "noproc" }]);
      await system.stop();
    });

    test("one made while the actor starts gets all that comes", async () => {
      const net = fakeWebSockets();
      const { system, clock } = testSystem();
      const client = system.launch(webSocket, { url: "ws://x/", WebSocket: net.WebSocket });
      const messages = client.messages();
      await clock.settle();
      net.last.accept();
      net.last.message(1);
      expect((await messages.next()).value).toBe(1);
      await system.stop();
      expect(clock.timers).toBe(0);
    });

    test("of a handle it goes on with the next incarnation", async () => {
      const { net, system, clock, chat } = await startChild("permanent");
      const messages = chat.messages();
      net.last.message(1);
      net.last.message("bad");
      await clock.settle();
      const late = chat.messages();
      net.last.accept();
      net.last.message(2);
      await clock.settle();
      const all = drain(messages);
      expect((await late.next()).value).toBe(2);
      await system.stop();
      expect(await all).toEqual([1, "bad", 2, "done"]);
      expect([clock.timers, net.open]).toEqual([0, 0]);
    });

    test("of a child that is not restarted it throws ActorExit", async () => {
      const { net, system, clock, chat } = await startChild("temporary");
      const messages = chat.messages();
      net.last.message("bad");
      await clock.settle();
      const [first, error] = await drain(messages);
      expect(first).toBe("bad");
      expect(error).toBeInstanceOf(ActorExit);
      await system.stop();
    });

    test("of a ref of one incarnation it ends with that one", async () => {
      const { net, system, clock, chat } = await startChild("permanent");
      const { target } = chat as unknown as { target: { process: { ref: WebSocketHandle } } };
      const messages = target.process.ref.messages();
      net.last.message("bad");
      await clock.settle();
      expect((await drain(messages))[1]).toBeInstanceOf(ActorExit);
      await system.stop();
    });
  });
});
