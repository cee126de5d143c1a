// eventSource: a client of server-sent events under supervision.
//
// Owns the behaviour and its handle. The life of the client is session.ts, one request is request.ts,
// the format is parser.ts, and connecting again is the Connection's: a lost stream is a state and
// uses up no restart.

import { type Behaviour, Implementation, implementationOf } from "../../behaviours/behaviour.js";
import type { ServerHandle } from "../../behaviours/server-handle.js";
import { stateMachine } from "../../behaviours/state-machine.js";
import type { WithOptions } from "../../kernel/ref.js";
import { type SubscribeOptions, type Subscription, subscribe } from "../subscription.js";
import type { EventSourceOptions } from "./options.js";
import type { ServerSentEvent } from "./parser.js";
import { type EventSourceView, Session } from "./session.js";

/** A ref or handle of an event stream's client. */
export interface EventSourceHandle
  extends ServerHandle<
    {
      /** The snapshot of this moment. */
      status(): EventSourceView;
    },
    {
      /** Connects again now, from any state, `failed` and `ended` included. */
      reconnect(): void;
    },
    EventSourceView
  > {
  /**
   * The events from now on, over lost streams and (through a supervisor's handle) restarts.
   *
   * Up to `max` (default 100) wait for a slow consumer; then, with the default overflow `block`, the
   * stream is not read on until there is room. `break` unsubscribes. Events that come while nobody
   * is subscribed are gone, as with the browser's `EventSource`: to miss none, use `onEvent`.
   *
   * The iteration ends when the client was stopped or the server said 204. It throws `SseRefused`
   * or `EventTooLarge` when the client has failed, `ActorExit` when it crashed for good.
   */
  events(options?: SubscribeOptions): Subscription<ServerSentEvent>;
  with(options: WithOptions): EventSourceHandle;
}

const machine = stateMachine({
  id: "eventSource",
  init: (self, options: EventSourceOptions) => {
    const session = new Session(self, options);
    return { state: session.first, data: session };
  },
  states: { connecting: {}, open: {}, waiting: {}, needsPermission: {}, failed: {} },
  always: {
    enter: (self) => self.data.entered(self),
    info: (self, message) => self.data.info(self, message),
    stateTimeout: (self) => self.data.timeout(self),
    call: { status: (self) => self.data.view(self.state) },
    cast: { reconnect: (self) => self.data.reconnect(self) },
  },
  view: (state, session) => session.view(state),
});

const { program, refClass: MachineRef } = implementationOf(machine);

class EventSourceRef extends MachineRef {
  events(options: SubscribeOptions = {}): Subscription<ServerSentEvent> {
    return subscribe(this, options, { max: 100, overflow: "block" });
  }
}

/**
 * A client of an event stream: connects, resumes with `Last-Event-ID`, and comes back by itself.
 *
 * The snapshot's `status` is `connecting`, `open`, `waiting` (for the next attempt), `failed` (the
 * same request would fail again: `SseRefused`, `EventTooLarge`) or `ended` (the server said 204, or
 * a stream ended that is not repeated). `failed` and `ended` are states too: only `reconnect`
 * leaves them, and the process lives on. An end of a stream by the server is no error: the client
 * connects again.
 *
 * Attempts are spread by full-jitter backoff, never sooner than the server's `retry` or Retry-After;
 * a first event, or `stableMs`, starts it afresh. Coming online or visible wakes a client that waits.
 *
 * **How to supervise.** As a permanent child; a crash is a bug in `onEvent`. A restart begins anew
 * with the option `lastEventId`.
 *
 * **When not to use it.** For data in both directions use `webSocket`.
 *
 * @throws TypeError or RangeError (as the cause of StartFailed) for an option that is wrong.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * @example
 * ```ts
 * const App = supervisor({
 *   children: (child) => ({
 *     prices: child(eventSource, [
 *       { url, headers: async () => ({ authorization: await token() }) },
 *     ]),
 *   }),
 * });
 * const app = await system.start(App);
 * for await (const { type, data } of app.child.prices.events()) console.log(type, data);
 * ```
 */
export const eventSource: Behaviour<[options: EventSourceOptions], EventSourceHandle> =
  new Implementation(program, EventSourceRef) as never;
