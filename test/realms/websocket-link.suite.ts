// Links over WebSockets whose far end is a test, and who may open one. Real servers: test/hosts/websockets.ts.

import { socketListener } from "../../src/realms/links/socket-listener.js";
import { webSocketLink } from "../../src/realms/links/websocket-link.js";
import type { Link } from "../../src/realms/wire/link.js";
import { fakeWebSockets } from "../../src/testing/fake-websocket.js";
import { defineSuite } from "../harness/suite.js";

function opened(options: { maxFrameBytes?: number } = {}) {
  const net = fakeWebSockets();
  const { WebSocket } = net;
  const link = webSocketLink("wss://me:secret@shop.example/realm?token=1", {
    ...options,
    WebSocket,
  });
  const heard: unknown[] = [];
  const losses: string[] = [];
  link.onFrame = (packet) => heard.push(packet);
  link.onClose = ({ why }) => losses.push(why);
  return { net, link, heard, losses, socket: net.last };
}

export const suite = defineSuite("realms websocket-link", ({ describe, test, expect }) => {
  test("what is sent before the socket is open waits for it, in order", () => {
    const { link, socket } = opened();
    link.send("1");
    link.send("2");
    expect(socket.sent).toEqual([]);
    socket.accept();
    link.send("3");
    expect(socket.sent).toEqual(["1", "2", "3"]);
  });

  test("its name has no user, password or query in it", () => {
    expect(opened().link.name).toBe("wss://shop.example/realm");
  });

  test("it takes text and bytes, up to its limit, and ends beyond it", () => {
    const { link, socket, heard, losses } = opened({ maxFrameBytes: 3 });
    socket.accept();
    socket.message("abc");
    socket.message(Uint8Array.of(1, 2, 3).buffer);
    expect([heard[0], [...(heard[1] as Uint8Array)]]).toEqual(["abc", [1, 2, 3]]);
    socket.message("abcd");
    socket.message("abc");
    expect(losses).toEqual(["a packet of 4 bytes came, and at most 3 are taken (maxFrameBytes)"]);
    expect([heard.length, socket.closeCode]).toEqual([2, 1009]);
    link.send("x");
    expect(socket.sent).toEqual([]);
  });

  test("what is neither text nor bytes is refused", () => {
    const { link } = opened();
    expect(() => link.send({})).toThrow(/text or bytes/);
    expect(() => link.send("", [new ArrayBuffer(1)])).toThrow(/only copies/);
  });

  test("a loss says how the socket ended, once, and leaves no listener", () => {
    const { socket, losses } = opened();
    socket.accept();
    socket.shut(1012, "restart");
    expect(losses).toEqual(["the WebSocket closed with code 1012: restart"]);
    expect(socket.listeners).toBe(0);
  });

  test("a socket that did not open says so, with the host's error", () => {
    const { link, socket } = opened();
    let cause: unknown;
    link.onClose = (loss) => {
      cause = loss;
    };
    const error = new Error("connection refused");
    socket.refuse(error);
    const why =
      "the WebSocket did not open (does a server answer there, and does it let this origin in?)";
    expect(cause).toEqual({ why, cause: error });
  });

  test("an own close is orderly, tells this side nothing and leaves no listener", () => {
    const { link, socket, losses, net } = opened();
    socket.accept();
    link.close();
    link.send("late");
    expect([losses, socket.closeCode, socket.sent, socket.listeners]).toEqual([[], 1000, [], 0]);
    expect(net.open).toBe(0);
  });

  describe("who may open one", () => {
    test("a page of the server's own origin, and what names none, unless origins are given", () => {
      const on = socketListener();
      const stop = on.listen(() => {});
      expect(on.allows("https://shop.example", "shop.example")).toBe(true);
      expect(on.allows("http://shop.example:8080", "shop.example:8080")).toBe(true);
      expect(on.allows(undefined, "shop.example")).toBe(true);
      expect(on.allows(null, "shop.example")).toBe(true);
      for (const origin of [
        "https://evil.example",
        "null",
        "",
        "shop.example",
        "https://shop.example:1",
      ])
        expect(on.allows(origin, "shop.example")).toBe(false);
      expect(on.allows("https://shop.example", undefined)).toBe(false);
      stop();
      expect(on.allows("https://shop.example", "shop.example")).toBe(false);
    });

    test("pages of exactly the origins that are given", () => {
      const on = socketListener({ origins: ["https://www.example"] });
      on.listen(() => {});
      expect(on.allows("https://www.example", "api.example")).toBe(true);
      expect(on.allows("https://api.example", "api.example")).toBe(false);
      expect(on.allows("https://www.example.evil.example", "api.example")).toBe(false);
      expect(() => socketListener({ origins: ["*"] })).toThrow(TypeError);
    });

    test("a server that calls functions feeds its links", () => {
      const on = socketListener({ maxFrameBytes: 10 });
      const links: Link[] = [];
      const stop = on.listen((link) => links.push(link));
      const sent: unknown[] = [];
      const closed: unknown[] = [];
      const socket = {
        send: (data: string) => sent.push(data),
        close: (n?: number) => closed.push(n),
      };
      const feed = on.acceptFed(socket);
      const [link] = links as [Link];
      const heard: unknown[] = [];
      let why = "";
      link.onFrame = (packet) => heard.push(packet);
      link.onClose = (loss) => {
        why = loss.why;
      };
      feed.message("in");
      link.send("out");
      feed.closed(1001);
      expect([heard, sent, why]).toEqual([["in"], ["out"], "the WebSocket closed with code 1001"]);
      expect(link.capabilities.trusted).toBe(false);
      stop();
      on.acceptFed(socket);
      expect([links.length, closed]).toEqual([1, [1000]]);
    });
  });

  test("a peer that is not trusted and does not read is hung up on; one that is trusted is waited for", () => {
    for (const trusted of [false, true]) {
      const listener = socketListener({ maxFrameBytes: 1_000, trusted });
      const links: Link[] = [];
      listener.listen((link) => links.push(link));
      const { WebSocket } = fakeWebSockets();
      const socket = new WebSocket("wss://shop.example/realm");
      socket.accept();
      listener.accept(socket);
      const [link] = links as [Link];
      const losses: string[] = [];
      link.onClose = ({ why }) => losses.push(why);
      socket.stuck = true;
      for (let n = 0; n < 16; n++) link.send("x".repeat(1_000));
      expect(losses).toEqual([]);
      link.send("x");
      expect(losses).toEqual(trusted ? [] : ["it does not read: 16001 bytes wait to be sent"]);
      expect(socket.closeCode).toBe(trusted ? undefined : 1008);
      if (trusted) link.close();
    }
  });

  test("a limit that is no length is refused", () => {
    expect(() => opened({ maxFrameBytes: 0 })).toThrow(RangeError);
    expect(() => socketListener({ maxFrameBytes: -1 })).toThrow(RangeError);
  });
});
