// troupe/realms: actors in other realms, which are pages, workers, threads, tabs and processes.
//
// Named exports only. This is the part that all hosts share; each host's entry adds what needs it: serve,
// and the way from a worker to whoever started it.

export { type BroadcastOptions, broadcastLink, broadcastListener } from "./links/broadcast-link.js";
export type { Listener } from "./links/listener.js";
export {
  type MessagePortLinkOptions,
  messagePortLink,
  messagePortListener,
  type PortLike,
} from "./links/message-port-link.js";
export { type ParentPort, parentListenerOn } from "./links/parent-listener.js";
export {
  type SharedWorkerLike,
  sharedWorkerLink,
  sharedWorkerListener,
} from "./links/shared-worker-link.js";
export type { RawSocket, SocketFeed } from "./links/socket-end.js";
export {
  type SocketListener,
  type SocketListenerOptions,
  socketListener,
} from "./links/socket-listener.js";
export {
  type EventSocket,
  type WebSocketLinkOptions,
  webSocketLink,
} from "./links/websocket-link.js";
export {
  type OwnWindow,
  type WindowLike,
  type WindowLinkOptions,
  type WindowListenerOptions,
  windowLink,
  windowListener,
} from "./links/window-link.js";
export { type WorkerLike, type WorkerLinkOptions, workerLink } from "./links/worker-link.js";
export type { Place, PlaceOptions } from "./places/lease.js";
export type { BackoffTimes } from "./places/outage.js";
export { type PlaceKind, placeOf } from "./places/place.js";
export { iframe, messagePort, parentWindow, sharedWorker, worker } from "./places/places.js";
export { type Hint, remote, type UntypedBehaviour, type UntypedHandle } from "./places/remote.js";
export { webSocketRealm } from "./places/websocket-realm.js";
export {
  type MakePool,
  type Pool,
  type PoolHost,
  type PoolOptions,
  type PoolView,
  poolOf,
  poolOn,
} from "./pools/pool.js";
export { JobLost, PoolFailed, QueueFull } from "./pools/pool-errors.js";
export type { PoolSnapshot } from "./pools/pool-program.js";
export type { LinkStatus } from "./session/channel.js";
export { logFrames } from "./session/frame-log.js";
export { type LinkOf, linkOf } from "./session/link-of.js";
export type { PeerLimits } from "./session/peer-limits.js";
export type { LoggedFrame } from "./session/realm.js";
export { type Served, type ServeOptions, serveOn } from "./session/serve.js";
export { type Tabs, type TabsOptions, tabs } from "./tabs/tabs.js";
export type { Codec, CodecFactory, CodecLimits } from "./values/codec.js";
export { jsonCodec } from "./values/json-codec.js";
export { type ErrorClass, type ErrorClasses, RemoteError } from "./values/remote-error.js";
export { transfer } from "./values/transfer.js";
export { NoMethod, NotServable, NotServed, PeerBusy, RealmSilent } from "./wire/errors.js";
export {
  type Link,
  type LinkCapabilities,
  type LinkLoss,
  LinkLost,
  type Movable,
} from "./wire/link.js";
export { MalformedFrame } from "./wire/malformed-frame.js";
