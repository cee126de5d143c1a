// What users are told when a realm cannot be reached, or is asked for what it cannot do: the whole sentence,
// for the sentence is the promise. Over links of made-up workers, ports, windows and tabs, on virtual time.

import type { Placement } from "../../src/behaviours/behaviour.js";
import { createSystemOn, genServer } from "../../src/index.js";
import type { ChannelLike } from "../../src/realms/links/broadcast-link.js";
import { messagePortLink, type PortLike } from "../../src/realms/links/message-port-link.js";
import type { OwnWindow, WindowLike } from "../../src/realms/links/window-link.js";
import { type WorkerLike, workerLink } from "../../src/realms/links/worker-link.js";
import { placeOf } from "../../src/realms/places/place.js";
import { iframe, messagePort, sharedWorker, worker } from "../../src/realms/places/places.js";
import { remote } from "../../src/realms/places/remote.js";
import { webSocketRealm } from "../../src/realms/places/websocket-realm.js";
import { poolOn } from "../../src/realms/pools/pool.js";
import { serveOn } from "../../src/realms/session/serve.js";
import { tabs } from "../../src/realms/tabs/tabs.js";
import type { Link } from "../../src/realms/wire/link.js";
import { fakeWebSockets } from "../../src/testing/fake-websocket.js";
import { memoryRealmLink } from "../../src/testing/memory-realm-link.js";
import { virtualPlatform } from "../../src/testing/virtual-platform.js";
import { defineSuite } from "../harness/suite.js";
import { rejection, thrown } from "../kernel/probes.js";
import { codecOf } from "./codec-pair.js";
import { pairOf } from "./pair.js";

const Counter = genServer({ id: "counter", init: () => 0, call: { get: (self) => self.state } });

/** A port, a worker or a channel to which nobody listens; `said` is called with what is posted to it. */
class Mute extends EventTarget {
  readonly #said: (message: unknown, mute: Mute) => void;

  constructor(said: (message: unknown, mute: Mute) => void = () => {}) {
    super();
    this.#said = said;
  }

  postMessage(message: unknown): void {
    this.#said(message, this);
  }

  hear(data: unknown, more: object = {}): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data, ...more }));
  }

  terminate(): void {}
  close(): void {}
}

const mutePort = (): PortLike => new Mute() as unknown as PortLike;

/** The window of this realm, made up. */
function ownWindow(origin: string): OwnWindow & Mute {
  class Ports {
    readonly port1 = mutePort();
    readonly port2 = mutePort();
  }
  return Object.assign(new Mute(), { location: { origin }, MessageChannel: Ports }) as never;
}

export const suite = defineSuite("realms words", ({ describe, test, expect }) => {
  describe("who never says hello", () => {
    /** What a start there rejects with after ten seconds, without what is the same for all. */
    async function hintOf(place: Placement, meanwhile: () => void = () => {}): Promise<string> {
      const { platform, clock } = virtualPlatform();
      const system = createSystemOn(platform);
      const starting = rejection(system.start(remote<typeof Counter>("counter", place)));
      await clock.settle();
      meanwhile();
      await clock.advance(10_000);
      const { cause } = (await starting) as { cause: Error };
      expect(cause).toMatchObject({ code: "realm-silent", helloTimeoutMs: 10_000 });
      const stopping = system.stop();
      await clock.settle();
      await stopping;
      const said =
        /^Cannot reach (.*): it did not say hello within 10000 ms \(helloTimeoutMs\); (.*)$/;
      const [, name, hint] = said.exec(cause.message) ?? [];
      return `${name}: ${hint}`;
    }

    test("of workers it is asked whether they are bundled and serve", async () => {
      const place = worker(() => new Mute() as never, { name: "decoder" });
      expect(await hintOf(place)).toBe(
        "worker decoder: is its file bundled, and does it call serve([…])?",
      );
    });

    test("of workers of a pool it is said which one of which pool", async () => {
      const pool = poolOn<WorkerLike>({
        cores: () => 1,
        link: (made, name) => workerLink(made, { name }),
      });
      const create = () => new Mute() as never;
      const asked = "is its file bundled, and does it call serve([…])?";
      expect(await hintOf(pool({ create, name: "images" }))).toBe(
        `worker 1 of pool images: ${asked}`,
      );
      expect(await hintOf(pool({ create }))).toBe(`worker 1 of the pool: ${asked}`);
      // A link of one's own has its own name, and its own words.
      const own = pool({ create: () => messagePortLink(mutePort(), { name: "helper" }) });
      expect(await hintOf(own)).toContain("helper: does whoever has the other port call");
    });

    test("of shared workers also whether they serve early enough", async () => {
      const made = () => Object.assign(new Mute(), { port: mutePort() }) as never;
      expect(await hintOf(sharedWorker(made, { name: "hub" }))).toBe(
        "shared worker hub: is its file bundled, and does it call " +
          "serve([…], { on: sharedWorkerListener() }) before its first await?",
      );
    });

    test("of ports, who has the other one", async () => {
      expect(await hintOf(messagePort(mutePort))).toBe(
        "a message port: does whoever has the other port call serve([…], { on: messagePortListener(port) })?",
      );
    });

    test("of tabs whether any of them leads", async () => {
      const channel = (): ChannelLike => new Mute() as unknown as ChannelLike;
      expect(await hintOf(tabs("shop", { channel }))).toBe(
        'tab shop: no tab that leads answered: does one of this origin call serve([…], { on: tabs("shop") }), ' +
          "and is it awake? A page in the background may be frozen",
      );
    });

    test("of tabs of which one answered, whether it sleeps", async () => {
      const channel = (): ChannelLike =>
        new Mute((message, lobby) => {
          const { troupe, opener } = message as { troupe?: string; opener?: string };
          if (troupe === "find") lobby.hear({ troupe: "found", opener, listener: "x", epoch: 1 });
        }) as unknown as ChannelLike;
      expect(await hintOf(tabs("shop", { channel }))).toBe(
        "tab shop: a tab answered, and then was silent: is it frozen or busy, or does it serve no more?",
      );
    });

    test("of servers how far the WebSocket came", async () => {
      const net = fakeWebSockets();
      const place = webSocketRealm("wss://shop.example/realm", { WebSocket: net.WebSocket });
      expect(await hintOf(place)).toBe(
        "wss://shop.example/realm: the WebSocket is not open yet: does a server answer there?",
      );
      expect(await hintOf(place, () => net.last.accept())).toBe(
        "wss://shop.example/realm: does the server hand its sockets to the listener that " +
          "serve([…], { on }) was given, and does its authenticate settle?",
      );
    });

    test("of frames whether they are from there, and let this page in", async () => {
      const origin = "https://shop.example";
      const deaf: WindowLike = { postMessage: () => {} };
      const place = iframe(() => deaf, { origin, own: ownWindow("https://home.example") });
      expect(await hintOf(place)).toBe(
        "the window of https://shop.example: is that window at https://shop.example itself, and does it call " +
          'serve([…], { on: windowListener({ origins: ["https://home.example"] }) })?',
      );
      const sandboxed = iframe(() => deaf, { origin, own: ownWindow("null") });
      expect(await hintOf(sandboxed)).toBe(
        "the window of https://shop.example: this window is sandboxed and has no origin that could be let in: " +
          "give it allow-same-origin",
      );
    });

    test("of frames that answered, whether they are busy", async () => {
      const origin = "https://shop.example";
      const own = ownWindow("https://home.example");
      const source: WindowLike = {
        postMessage(message) {
          const { troupe, id } = message as { troupe: string; id: number };
          if (troupe !== "knock") return;
          void Promise.resolve().then(() =>
            own.hear({ troupe: "open", id }, { source, origin, ports: [] }),
          );
        },
      };
      expect(await hintOf(iframe(() => source, { origin, own }))).toBe(
        "the window of https://shop.example: the window answered, and then was silent: " +
          "is it busy, or does its authenticate wait?",
      );
    });

    test("of links of one's own what there is to ask, and whether they were opened at all", async () => {
      const { platform } = virtualPlatform();
      const own = placeOf("helper", () => memoryRealmLink({ platform }).near);
      expect(await hintOf(own)).toBe("near end: does it call serve([…])?");
      const never = placeOf("helper", () => new Promise<never>(() => {}));
      expect(await hintOf(never)).toBe(
        "helper: what opens its link gave a promise that has not settled",
      );
    });
  });

  test("what a place was given instead of a worker, a port or a window is told", async () => {
    const { platform, clock } = virtualPlatform();
    const system = createSystemOn(platform);
    const why = async (place: Placement): Promise<string> => {
      const starting = rejection(system.start(remote<typeof Counter>("counter", place)));
      await clock.settle();
      return ((await starting) as { cause: Error }).cause.message;
    };
    const not = "it could not be opened: ";
    expect(await why(worker(() => "decoder.js" as never))).toBe(
      `Cannot reach worker: ${not}worker is "decoder.js": it must be a Worker, as new Worker(…) gives`,
    );
    expect(await why(worker((async () => new Mute()) as never))).toContain(
      "worker is [object Promise]: it must be a Worker",
    );
    expect(await why(sharedWorker(() => new Mute() as never))).toContain(
      "it must be a SharedWorker, as new SharedWorker(…) gives",
    );
    expect(await why(messagePort(() => undefined as never))).toBe(
      `Cannot reach message port: ${not}port is undefined: it must be a MessagePort, ` +
        "one of those that new MessageChannel() gives",
    );
    const options = { origin: "https://shop.example", own: ownWindow("https://home.example") };
    expect(await why(iframe(() => null, options))).toContain(
      "target is null: it must be a window; an iframe has a contentWindow once it is attached",
    );
    await system.stop();
  });

  describe("what is not served to this peer", () => {
    /** What a start of a place that trusts its links, or not, rejects with, and what was reported there. */
    async function refusal(link: { near: boolean; far: boolean }, isShared = false) {
      const { platform, clock } = virtualPlatform();
      const page = createSystemOn(platform);
      const server = createSystemOn(platform);
      const shared = isShared ? { counter: server.launch(Counter) } : {};
      const serve = serveOn(
        () => server,
        () => {
          throw new Error("no parent");
        },
      );
      const place = placeOf("frame", () => {
        const { near, far } = memoryRealmLink({ platform });
        const trust = (end: Link, trusted: boolean): Link =>
          Object.assign(end, { capabilities: { ...end.capabilities, trusted } });
        const listen = (onLink: (link: Link) => void) => {
          onLink(trust(far, link.far));
          return () => {};
        };
        serve([Counter], { shared, on: { listen } });
        return trust(near, link.near);
      });
      const starting = rejection(page.start(remote<typeof Counter>("counter", place)));
      await clock.settle();
      const { cause } = (await starting) as { cause: Error };
      const stopping = Promise.all([page.stop(), server.stop()]);
      await clock.settle();
      await stopping;
      return cause.message;
    }

    test("is what a place asks for as shared and could only start, with both remedies", async () => {
      expect(await refusal({ near: false, far: true })).toBe(
        "Cannot reach counter in another realm: it is there to be started, and was asked for as shared; " +
          "name it as shared of serve there",
      );
    });

    test("is what the other side does not trust it with, and it is not told what else there is", async () => {
      for (const near of [false, true])
        expect(await refusal({ near, far: false })).toBe(
          "Cannot reach counter in another realm: it shares no such actor with peers that are not trusted; " +
            "name it as shared of serve there",
        );
    });

    test("is what checks nothing: it hears that, and not of what", async () => {
      expect(await refusal({ near: false, far: false }, true)).toBe(
        "Cannot reach near end: the other side refused: what it shares has handlers that check nothing: " +
          "it is not for who is not trusted",
      );
    });
  });

  test("a buffer that was moved away is refused at the call, which says where it stands", async () => {
    const away = (): Uint8Array => {
      const bytes = new Uint8Array(8);
      structuredClone(bytes, { transfer: [bytes.buffer] });
      return bytes;
    };
    const Images = genServer({
      id: "images",
      init: () => 0,
      call: {
        store: (_self, image: { data: Uint8Array }) => image.data.length,
        load: () => ({ data: away() }),
      },
    });
    const { page, place, clock, stop } = pairOf([Images]);
    const starting = page.start(remote<typeof Images>("images", place));
    await clock.settle();
    const images = await starting;
    const stored = rejection(images.call.store({ data: away() }));
    const loaded = rejection(images.call.load());
    await clock.settle();
    const remedy =
      "was moved away already, or is in use: send a copy the first time, as in transfer(bytes.slice())";
    expect(await stored).toBeInstanceOf(TypeError);
    expect((await stored).message).toBe(`args[0].data ${remedy}`);
    expect((await loaded).message).toBe(`reply.data ${remedy}`);
    const sound = images.call.store({ data: new Uint8Array(8) });
    await clock.settle();
    expect(await sound).toBe(8);
    await stop();
  });

  test("a limit that was passed is named, with what it is, to those who send", () => {
    const codec = codecOf("json", { trusted: false, limits: { maxNodes: 10 } });
    const pack = (value: unknown, longest?: number) => () =>
      codec.pack([{ t: "reply", id: 1, ok: codec.encode(value, []) }], longest);
    expect(thrown(pack("x".repeat(5_000), 4_096)).message).toBe(
      "Cannot send 5028 bytes over test json: the other side takes at most 4096; " +
        "send it in parts, or raise maxFrameBytes there",
    );
    // Each of them may be sent, and not all in one packet.
    const many = [1, 2, 3, 4].map(
      (id) => ({ t: "reply", id, ok: codec.encode([1, 2], []) }) as const,
    );
    const error = thrown(() => codec.pack(many));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(
      "Cannot send this over test json: it holds more than 10 values (maxNodes); send it in parts",
    );
  });
});
