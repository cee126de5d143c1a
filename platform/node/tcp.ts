// The entry `troupe/tcp` of Node, Deno and Bun: TCP, and what every byte link has.
//
// Owns the list of names only: all of the neutral entry's, whose two functions are replaced by those
// that have sockets.

export * from "../../src/adapters/tcp/index.js";
export { tcp, tcpListen } from "./tcp-socket.js";
