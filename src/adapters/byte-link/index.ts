// What every entry of a byte link gives beside its own transport: the shape of a link, its reader and
// the meaning of its errors.
//
// Owns the list of names. It is no entry by itself: `troupe/serial`, `troupe/tcp` and
// `troupe/websocket` pass it on, so that a client of one's own needs no second import.

export type {
  ByteDuplex,
  Connect,
  ConnectOptions,
  LinkTimers,
  SerialOutputSignals,
} from "./byte-duplex.js";
export { type ClassifyContext, classifyLinkError } from "./classify.js";
export { type LinkDisposition, LinkError } from "./errors.js";
export { type Pump, type PumpOptions, type PumpStats, startPump } from "./pump.js";
