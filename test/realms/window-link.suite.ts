// Links between windows: to a real frame of this page, and the handshake with strangers, who are made up.

import { source } from "worker-source:realms/peer.window.ts";
import {
  type OwnWindow,
  type WindowLike,
  windowLink,
  windowListener,
} from "../../src/realms/links/window-link.js";
import type { Link } from "../../src/realms/wire/link.js";
import { defineSuite } from "../harness/suite.js";
import { linkConformance, settled } from "./link-conformance.js";

/** A window that a test can send messages to as if from anybody, and whose answers it keeps. */
function madeUp(origin: string) {
  const target = new EventTarget();
  const own = Object.assign(target, { location: { origin }, MessageChannel }) as OwnWindow;
  const sent: { message: unknown; to: string }[] = [];
  const window: WindowLike = { postMessage: (message, to) => sent.push({ message, to }) };
  const hear = (data: unknown, source: WindowLike, from: string, ports: MessagePort[] = []) => {
    target.dispatchEvent(
      Object.assign(new Event("message"), { data, source, origin: from, ports }),
    );
  };
  return { own, window, sent, hear };
}

export const suite = defineSuite("realms window-link", (harness) => {
  const { describe, test, expect } = harness;
  linkConformance(harness, {
    name: "frame",
    needs: { needs: "windows" },
    open() {
      const frame = document.createElement("iframe");
      const html = `<script type="module">${source.replaceAll("</script", "<\\/script")}</script>`;
      frame.src = URL.createObjectURL(new Blob([html], { type: "text/html" }));
      document.body.append(frame);
      const link = windowLink(frame.contentWindow, { origin: location.origin });
      return {
        link,
        async gone() {
          frame.remove();
        },
      };
    },
    transfer: true,
    canLeave: true,
  });

  describe("handshakes", { needs: "windows" }, () => {
    const HOME = "https://home.example";
    const SHOP = "https://shop.example";

    test("a link knocks at its exact origin alone, and again when the other says it is there", () => {
      const { own, hear, window, sent } = madeUp(HOME);
      const link = windowLink(window, { origin: SHOP, own });
      hear({ troupe: "here" }, window, SHOP);
      expect(sent.map(({ to }) => to)).toEqual([SHOP, SHOP]);
      expect(sent[1]?.message).toMatchObject({ troupe: "knock" });
      link.close();
      hear({ troupe: "here" }, window, SHOP);
      expect(sent.length).toBe(2);
    });

    test("the port goes to the exact window and origin that was knocked at, and once", () => {
      const { own, hear, window, sent } = madeUp(HOME);
      const link = windowLink(window, { origin: SHOP, own });
      const { id } = (sent[0] as { message: { id: number } }).message;
      const stranger: WindowLike = { postMessage: () => {} };
      hear({ troupe: "open", id }, stranger, SHOP);
      hear({ troupe: "open", id }, window, "https://evil.example");
      hear({ troupe: "open", id: id + 1 }, window, SHOP);
      expect(sent.length).toBe(1);
      hear({ troupe: "open", id }, window, SHOP);
      hear({ troupe: "open", id }, window, SHOP);
      expect(sent.slice(1)).toEqual([{ message: { troupe: "port", id }, to: SHOP }]);
      link.close();
    });

    test("a listener answers the origins it was given alone, and takes no port unasked", async () => {
      const { own, hear, window, sent } = madeUp(HOME);
      const links: Link[] = [];
      const stop = windowListener({ origins: [SHOP], own }).listen((link) => links.push(link));
      const { port1, port2 } = new MessageChannel();
      hear({ troupe: "knock", id: 1 }, window, "https://evil.example");
      hear({ troupe: "knock", id: 1 }, window, "null");
      hear({ troupe: "port", id: 1 }, window, SHOP, [port1]);
      hear(null, window, SHOP);
      expect([sent, links]).toEqual([[], []]);
      hear({ troupe: "knock", id: 1 }, window, SHOP);
      expect(sent).toEqual([{ message: { troupe: "open", id: 1 }, to: SHOP }]);
      hear({ troupe: "port", id: 1 }, window, SHOP, [port1]);
      hear({ troupe: "port", id: 1 }, window, SHOP, [port1]);
      expect(links.map(({ capabilities }) => capabilities.trusted)).toEqual([false]);
      stop();
      hear({ troupe: "knock", id: 2 }, window, SHOP);
      expect(sent.length).toBe(1);
      links[0]?.close();
      port2.close();
      await settled(20);
    });

    test("only the one window is answered where there is one", () => {
      const { own, hear, window, sent } = madeUp(HOME);
      const source: WindowLike = { postMessage: () => {} };
      const stop = windowListener({ origins: [SHOP], own, source }).listen(() => {});
      hear({ troupe: "knock", id: 1 }, window, SHOP);
      expect(sent).toEqual([]);
      stop();
    });

    test("a listener says that it is there to those around it, at its origins alone", () => {
      const { own, window, sent } = madeUp(HOME);
      Object.assign(own, { parent: window, opener: null, frames: [] });
      const stop = windowListener({ origins: [SHOP, HOME], own }).listen(() => {});
      expect(sent.map(({ to }) => to)).toEqual([SHOP, HOME]);
      stop();
    });
  });

  test("an origin that is not exact is refused, and so is no window", () => {
    const { own, window } = madeUpWithoutPorts();
    for (const origin of ["*", "", "null", "https://shop.example/", "shop.example", "/"]) {
      expect(() => windowLink(window, { origin, own })).toThrow(TypeError);
      expect(() => windowListener({ origins: [origin] })).toThrow(TypeError);
    }
    expect(() => windowLink(null, { origin: "https://shop.example", own })).toThrow(TypeError);
  });
});

/** For hosts that have no ports: nothing is opened. */
function madeUpWithoutPorts(): { own: OwnWindow; window: WindowLike } {
  const own = { location: { origin: "https://home.example" } } as unknown as OwnWindow;
  return { own, window: { postMessage: () => {} } };
}
