// The entry `troupe/tcp`: TCP in Node, and what every byte link has.
//
// Owns the list of names only. The links come along because a server of one's own needs them: to
// read what it accepted (`startPump`), to understand its errors (`classifyLinkError`).

export * from "../../src/adapters/byte-link/index.js";
export {
  type TcpDuplex,
  type TcpListener,
  type TcpListenOptions,
  type TcpOptions,
  tcp,
  tcpListen,
} from "./tcp-socket.js";
