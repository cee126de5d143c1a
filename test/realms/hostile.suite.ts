// Hostile peers: the seven rules for who is not trusted, each with a peer that writes its frames by hand.
// What values of such peers may do to a codec is hostile-values.suite.ts.

import {
  type ActorRef,
  createSystemOn,
  genServer,
  type HandleOf,
  type StandardSchema,
  type System,
  supervisor,
} from "../../src/index.js";
import { messagePortLink, messagePortListener } from "../../src/realms/links/message-port-link.js";
import { socketListener } from "../../src/realms/links/socket-listener.js";
import { type OwnWindow, windowListener } from "../../src/realms/links/window-link.js";
import { remote } from "../../src/realms/places/remote.js";
import { serveOn } from "../../src/realms/session/serve.js";
import { jsonCodec } from "../../src/realms/values/json-codec.js";
import { defineSuite } from "../harness/suite.js";
import { rejection, thrown } from "../kernel/probes.js";
import { codecOf } from "./codec-pair.js";
import { HELLO, PEER, type RawFrame, rawClient, rawPlace, theirRef, WELCOME } from "./raw-peer.js";

/** Takes anything: what is tested is that something looks. */
const any: StandardSchema = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) },
};
const text: StandardSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value === "string" ? { value } : { issues: [{ message: "it is no string" }] },
  },
};

/** The window of this realm, made up. */
const own: OwnWindow = Object.assign(new EventTarget(), {
  location: { origin: "https://home.example" },
}) as never;

/** What handlers saw. */
const seen: unknown[] = [];

const Room = genServer({
  id: "room",
  init: () => null,
  call: { hello: () => "hello" },
  accepts: { hello: [] },
});

const Shop = genServer({
  id: "shop",
  init: () => ({ secret: "hidden", rooms: 0 }),
  call: {
    buy: (_self, what: string) => `bought ${what}`,
    see: (_self, value: unknown) => {
      seen.push(value);
    },
    who: (self) => self.from.caller?.id ?? "nobody",
    room: (self) => self.spawn(Room),
    wait: (self) => self.replyLater<string>(),
    crash: (): string => {
      throw new Error("it broke");
    },
    refuse: (self) => self.reject(new RangeError("too much")),
  },
  cast: {
    note: (_self, value: unknown) => {
      seen.push(value);
    },
  },
  info: (_self, message) => {
    seen.push(message);
  },
  accepts: {
    buy: [text],
    see: [any],
    who: [],
    room: [],
    wait: [],
    crash: [],
    refuse: [],
    note: [any],
  },
});

const Careless = genServer({
  id: "careless",
  init: () => null,
  call: { checked: () => 1, unchecked: () => 1 },
  accepts: { checked: [] },
});

export const suite = defineSuite("realm hostile peers", ({ describe, test, expect, platform }) => {
  type Options = NonNullable<Parameters<typeof rawClient>[1]>;

  /** A guest that was let in, and has the ref of a shop. */
  async function guest(options: Options = {}) {
    seen.length = 0;
    const raw = await rawClient([Shop], {
      sharing: async (system: System) => {
        const app = await system.start(
          supervisor({ children: (child) => ({ shop: child(Shop, [], {}) }) }),
        );
        return { shop: app.child.shop };
      },
      ...options,
    });
    await raw.send({ ...HELLO, codecs: ["clone", "json"] });
    await raw.send({ t: "start", id: 1, behaviour: "shop", args: [], shared: true });
    const started = raw.of("reply").find(({ id }) => id === 1) as RawFrame;
    const shop = (started.ok as { id: string }).id;
    let last = 1;
    return {
      ...raw,
      shop,
      /** Calls the shop, or whom else, and gives what it answered with. */
      async call(
        m: unknown,
        args: unknown = [],
        fields: object = {},
      ): Promise<RawFrame | undefined> {
        const id = ++last;
        await raw.send({ t: "call", id, to: shop, m, args, ...fields });
        return raw.of("reply").find((frame) => frame.id === id);
      },
      ids: () => ++last,
    };
  }
  const codeOf = (frame: RawFrame | undefined): unknown =>
    ((frame?.error as unknown[] | undefined)?.at(-1) as { code?: unknown } | undefined)?.code ??
    ((frame?.error as [string, unknown[]] | undefined)?.[1].at(-1) as { code?: unknown })?.code;

  test("what is served can be called", async () => {
    const { call, stop } = await guest();
    expect(await call("buy", ["bread"])).toMatchObject({ ok: "bought bread" });
    const meta = { traceparent: "00-1-2-3", more: [{}] };
    expect(await call("buy", ["bread"], { meta })).toMatchObject({ ok: "bought bread" });
    expect(await stop()).toBe(0);
  });

  describe("1. only declared handlers", () => {
    for (const m of [
      "__proto__",
      "constructor",
      "then",
      "toString",
      "hasOwnProperty",
      "valueOf",
      "prototype",
      "state",
      "terminate",
      "init",
      "info",
      "note",
      "buy.call",
      "constructor.constructor",
      "",
      "rooms",
    ]) {
      test(`the name ${JSON.stringify(m)} reaches nothing`, async () => {
        const { call, stop, isClosed } = await guest();
        expect(codeOf(await call(m, [1]))).toBe("no-method");
        expect(isClosed()).toBe(false);
        expect(await call("buy", ["bread"])).toMatchObject({ ok: "bought bread" });
        expect(await stop()).toBe(0);
      });
    }

    for (const m of [["buy"], { toString: null }, null, 7, ["constructor", "constructor"]]) {
      test(`a name that is ${JSON.stringify(m)} reaches nothing`, async () => {
        const { call, stop } = await guest();
        const answer = await call(m, ["bread"]);
        expect(answer === undefined || "error" in answer).toBe(true);
        expect(await stop()).toBe(0);
      });
    }

    test("casts of undeclared names are dropped, and do not fill the console", async () => {
      const { send, shop, clock, stop, isClosed } = await guest();
      for (let n = 0; n < 100; n++) await send({ t: "cast", to: shop, m: "__proto__", args: [] });
      expect(clock.reported).toEqual([]);
      expect(isClosed()).toBe(false);
      expect(await stop()).toBe(0);
    });

    test("starts reach only what is shared, by its own name", async () => {
      const { send, of, ids, stop } = await guest();
      for (const behaviour of ["__proto__", "constructor", "toString", "room"]) {
        for (const shared of [true, undefined]) {
          const id = ids();
          await send({ t: "start", id, behaviour, args: [], shared });
          expect(codeOf(of("reply").find((frame) => frame.id === id))).toBe("not-served");
        }
      }
      expect(await stop()).toBe(0);
    });

    test("what else there is, is not told", async () => {
      const { call, send, of, ids, stop } = await guest();
      expect(JSON.stringify(await call("nothing"))).not.toContain("refuse");
      const id = ids();
      await send({ t: "start", id, behaviour: "nothing", args: [], shared: true });
      const answer = JSON.stringify(of("reply").find((frame) => frame.id === id));
      expect(answer).not.toContain("shop");
      expect(answer).toContain("name it as shared of serve there");
      expect(await stop()).toBe(0);
    });

    test("nothing of a frame reaches Object.prototype", async () => {
      const { send, call, shop, ids, stop } = await guest();
      const poison = JSON.parse(
        '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
      );
      await call("see", [poison]);
      await send({ t: "cast", to: shop, m: "note", args: [poison] });
      await send({ ...JSON.parse('{"__proto__":{"polluted":1}}'), t: "call", id: ids(), to: shop });
      expect((Object.prototype as { polluted?: unknown }).polluted).toBe(undefined);
      expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
      await stop();
    });
  });

  describe("2. values", () => {
    test("__proto__, constructor and then are data like any other, in objects without a prototype", async () => {
      const { call, stop } = await guest();
      const keys = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"then":2}');
      await call("see", [keys]);
      const [value] = seen as [Record<string, unknown>];
      expect(Object.getPrototypeOf(value)).toBe(null);
      expect(value.admin).toBe(undefined);
      expect(Object.keys(value).sort()).toEqual(["__proto__", "constructor", "then"]);
      expect(await stop()).toBe(0);
    });

    for (const [what, value] of [
      ["an unknown tag", ["$eval", "1"]],
      ["a RegExp", /(a+)+$/],
      ["a tag that is none", ["$ref"]],
      ["an error of a wrong shape", ["$error", 1]],
      ["a reason of a wrong shape", ["$reason"]],
    ] as const) {
      test(`${what} ends the link`, async () => {
        const { call, stop, isClosed } = await guest();
        await call("see", [value]);
        expect(isClosed()).toBe(true);
        expect(seen).toEqual([]);
        expect(await stop()).toBe(0);
      });
    }

    test("arguments that are no list are refused", async () => {
      const { call, stop } = await guest();
      expect(await call("see", { length: 1, 0: "x" })).toHaveProperty("error");
      expect(await call("see", "x")).toHaveProperty("error");
      expect(seen).toEqual([]);
      expect(await stop()).toBe(0);
    });
  });

  describe("3. limits", () => {
    const nested = (depth: number): unknown => {
      let value: unknown = 1;
      for (let n = 0; n < depth; n++) value = [value];
      return value;
    };

    test("a depth bomb ends the link", async () => {
      const { call, stop, isClosed } = await guest();
      expect(await call("see", [nested(30)])).toMatchObject({ ok: undefined });
      await call("see", [nested(1_000)]);
      expect(isClosed()).toBe(true);
      expect(seen).toHaveLength(1);
      expect(await stop()).toBe(0);
    });

    test("a limit that is given as undefined is the usual one", async () => {
      const { call, stop, isClosed } = await guest({
        // As a program without exactOptionalPropertyTypes may give it.
        limits: { maxDepth: undefined, maxNodes: undefined } as never,
      });
      await call("see", [nested(1_000)]);
      expect(isClosed()).toBe(true);
      expect(seen).toEqual([]);
      expect(await stop()).toBe(0);
    });

    test("the other side is told the limit that holds", async () => {
      const { of, stop } = await guest({ limits: { maxFrameBytes: 10_000 } });
      expect(of("welcome")).toMatchObject([{ maxFrame: 10_000 }]);
      expect(await stop()).toBe(0);
    });

    test("what this side sends keeps the limits that it holds the other to", () => {
      const codec = codecOf("json", { trusted: false, limits: { maxNodes: 100 } });
      const reply = (ok: unknown) => codec.pack([{ t: "reply", id: 1, ok: codec.encode(ok, []) }]);
      expect(typeof reply(Array(50).fill(0))).toBe("string");
      // A tag is two values more, and so is each object that is empty.
      expect(() => reply(Array.from({ length: 60 }, () => new Date(0)))).toThrow(/more than 100/);
      expect(() => reply(Array.from({ length: 99 }, () => ({})))).toThrow(/more than 100/);
      const frames = [1, 2, 3, 4].map((id) => ({ t: "reply" as const, id, ok: Array(40).fill(0) }));
      expect(() => codec.pack(frames)).toThrow(/more than 100/);
      // Servers count bytes.
      const chinese = [{ t: "reply" as const, id: 1, ok: "\u4e2d".repeat(400) }];
      expect(() => codec.pack(chinese, 1_000)).toThrow(/Cannot send 12\d\d bytes .* at most 1000/);
    });

    test("a bomb of many values ends the link", async () => {
      const { call, stop, isClosed } = await guest();
      await call("see", [Array.from({ length: 200_000 }, () => 0)]);
      expect(isClosed()).toBe(true);
      expect(seen).toEqual([]);
      expect(await stop()).toBe(0);
    });

    test("a packet of 100,000 frames ends the link", async () => {
      const { send, shop, stop, isClosed } = await guest();
      await send(
        Array.from({ length: 100_001 }, () => ({ t: "cast", to: shop, m: "note", args: [] })),
      );
      expect(isClosed()).toBe(true);
      expect(await stop()).toBe(0);
    });

    test("a frame of 100 MB of text ends the link before it is parsed", async () => {
      const raw = await rawClient([], {
        link: { clone: false },
        codec: jsonCodec,
      });
      const { link, clock, stop } = raw;
      const said: string[] = [];
      link.near.onFrame = (packet) => said.push(String(packet));
      link.far.onFrame?.(" ".repeat(100 * 1_024 * 1_024));
      await clock.settle();
      expect(raw.isClosed()).toBe(true);
      expect(said.join()).toContain("104857600 bytes is longer than 1048576");
      expect(await stop()).toBe(0);
    });
  });

  for (const [what, value] of [
    ["text", () => "x".repeat(100 * 1_024 * 1_024)],
    ["bytes", () => new Uint8Array(100 * 1_024 * 1_024)],
    ["many buffers", () => Array.from({ length: 1_000 }, () => new ArrayBuffer(100_000))],
  ] as const) {
    test(`a structured clone of 100 MB (${what}) ends the link, and nothing is done with it`, async () => {
      const { link, clock, shop, of, stop, isClosed } = await guest();
      // As it would arrive: nobody is to copy it for the test.
      link.far.onFrame?.({ t: "cast", to: shop, m: "note", args: [value()] });
      await clock.settle();
      expect([isClosed(), seen]).toEqual([true, []]);
      expect(of("bye")).toMatchObject([
        { reason: "a value is longer than 1048576 bytes (maxFrameBytes)" },
      ]);
      expect(await stop()).toBe(0);
    });
  }

  test("so does one over a port of the host that is not trusted", {
    needs: "messagePorts",
  }, async () => {
    const system = createSystemOn(platform);
    const { port1, port2 } = new MessageChannel();
    const shared = { shop: await system.start(Shop) };
    const on = messagePortListener(port2, { trusted: false });
    const served = serveOn(
      () => system,
      () => on,
    )([], { system, shared, on });
    const link = messagePortLink(port1);
    const told = new Promise<RawFrame>((resolve) => {
      link.onFrame = (packet) => {
        for (const frame of [packet].flat() as RawFrame[]) if (frame.t === "bye") resolve(frame);
      };
    });
    seen.length = 0;
    const { buffer } = new Uint8Array(100 * 1_024 * 1_024);
    link.send(HELLO, []);
    link.send({ t: "start", id: 1, behaviour: "shop", args: [buffer], shared: true }, []);
    expect((await told).reason).toBe("a value is longer than 1048576 bytes (maxFrameBytes)");
    link.close();
    await served.stop();
    await system.stop();
  });

  test("what is no JSON is called what it came as", async () => {
    const codec = codecOf("json", { trusted: false });
    expect(() => codec.unpack("hello")).toThrow("a packet of text is no JSON");
    const bytes = new TextEncoder().encode("hello");
    expect(() => codec.unpack(bytes)).toThrow("a packet of bytes is no JSON");
  });

  describe("4. arguments are checked before they are queued", () => {
    test("what a schema refuses is not executed, and the link lives", async () => {
      const { call, stop, isClosed } = await guest();
      const answer = await call("buy", [{ toString: "x" }]);
      expect(JSON.stringify(answer?.error)).toContain("it is no string");
      expect(await call("buy", ["a", "b", "c"])).toHaveProperty("error");
      expect(isClosed()).toBe(false);
      expect(await stop()).toBe(0);
    });

    test("what is shared with a handler that checks nothing is refused before anybody comes", async () => {
      const refused = await rejection(
        rawClient([], {
          on: { trusted: false, listen: () => () => {} },
          sharing: async (system) => ({ careless: await system.start(Careless) }),
        }),
      );
      expect(refused).toMatchObject({ code: "not-servable", handler: "unchecked" });
      expect(refused.message).toContain("accepts: { unchecked: [] }");
    });

    for (const [name, listeners] of [
      ["WebSockets", [socketListener()]],
      [
        "windows of other origins",
        [
          windowListener({ origins: ["https://other.example"], own }),
          windowListener({ origins: [own.location.origin], trusted: false, own }),
        ],
      ],
    ] as const)
      test(`so it is for ${name}, without being told`, async () => {
        for (const on of listeners) {
          const refused = await rejection(
            rawClient([], {
              on,
              sharing: async (system) => ({ careless: await system.start(Careless) }),
            }),
          );
          expect(String(refused.message).replace(/#\d+/, "")).toBe(
            "Cannot serve careless.unchecked to peers that are not trusted: nothing checks its arguments; " +
              "name schemas for it in accepts, as in accepts: { unchecked: [] } for none",
          );
        }
      });

    test("it is not refused where some who come may be trusted", async () => {
      const origins = ["https://other.example", own.location.origin];
      for (const on of [
        socketListener({ trusted: true }),
        windowListener({ origins, own }),
        windowListener({ origins: ["https://other.example"], trusted: true, own }),
      ]) {
        const raw = await rawClient([], {
          on,
          sharing: async (system) => ({ careless: await system.start(Careless) }),
        });
        expect(await raw.stop()).toBe(0);
      }
    });

    test("or when somebody comes who is not trusted", async () => {
      const raw = await rawClient([], {
        sharing: async (system) => ({ careless: await system.start(Careless) }),
      });
      await raw.clock.settle();
      expect(raw.isClosed()).toBe(true);
      expect(raw.clock.reported).toMatchObject([{ code: "not-servable" }]);
      // Not of what, and why: that is told here alone.
      expect(raw.of("bye")).toEqual([
        {
          t: "bye",
          reason:
            "what it shares has handlers that check nothing: it is not for who is not trusted",
          refused: true,
        },
      ]);
      expect(await raw.stop()).toBe(0);
    });

    test("it is served to who is trusted", async () => {
      const raw = await rawClient([], {
        link: { trusted: true },
        sharing: async (system) => ({ careless: await system.start(Careless) }),
      });
      await raw.send(HELLO);
      expect(raw.of("welcome")).toHaveLength(1);
      expect(await raw.stop()).toBe(0);
    });

    test("a ref to one is not handed out either", async () => {
      const Clerk = genServer({
        id: "clerk",
        init: () => null,
        call: { fetch: (self) => self.spawn(Careless) },
        accepts: { fetch: [] },
      });
      const { call, stop, isClosed } = await guest({
        sharing: async (system) => ({ shop: await system.start(Clerk) }),
      });
      expect(codeOf(await call("fetch"))).toBe("not-servable");
      expect(isClosed()).toBe(false);
      expect(await stop()).toBe(0);
    });

    test("plain messages, which nothing checks, end the link", async () => {
      const { send, shop, stop, isClosed } = await guest();
      await send({ t: "send", to: shop, args: "anything" });
      expect(isClosed()).toBe(true);
      expect(seen).toEqual([]);
      expect(await stop()).toBe(0);
    });
  });

  describe("5. credit and caps", () => {
    test("who floods past credit by casts is not spoken with any more", async () => {
      const { link, clock, shop, stop, isClosed } = await guest();
      const packet = Array.from({ length: 100 }, () => ({
        t: "cast",
        to: shop,
        m: "note",
        args: [1],
      }));
      // All in one turn, in which nothing of it is dealt with.
      for (let n = 0; n < 30; n++) link.far.onFrame?.(packet);
      await clock.settle();
      expect(isClosed()).toBe(true);
      expect(seen.length).toBeLessThanOrEqual(2_048);
      expect(await stop()).toBe(0);
    });

    test("who floods past credit in one packet is not spoken with any more", async () => {
      const { send, shop, stop, isClosed } = await guest();
      await send(
        Array.from({ length: 3_000 }, () => ({ t: "cast", to: shop, m: "note", args: [1] })),
      );
      expect(isClosed()).toBe(true);
      expect(seen.length).toBeLessThanOrEqual(2_048);
      expect(await stop()).toBe(0);
    });

    test("the same by calls, and by runs of them", async () => {
      for (const frames of [
        (to: string) =>
          Array.from({ length: 3_000 }, (_, n) => ({
            t: "call",
            id: n + 2,
            to,
            m: "who",
            args: [],
          })),
        (to: string) => [
          { t: "calls", id: 2, to, m: "who", args: Array.from({ length: 3_000 }, () => []) },
        ],
        (to: string) => [
          { t: "casts", to, m: "note", one: Array.from({ length: 3_000 }, () => 1) },
        ],
      ]) {
        const { send, shop, stop, isClosed } = await guest({ limits: { maxCalls: 10_000 } });
        await send(frames(shop));
        expect(isClosed()).toBe(true);
        expect(await stop()).toBe(0);
      }
    });

    test("RLM-11: who counts what it is sent gets no more than its credit, and an end behind that", async () => {
      const { page, place, clock, peers, stop } = rawPlace({ shared: true });
      const shop: HandleOf<typeof Shop> = page.launch(remote<typeof Shop>("shop", place));
      await clock.settle();
      const [peer] = peers as [NonNullable<(typeof peers)[0]>];
      await peer.send({ ...WELCOME, credit: 1_024, maxRefs: 1_000 });
      await peer.send({ t: "reply", id: peer.of("start")[0]?.id, ok: { id: "x" } });
      const room = page.launch(Room);
      shop.cast.note(room);
      for (let n = 0; n < 1_500; n++) shop.cast.note(n);
      await clock.settle();
      await room.stop();
      await clock.settle();
      const casts = () => {
        const runs = peer.of("casts").flatMap(({ args, one }) => (args ?? one) as unknown[]);
        return runs.length + peer.of("cast").length;
      };
      expect([casts(), peer.of("down").length]).toEqual([1_024, 0]);
      await peer.send({ t: "credit", to: "x", n: 512 });
      expect([casts(), peer.of("down").length]).toEqual([1_501, 1]);
      expect(await stop()).toBe(0);
    });

    test("RLM-11: who trusts this realm is sent 4,096 messages past its credit, though ends wait behind more", async () => {
      const { page, place, clock, peers, stop } = rawPlace();
      const shop: HandleOf<typeof Shop> = page.launch(remote<typeof Shop>("shop", place));
      await clock.settle();
      const [peer] = peers as [NonNullable<(typeof peers)[0]>];
      // That it trusts is said by what it does not limit, not by how much it takes.
      await peer.send({ ...WELCOME, credit: 1_000 });
      await peer.send({ t: "reply", id: peer.of("start")[0]?.id, ok: { id: "x" } });
      const casts = () => {
        const runs = peer.of("casts").flatMap(({ args, one }) => (args ?? one) as unknown[]);
        return runs.length + peer.of("cast").length;
      };
      const rooms = Array.from({ length: 20 }, () => page.launch(Room));
      shop.cast.note(rooms);
      let sent = 1;
      for (const [round, room] of rooms.entries()) {
        for (let n = 0; n < 500; n++) shop.cast.note(n);
        sent += 500;
        await clock.settle();
        await room.stop();
        await clock.settle();
        expect(casts()).toBe(Math.min(sent, 1_000 + 4_096));
        expect(peer.of("down")).toHaveLength(Math.min(round + 1, 10));
      }
      await peer.send({ t: "credit", to: "x", n: 4_096 });
      expect([casts(), peer.of("down").length]).toEqual([1_000 + 2 * 4_096, 18]);
      await peer.send({ t: "credit", to: "x", n: 4_096 });
      expect([casts(), peer.of("down").length]).toEqual([sent, 20]);
      expect(await stop()).toBe(0);
    });

    test("calls that wait are capped: those beyond are busy, and not executed", async () => {
      const { call, stop, isClosed } = await guest({ limits: { maxCalls: 3 } });
      for (let n = 0; n < 3; n++) expect(await call("wait")).toBe(undefined);
      expect(codeOf(await call("buy", ["bread"]))).toBe("busy");
      expect(isClosed()).toBe(false);
      expect(await stop()).toBe(0);
    });

    test("a mailbox with a bound holds no more of a guest's messages, and the link lives", async () => {
      let open: () => void = () => {};
      const heard: unknown[] = [];
      const Desk = genServer({
        id: "desk",
        init: () => null,
        call: {
          hold: () =>
            new Promise<void>((resolve) => {
              open = resolve;
            }),
        },
        cast: { note: (_self, value: unknown) => void heard.push(value) },
        accepts: { hold: [], note: [any] },
        mailbox: { max: 3 },
      });
      const { send, of, clock, stop, isClosed } = await rawClient([], {
        sharing: async (system: System) => ({ desk: await system.start(Desk) }),
      });
      await send(HELLO, { t: "start", id: 1, behaviour: "desk", args: [], shared: true });
      const [{ ok }] = of("reply") as [RawFrame];
      const { id: to } = ok as { id: string };
      await send({ t: "call", id: 2, to, m: "hold", args: [] });
      for (let n = 0; n < 100; n++) await send({ t: "cast", to, m: "note", args: [n] });
      await send({ t: "call", id: 3, to, m: "hold", args: [] });
      expect(of("reply").map(({ id }) => id)).toEqual([1, 3]);
      expect(codeOf(of("reply")[1])).toBe("mailbox-full");
      open();
      await clock.settle();
      expect([heard, isClosed()]).toEqual([[0, 1, 2], false]);
      expect(await stop()).toBe(0);
    });

    test("the default cap is 1,000 calls", async () => {
      const { send, shop, of, stop } = await guest();
      await send(
        Array.from({ length: 1_001 }, (_, n) => ({
          t: "call",
          id: n + 2,
          to: shop,
          m: "wait",
          args: [],
        })),
      );
      expect(of("reply").filter((frame) => "error" in frame)).toHaveLength(1);
      expect(await stop()).toBe(0);
    });

    test("actors shown to it, which it may monitor, are capped", async () => {
      const { call, send, ids, of, stop, isClosed } = await guest({ limits: { maxRefs: 3 } });
      expect(await call("room")).toHaveProperty("ok");
      expect(await call("room")).toHaveProperty("ok");
      expect(codeOf(await call("room"))).toBe("busy");
      const id = ids();
      await send({ t: "start", id, behaviour: "shop", args: [], shared: true });
      expect(codeOf(of("reply").find((frame) => frame.id === id))).toBe("busy");
      expect(isClosed()).toBe(false);
      expect(await stop()).toBe(0);
    });

    test("its own refs that it sends are capped: more end the link", async () => {
      const { call, system, stop, isClosed } = await guest({ limits: { maxRefs: 5 } });
      await call("see", [Array.from({ length: 5 }, (_, n) => theirRef(n))]);
      expect(isClosed()).toBe(false);
      await call("see", [theirRef(5)]);
      expect(isClosed()).toBe(true);
      expect(system.processes().flatMap(({ children }) => children)).toHaveLength(1);
      expect(await stop()).toBe(0);
    });

    test("signals that it sends are capped too", async () => {
      const { call, stop, isClosed } = await guest({ limits: { maxRefs: 5 } });
      await call("see", [Array.from({ length: 6 }, (_, n) => ["$signal", n + 1])]);
      expect(isClosed()).toBe(true);
      expect(await stop()).toBe(0);
    });

    for (const maxRefs of [0, -1, 1.5, Number.NaN, 1e300, null, "7", {}, 7n]) {
      test(`a greeting with ${typeof maxRefs} ${String(maxRefs)} as its most refs is none`, async () => {
        const { send, of, clock, stop, isClosed } = await rawClient([]);
        await send({ ...HELLO, maxRefs });
        expect([isClosed(), of("welcome"), clock.reported]).toEqual([true, [], []]);
        expect(await stop()).toBe(0);
        const { page, place, peers, stop: leave } = rawPlace({ shared: true });
        const starting = rejection(page.start(remote<typeof Shop>("shop", place)));
        await peers[0]?.clock.settle();
        await peers[0]?.send({ ...WELCOME, maxRefs });
        expect(String(((await starting) as { cause?: unknown }).cause)).toContain("not understood");
        expect(await leave()).toBe(0);
      });
    }

    test("no limit is a limit like any other, also in text", async () => {
      const { call, of, stop } = await guest({ limits: { maxRefs: Infinity } });
      expect(of("welcome")).toMatchObject([{ maxRefs: Number.MAX_SAFE_INTEGER }]);
      expect(await call("room")).toHaveProperty("ok");
      expect(await stop()).toBe(0);
    });

    /** A page of ours whose handle is of a shop elsewhere, which takes so many refs; a second one to it. */
    async function shops(trusted: boolean) {
      const raw = rawPlace({ shared: true, link: { trusted }, place: { limits: { maxRefs: 2 } } });
      const { page, place, clock, peers } = raw;
      const one: HandleOf<typeof Shop> = page.launch(remote<typeof Shop>("shop", place));
      const other: HandleOf<typeof Shop> = page.launch(remote<typeof Shop>("shop", place));
      await clock.settle();
      const [peer] = peers as [NonNullable<(typeof peers)[0]>];
      await peer.send({ ...WELCOME, credit: 1_024, maxRefs: 2 });
      for (const { id } of peer.of("start"))
        await peer.send({ t: "reply", id, ok: { id: `x${id}` } });
      return { ...raw, peer, one, other };
    }

    for (const trusted of [true, false]) {
      const whom = trusted ? "it trusts, and which does not trust it" : "it does not trust";
      test(`a realm sends no more refs to one that ${whom} than that takes`, async () => {
        const { page, one, clock, peer, stop } = await shops(trusted);
        for (let n = 0; n < 2; n++) one.call.see(page.launch(Room)).catch(() => {});
        await clock.settle();
        expect(peer.of("call")).toHaveLength(2);
        const third = rejection(one.call.see(page.launch(Room)));
        await clock.settle();
        expect(await third).toMatchObject({ code: "busy", max: 2 });
        expect(peer.of("call")).toHaveLength(2);
        expect(await stop()).toBe(0);
      });

      test(`a realm sends no more signals to one that ${whom} than that takes`, async () => {
        const { page, one, clock, peer, stop } = await shops(trusted);
        const controllers = [1, 2, 3].map(() => new AbortController());
        const [first, second, third] = controllers.map(({ signal }) =>
          rejection(one.call.see(signal)),
        );
        await clock.settle();
        expect(await third).toMatchObject({
          code: "busy",
          max: 2,
          message: expect.stringContaining("raise limits.maxRefs on both sides"),
        });
        expect(peer.of("call")).toHaveLength(2);
        // What came with it is let go of there, and there is room again.
        const [{ args }] = peer.of("call") as unknown as [{ args: [string, [[string, number]]] }];
        await peer.send({ t: "release", ids: [args[1][0][1]] });
        const fourth = rejection(one.call.see(new AbortController().signal));
        await clock.settle();
        expect(peer.of("call")).toHaveLength(3);
        await page.stop();
        for (const lost of [first, second, fourth]) expect((await lost)?.name).toBe("ActorExit");
        expect(await stop()).toBe(0);
      });
    }

    test("an actor counts as shown until its end was told, for so long the other side knows it", async () => {
      const { page, one, other, clock, peer, stop } = await shops(false);
      const rooms = [page.launch(Room), page.launch(Room)];
      one.cast.note(rooms);
      for (let n = 0; n < 1_100; n++) one.cast.note(n);
      await clock.settle();
      for (const room of rooms) await room.stop();
      await clock.settle();
      expect(peer.of("down")).toEqual([]);
      const early = rejection(other.call.see(page.launch(Room)));
      await clock.settle();
      expect(await early).toMatchObject({ code: "busy" });
      const [{ id }] = peer.of("start") as [RawFrame];
      await peer.send({ t: "credit", to: `x${id}`, n: 512 });
      expect(peer.of("down")).toHaveLength(2);
      other.call.see(page.launch(Room)).catch(() => {});
      await clock.settle();
      expect(peer.of("call")).toHaveLength(1);
      expect(await stop()).toBe(0);
    });

    test("a signal that is known may be sent again when there is no room for another", async () => {
      const { call, stop, isClosed } = await guest({ limits: { maxRefs: 5 } });
      const signals = Array.from({ length: 5 }, (_, n) => ["$signal", n + 1]);
      await call("see", [signals]);
      await call("see", [signals]);
      expect(isClosed()).toBe(false);
      expect(await stop()).toBe(0);
    });

    test("an actor that it has let go of makes room for another", async () => {
      const { send, ids, of, stop } = await guest({ limits: { maxRefs: 3 } });
      for (let n = 0; n < 5; n++) {
        const id = ids();
        await send({ t: "start", id, behaviour: "shop", args: [], shared: true });
        const { ok } = of("reply").find((frame) => frame.id === id) as { ok?: { id: string } };
        expect(ok).toHaveProperty("id");
        await send({ t: "demonitor", to: ok?.id });
      }
      expect(await stop()).toBe(0);
    });

    test("a ref that it was given and has let go of makes room for another", async () => {
      const { call, send, stop } = await guest({ limits: { maxRefs: 3 } });
      for (let n = 0; n < 5; n++) {
        const reply = await call("room");
        const { ok } = reply as unknown as { ok: [string, [string, string, string, string]] };
        const [, [, , , id]] = ok;
        expect(typeof id).toBe("string");
        await send({ t: "monitor", to: id });
        expect(await call("hello", [], { to: id })).toMatchObject({ ok: "hello" });
        await send({ t: "demonitor", to: id, n: 1 });
        expect(codeOf(await call("hello", [], { to: id }))).toBe("actor-exit");
      }
      expect(await stop()).toBe(0);
    });

    for (const ttl of [-1, Number.NaN, "soon", null, 1n, {}]) {
      test(`a call with ${String(ttl)} as its time ends the link`, async () => {
        const { send, shop, clock, stop, isClosed } = await guest();
        await send({ t: "call", id: 2, to: shop, m: "wait", args: [], ttl });
        expect(isClosed()).toBe(true);
        expect(clock.reported).toEqual([]);
        expect(await stop()).toBe(0);
      });
    }

    for (const n of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "many", undefined]) {
      test(`a credit of ${String(n)} ends the link`, async () => {
        const { send, stop, isClosed } = await guest();
        await send({ t: "credit", to: 1, n });
        expect(isClosed()).toBe(true);
        expect(await stop()).toBe(0);
      });
    }
  });

  describe("6. refs and rights", () => {
    test("a ref has 128 random bits, and no two are alike", async () => {
      const { call, shop, stop } = await guest();
      const first = JSON.stringify(await call("room")).match(/[0-9a-f]{32}/g);
      const second = JSON.stringify(await call("room")).match(/[0-9a-f]{32}/g);
      const ids = [shop, first?.at(-1), second?.at(-1)];
      expect(ids.every((id) => /^[0-9a-f]{32}$/.test(String(id)))).toBe(true);
      expect(new Set(ids).size).toBe(3);
      expect(await stop()).toBe(0);
    });

    test("a ref is revoked by the end of its actor, which may stand before another for just that", async () => {
      const Door = genServer({
        id: "door",
        init: (_self, room: HandleOf<typeof Room>) => room,
        call: { hello: (self) => self.state.call.hello() },
        accepts: { hello: [] },
      });
      const doors: { stop(): Promise<void>; readonly status: string }[] = [];
      const Porter = genServer({
        id: "porter",
        init: (self) => self.spawn(Room),
        call: {
          let: (self) => {
            const door = self.spawn(Door, self.state as HandleOf<typeof Room>);
            doors.push(door as (typeof doors)[0]);
            return door;
          },
        },
        accepts: { let: [] },
      });
      const raw = await rawClient([], {
        sharing: async (system: System) => ({ porter: await system.start(Porter) }),
      });
      const { send, of, clock } = raw;
      await send(HELLO, { t: "start", id: 1, behaviour: "porter", args: [], shared: true });
      const [{ ok }] = of("reply") as [RawFrame];
      const { id: porter } = ok as { id: string };
      let last = 1;
      const ask = async (to: unknown, m: string) => {
        await send({ t: "call", id: ++last, to, m, args: [] });
        return of("reply").find(({ id }) => id === last) as RawFrame;
      };
      const doorOf = async () =>
        ((await ask(porter, "let")) as unknown as { ok: [string, unknown[]] }).ok[1].at(3);
      const [one, other] = [await doorOf(), await doorOf()];
      await send({ t: "monitor", to: one });
      expect([await ask(one, "hello"), await ask(other, "hello")]).toMatchObject([
        { ok: "hello" },
        { ok: "hello" },
      ]);
      const stopping = doors[0]?.stop();
      await clock.settle();
      await stopping;
      expect(of("down")).toMatchObject([{ of: one, final: true }]);
      expect(codeOf(await ask(one, "hello"))).toBe("actor-exit");
      expect(await ask(other, "hello")).toMatchObject({ ok: "hello" });
      // With the link all of them are: its actor goes on, and nobody there reaches it.
      const answers = of("reply").length;
      await send({ t: "bye", reason: "closed" });
      await ask(other, "hello");
      expect([of("reply").length, doors[1]?.status]).toEqual([answers, "live"]);
      expect(await raw.stop()).toBe(0);
    });

    test("refs that were guessed are noproc, whatever they are", async () => {
      const { call, stop } = await guest();
      for (const to of [1, 2, "shop", "", null, {}, [], "0".repeat(32), "__proto__"]) {
        const answer = await call("buy", ["bread"], { to });
        expect(answer === undefined || codeOf(answer) === "actor-exit").toBe(true);
      }
      expect(await stop()).toBe(0);
    });

    test("a ref belongs to its link: another peer cannot use it", async () => {
      const one = await guest();
      const other = await guest();
      expect(codeOf(await other.call("buy", ["bread"], { to: one.shop }))).toBe("actor-exit");
      await one.stop();
      await other.stop();
    });

    test("a ref that names this realm, and was guessed, is nobody", async () => {
      const { call, of, stop } = await guest();
      const { realm, incarnation } = of("welcome")[0] as RawFrame;
      await call("see", [["$ref", realm, incarnation, 1, "shop"]]);
      const [ref] = seen as [ActorRef & { status: string }];
      expect(ref.status).toBe("down");
      expect(await stop()).toBe(0);
    });

    test("RLM-6: a ref of an earlier life of either realm is nobody, though its number is somebody's now", async () => {
      for (const trusted of [true, false]) {
        const { call, got, of, shop, send, stop } = await guest({ link: { trusted } });
        const { realm } = of("welcome")[0] as RawFrame;
        await call("see", ["$x", [theirRef(1)]]);
        got.length = 0;
        const { realm: theirs } = PEER;
        for (const [name, life] of [
          [theirs, "earlier"],
          [realm, "earlier"],
          ["", "earlier"],
          [realm, ""],
        ]) {
          const id = name === theirs ? 1 : shop;
          await call("see", ["$x", [["$ref", name, life, id, "shop"]]]);
          await call("see", ["$x", [["$ref", name, life, id, "shop", 1]]]);
        }
        type Seen = HandleOf<typeof Shop>;
        const [known, ...earlier] = seen as [Seen, ...Seen[]];
        expect([trusted, known.status, earlier.length]).toEqual([trusted, "live", 8]);
        expect(new Set(earlier.map(({ status }) => status))).toEqual(new Set(["down"]));
        for (const ref of earlier) {
          const gone = rejection(ref.call.who());
          await send();
          expect((await gone).reason).toBe("noproc");
        }
        // Nobody there was asked for them, or called.
        expect(new Set(got.map(({ t }) => t))).toEqual(new Set(["reply"]));
        expect(await stop()).toBe(0);
      }
    });

    test("it speaks for nobody: a forged from is not believed", async () => {
      const { call, of, shop, stop } = await guest();
      const { realm, incarnation } = of("welcome")[0] as RawFrame;
      for (const from of [
        [realm, incarnation, shop, "shop"],
        [PEER.realm, PEER.incarnation, 1, "admin"],
        7,
        [],
      ]) {
        expect(await call("who", [], { from })).toMatchObject({ ok: "nobody" });
      }
      expect(await stop()).toBe(0);
    });

    for (const frame of [
      { t: "stop", reason: "normal" },
      { t: "stop", reason: "killed", how: "kill" },
      { t: "exit", from: [PEER.realm, PEER.incarnation, 1, "x"], reason: "kill" },
      { t: "link", from: [PEER.realm, PEER.incarnation, 1, "x"] },
      { t: "unlink", from: [PEER.realm, PEER.incarnation, 1, "x"] },
    ]) {
      test(`${JSON.stringify(frame)} ends the link, and nothing else`, async () => {
        const { send, shop, system, stop, isClosed } = await guest();
        const count = () => system.processes().flatMap(({ children }) => children).length;
        const before = count();
        await send({ ...frame, to: shop });
        expect(isClosed()).toBe(true);
        expect(count()).toBe(before);
        expect(await stop()).toBe(0);
      });
    }

    test("it starts nothing: a behaviour that is served to workers is not served to it", async () => {
      const { send, ids, of, system, stop } = await guest();
      const before = JSON.stringify(system.processes());
      const id = ids();
      await send({ t: "start", id, behaviour: "shop", args: [] });
      expect(codeOf(of("reply").find((frame) => frame.id === id))).toBe("not-served");
      expect(JSON.stringify(system.processes())).toBe(before);
      expect(await stop()).toBe(0);
    });

    test("what it cannot be asked for is not asked: stops, exits and links end here", async () => {
      const { page, place, clock, peers, stop } = rawPlace({
        shared: true,
        link: { trusted: false },
      });
      const shop = page.launch(remote<typeof Shop>("shop", place));
      await clock.settle();
      const [peer] = peers;
      await peer?.send(WELCOME);
      await peer?.send({ t: "reply", id: peer.of("start")[0]?.id, ok: { id: "x" } });
      expect(shop.status).toBe("live");
      const Tester = genServer({
        id: "tester",
        init: () => null,
        call: {
          touch: (self, ref: ActorRef) => {
            self.trapExit();
            self.link(ref);
            self.exit(ref, "mine");
            self.unlink(ref);
          },
        },
      });
      void page.launch(Tester).call.touch(shop);
      shop.send("plain");
      await clock.settle();
      void shop.stop();
      await clock.settle();
      expect(shop.status).toBe("down");
      const kinds = peer?.got.map(({ t }) => t).filter((t) => t !== "ping");
      expect(kinds).toEqual(["hello", "start", "demonitor"]);
      expect(await stop()).toBe(0);
    });

    test("what it answers with is decoded like anything of it", async () => {
      const { page, place, clock, peers, stop } = rawPlace({
        shared: true,
        link: { trusted: false },
      });
      const shop: HandleOf<typeof Shop> = page.launch(remote<typeof Shop>("shop", place));
      await clock.settle();
      const [peer] = peers;
      await peer?.send(WELCOME);
      await peer?.send({ t: "reply", id: peer.of("start")[0]?.id, ok: { id: "x" } });
      const call = shop.call.buy("bread");
      await clock.settle();
      const ok = JSON.parse('{"__proto__":{"admin":true}}');
      await peer?.send({ t: "reply", id: peer.of("call")[0]?.id, ok });
      expect(Object.getPrototypeOf(await call)).toBe(null);
      expect(await stop()).toBe(0);
    });
  });

  describe("7. who it is, and what it sees", () => {
    test("a message of a window of a wrong origin is not heard", () => {
      const target = new EventTarget();
      const own = Object.assign(target, {
        location: { origin: "https://a.example" },
      });
      const links: unknown[] = [];
      const replies: unknown[] = [];
      const stop = windowListener({ origins: ["https://b.example"], own: own as never }).listen(
        (link) => links.push(link),
      );
      const source = { postMessage: (...message: unknown[]) => replies.push(message) };
      for (const origin of ["https://evil.example", "null", "https://b.example.evil.example"]) {
        const data = { troupe: "knock", id: 1 };
        target.dispatchEvent(
          Object.assign(new Event("message"), { data, source, origin, ports: [] }),
        );
      }
      stop();
      expect([links, replies]).toEqual([[], []]);
    });

    test("nothing is heard before authentication, and it is asked once", async () => {
      let asked = 0;
      const raw = await rawClient([Room], {
        authenticate: (auth) => {
          asked++;
          return auth === "right";
        },
      });
      await raw.send([
        { ...HELLO, auth: "wrong" },
        { t: "start", id: 1, behaviour: "room", args: [] },
      ]);
      expect(raw.isClosed()).toBe(true);
      expect(raw.of("welcome")).toEqual([]);
      expect(raw.of("reply")).toEqual([]);
      expect(asked).toBe(1);
      expect(await raw.stop()).toBe(0);
    });

    test("a second hello while the first is judged ends the link", async () => {
      let asked = 0;
      let judge = (_isGood: boolean): void => {};
      const raw = await rawClient([Room], {
        authenticate: () => {
          asked++;
          return new Promise<boolean>((resolve) => {
            judge = resolve;
          });
        },
      });
      await raw.send(HELLO);
      await raw.send(HELLO);
      expect(raw.isClosed()).toBe(true);
      judge(true);
      await raw.clock.settle();
      expect(asked).toBe(1);
      expect(raw.of("welcome")).toEqual([]);
      expect(await raw.stop()).toBe(0);
    });

    for (const [what, authenticate] of [
      ["says no", () => false],
      ["throws", () => Promise.reject(new Error("no"))],
      ["gives anything but true", () => 1 as never],
    ] as const) {
      test(`a judge that ${what} refuses`, async () => {
        const raw = await rawClient([Room], { authenticate });
        await raw.send({ ...HELLO, auth: "x" });
        expect(raw.of("welcome")).toEqual([]);
        expect(raw.of("bye")).toMatchObject([
          { reason: "not authenticated by what its place shows as auth" },
        ]);
        expect(await raw.stop()).toBe(0);
      });
    }

    test("an auth that cannot be read is refused as such: nobody judges it, and it is no fault of this side", async () => {
      let asked = 0;
      const raw = await rawClient([Room], { authenticate: () => ++asked > 0 });
      await raw.send({ ...HELLO, auth: ["$unknown", 1] });
      expect(raw.isClosed()).toBe(true);
      expect(raw.of("bye")).toMatchObject([{ reason: 'it has an unknown tag "$unknown"' }]);
      expect([asked, raw.clock.reported]).toEqual([0, []]);
      expect(await raw.stop()).toBe(0);
    });

    test("who says nothing is not waited for", async () => {
      const raw = await rawClient([Room]);
      await raw.clock.advance(10_000);
      expect(raw.isClosed()).toBe(true);
      expect(await raw.stop()).toBe(0);
    });

    test("stacks stay here: of a crash, a refusal, an end", async () => {
      const { call, shop, got, send, stop } = await guest();
      await send({ t: "monitor", to: shop });
      await call("refuse");
      await call("crash");
      await send({ t: "ping", n: got.length });
      const sent = JSON.stringify(got);
      expect(sent).toContain("it broke");
      expect(sent).toContain("too much");
      expect(sent).not.toContain("stack");
      expect(sent).not.toContain("hostile.suite");
      expect(sent).not.toContain("hidden");
      expect(await stop()).toBe(0);
    });

    test("what an end was caused by stays here, as the cause of an error does", async () => {
      const Linked = genServer({
        id: "linked",
        init: (self, ref: ActorRef) => {
          self.link(ref);
        },
      });
      const downOf = async (trusted: boolean): Promise<RawFrame> => {
        const worker = rawPlace();
        const { send, of, clock, stop } = await rawClient([], {
          link: { trusted },
          sharing: async (system: System) => {
            const far = system.launch(remote("far", worker.place));
            await worker.clock.settle();
            await worker.peers[0]?.send(WELCOME);
            await worker.peers[0]?.send({ t: "reply", id: 1, ok: { id: "x" } });
            return { linked: await system.start(Linked, far) };
          },
        });
        await send(HELLO, { t: "start", id: 1, behaviour: "linked", args: [], shared: true });
        worker.peers[0]?.link.cut("of a secret");
        await worker.clock.settle();
        await clock.settle();
        expect([await stop(), await worker.stop()]).toEqual([0, 0]);
        return of("down")[0] as RawFrame;
      };
      const told = await downOf(false);
      expect([told.reason, told.failure]).toEqual(["noconnection", undefined]);
      expect(JSON.stringify((await downOf(true)).failure)).toContain("of a secret");
    });

    test("of a supervisor it is shown the children, and not theirs", async () => {
      const Inner = supervisor({ id: "inner", children: (add) => ({ deep: add(Careless, []) }) });
      const App = supervisor({
        id: "app",
        children: (add) => ({ shop: add(Shop, [], {}), inner: add(Inner, []) }),
      });
      const { send, of, stop } = await rawClient([], {
        sharing: async (system: System) => ({ app: await system.start(App) }),
      });
      await send(HELLO, { t: "start", id: 1, behaviour: "app", args: [], shared: true });
      const [{ ok } = { ok: {} }] = of("reply");
      const id = expect.stringMatching(/^[\da-f-]{20,}$/);
      expect((ok as { kin?: unknown }).kin).toEqual([
        ["shop", id, "shop", undefined],
        ["inner", id, "inner", undefined],
      ]);
      expect(await stop()).toBe(0);
    });

    test("that a supervisor gave up is told without what its child failed with, which stays here as well", async () => {
      const downOf = async (trusted: boolean): Promise<RawFrame> => {
        const Db = genServer({
          id: "db",
          init: () => null,
          call: {
            go: (): string => {
              throw new Error("connect to postgres://admin:hunter2@10.0.0.7");
            },
          },
          accepts: { go: [] },
        });
        const App = supervisor({
          id: "app",
          maxRestarts: 0,
          children: (add) => ({ db: add(Db, [], {}) }),
        });
        let fail: () => Promise<unknown> = async () => null;
        const { send, of, clock, stop } = await rawClient([], {
          link: { trusted },
          sharing: async (system: System) => {
            const app = await system.start(App);
            fail = () => rejection(app.child.db.call.go());
            return { app };
          },
        });
        await send(HELLO, { t: "start", id: 1, behaviour: "app", args: [], shared: true });
        const failing = fail();
        await clock.settle();
        await failing;
        // That of the child, which it was shown too, has the words of its own crash.
        const down = of("down").find(({ reason }) => reason === "shutdown") as RawFrame;
        expect(JSON.stringify(down).includes("hunter2")).toBe(trusted);
        expect(await stop()).toBe(0);
        return down;
      };
      const { failure } = await downOf(false);
      const words = "Cannot keep app#2 running";
      const limits = { code: "gave-up", supervisor: "app#2", maxRestarts: 0, periodMs: 5_000 };
      expect(failure).toEqual(["$x", ["$error", "SupervisorGaveUp", words, limits]]);
      // What it is told is an error of the same class.
      const codec = codecOf("clone", { trusted: false });
      expect(codec.decode(failure)).toMatchObject(limits);
      await downOf(true);
    });

    test("frames of any shape never do more than end the link", async () => {
      const kinds = [
        "call",
        "calls",
        "offer",
        "cast",
        "casts",
        "reply",
        "replies",
        "cancel",
        "cancelled",
        "fall",
        "down",
        "up",
        "credit",
        "monitor",
        "demonitor",
        "watch",
        "view",
        "ping",
        "pong",
        "abort",
        "release",
        "start",
        "stop",
        "stream-open",
        "stream-next",
        "stream-end",
        "stream-credit",
        "stream-stop",
        "welcome",
        "hello",
      ];
      for (const t of kinds) {
        for (const value of [undefined, null, -1, 1n, "x", [[]], {}]) {
          const raw = await guest();
          const fields = { id: value, to: raw.shop, of: value, m: value, args: value, n: value };
          await raw.send({
            t,
            ...fields,
            reason: value,
            one: value,
            ok: value,
            value,
            credit: value,
            ids: value,
            on: value,
            failure: value,
          });
          await raw.send({ t, ...fields, to: value, id: 50, behaviour: value, error: value });
          expect(raw.clock.reported).toEqual([]);
          expect(await raw.stop()).toBe(0);
        }
      }
    });
  });

  test("wrong limits are refused before anybody comes", async () => {
    for (const limits of [{ maxCalls: 0 }, { maxRefs: -1 }, { maxDepth: 1.5 }]) {
      expect(await rejection(rawClient([], { limits }))).toBeInstanceOf(RangeError);
      expect(thrown(() => rawPlace({ place: { limits } }))).toBeInstanceOf(RangeError);
    }
  });
});
