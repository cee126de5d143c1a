// The entry `troupe/serial` of Node: Node's own serial ports, and all of the web's.
//
// Owns the list of names only. Web Serial comes along for hosts that have it under Node's conditions
// (Electron), and because a client's types are the same for both.

export * from "../../src/adapters/serial/index.js";
export { serialPort } from "./serialport.js";
