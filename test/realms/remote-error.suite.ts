// Errors and exit reasons on the wire: the class, the words, the cause and the fields that arrive.
// Owns their tests over both codecs, for peers that are trusted and for others.

import { notInState } from "../../src/behaviours/machine-table.js";
import {
  ActorError,
  ActorExit,
  CallTimeout,
  type ErrorRecord,
  MailboxFull,
  StartFailed,
} from "../../src/index.js";
import { type ExitReason, reasonOf, thrownOf } from "../../src/kernel/exit-reason.js";
import { RemoteError } from "../../src/realms/values/remote-error.js";
import { LinkLost } from "../../src/realms/wire/link.js";
import { tableEnded } from "../../src/registry/tables/table-errors.js";
import { supervisorGaveUp } from "../../src/supervision/supervisor-gave-up.js";
import { defineSuite } from "../harness/suite.js";
import { across, codecNames, codecOf } from "./codec-pair.js";

class OutOfPaper extends Error {
  override readonly name = "OutOfPaper";
  readonly code = "out-of-paper";
  readonly tray: number;
  constructor(tray: number) {
    super(`Tray ${tray} is empty`);
    this.tray = tray;
  }
  get hint(): string {
    return `fill tray ${this.tray}`;
  }
}

export const suite = defineSuite("realms remote errors", ({ describe, test, expect }) => {
  for (const name of codecNames) {
    const send = <T>(value: T): T => across(codecOf(name), value) as T;

    describe(`over ${name}`, () => {
      test("RLM-8: an error of ours has its class, its code, its words and its fields", () => {
        const sent = [
          new CallTimeout("counter#7", "add", 50),
          new MailboxFull("counter#7", 10),
          notInState("door#1", "open", "locked", ["closed"]),
          tableEnded("read", "prices"),
          new LinkLost("worker decoder", { why: "it was terminated" }),
          supervisorGaveUp(
            "app#1",
            { id: "meter", reason: { shutdown: "unplugged" }, failure: undefined },
            { maxRestarts: 3, periodMs: 5_000 },
          ),
        ];
        for (const [index, error] of send(sent).entries()) {
          const original = sent[index] as ActorError;
          expect(error).toBeInstanceOf(original.constructor);
          expect(error).toBeInstanceOf(ActorError);
          expect({ ...error }).toEqual({ ...original });
          expect([error.name, error.message]).toEqual([original.name, original.message]);
          expect(error.stack).toBe(original.stack);
        }
      });

      test("errors of the language and of the web have their class", () => {
        for (const error of [new Error("a"), new TypeError("b"), new RangeError("c")]) {
          const arrived = send(error);
          expect(arrived).toBeInstanceOf(error.constructor);
          expect(arrived.constructor).toBe(error.constructor);
          expect(Object.prototype.toString.call(arrived)).toBe("[object Error]");
          expect(String(arrived)).toBe(String(error));
        }
        const abort = send(new DOMException("stop it", "AbortError"));
        expect(abort).toBeInstanceOf(DOMException);
        expect([abort.name, abort.message]).toEqual(["AbortError", "stop it"]);
      });

      test("causes arrive, and the errors of an AggregateError", () => {
        const cause = new CallTimeout("a#1", "b", 5);
        const arrived = send(new Error("outer", { cause: new TypeError("inner", { cause }) }));
        const inner = arrived.cause as Error;
        expect(inner).toBeInstanceOf(TypeError);
        expect(inner.cause).toBeInstanceOf(CallTimeout);
        expect(Object.keys(arrived)).toEqual([]);
        const all = send(new AggregateError([new RangeError("r"), 7], "all"));
        expect(all.errors[0]).toBeInstanceOf(RangeError);
        expect(all.errors[1]).toBe(7);
      });

      test("a class that is not known is a RemoteError with its name, code and fields", () => {
        const arrived = send(new OutOfPaper(2)) as unknown as RemoteError & { tray: number };
        expect(arrived).toBeInstanceOf(RemoteError);
        expect(arrived).toMatchObject({ name: "OutOfPaper", code: "out-of-paper", tray: 2 });
        expect(arrived.message).toBe("Tray 2 is empty");
        class Odd extends Error {
          override name = "Odd";
        }
        expect(send(new Odd("x"))).toMatchObject({ name: "Odd", code: "remote-error" });
      });

      test("a class that is named in errors comes back as such, by a list or by its code", () => {
        for (const errors of [[OutOfPaper], { "out-of-paper": OutOfPaper }, { OutOfPaper }]) {
          const arrived = across(codecOf(name, { errors }), new OutOfPaper(3)) as OutOfPaper;
          expect(arrived).toBeInstanceOf(OutOfPaper);
          expect(arrived.hint).toBe("fill tray 3");
        }
      });

      test("what is no class of errors is a TypeError when the codec is made", () => {
        const wrong = { code: class {} } as unknown as Record<string, typeof Error>;
        expect(() => codecOf(name, { errors: wrong })).toThrow('errors["code"] is function code');
      });

      test("an error always arrives: fields that cannot cross are text, or left out", () => {
        const error = Object.assign(new Error("odd"), {
          request: new URL("http://localhost/"),
          retry: () => {},
          status: 503,
          toString: "x",
        });
        const arrived = send(error) as unknown as Record<string, unknown>;
        expect(arrived.status).toBe(503);
        expect(typeof arrived.request).toBe("string");
        expect(Object.keys(arrived).sort()).toEqual(["request", "status"]);
      });

      test("an error that holds itself arrives, and so does a long chain of causes", () => {
        const ring = new Error("ring") as Error & { again: unknown };
        ring.cause = ring;
        ring.again = ring;
        expect(send(ring).message).toBe("ring");
        let chain = new Error("0");
        for (let level = 1; level < 100; level++) chain = new Error(`${level}`, { cause: chain });
        expect(send(chain).message).toBe("99");
      });

      test("an exit reason keeps what was thrown: the exit of a call has its cause", () => {
        const thrown = new OutOfPaper(1);
        const reason = across(codecOf(name, { errors: [OutOfPaper] }), reasonOf(thrown));
        expect(reason).toMatchObject({ name: "OutOfPaper", message: "Tray 1 is empty" });
        expect(thrownOf(reason as ExitReason)).toBeInstanceOf(OutOfPaper);
        const exit = new ActorExit({
          action: "call a",
          process: "a",
          reason: reason as ExitReason,
        });
        expect(exit.cause).toBeInstanceOf(OutOfPaper);
        const arrived = send(exit);
        expect(arrived).toBeInstanceOf(ActorExit);
        expect(arrived.cause).toBeInstanceOf(RemoteError);
        expect(thrownOf(arrived.reason)).toBe(arrived.cause);
      });

      test("an exit reason keeps a thrown value that is no error, and loses one that cannot cross", () => {
        expect(thrownOf(send(reasonOf({ status: 404 })))).toEqual({ status: 404 });
        const reason = send(reasonOf(() => {}));
        expect(thrownOf(reason)).toBeUndefined();
        expect((reason as ErrorRecord).message).toContain("A value that is not an Error");
      });

      test("reasons inside reasons keep their causes, and plain ones stay what they are", () => {
        const failed = { failedToStartChild: "db", reason: reasonOf(new RangeError("x")) };
        const arrived = send({ shutdown: failed });
        expect(thrownOf(arrived.shutdown.reason)).toBeInstanceOf(RangeError);
        for (const plain of ["normal", "killed", { shutdown: 1 }])
          expect(send(plain)).toEqual(plain);
        const start = send(new StartFailed("app", { shutdown: failed }));
        expect(start.reason).toMatchObject({ shutdown: { failedToStartChild: "db" } });
      });

      test("a failure that cannot be sent is told in words, and a reason is always one", () => {
        const codec = codecOf(name);
        const told = (failure: unknown) => codec.decode(codec.encodeFailure(failure));
        expect(told(new RangeError("x"))).toBeInstanceOf(RangeError);
        expect(told("killed")).toBe("killed");
        expect(told({ shutdown: () => {} })).toEqual({ shutdown: "function shutdown" });
        expect(told(Symbol("s"))).toMatchObject({
          message: "A value that cannot be sent was thrown: Symbol(s)",
        });
        expect(codec.decodeReason(codec.encodeFailure({ shutdown: 1 }))).toEqual({ shutdown: 1 });
        for (const none of [7, null, {}, [], ""]) {
          expect(() => codec.decodeReason(none)).toThrow("an end holds no exit reason");
        }
      });

      test("a peer that is not trusted sees no stack, and fields only of what is declared", () => {
        const secret = Object.assign(new Error("no such file"), { code: "ENOENT", path: "secret" });
        const codec = codecOf(name, { trusted: false });
        const wire = (value: unknown) => JSON.stringify(codec.encode(value, []));
        expect(wire(secret)).toBe('["$x",["$error","Error","no such file",{"code":"ENOENT"}]]');
        const wrapped = new AggregateError([secret], "failed", { cause: new Error("secret") });
        expect(wire(wrapped)).toBe('["$x",["$error","AggregateError","failed",{}]]');
        const exit = new ActorExit({ action: "x", process: "p#1", reason: reasonOf(secret) });
        expect(wire([exit, reasonOf(secret), reasonOf({ a: 1 })])).not.toMatch(/stack|secret/);
        const arrived = across(codec, exit) as ActorExit;
        expect(arrived).toBeInstanceOf(ActorExit);
        expect(arrived.process).toBe("p#1");
        expect(arrived.stack).toBe(`ActorExit: ${exit.message}`);
      });
    });
  }
});
