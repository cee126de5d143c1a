// The entry `troupe/tcp` of hosts without sockets: the same names, whose functions say what to do.
//
// Owns the list of names. The links come along because a server of one's own needs them: to read what
// it accepted (`startPump`), to understand its errors (`classifyLinkError`). platform/node/tcp.ts puts
// Node's functions in the place of these.

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
export {
  type TcpDuplex,
  type TcpListener,
  type TcpListenOptions,
  type TcpOptions,
  tcp,
  tcpListen,
} from "./tcp.js";
