// The entry `troupe/sse`: a supervised client of server-sent events, and its parts for other uses.
//
// Owns the list of public names. The parser and the classification stand alone: a server or a test
// can use them without a client.

/// <reference lib="esnext.disposable" preserve="true" />

export type { ConnectionStatus } from "../connection.js";
export { ConnectTimeout } from "../connection-times.js";
export type { PerAttempt } from "../per-attempt.js";
export {
  type SubscribeOptions,
  type Subscription,
  SubscriptionFull,
  type SubscriptionOverflow,
} from "../subscription.js";
export {
  type Classify,
  type ClassifyContext,
  classify,
  type SseDecision,
  type SseResponse,
} from "./classify.js";
export { type EventSourceHandle, eventSource } from "./client.js";
export { EventTooLarge, SseLost, SseRefused, SseStalled, SseUnavailable } from "./errors.js";
export type { EventSourceOptions, Fetch, Visibility } from "./options.js";
export {
  createEventStreamParser,
  type EventStreamParser,
  type EventStreamParserOptions,
  type ServerSentEvent,
} from "./parser.js";
export type { EventSourceStatus, EventSourceView } from "./session.js";
