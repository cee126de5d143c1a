// SSE-3: the decision about each response, and how Retry-After is read.
import { classify, type SseDecision } from "../../../src/adapters/sse/classify.js";
import { SseRefused } from "../../../src/adapters/sse/errors.js";
import { retryAfterMs } from "../../../src/adapters/sse/retry-after.js";
import { ActorError } from "../../../src/kernel/errors.js";
import { defineSuite } from "../../harness/suite.js";

/** 6 November 1994, 08:49:37 UTC, the RFC's own example. */
const RFC_TIME = 784_111_777_000;

function decide(
  status: number,
  headers: Record<string, string> = {},
  context: { authRefreshed?: boolean; maxRetryAfterMs?: number } = {},
): SseDecision {
  const response = {
    status,
    headers: { get: (name: string) => headers[name.toLowerCase()] ?? null },
    url: "https://example.test/events",
  };
  return classify(response, { wallTimeMs: RFC_TIME, ...context });
}

function refusal(decision: SseDecision): SseRefused | undefined {
  return decision.action === "final" ? decision.error : undefined;
}

export const suite = defineSuite("sse classify", ({ describe, test, expect }) => {
  describe("SSE-3: 200", () => {
    const streams = [
      "text/event-stream",
      "Text/Event-Stream",
      "text/event-stream; charset=utf-8",
      "text/event-stream;charset=windows-1252",
      "text/event-stream;",
      " text/event-stream ; x=bogus",
      "text/event-stream, text/event-stream",
      'text/html;x="a,b", text/event-stream',
    ];
    for (const type of streams) {
      test(`SSE-3: 200 with ${JSON.stringify(type)} opens`, () => {
        expect(decide(200, { "content-type": type })).toEqual({ action: "open" });
      });
    }

    const others = ["text/html", "text/event-streams", "x bogus", "text/event-stream, text/html"];
    for (const type of [...others, "", 'text/html;x=", text/event-stream"']) {
      test(`SSE-3: 200 with ${JSON.stringify(type)} is final`, () => {
        const error = refusal(decide(200, { "content-type": type }));
        expect(error).toMatchObject({ code: "sse-refused", status: 200, contentType: type });
      });
    }

    test("SSE-3: 200 without a type is final, and the error says what is required", () => {
      const error = refusal(decide(200));
      expect(error).toBeInstanceOf(SseRefused);
      expect(error).toBeInstanceOf(ActorError);
      expect(error).toMatchObject({ contentType: null, url: "https://example.test/events" });
      expect(error?.message).toBe(
        "Cannot open the event stream https://example.test/events: the server answered without " +
          "a Content-Type, and text/event-stream is required",
      );
    });
  });

  test("SSE-3: 204 stops", () => {
    expect(decide(204, { "content-type": "text/event-stream" })).toEqual({ action: "stop" });
  });

  for (const status of [408, 429, 500, 502, 503, 504, 599]) {
    test(`SSE-3: ${status} is retried, after Retry-After where there is one`, () => {
      expect(decide(status)).toEqual({ action: "retry" });
      expect(decide(status, { "retry-after": "7" })).toEqual({ action: "retry", afterMs: 7_000 });
    });
  }

  for (const status of [401, 403]) {
    test(`SSE-3: ${status} refreshes the credentials once, then it is final`, () => {
      expect(decide(status)).toEqual({ action: "refreshAuth" });
      const second = decide(status, {}, { authRefreshed: true });
      expect(refusal(second)).toMatchObject({ status });
      expect(refusal(second)?.message).toContain("credentials");
    });
  }

  for (const status of [0, 201, 202, 205, 206, 300, 301, 304, 400, 404, 405, 410, 418, 600]) {
    test(`SSE-3: ${status} is final`, () => {
      const decision = decide(status, { "content-type": "text/event-stream" });
      expect(refusal(decision)).toMatchObject({ code: "sse-refused", status });
    });
  }

  test("SSE-3: a Response of fetch can be classified as it is", () => {
    const response = new Response("", { headers: { "Content-Type": "text/event-stream" } });
    expect(classify(response, { wallTimeMs: 0 })).toEqual({ action: "open" });
  });

  describe("SSE-3: Retry-After", () => {
    const wait = (value: string, wallTimeMs = RFC_TIME) => retryAfterMs(value, wallTimeMs);

    test("SSE-3: seconds become milliseconds", () => {
      expect(wait("0")).toBe(0);
      expect(wait(" 120 ")).toBe(120_000);
      expect(wait("9".repeat(400))).toBe(Number.MAX_SAFE_INTEGER);
    });

    test("SSE-3: the three formats of a date are read as UTC", () => {
      const before = RFC_TIME - 5_000;
      expect(wait("Sun, 06 Nov 1994 08:49:37 GMT", before)).toBe(5_000);
      expect(wait("Sunday, 06-Nov-94 08:49:37 GMT", before)).toBe(5_000);
      expect(wait("Sun Nov  6 08:49:37 1994", before)).toBe(5_000);
    });

    test("SSE-3: a year of two digits is at most 50 years ahead", () => {
      const now = Date.UTC(2026, 0, 1);
      expect(wait("Thursday, 01-Jan-26 00:01:00 GMT", now)).toBe(60_000);
      expect(wait("Saturday, 01-Jan-77 00:01:00 GMT", now)).toBe(0);
      expect(wait("Wednesday, 01-Jan-76 00:00:00 GMT", now)).toBe(Date.UTC(2076, 0, 1) - now);
    });

    test("SSE-3: a date that has passed is now", () => {
      expect(wait("Sun, 06 Nov 1994 08:49:36 GMT")).toBe(0);
    });

    test("SSE-3: what is neither seconds nor a date is no wish", () => {
      const wrong = [
        "",
        "soon",
        "-1",
        "1.5",
        "1e3",
        "0x10",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Xyz 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "1994-11-06T08:49:37Z",
      ];
      for (const value of wrong) expect([value, wait(value)]).toEqual([value, undefined]);
      expect(retryAfterMs(null, 0)).toBeUndefined();
      expect(decide(503, { "retry-after": "soon" })).toEqual({ action: "retry" });
    });

    test("SSE-3: no server parks a client for longer than maxRetryAfterMs", () => {
      const headers = { "retry-after": "86400" };
      expect(decide(503, headers)).toEqual({ action: "retry", afterMs: 300_000 });
      expect(decide(503, headers, { maxRetryAfterMs: 1_000 })).toEqual({
        action: "retry",
        afterMs: 1_000,
      });
      const date = { "retry-after": "Sun, 06 Nov 2094 08:49:37 GMT" };
      expect(decide(429, date)).toEqual({ action: "retry", afterMs: 300_000 });
    });

    test("SSE-3: a limit that is no time is a RangeError", () => {
      for (const maxRetryAfterMs of [-1, Number.NaN]) {
        expect(() => decide(503, {}, { maxRetryAfterMs })).toThrow(RangeError);
      }
    });
  });
});
