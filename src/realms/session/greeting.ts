// Greeting: how two realms begin to speak: hello, welcome, or bye.
//
//   opener ── hello ──►  server        welcome.ts judges who is let in
//   opener ◄── welcome ─ server
//
// Owns what each side says of itself, what it must be told before anything else is understood (a version,
// a codec, the length of a packet, the leader's number), and the side that opens. What follows it is
// reception.ts; how long it may take is session.ts.

import { inWords, isCount, wrong } from "../wire/frame-checks.js";
import type { LinkLoss } from "../wire/link.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import {
  type Frame,
  type Hello,
  OLDEST_VERSION,
  type Welcome,
  WIRE_VERSION,
} from "../wire/wire.js";
import type { Channel } from "./channel.js";
import { CREDIT } from "./peer-limits.js";
import type { Realm } from "./realm.js";

/** What a greeting is for: a session. */
export interface Greeter {
  readonly realm: Realm;
  readonly channel: Channel;
  /** Told once what the other side says of itself. */
  open(peer: Hello | Welcome): void;
  /** Nothing will come of it. */
  lose(loss: LinkLoss): void;
}

/** One side of a greeting. */
export interface Greeting {
  /** The first frame of whoever opened the link. */
  begin?(): void;
  /** Takes a frame that came before the two know each other. Throws {@link MalformedFrame}. */
  take(frame: Frame): void;
  /** What may be wrong while nothing comes of it, if that is not the link: see {@link Link.hint}. */
  readonly hint?: string | undefined;
}

/** Makes the greeting of a session. */
export type Greet = (session: Greeter) => Greeting;

/** The shortest longest packet a peer may name: an error must fit. */
const SMALLEST_FRAME = 4_096;

/** The greeting of whoever opened the link: it says hello. `auth` is shown to the other's `authenticate`. */
export function greetWith(auth: unknown): Greet {
  return (session) => {
    const { channel } = session;
    return {
      begin() {
        const { codec } = channel;
        channel.post({
          t: "hello",
          min: OLDEST_VERSION,
          max: WIRE_VERSION,
          codecs: [codec.name],
          ...introduction(session),
          ...(auth === undefined ? {} : { auth: codec.encode(auth, [], "auth") }),
        });
      },

      take(frame) {
        if (frame.t !== "welcome") throw unexpected(frame);
        checkGreeting(channel, frame, frame.v, frame.v, [frame.codec]);
        channel.link.epochs?.saw(frame.epoch ?? 0, true);
        session.open(frame);
      },
    };
  };
}

/** What both sides say of themselves. */
export function introduction({
  realm,
  channel: {
    codec,
    guests,
    limits,
    link: { epochs },
  },
}: Greeter): Pick<Hello, "realm" | "incarnation" | "maxFrame" | "credit" | "maxRefs" | "epoch"> {
  return {
    realm: realm.name,
    incarnation: realm.incarnation,
    // Infinity is no JSON.
    maxFrame: Math.min(codec.maxFrameBytes, Number.MAX_SAFE_INTEGER),
    credit: guests ? CREDIT : 2 * CREDIT,
    maxRefs: guests ? Math.min(limits.maxRefs, Number.MAX_SAFE_INTEGER) : undefined,
    ...(epochs === undefined ? {} : { epoch: epochs.current }),
  };
}

/** Throws {@link MalformedFrame} for a greeting after which the two could not understand each other. */
export function checkGreeting(
  { codec: { name } }: Channel,
  { incarnation, maxFrame, credit, maxRefs = 1 }: Hello | Welcome,
  min: number,
  max: number,
  codecs: unknown,
): void {
  if (!isCount(min) || !isCount(max) || max < OLDEST_VERSION || min > WIRE_VERSION) {
    const spoken = `${OLDEST_VERSION} to ${WIRE_VERSION}`;
    throw new MalformedFrame(
      `it speaks versions ${inWords(min)} to ${inWords(max)}, where ${spoken} are spoken: reload the older side`,
    );
  }
  if (!Array.isArray(codecs) || !codecs.includes(name)) {
    throw new MalformedFrame(`it does not speak the codec ${name}`);
  }
  const isWhole =
    isCount(credit) &&
    isCount(maxRefs) &&
    typeof maxFrame === "number" &&
    maxFrame >= SMALLEST_FRAME;
  if (typeof incarnation !== "string" || incarnation === "" || !isWhole) {
    throw new MalformedFrame("a hello without its fields");
  }
}

/** The error of a frame that is no greeting. */
export function unexpected({ t }: Frame): MalformedFrame {
  return wrong("the first frame", t);
}
