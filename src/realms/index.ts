// troupe/realms: actors in other realms, which are pages, workers, threads, tabs and processes.
//
// Named exports only. This is the part that all hosts share; each host's entry adds what needs it: serve,
// and the way from a worker to whoever started it.

export { type BroadcastOptions, broadcastLink, broadcastListener } from "./broadcast-link.js";
export type { LinkStatus } from "./channel.js";
export type { CodecLimits } from "./codec.js";
export { NoMethod, NotServable, NotServed, PeerBusy, RealmSilent } from "./errors.js";
export { logFrames } from "./frame-log.js";
export type { Place, PlaceOptions } from "./lease.js";
export { type Link, type LinkCapabilities, type LinkLoss, LinkLost } from "./link.js";
export { type LinkOf, linkOf } from "./link-of.js";
export type { Listener } from "./listener.js";
export { MalformedFrame } from "./malformed-frame.js";
export {
  type MessagePortLinkOptions,
  messagePortLink,
  messagePortListener,
  type PortLike,
} from "./message-port-link.js";
export { type ParentPort, parentListenerOn } from "./parent-listener.js";
export type { PeerLimits } from "./peer-limits.js";
export { type PlaceKind, placeOf } from "./place.js";
export { iframe, messagePort, parentWindow, sharedWorker, worker } from "./places.js";
export {
  type MakePool,
  type Pool,
  type PoolHost,
  type PoolOptions,
  type PoolView,
  poolOf,
  poolOn,
} from "./pool.js";
export { JobLost, PoolFailed, QueueFull } from "./pool-errors.js";
export type { PoolSnapshot } from "./pool-program.js";
export type { LoggedFrame } from "./realm.js";
export { remote } from "./remote.js";
export { type ErrorClass, type ErrorClasses, RemoteError } from "./remote-error.js";
export { type Served, type ServeOptions, serveOn } from "./serve.js";
export {
  type SharedWorkerLike,
  sharedWorkerLink,
  sharedWorkerListener,
} from "./shared-worker-link.js";
export type { RawSocket, SocketFeed } from "./socket-end.js";
export {
  type SocketListener,
  type SocketListenerOptions,
  socketListener,
} from "./socket-listener.js";
export { type Tabs, type TabsOptions, tabs } from "./tabs.js";
export { transfer } from "./transfer.js";
export {
  type EventSocket,
  type WebSocketLinkOptions,
  webSocketLink,
  webSocketRealm,
} from "./websocket-link.js";
export {
  type OwnWindow,
  type WindowLike,
  type WindowLinkOptions,
  type WindowListenerOptions,
  windowLink,
  windowListener,
} from "./window-link.js";
export { type WorkerLike, type WorkerLinkOptions, workerLink } from "./worker-link.js";
