// Reception: what each frame of the other side means, as one switch.
//
// Owns the way from a frame to the part of the session that deals with it, the numbers of requests, which
// only rise, and what none but a realm of our own may ask for. What it does with actors is incoming.ts and
// serving.ts for ours, imports.ts for theirs; the first frames of all are greeting.ts.

import type { CallRequest } from "../../kernel/call-request.js";
import { CALL, CAST, STREAM } from "../../kernel/operation.js";
import { NotServed } from "../wire/errors.js";
import { inWords, isCount, listOf, wrong } from "../wire/frame-checks.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import { argumentsOf } from "../wire/runs.js";
import type { Frame } from "../wire/wire.js";
import type { Channel } from "./channel.js";
import type { Exports } from "./exports.js";
import type { Imports } from "./imports.js";
import type { Incoming } from "./incoming.js";
import type { Serving } from "./serving.js";

/** The parts of a session that frames are for. */
export interface Receivers {
  readonly channel: Channel;
  readonly imports: Imports;
  readonly exports: Exports;
  readonly incoming: Incoming;
  /** Null in a realm that serves nothing: a page, to its workers. */
  readonly serving: Serving | null;
}

/** What one session does with frames, once both sides have greeted. */
export class Reception {
  readonly #to: Receivers;
  /** The number of the last request of the other side. */
  #lastRequest = 0;

  constructor(to: Receivers) {
    this.#to = to;
  }

  /** Deals with one frame. Throws {@link MalformedFrame} for what cannot be understood. */
  take(frame: Frame): void {
    const { channel, imports, exports, incoming, serving } = this.#to;
    const { codec, signals } = channel;
    switch (frame.t) {
      case "call":
      case "offer": {
        const { t, id, to, m, args, ttl, from } = frame;
        this.#fresh(id);
        incoming.call(t === "call" ? CALL : CAST, id, to, m, args, ttl, from);
        break;
      }
      case "calls": {
        const { id, to, m, ttl } = frame;
        const list = argumentsOf(frame);
        let next = this.#fresh(id, list.length);
        for (const args of list) incoming.call(CALL, next++, to, m, args, ttl);
        break;
      }
      case "cast":
        incoming.cast(frame.to, frame.m, [frame.args]);
        break;
      case "casts":
        incoming.cast(frame.to, frame.m, argumentsOf(frame));
        break;
      case "send":
        channel.guests?.deny(frame.t);
        incoming.send(frame);
        break;
      case "reply":
        if ("error" in frame) this.#replied(requestOf(frame), frame.error, "reject");
        else this.#replied(requestOf(frame), frame.ok);
        break;
      case "replies": {
        let next = requestOf(frame);
        for (const ok of listOf(frame.ok)) this.#replied(next++, ok);
        break;
      }
      case "cancel":
        if (!serving?.cancel(requestOf(frame))) incoming.cancel(frame);
        break;
      case "stream-open": {
        const { id, to, m, args, ttl, from, credit } = frame;
        this.#fresh(id);
        incoming.call(STREAM, id, to, m, args, ttl, from, credit);
        break;
      }
      case "stream-next":
        channel.streams.next(frame);
        break;
      case "stream-end":
        channel.streams.end(frame);
        break;
      case "stream-credit":
        channel.streams.credit(frame);
        break;
      case "stream-stop":
        channel.streams.stop(frame.id);
        channel.post({ t: "cancelled", id: frame.id });
        break;
      case "cancelled":
        channel.stopped(frame.id);
        break;
      case "fall":
        imports.fall(frame.of, codec.decodeReason(frame.reason), frame.final);
        break;
      case "down":
        imports.down(
          frame.of,
          codec.decodeReason(frame.reason),
          frame.final,
          codec.decode(frame.failure),
        );
        break;
      case "up":
        imports.up(frame.of);
        break;
      case "credit":
        if (!isCount(frame.n)) throw wrong("credit", frame.n);
        imports.find(frame.to)?.grant(frame.n);
        break;
      case "monitor":
        exports.monitor(frame.to);
        break;
      case "demonitor":
        exports.demonitor(frame.to, frame.n);
        break;
      case "watch":
        exports.view(frame.to, frame.on);
        break;
      case "view":
        imports.find(frame.of)?.show(codec.decode(frame.value));
        break;
      case "ping":
        channel.check(frame.n);
        channel.ping("pong");
        break;
      case "pong":
        channel.check(frame.n);
        break;
      case "abort":
        signals.abort(frame.id, codec.decode(frame.reason));
        break;
      case "release":
        signals.released(listOf(frame.ids) as readonly number[]);
        break;
      case "link":
      case "unlink":
        channel.guests?.deny(frame.t);
        incoming.link(frame);
        break;
      case "exit":
        channel.guests?.deny(frame.t);
        incoming.exit(frame);
        break;
      case "stop":
        channel.guests?.deny(frame.t);
        incoming.stop(frame);
        break;
      case "start":
        this.#fresh(frame.id);
        if (serving !== null) serving.start(frame);
        else {
          const why = "nothing is served there";
          incoming.refuse(frame.id, new NotServed("start", inWords(frame.behaviour), why));
        }
        break;
      default:
        if ((frame as { optional?: unknown }).optional === true) return;
        throw wrong("the kind of a frame", (frame as Frame).t);
    }
    // What nobody holds.
    if (signals.came.length > 0) signals.release(signals.came.splice(0));
  }

  #replied(id: number, answer: unknown, how: "resolve" | "reject" = "resolve"): void {
    const { channel } = this.#to;
    // Before it is taken out: who waits must hear of a link that ends for what cannot be read. And if nobody
    // waits, for what came with it.
    const value = channel.codec.decode(answer);
    const pending = channel.pending.take(id);
    if (pending === undefined) return;
    channel.signals.hold((pending as CallRequest).owner);
    pending[how](value);
  }

  /**
   * The numbers of requests rise: one that comes twice, or behind a later one, came over a link that
   * cannot be trusted any more. Gives the number.
   */
  #fresh(id: number, count = 1): number {
    if (!isCount(id) || id <= this.#lastRequest) {
      throw wrong(`the request behind ${this.#lastRequest}`, id);
    }
    this.#lastRequest = id + count - 1;
    return id;
  }
}

/** The number of the request that a frame is about, answered or not. */
function requestOf({ t, id }: { readonly t: string; readonly id: number }): number {
  if (isCount(id)) return id;
  throw wrong(`the request of ${t}`, id);
}
