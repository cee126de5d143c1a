// The entry `troupe/websocket`: a supervised client of WebSockets, a link of bytes over one, and
// their parts for other uses.
//
// Owns the list of public names. The outbox and the classes of close codes stand alone.

/// <reference lib="esnext.disposable" preserve="true" />

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
  type BinarySocket,
  duplexOfWebSocket,
  type SocketEvent,
  type WebSocketDuplexOptions,
} from "../byte-link/socket-duplex.js";
export {
  type LinkUrl,
  type WebSocketBytesOptions,
  type WebSocketConstructor,
  webSocketBytes,
} from "../byte-link/websocket-bytes.js";
export type { ConnectionStatus } from "../connection.js";
export { ConnectTimeout } from "../connection-times.js";
export type { PerAttempt } from "../per-attempt.js";
export {
  type SubscribeOptions,
  type Subscription,
  SubscriptionFull,
  type SubscriptionOverflow,
} from "../subscription.js";
export { type SendOptions, type WebSocketHandle, webSocket } from "./client.js";
export {
  type CloseClass,
  type CloseClassOptions,
  type CloseInfo,
  classifyClose,
  FATAL_CLOSE_CODES,
} from "./close-class.js";
export {
  HandshakeFailed,
  HeartbeatLost,
  InboxFull,
  MessageDropped,
  OutboxFull,
  SocketClosed,
  SocketRefused,
} from "./errors.js";
export type { OutboxData } from "./message-bytes.js";
export type { HeartbeatOptions, SocketMessage, WebSocketOptions } from "./options.js";
export {
  createOutbox,
  type Outbox,
  type OutboxOptions,
  type OutboxPolicy,
  type OutboxPushOptions,
} from "./outbox.js";
export type { DropReason, OutboxEntry, OutboxOutcome } from "./outbox-entry.js";
export type { WebSocketStatus, WebSocketView } from "./session.js";
export type { SocketConstructor, SocketLike } from "./socket.js";
