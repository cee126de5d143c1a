// WS-4: the size that the outbox's bound counts is the size on the wire.
import { messageBytes, type OutboxData } from "../../../src/adapters/websocket/message-bytes.js";
import { defineSuite } from "../../harness/suite.js";

export const suite = defineSuite("websocket message size", ({ test, expect }) => {
  test("WS-4: a string counts as the UTF-8 that a socket sends for it", () => {
    const texts = [
      "",
      "plain",
      "é",
      "€",
      "日本語",
      "😀",
      "a😀b",
      "\uD83D",
      "\uDE00",
      "\uDE00\uD83D",
    ];
    texts.push(
      "\uD83D\uD83D\uDE00",
      "\uFFFF",
      "\u07FF\u0800",
      "x".repeat(10_000),
      "😀é".repeat(99),
    );
    for (const text of texts) {
      expect([text, messageBytes(text)]).toEqual([text, new TextEncoder().encode(text).length]);
    }
  });

  test("WS-4: every code unit counts right, alone and in pairs", () => {
    const encoder = new TextEncoder();
    for (let unit = 0; unit < 0x10000; unit += 7) {
      const text = String.fromCharCode(unit, 0xdc00 + (unit % 0x400));
      if (messageBytes(text) !== encoder.encode(text).length) expect(text).toBe("counted right");
    }
    expect(messageBytes(String.fromCharCode(0xdbff, 0xdfff))).toBe(4);
  });

  test("WS-4: buffers, views and Blobs count their bytes", () => {
    const buffer = new ArrayBuffer(10);
    expect(messageBytes(buffer)).toBe(10);
    expect(messageBytes(new Uint8Array(buffer, 2, 3))).toBe(3);
    expect(messageBytes(new Uint16Array(buffer, 2, 3))).toBe(6);
    expect(messageBytes(new DataView(buffer, 1))).toBe(9);
    expect(messageBytes(new Blob(["€", new Uint8Array(4)]))).toBe(7);
  });

  test("what no WebSocket can send is a TypeError with a remedy", () => {
    for (const value of [undefined, null, 5, {}, [1], { size: 3 }, { byteLength: 3 }]) {
      expect(() => messageBytes(value as unknown as OutboxData)).toThrow(TypeError);
    }
    expect(() => messageBytes({} as unknown as OutboxData)).toThrow(/is Object: .*JSON\.stringify/);
  });
});
