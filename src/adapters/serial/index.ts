// The entry `troupe/serial` of browsers: byte links over Web Serial.
//
// Owns the list of public names, with the types of a link so that a transport of one's own can be
// written against them. Node's entry adds its own `serialPort` to these.

export type {
  ByteDuplex,
  Connect,
  ConnectOptions,
  LinkTimers,
  SerialOutputSignals,
} from "../byte-link/byte-duplex.js";
export { type LinkDisposition, LinkError } from "../byte-link/errors.js";
export { AmbiguousPort } from "./ambiguous-port.js";
export { type RequestWebSerialPortOptions, requestWebSerialPort } from "./request-port.js";
export { type WebSerialOptions, webSerial } from "./web-serial.js";
export type {
  WebSerial,
  WebSerialFilter,
  WebSerialOpenOptions,
  WebSerialPort,
  WebSerialPortInfo,
} from "./web-serial-api.js";
