// troupe/testing: what tests of actors stand on: time that stands still, links and ports to cut, and the
// checks of a host of one's own.
//
// Named exports only. These are the tools that the tests of troupe itself use; they need no test
// framework, and nothing of them is in a bundle that does not import this entry.

/// <reference lib="esnext.disposable" preserve="true" />

export { type FakeBody, type FakeFetch, type FakeRequest, fakeFetch } from "./fake-fetch.js";
export { FakeSerial } from "./fake-serial.js";
export {
  FakeSerialDevice,
  FakeSerialPort,
  type RecoverableSerialError,
} from "./fake-serial-port.js";
export { type FakeSocket, type FakeWebSockets, fakeWebSockets } from "./fake-websocket.js";
export {
  type MemoryDuplexPair,
  type MemoryLink,
  type MemoryLinkOptions,
  memoryDuplexPair,
  memoryLink,
} from "./memory-link.js";
export {
  type MemoryRealmLink,
  type MemoryRealmLinkOptions,
  type MemoryRealmWay,
  memoryRealmLink,
} from "./memory-realm-link.js";
export {
  type PlatformCheck,
  type PlatformConformanceOptions,
  platformConformance,
  type Uncaught,
} from "./platform-conformance.js";
export { testSystem } from "./test-system.js";
export { type VirtualClock, virtualPlatform } from "./virtual-platform.js";
