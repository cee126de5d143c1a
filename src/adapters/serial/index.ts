// The entry `troupe/serial` of browsers: byte links over Web Serial.
//
// Owns the list of public names, with those of every byte link, so that a client or a transport of
// one's own can be written. Node's entry puts its own `serialPort` in the place of this one's.

export {
  type ByteDuplex,
  type ClassifyContext,
  type Connect,
  type ConnectOptions,
  classifyLinkError,
  type LinkDisposition,
  LinkError,
  type LinkTimers,
  type Pump,
  type PumpOptions,
  type PumpStats,
  type SerialOutputSignals,
  startPump,
} from "../byte-link/index.js";
export { AmbiguousPort } from "./ambiguous-port.js";
export { type RequestWebSerialPortOptions, requestWebSerialPort } from "./request-port.js";
export {
  type NodeSerialPort,
  type SerialPortConstructor,
  type SerialPortOptions,
  serialPort,
} from "./serial-port.js";
export { type WebSerialOptions, webSerial } from "./web-serial.js";
export type {
  WebSerial,
  WebSerialFilter,
  WebSerialOpenOptions,
  WebSerialPort,
  WebSerialPortInfo,
} from "./web-serial-api.js";
