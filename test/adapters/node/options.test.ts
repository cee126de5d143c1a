// What a user of Node's links reads when an option is wrong: the value as it was written, and what is
// allowed. Opens nothing.
import { expect, test } from "vitest";
import { serialPort } from "../../../platform/node/serial.js";
import { tcp } from "../../../platform/node/tcp.js";

test("a number that was given as a text is shown as a text", () => {
  expect(() => tcp({ host: "localhost", port: "502" as never })).toThrow(
    new RangeError('port is "502": it must be a whole number, 1 to 65535'),
  );
  expect(() => serialPort({ path: "/dev/ttyUSB0", baudRate: "9600" as never })).toThrow(
    new RangeError('baudRate is "9600": it must be a whole number, 1 to 4294967295'),
  );
});

test("a choice that there is not is shown beside those that there are", () => {
  const options = { path: "/dev/ttyUSB0", baudRate: 9_600, parity: "mark" as never };
  expect(() => serialPort(options)).toThrow(
    new RangeError('parity is "mark": it must be "none" or "even" or "odd"'),
  );
});

test("a missing path or host is named", () => {
  expect(() => serialPort({ baudRate: 9_600 } as never)).toThrow(
    new TypeError("path is undefined: it must be a text that is not empty"),
  );
  expect(() => tcp({ host: "", port: 502 })).toThrow(
    new TypeError('host is "": it must be a text that is not empty'),
  );
});
