// One signal out of two, with the host's own `AbortSignal.any` and on hosts that have none.
import { eitherSignal } from "../../src/kernel/either-signal.js";
import { defineSuite } from "../harness/suite.js";

/** Runs on a host without `AbortSignal.any`. */
function without<T>(run: () => T): T {
  const own = Object.getOwnPropertyDescriptor(AbortSignal, "any");
  Object.defineProperty(AbortSignal, "any", { value: undefined, configurable: true });
  try {
    return run();
  } finally {
    if (own === undefined) Reflect.deleteProperty(AbortSignal, "any");
    else Object.defineProperty(AbortSignal, "any", own);
  }
}

export const suite = defineSuite("either signal", ({ describe, test, expect }) => {
  const hosts = { "the host's own": eitherSignal, "a host without AbortSignal.any": lackingAny };
  function lackingAny(one: AbortSignal, other: AbortSignal): AbortSignal {
    return without(() => eitherSignal(one, other));
  }

  for (const [name, either] of Object.entries(hosts)) {
    describe(name, () => {
      test("is aborted with the reason of whichever comes first, once", () => {
        for (const first of [0, 1] as const) {
          const both = [new AbortController(), new AbortController()] as const;
          const signal = either(both[0].signal, both[1].signal);
          let aborts = 0;
          signal.addEventListener("abort", () => aborts++);
          expect(signal.aborted).toBe(false);
          both[first].abort("first");
          both[1 - first]?.abort("second");
          expect(signal.reason).toBe("first");
          expect(aborts).toBe(1);
        }
      });

      test("is aborted at once where one of both is already", () => {
        const fresh = new AbortController().signal;
        expect(either(AbortSignal.abort("old"), fresh).reason).toBe("old");
        expect(either(fresh, AbortSignal.abort("old")).reason).toBe("old");
      });
    });
  }

  test("leaves no listener behind on a host without AbortSignal.any, once it is aborted", () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = ((type: string, listener: () => void, options: object) => {
      listeners++;
      const { signal: until } = options as { signal: AbortSignal };
      until.addEventListener("abort", () => listeners--);
      add(type, listener, options);
    }) as typeof signal.addEventListener;
    const other = new AbortController();
    without(() => eitherSignal(signal, other.signal));
    expect(listeners).toBe(1);
    other.abort();
    expect(listeners).toBe(0);
  });
});
