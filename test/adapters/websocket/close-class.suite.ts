// WS-2: the table of close codes, and the application's say in it.
import {
  type CloseClass,
  classifyClose,
  FATAL_CLOSE_CODES,
} from "../../../src/adapters/websocket/close-class.js";
import { defineSuite } from "../../harness/suite.js";

const TABLE: readonly [code: number, expected: CloseClass][] = [
  [1000, "final"],
  [1001, "retry"],
  [1002, "final"],
  [1003, "final"],
  [1004, "final"],
  [1005, "retry"],
  [1006, "retry"],
  [1007, "final"],
  [1008, "final"],
  [1009, "final"],
  [1010, "final"],
  [1011, "final"],
  [1012, "retry"],
  [1013, "retryLater"],
  [1014, "retry"],
  [1015, "final"],
  [1016, "final"],
  [1999, "final"],
  [2000, "final"],
  [2999, "final"],
  [3000, "final"],
  [3003, "final"],
  [3008, "retry"],
  [4000, "retry"],
  [4004, "final"],
  [4005, "final"],
  [4400, "final"],
  [4401, "final"],
  [4402, "retry"],
  [4406, "final"],
  [4408, "retry"],
  [4409, "final"],
  [4429, "final"],
  [4500, "final"],
  [4999, "retry"],
  [5000, "final"],
  [0, "final"],
  [999, "final"],
  [65_535, "final"],
];

export const suite = defineSuite("websocket close classes", ({ test, expect }) => {
  for (const [code, expected] of TABLE) {
    test(`WS-2: ${code} is ${expected}`, () => {
      expect(classifyClose({ code })).toBe(expected);
    });
  }

  test("WS-2: 1000 is retried only if wanted", () => {
    expect(classifyClose({ code: 1000 }, { retryNormal: true })).toBe("retry");
    expect(classifyClose({ code: 1000 }, { retryNormal: false })).toBe("final");
    expect(classifyClose({ code: 1008 }, { retryNormal: true })).toBe("final");
  });

  test("WS-2: shouldRetry decides from 3000 to 4999, over the default", () => {
    const yes = { shouldRetry: () => true };
    const no = { shouldRetry: () => false };
    for (const code of [3000, 4000, 4401, 4999]) {
      expect([classifyClose({ code }, yes), classifyClose({ code }, no)]).toEqual([
        "retry",
        "final",
      ]);
    }
    const later = { shouldRetry: () => "retryLater" as const };
    expect(classifyClose({ code: 4429 }, later)).toBe("retryLater");
  });

  test("WS-2: shouldRetry is given the close, and may leave it to the default", () => {
    const seen: unknown[] = [];
    const shouldRetry = (close: unknown) => {
      seen.push(close);
      return undefined;
    };
    const close = { code: 4401, reason: "token", wasClean: true };
    expect(classifyClose(close, { shouldRetry })).toBe("final");
    expect(classifyClose({ code: 4000 }, { shouldRetry })).toBe("retry");
    expect(seen).toEqual([close, { code: 4000 }]);
  });

  test("WS-2: shouldRetry is not asked about the protocol's own codes", () => {
    const shouldRetry = () => {
      throw new Error("asked");
    };
    expect(classifyClose({ code: 1002 }, { shouldRetry })).toBe("final");
    expect(classifyClose({ code: 1006 }, { shouldRetry })).toBe("retry");
    expect(classifyClose({ code: 5000 }, { shouldRetry })).toBe("final");
  });

  test("WS-2: every code that is fatal by default is an application's or a library's", () => {
    for (const code of [4400, 4401, 4004, 4005, 4406, 4409, 4429, 4500]) {
      expect(FATAL_CLOSE_CODES).toContain(code);
    }
    for (const code of FATAL_CLOSE_CODES) expect(classifyClose({ code })).toBe("final");
  });

  test("a code that is none is a RangeError", () => {
    for (const code of [-1, 65_536, 1000.5, Number.NaN, "1000" as unknown as number]) {
      expect(() => classifyClose({ code })).toThrow(RangeError);
    }
  });
});
