// How errors are made: of one object, whose fields they have. What each of them says is tested with who
// throws it.

import { LinkError } from "../../src/adapters/byte-link/errors.js";
import {
  ActorError,
  AlreadyRegistered,
  ChildRefused,
  child,
  countChildren,
  createSystemOn,
  genServer,
  NoSuchRow,
  NotInState,
  SupervisorGaveUp,
  supervisor,
  TableAccess,
  TableEnded,
} from "../../src/index.js";
import { NotServable, PeerBusy, RemoteError } from "../../src/realms/index.js";
import { defineSuite } from "../harness/suite.js";
import { thrown } from "./probes.js";

const message = "Cannot do it";

/** One of each class whose sentence somebody else makes, with what it was made of. */
const made = [
  [{ key: "lobby", process: "room#7" }, AlreadyRegistered],
  [{ why: "notFound", child: "reader" }, ChildRefused],
  [{ table: "prices", key: "EUR" }, NoSuchRow],
  [{ process: "door#1", handler: "open", state: "locked" }, NotInState],
  [{ process: "door#1", handler: null }, NotServable],
  [{ max: 1_000 }, PeerBusy],
  [
    { supervisor: "app#1", child: "reader", reason: "killed", maxRestarts: 1, periodMs: 5_000 },
    SupervisorGaveUp,
  ],
  [{ table: "prices", access: "private", owner: "holder#3", process: "reader#4" }, TableAccess],
  [{ table: "prices", reason: "killed" }, TableEnded],
  [{ disposition: "retry", hostError: "ECONNREFUSED" }, LinkError],
  [{ name: "OutOfPaper", code: "out-of-paper" }, RemoteError],
] as const;

type MadeOf = new (fields: object) => ActorError;

export const suite = defineSuite("errors", ({ test, expect, platform }) => {
  test("an error has the fields that it is made of, and shows no others", () => {
    for (const [fields, errorClass] of made) {
      const error = new (errorClass as unknown as MadeOf)({ ...fields, message });
      expect(error).toMatchObject(fields);
      expect(Object.keys(error).sort()).toEqual(
        [...new Set(["name", "code", ...Object.keys(fields)])].sort(),
      );
      expect([error.message, "cause" in error]).toEqual([message, false]);
      expect(error).toBeInstanceOf(ActorError);
    }
  });

  test("its cause is kept as that of any error, and is no field", () => {
    const cause = new Error("because");
    for (const [fields, errorClass] of made) {
      const error = new (errorClass as unknown as MadeOf)({ ...fields, message, cause });
      expect(error.cause).toBe(cause);
      expect(Object.keys(error)).not.toContain("cause");
      expect(String(error)).toContain(message);
    }
  });

  test("a value in its sentence is said as what it is: a ref, a behaviour, a promise", async () => {
    const Counter = genServer({ id: "counter", init: () => 0 });
    await using system = createSystemOn(platform);
    const counter = await system.start(Counter);
    const app = await system.start(
      supervisor({ id: "app", children: { counter: child(Counter, []) } }),
    );
    const said = (value: unknown): string =>
      /^Cannot call countChildren with (.*): it must be the handle or a ref/.exec(
        thrown(() => countChildren(value as never)).message,
      )?.[1] ?? "";
    expect(said(counter)).toBe(`"Ref<${counter.id}>"`);
    expect(said(app.child.counter)).toBe(`"Ref<${app.child.counter.id}>"`);
    expect(said(Counter)).toBe('"behaviour counter"');
    expect(said(child(Counter, []))).toContain('"behaviour counter"');
    expect(said(Promise.resolve(app))).toBe("[object Promise]");
    expect(said(new Map([[1, app]]))).toBe("[object Map]");
    expect(said({})).toBe("{}");
    expect(said({ app })).toBe(`{"app":"Ref<${app.id}>"}`);
    expect(said(undefined)).toBe("undefined");
    expect((await countChildren(app)).active).toBe(1);
  });

  test("what is left out has its default", () => {
    expect(new LinkError({ message, disposition: "final" }).hostError).toBe(undefined);
    expect(new RemoteError({ name: "OutOfPaper", message }).code).toBe("remote-error");
  });
});
