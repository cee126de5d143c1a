// What every host's failures mean for a link. The texts of serialport are its own, as version 13
// printed or as its sources format them.
import {
  classifyLinkError,
  isRecoverableReadError,
} from "../../../src/adapters/byte-link/classify.js";
import { LinkError } from "../../../src/adapters/byte-link/errors.js";
import { ActorError, UnsupportedError } from "../../../src/kernel/errors.js";
import { defineSuite } from "../../harness/suite.js";

const codes = {
  retry: `ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH EHOSTDOWN
    ENETDOWN ENOTFOUND EAI_AGAIN EADDRINUSE EADDRNOTAVAIL ENOENT EBUSY EAGAIN EIO ENXIO ENODEV EBADF
    EMFILE ENFILE ERR_INVALID_STATE ERR_STREAM_DESTROYED ERR_STREAM_PREMATURE_CLOSE`.split(/\s+/),
  needsPermission: ["EACCES", "EPERM"],
  final: [
    "ENOTTY",
    "EINVAL",
    "ERR_MODULE_NOT_FOUND",
    "ERR_INVALID_ARG_TYPE",
    "ERR_SOCKET_BAD_PORT",
  ],
} as const;

const names = {
  retry: [
    "NetworkError",
    "InvalidStateError",
    "UnknownError",
    "BreakError",
    "TimeoutError",
    "AbortError",
  ],
  needsPermission: ["NotFoundError", "SecurityError", "NotAllowedError"],
  final: ["NotSupportedError", "SyntaxError"],
} as const;

const serialportTexts: readonly (readonly [string, LinkError["disposition"], RegExp])[] = [
  ["Error Resource temporarily unavailable Cannot lock port", "retry", /close the other program/],
  ["Error: Device or resource busy, cannot open /dev/ttyUSB0", "retry", /close the other program/],
  ["Opening COM3: Access denied", "retry", /close the other program/],
  ["Error: Permission denied, cannot open /dev/ttyUSB0", "needsPermission", /dialout/],
  ["Error: No such file or directory, cannot open /dev/ttyUSB0", "retry", /plug the adapter in/],
  ["Opening COM3: File not found", "retry", /plug the adapter in/],
  [
    "Error: Inappropriate ioctl for device setting custom baud rate of 9600",
    "final",
    /serial port/,
  ],
  ["Error: Is a directory, cannot open /dev", "final", /serial port/],
  ["Error baud rate of 7 is not supported on your platform", "final", /settings/],
  ["Open (SetCommState): The parameter is incorrect", "final", /settings/],
  ["Port is not open", "retry", /cable/],
  ["bad file descriptor", "retry", /cable/],
];

export const suite = defineSuite("byte-link classify", ({ describe, test, expect }) => {
  test("an error code says whether to try again", () => {
    for (const [disposition, list] of Object.entries(codes)) {
      for (const code of list) {
        const thrown = Object.assign(new Error(`connect ${code}`), { code });
        const error = classifyLinkError(thrown);
        expect([code, error.disposition]).toEqual([code, disposition]);
        expect(error.hostError).toBe(code);
        expect(error.cause).toBe(thrown);
      }
    }
  });

  test("SER-2: the name of a DOMException says whether to try again", () => {
    for (const [disposition, list] of Object.entries(names)) {
      for (const name of list) {
        const error = classifyLinkError(new DOMException("It failed.", name));
        expect([name, error.disposition]).toEqual([name, disposition]);
        expect(error.hostError).toBe(name);
      }
    }
  });

  test("SER-2: a TypeError or RangeError is final", () => {
    expect(classifyLinkError(new TypeError("no")).disposition).toBe("final");
    expect(classifyLinkError(new RangeError("no")).disposition).toBe("final");
  });

  test("the texts of serialport are understood, though they carry no code", () => {
    for (const [text, disposition, remedy] of serialportTexts) {
      const error = classifyLinkError(new Error(text));
      expect([text, error.disposition]).toEqual([text, disposition]);
      expect(error.message).toMatch(remedy);
    }
  });

  test("a port that the system refuses names the group to join", () => {
    const thrown = Object.assign(new Error("EACCES: permission denied, open '/dev/ttyUSB0'"), {
      code: "EACCES",
      path: "/dev/ttyUSB0",
      syscall: "open",
    });
    const error = classifyLinkError(thrown);
    expect(error.disposition).toBe("needsPermission");
    expect(error.message).toContain("Cannot open the port: EACCES");
    expect(error.message).toContain("dialout");
  });

  describe("the message", () => {
    test("names the action, what happened and the remedy, without a full stop", () => {
      const thrown = new DOMException("Failed to open serial port.", "NetworkError");
      expect(classifyLinkError(thrown, { action: "open the serial port" }).message).toBe(
        "Cannot open the serial port: Failed to open serial port; " +
          "check the cable and the power of the device, and close the other program or tab that " +
          "holds the port",
      );
    });

    test("takes the action from the system call when nobody names one", () => {
      const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:502"), {
        code: "ECONNREFUSED",
        syscall: "connect",
      });
      expect(classifyLinkError(refused).message).toBe(
        "Cannot connect: connect ECONNREFUSED 127.0.0.1:502; " +
          "check that the device is on and listens on this port",
      );
    });

    test("falls back on the code where the host's text is empty (several addresses tried)", () => {
      const tried = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" });
      expect(classifyLinkError(tried).message).toContain("Cannot use the link: ECONNREFUSED; ");
    });
  });

  test("a LinkError comes back as it is", () => {
    const error = new LinkError({ message: "Cannot read", disposition: "final" });
    expect(classifyLinkError(error)).toBe(error);
    expect(error).toBeInstanceOf(ActorError);
    expect(error.code).toBe("link-failed");
    expect(error.cause).toBeUndefined();
  });

  test("an error's own disposition is kept, and so is its text", () => {
    const own = Object.assign(new Error("Cannot choose: two ports fit"), {
      code: "ambiguous-port",
      disposition: "needsPermission",
    });
    const error = classifyLinkError(own);
    expect(error.disposition).toBe("needsPermission");
    expect(error.message).toBe("Cannot choose: two ports fit");
    expect(error.cause).toBe(own);
  });

  test("what the host lacks is final, and its remedy is kept", () => {
    const lacking = new UnsupportedError({
      capability: "Web Serial",
      host: "this host",
      alternative: "use another",
    });
    const error = classifyLinkError(lacking);
    expect(error.disposition).toBe("final");
    expect(error.message).toBe("Cannot use Web Serial on this host: use another");
  });

  test("an unknown error is retried", () => {
    const odd = Object.assign(new Error("odd"), { code: "EODD", disposition: "maybe" });
    expect(classifyLinkError(odd).disposition).toBe("retry");
    expect(classifyLinkError(odd).message).toBe(
      "Cannot use the link: odd; the link is opened again",
    );
  });

  test("anything may be thrown, and nothing is thrown on", () => {
    const bare: unknown = Object.create(null);
    for (const thrown of ["text", 7, null, undefined, Symbol("s"), {}, bare, () => {}]) {
      const error = classifyLinkError(thrown);
      expect(error).toBeInstanceOf(LinkError);
      expect(error.disposition).toBe("retry");
    }
    expect(classifyLinkError("text").message).toContain("Cannot use the link: text; ");
  });

  test("SER-2: overrun, break, framing and parity errors are recoverable, others are not", () => {
    for (const name of ["BufferOverrunError", "BreakError", "FramingError", "ParityError"]) {
      expect(isRecoverableReadError(new DOMException("x", name))).toBe(true);
    }
    for (const name of ["NetworkError", "UnknownError", "InvalidStateError", "AbortError"]) {
      expect(isRecoverableReadError(new DOMException("x", name))).toBe(false);
    }
    expect(isRecoverableReadError(undefined)).toBe(false);
    expect(isRecoverableReadError("BreakError")).toBe(false);
  });
});
