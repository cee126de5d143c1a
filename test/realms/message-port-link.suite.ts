// Links over ports of this realm's own channels.

import {
  messagePortLink,
  messagePortListener,
  type PortLike,
} from "../../src/realms/links/message-port-link.js";
import { hasCapability } from "../harness/capabilities.js";
import { defineSuite } from "../harness/suite.js";
import { linkConformance, settled, talkOver } from "./link-conformance.js";
import { runPeer } from "./peer.js";

const needs = { needs: "messagePorts" } as const;

export const suite = defineSuite("realms message-port-link", (harness) => {
  const { test, expect } = harness;
  const tellsClose =
    hasCapability("messagePorts") &&
    ["onclose", "on"].some((name) => name in MessagePort.prototype);
  const transfer = hasCapability("portTransfer");
  linkConformance(harness, {
    name: "port",
    needs,
    open() {
      const { port1, port2 } = new MessageChannel();
      messagePortListener(port2, { transfer }).listen((link) => runPeer(link, () => port2.close()));
      return { link: messagePortLink(port1, { transfer }) };
    },
    transfer,
    // A port that is closed without a word: where a lock tells of an end, it is that of a realm.
    canLeave: tellsClose,
  });

  test("a port that is listened to late has kept what was posted", needs, async () => {
    const { port1, port2 } = new MessageChannel();
    const link = messagePortLink(port1);
    const talk = talkOver(link);
    talk.tell({ ask: "echo", value: 1 });
    await settled(20);
    messagePortListener(port2).listen((far) => runPeer(far));
    expect(await talk.next()).toBe(1);
    link.close();
  });

  test("what is no port is refused", () => {
    expect(() => messagePortLink({} as PortLike)).toThrow(TypeError);
  });
});
