// webSocket: a client of a WebSocket server under supervision.
//
// Owns the behaviour and its handle. The life of the client is session.ts, sending is sender.ts and
// outbox.ts, and connecting again is the Connection's: a lost link is a state and uses up no restart.
// There is no session layer: nothing is numbered, acknowledged or replayed.

import { type Behaviour, Implementation, implementationOf } from "../../behaviours/behaviour.js";
import type { ServerHandle } from "../../behaviours/server-handle.js";
import { stateMachine } from "../../behaviours/state-machine.js";
import type { WithOptions } from "../../kernel/ref.js";
import { type SubscribeOptions, type Subscription, subscribe } from "../subscription.js";
import { isOutboxData, type OutboxData } from "./message-bytes.js";
import type { SocketMessage, WebSocketOptions } from "./options.js";
import type { SendOutcome } from "./sender.js";
import { Session, type WebSocketView } from "./session.js";

/** How a message is sent. */
export interface SendOptions {
  /** How long it may wait for a socket, in milliseconds: more than 0. Default: the outbox's. */
  readonly ttlMs?: number | undefined;
}

/** A ref or handle of a WebSocket's client. */
export interface WebSocketHandle
  extends ServerHandle<
    {
      /** The snapshot of this moment. */
      status(): WebSocketView;
      /** As {@link WebSocketHandle.sendMessage}, with the timeout of every call (5,000 ms). */
      send(message: OutboxData, options?: SendOptions): "sent";
    },
    {
      /** Sends without telling what became of it; `dropped` of the snapshot counts what was not. */
      send(message: OutboxData, options?: SendOptions): void;
      /** Connects again now, from any state, `failed` and `ended` included. */
      reconnect(): void;
    },
    WebSocketView
  > {
  /**
   * Sends a message as soon as a link takes it, in order; while there is none it waits in the
   * outbox. Resolves when a socket took it: that is not delivery, which is at most once. Leave
   * buffers alone until then. An aborted `signal` takes back what still waits.
   *
   * Rejects with `OutboxFull` (policy `reject`), `MessageDropped` (`expired`, `full`, …),
   * `SocketClosed` when the client has failed, `ActorExit` when it ends, and TypeError or RangeError
   * for what cannot be sent.
   */
  sendMessage(
    message: OutboxData,
    options?: SendOptions & { readonly signal?: AbortSignal | undefined },
  ): Promise<"sent">;
  /** As `cast.send`, for the habit of sockets; what no socket can send is a plain message to `info`. */
  send(message: unknown): boolean;
  /**
   * The messages from now on, over lost links and (through a supervisor's handle) restarts.
   *
   * Up to `max` (default 1,000) wait for a slow consumer; then, with the default overflow `fail`, its
   * iteration throws `SubscriptionFull`. `block` pauses the socket, where it can pause (the package
   * ws); others are closed after `maxInbox` messages. `break` unsubscribes. Messages that come while
   * nobody is subscribed are gone: to miss none, use `onMessage`.
   *
   * The iteration ends when the client was stopped or the server closed with 1000. It throws
   * `SocketClosed` when the client has failed, `ActorExit` when it crashed for good.
   */
  messages(options?: SubscribeOptions): Subscription<SocketMessage>;
  with(options: WithOptions): WebSocketHandle;
}

const machine = stateMachine({
  id: "webSocket",
  init: (self, options: WebSocketOptions) => ({
    state: "connecting",
    data: new Session(self, options),
  }),
  states: { connecting: {}, open: {}, waiting: {}, needsPermission: {}, failed: {} },
  always: {
    enter: (self) => self.data.entered(self),
    info: (self, message) => self.data.info(self, message),
    stateTimeout: (self) => self.data.timeout(self),
    call: {
      status: (self) => self.data.view(self.state),
      send: (self, message: OutboxData, { ttlMs }: SendOptions = {}) => {
        const early: { outcome?: SendOutcome } = {};
        let settle = (outcome: SendOutcome): void => {
          early.outcome = outcome;
        };
        let takeBack: () => void;
        try {
          takeBack = self.data.sender.push(message, ttlMs, (end) => settle(end));
        } catch (error) {
          return self.reject(error as Error);
        }
        // Most messages go out at once, and need neither a promise nor the caller's signal.
        const { outcome } = early;
        if (outcome === "sent") return outcome;
        if (outcome !== undefined) return self.reject(outcome.why as Error);
        const { signal } = self.from;
        signal.addEventListener("abort", takeBack);
        return self.replyWith(
          new Promise<"sent">((resolve, reject) => {
            settle = (end) => {
              // Whoever gave up has its answer; the end of this process is told by the system.
              if (signal.aborted) return;
              signal.removeEventListener("abort", takeBack);
              if (end === "sent") resolve(end);
              else reject(end.why);
            };
          }),
        );
      },
    },
    cast: {
      send(self, message: OutboxData, { ttlMs }: SendOptions = {}) {
        try {
          self.data.sender.push(message, ttlMs, () => {});
        } catch (error) {
          // Nobody waits for it, and a sender's mistake is no reason to lose the link.
          self.data.sender.refused();
          self.log.warn("a message was not sent", error);
        }
      },
      reconnect: (self) => self.data.reconnect(self),
    },
  },
  view: (state, session) => session.view(state),
});

const { program, refClass: MachineRef } = implementationOf(machine);

class WebSocketRef extends MachineRef {
  override send(message: unknown): boolean {
    if (!isOutboxData(message)) return super.send(message);
    return (this as unknown as WebSocketHandle).cast.send(message);
  }

  sendMessage(
    message: OutboxData,
    options: SendOptions & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<"sent"> {
    const { signal, ttlMs } = options;
    const timeoutMs = this.options?.timeoutMs ?? Number.POSITIVE_INFINITY;
    const patient = this.with(signal === undefined ? { timeoutMs } : { timeoutMs, signal });
    return (patient as unknown as WebSocketHandle).call.send(message, { ttlMs });
  }

  messages(options: SubscribeOptions = {}): Subscription<SocketMessage> {
    return subscribe(this, options, { max: 1_000, overflow: "fail" });
  }
}

/**
 * A client of a WebSocket: connects, keeps what is to be sent while there is no link, and comes back
 * by itself.
 *
 * The snapshot's `status` is `connecting`, `open`, `waiting` (for the next attempt), `failed` (the
 * server closed with a code that is final, see `classifyClose`) or `ended` (1000, a normal end).
 * `failed` and `ended` are states too: only `reconnect` leaves them, and the process lives on.
 *
 * **At most once.** A message is sent once, in order, and whether it arrived is not known: what was
 * in a socket's buffer when the link was cut is gone. Number and acknowledge what must not be lost.
 *
 * **A link that dies without a sign** is found out by `heartbeat` only, and so is one whose far end
 * never reads: what is sent then fills the socket's buffer up to `highWaterBytes`, then the outbox.
 *
 * **How to supervise.** As a permanent child; a crash is a bug in `onMessage`. What waits to be sent
 * is refused then.
 *
 * **When not to use it.** For events in one direction use `eventSource`; for bytes of a device use
 * `webSocketBytes`.
 *
 * @throws TypeError or RangeError (as the cause of StartFailed) for an option that is wrong.
 * @see https://websockets.spec.whatwg.org/
 *
 * @example
 * ```ts
 * const App = supervisor({
 *   children: (child) => ({
 *     chat: child(webSocket, [
 *       { url: async () => `wss://chat.example/?token=${await token()}`, heartbeat: { everyMs: 15_000 } },
 *     ]),
 *   }),
 * });
 * const app = await system.start(App);
 * await app.child.chat.sendMessage("hello", { ttlMs: 30_000 });
 * for await (const message of app.child.chat.messages()) console.log(message);
 * ```
 */
export const webSocket: Behaviour<[options: WebSocketOptions], WebSocketHandle> =
  new Implementation(program, WebSocketRef) as never;
