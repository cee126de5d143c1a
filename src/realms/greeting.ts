// Greeting: how two realms begin to speak: hello, welcome, or bye.
//
// Owns what each side says of itself, what it must be told before anything else is understood (a version,
// a codec, the length of a packet, the leader's number), and the judgement of who is allowed in. What follows
// it is reception.ts; how long it may take is session.ts.

import type { Channel } from "./channel.js";
import { inWords, isCount } from "./frame-checks.js";
import { CREDIT } from "./incoming.js";
import type { Link, LinkLoss } from "./link.js";
import { MalformedFrame } from "./malformed-frame.js";
import type { Realm } from "./realm.js";
import { type Frame, type Hello, OLDEST_VERSION, type Welcome, WIRE_VERSION } from "./wire.js";

/** How one side greets. */
export interface GreetingOptions {
  /** Whether this side opened the link: it says hello. */
  readonly opener: boolean;
  /** What is shown to the other side's `authenticate`. */
  readonly auth?: unknown;
  /** Judges what the other side shows: false or a throw refuses it. */
  readonly authenticate?: ((auth: unknown) => boolean | PromiseLike<boolean>) | undefined;
}

/** The shortest longest packet a peer may name: an error must fit. */
const SMALLEST_FRAME = 4_096;

/** What a peer is told; Infinity is no JSON. */
const maxFrameOf = ({ capabilities: { maxFrameBytes } }: Link): number =>
  Math.min(maxFrameBytes, Number.MAX_SAFE_INTEGER);

/** What a greeting says of leaders, where there are any. */
function epochOf({ epochs }: Link): { readonly epoch?: number } {
  return epochs === undefined ? {} : { epoch: epochs.current };
}

/** The greeting of one session. */
export class Greeting {
  readonly #realm: Realm;
  readonly #channel: Channel;
  readonly #options: GreetingOptions;
  readonly #opened: (peer: Hello | Welcome) => void;
  readonly #lose: (loss: LinkLoss) => void;
  #greeted = false;

  /** `opened` is told once what the other side says of itself; `lose` that nothing will come of it. */
  constructor(
    realm: Realm,
    channel: Channel,
    options: GreetingOptions,
    opened: (peer: Hello | Welcome) => void,
    lose: (loss: LinkLoss) => void,
  ) {
    this.#realm = realm;
    this.#channel = channel;
    this.#options = options;
    this.#opened = opened;
    this.#lose = lose;
  }

  /** Says hello: the first frame of whoever opened the link. */
  hello(): void {
    const channel = this.#channel;
    const realm = this.#realm;
    const options = this.#options;
    channel.post({
      t: "hello",
      min: OLDEST_VERSION,
      max: WIRE_VERSION,
      realm: realm.name,
      incarnation: realm.incarnation,
      codecs: [channel.codec.name],
      maxFrame: maxFrameOf(channel.link),
      credit: CREDIT,
      ...epochOf(channel.link),
      ...(options.auth === undefined ? {} : { auth: channel.codec.encode(options.auth, []) }),
    });
  }

  /** Takes a frame that came before the two know each other. */
  take(frame: Frame): void {
    const { opener, authenticate } = this.#options;
    if (frame.t === "bye") {
      this.#lose({ why: `the other side refused: ${inWords(frame.reason)}` });
    } else if (frame.t === "welcome" && opener) {
      this.#check(frame, frame.v, frame.v, [frame.codec]);
      this.#opened(frame);
    } else if (frame.t === "hello" && !opener && !this.#greeted) {
      this.#greeted = true;
      this.#check(frame, frame.min, frame.max, frame.codecs);
      // A leader that hears of a later one is none any more.
      if (this.#channel.status === "closed") return;
      if (authenticate === undefined) this.#welcome(frame);
      else void this.#authenticate(frame, authenticate);
    } else throw new MalformedFrame(`a frame ${inWords(frame.t)} before hello`);
  }

  /** Throws {@link MalformedFrame} for a greeting after which the two could not understand each other. */
  #check(greeting: Hello | Welcome, min: number, max: number, codecs: unknown): void {
    const { incarnation, maxFrame, credit } = greeting;
    if (!isCount(min) || !isCount(max) || max < OLDEST_VERSION || min > WIRE_VERSION) {
      const spoken = `${OLDEST_VERSION} to ${WIRE_VERSION}`;
      throw new MalformedFrame(
        `it speaks versions ${inWords(min)} to ${inWords(max)} of the wire, where ${spoken} are spoken`,
      );
    }
    const { name } = this.#channel.codec;
    if (!Array.isArray(codecs) || !codecs.includes(name)) {
      throw new MalformedFrame(`it does not speak the codec ${name}`);
    }
    const isWhole = isCount(credit) && typeof maxFrame === "number" && maxFrame >= SMALLEST_FRAME;
    if (typeof incarnation !== "string" || incarnation === "" || !isWhole) {
      throw new MalformedFrame("a hello without its fields");
    }
    const { epochs } = this.#channel.link;
    const { epoch = 0 } = greeting;
    if (this.#options.opener && epochs !== undefined && !(epoch >= epochs.current)) {
      throw new MalformedFrame(`leader ${inWords(epoch)} speaks, where ${epochs.current} is known`);
    }
    epochs?.saw(epoch);
  }

  async #authenticate(
    hello: Hello,
    authenticate: (auth: unknown) => boolean | PromiseLike<boolean>,
  ): Promise<void> {
    let isGood = false;
    const channel = this.#channel;
    try {
      isGood = (await authenticate(channel.codec.decode(hello.auth))) === true;
    } catch (error) {
      this.#realm.root.kernel.fault(error);
    }
    if (channel.status === "closed") return;
    if (isGood) this.#welcome(hello);
    else {
      channel.post({ t: "bye", reason: "not authenticated" });
      this.#lose({ why: "the other side was not authenticated" });
    }
  }

  #welcome(hello: Hello): void {
    const channel = this.#channel;
    const realm = this.#realm;
    channel.post({
      t: "welcome",
      v: Math.min(WIRE_VERSION, hello.max),
      realm: realm.name,
      incarnation: realm.incarnation,
      codec: channel.codec.name,
      maxFrame: maxFrameOf(channel.link),
      credit: CREDIT,
      ...epochOf(channel.link),
    });
    this.#opened(hello);
  }
}
