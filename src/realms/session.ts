// Session: two realms that speak with each other over one link.
//
//   Session ─ Channel (frames out, requests, pulse) ─ Link
//           ├ Imports (their actors, as proxies)      ├ Exports (our actors they know)
//           └ Incoming, Serving (what they want of ours)
//
// Owns the handshake, the meaning of each frame as one switch, and the loss of the link: every proxy ends
// with `noconnection`, every call rejects, everything the peer had started ends. It makes no link: places
// and listeners do.

import { Implementation } from "../behaviours/behaviour.js";
import { spawn } from "../behaviours/gen.js";
import { end } from "../kernel/ending.js";
import { printed } from "../kernel/exit-reason.js";
import type { Process, Program } from "../kernel/process.js";
import { Ref } from "../kernel/ref.js";
import { Alarm } from "../kernel/timers.js";
import { Channel, type LinkTimes, type Pending } from "./channel.js";
import type { CodecFactory, CodecLimits, Resolver } from "./codec.js";
import { expand } from "./compact.js";
import { RealmSilent } from "./errors.js";
import { Exports } from "./exports.js";
import { Imports, refToNobody } from "./imports.js";
import { CREDIT, Incoming } from "./incoming.js";
import { type Link, type LinkLoss, LinkLost } from "./link.js";
import type { SharedStarts } from "./listener.js";
import { MalformedFrame } from "./malformed-frame.js";
import { type PeerLimits, peerLimits } from "./peer-limits.js";
import { actorOf, isProxy } from "./proxy.js";
import type { Realm } from "./realm.js";
import type { RemoteActor } from "./remote-actor.js";
import type { ErrorClasses } from "./remote-error.js";
import { argumentsOf } from "./runs.js";
import { type Catalogue, Serving } from "./serving.js";
import { SessionStreams } from "./session-streams.js";
import { Signals } from "./signals.js";
import { type Frame, type Hello, OLDEST_VERSION, type Welcome, WIRE_VERSION } from "./wire.js";

/** How a session is made. */
export interface SessionOptions extends LinkTimes {
  /** Whether this side opened the link: it says hello. */
  readonly opener: boolean;
  readonly codec: CodecFactory;
  readonly errors?: ErrorClasses | undefined;
  readonly limits?: Partial<CodecLimits & PeerLimits> | undefined;
  readonly catalogue: Catalogue;
  /** The actors that all peers share. Default: each peer starts its own. */
  readonly sharing?: SharedStarts | null;
  /** What is shown to the other side's `authenticate`. */
  readonly auth?: unknown;
  /** Judges what the other side shows: false or a throw refuses it. */
  readonly authenticate?: ((auth: unknown) => boolean | PromiseLike<boolean>) | undefined;
  /** Told when it is over, for whatever reason, with the reason in words where it was lost. */
  readonly onClosed?: (loss: LinkLoss | null) => void;
}

const nothing = (): void => {};

/** The shortest longest packet a peer may name: an error must fit. */
const SMALLEST_FRAME = 4_096;

/** What a peer is told; Infinity is no JSON. */
const maxFrameOf = ({ capabilities: { maxFrameBytes } }: Link): number =>
  Math.min(maxFrameBytes, Number.MAX_SAFE_INTEGER);

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) > 0;

/** What the other side wrote, for an error: never longer than a line, and never run. */
const inWords = (value: unknown): string => printed(value).replace(/^"|"$/g, "").slice(0, 200);

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new MalformedFrame("a frame with a value where a list belongs");
}

/** Two realms over one link. */
export class Session {
  readonly realm: Realm;
  readonly channel: Channel;
  readonly imports: Imports;
  /** Resolves when both have said hello; rejects with LinkLost or RealmSilent. */
  readonly opened: Promise<void>;
  readonly #options: SessionOptions;
  readonly #exports: Exports;
  readonly #incoming: Incoming;
  readonly #serving: Serving;
  readonly #signals: Signals;
  #peer: Process | null = null;
  #peerIncarnation: string | null = null;
  #greeted = false;
  /** The number of the last request of the other side. */
  #lastRequest = 0;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  readonly #silent: Alarm;

  constructor(realm: Realm, link: Link, options: SessionOptions) {
    const { kernel } = realm.root;
    this.realm = realm;
    this.#options = options;
    this.opened = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.opened.catch(nothing);
    const limits = peerLimits(options.limits);
    this.channel = new Channel(link, realm, options, limits, (loss) => this.lose(loss));
    const home = (): Process => this.#home();
    this.imports = new Imports(this.channel, home);
    this.#exports = new Exports(this.channel, () => this.imports.proxies());
    this.#incoming = new Incoming(this.channel, this.#exports);
    this.#serving = new Serving(
      this.channel,
      this.#exports,
      this.#incoming,
      options.catalogue,
      home,
      options.sharing ?? null,
    );
    this.#signals = new Signals(this.channel);
    this.channel.streams = new SessionStreams(this.channel);
    this.channel.refs = this.#resolver();
    this.channel.codec = options.codec(this.channel.refs, link, options);
    this.channel.unsent = (to) => this.imports.find(to)?.grant(1);
    this.#silent = new Alarm(() => {
      this.#fail(new RealmSilent(link.name, options.helloTimeoutMs), null);
    });
    realm.sessions.add(this);
    kernel.timers.start(this.#silent, options.helloTimeoutMs);
    link.onFrame = (packet) => this.#take(packet);
    link.onClose = (loss) => this.lose(loss);
    if (options.opener) this.#hello();
  }

  /** Ends it in order: the other side is told, and sees `noconnection`. Idempotent. */
  close(reason = "closed"): void {
    if (this.channel.status === "closed") return;
    this.channel.post({ t: "bye", reason });
    this.#fail(new LinkLost(this.channel.link.name, { why: `it was ${reason}` }), null);
  }

  /** The link is lost. */
  lose(loss: LinkLoss): void {
    this.#fail(new LinkLost(this.channel.link.name, loss), loss);
  }

  #fail(error: Error, loss: LinkLoss | null): void {
    const { channel } = this;
    if (channel.status === "closed") return;
    const { kernel } = this.realm.root;
    channel.loss = error;
    const waiting: Pending[] = channel.close();
    kernel.timers.drop(this.#silent);
    this.realm.sessions.delete(this);
    // First: whoever starts anew because of this end needs a new link.
    this.#options.onClosed?.(loss);
    channel.link.onFrame = channel.link.onClose = null;
    if (channel.link.terminate !== undefined) channel.link.terminate();
    else channel.link.close(loss ?? undefined);
    this.#settle?.reject(error);
    this.imports.lose("noconnection");
    // Calls were refused by the end of their proxies, with the reason; starts are left.
    for (const pending of waiting) if (!pending.settled) pending.reject(error);
    this.#incoming.close(error);
    channel.streams.close();
    this.#exports.close();
    this.#signals.close(error);
    if (this.#peer !== null) end(this.#peer, "noconnection", false);
  }

  #hello(): void {
    const { realm, channel } = this;
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

  #take(packet: unknown): void {
    if (this.channel.status === "closed") return;
    this.channel.heard();
    try {
      const frames = this.channel.codec.unpack(packet);
      // One frame that crossed as a list, or a list of frames.
      if (typeof frames[0] === "string") this.#receive(expand(frames) as Frame);
      else for (const frame of frames) this.#receive(expand(frame) as Frame);
    } catch (error) {
      // Whoever sends what cannot be understood is not spoken with any more.
      const why = error instanceof MalformedFrame ? error.why : "a frame could not be handled";
      this.channel.post({ t: "bye", reason: why });
      if (!(error instanceof MalformedFrame)) this.realm.root.kernel.fault(error);
      this.lose({ why: `it sent what is not understood: ${why}`, cause: error });
    }
  }

  #receive(frame: Frame): void {
    const { channel, imports } = this;
    const { codec } = channel;
    if (typeof frame !== "object" || frame === null)
      throw new MalformedFrame("a frame is no object");
    // The frame before it in the same packet may have been the last one.
    if (channel.status === "closed") return;
    if (channel.isLogged) channel.log("in", frame);
    if (this.#peerIncarnation === null) {
      this.#handshake(frame);
      return;
    }
    switch (frame.t) {
      case "call":
        this.#fresh(frame.id);
        this.#incoming.call(frame.id, frame.to, frame.m, frame.args, frame.ttl, frame.from);
        break;
      case "calls": {
        const { id, to, m, ttl } = frame;
        const list = argumentsOf(frame);
        let next = this.#fresh(id, list.length);
        for (const args of list) this.#incoming.call(next++, to, m, args, ttl);
        break;
      }
      case "cast":
        this.#incoming.cast(frame.to, frame.m, frame.args);
        break;
      case "casts":
        for (const args of argumentsOf(frame)) this.#incoming.cast(frame.to, frame.m, args);
        break;
      case "send":
        this.#trustedOnly(frame.t);
        this.#incoming.send(frame);
        break;
      case "reply":
        if ("error" in frame) {
          const error = codec.decode(frame.error);
          channel.take(frame.id)?.reject(error);
        } else this.#replied(frame.id, frame.ok);
        break;
      case "replies": {
        let next = frame.id;
        for (const ok of listOf(frame.ok)) this.#replied(next++, ok);
        break;
      }
      case "cancel":
        if (!this.#serving.cancel(frame.id)) this.#incoming.cancel(frame);
        break;
      case "stream-open": {
        const { id, to, m, args, ttl, from, credit } = frame;
        this.#fresh(id);
        this.#incoming.call(id, to, m, args, ttl, from, credit);
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
      case "down":
        imports.down(frame.of, codec.decodeReason(frame.reason), frame.final === true);
        break;
      case "up":
        imports.up(frame.of);
        break;
      case "credit":
        if (!isCount(frame.n)) throw new MalformedFrame("a credit of no number");
        imports.find(frame.to)?.grant(frame.n);
        break;
      case "monitor":
        this.#exports.monitor(frame.to);
        break;
      case "demonitor":
        this.#exports.demonitor(frame.to);
        break;
      case "watch":
        this.#exports.view(frame.to);
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
        this.#signals.abort(frame.id, codec.decode(frame.reason));
        break;
      case "bye":
        this.lose({ why: `the other side ended: ${inWords(frame.reason)}` });
        break;
      case "link":
      case "unlink":
        this.#trustedOnly(frame.t);
        this.#incoming.link(frame);
        break;
      case "exit":
        this.#trustedOnly(frame.t);
        this.#incoming.exit(frame);
        break;
      case "stop":
        this.#trustedOnly(frame.t);
        this.#incoming.stop(frame);
        break;
      case "start":
        this.#fresh(frame.id);
        this.#serving.start(frame);
        break;
      default:
        if ((frame as { optional?: unknown }).optional === true) return;
        throw new MalformedFrame(`a frame of the unknown kind ${inWords((frame as Frame).t)}`);
    }
  }

  #replied(id: number, ok: unknown): void {
    const { channel } = this;
    if (!channel.pending.has(id)) return;
    // Before it is taken out: who waits must hear of a link that ends for what cannot be read.
    const value = channel.codec.decode(ok);
    channel.take(id)?.resolve(value);
  }

  /**
   * The numbers of requests rise: one that comes twice, or behind a later one, came over a link that
   * cannot be trusted any more. Gives the number.
   */
  #fresh(id: number, count = 1): number {
    if (!isCount(id) || id <= this.#lastRequest) {
      throw new MalformedFrame(`a request ${inWords(id)} behind ${this.#lastRequest}`);
    }
    this.#lastRequest = id + count - 1;
    return id;
  }

  /** Refuses what only a realm of our own may ask for. */
  #trustedOnly(what: string): void {
    if (this.channel.link.capabilities.trusted) return;
    throw new MalformedFrame(`a peer that is not trusted asked to ${what}`);
  }

  #handshake(frame: Frame): void {
    const { opener, authenticate } = this.#options;
    if (frame.t === "bye") {
      this.lose({ why: `the other side refused: ${inWords(frame.reason)}` });
    } else if (frame.t === "welcome" && opener) {
      this.#check(frame, frame.v, frame.v, [frame.codec]);
      this.#open(frame);
    } else if (frame.t === "hello" && !opener && !this.#greeted) {
      this.#greeted = true;
      this.#check(frame, frame.min, frame.max, frame.codecs);
      // A leader that hears of a later one is none any more.
      if (this.channel.status === "closed") return;
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
    const { name } = this.channel.codec;
    if (!Array.isArray(codecs) || !codecs.includes(name)) {
      throw new MalformedFrame(`it does not speak the codec ${name}`);
    }
    const isWhole = isCount(credit) && typeof maxFrame === "number" && maxFrame >= SMALLEST_FRAME;
    if (typeof incarnation !== "string" || incarnation === "" || !isWhole) {
      throw new MalformedFrame("a hello without its fields");
    }
    const { epochs } = this.channel.link;
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
    const { channel } = this;
    try {
      isGood = (await authenticate(channel.codec.decode(hello.auth))) === true;
    } catch (error) {
      this.realm.root.kernel.fault(error);
    }
    if (channel.status === "closed") return;
    if (isGood) this.#welcome(hello);
    else {
      channel.post({ t: "bye", reason: "not authenticated" });
      this.lose({ why: "the other side was not authenticated" });
    }
  }

  #welcome(hello: Hello): void {
    const { realm, channel } = this;
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
    this.#open(hello);
  }

  #open({ incarnation, maxFrame, credit }: Hello | Welcome): void {
    const { channel } = this;
    this.#peerIncarnation = incarnation;
    channel.credit = credit;
    // No limit is null in text.
    channel.peerMaxFrame = maxFrame ?? Number.POSITIVE_INFINITY;
    channel.kernel.timers.drop(this.#silent);
    channel.set("open");
    this.#settle?.resolve();
  }

  /** The process that belongs to this session: proxies of refs and what the peer started are its children. */
  #home(): Process {
    const { root } = this.realm;
    if (this.#peer === null) {
      const program: Program = { ...PEER, id: this.channel.link.name };
      this.#peer = spawn(root, new Implementation(program, Ref), [], nothing);
    }
    return this.#peer;
  }

  #resolver(): Resolver {
    const { realm, channel } = this;
    return {
      refOut: (ref) => {
        const { process } = ref.target;
        const actor = process !== null && isProxy(process) ? actorOf(process) : null;
        if (actor?.channel === channel) return this.#theirs(ref, actor);
        const { id } = this.#exports.show(ref);
        const behaviour = process === null ? ref.id : process.program.id;
        const isPlace = ref.target !== process;
        return [realm.name, realm.incarnation, id, behaviour, ...(isPlace ? [1] : [])];
      },
      refIn: (fields) => {
        const [name, incarnation, id, behaviour, isPlace] = listOf(fields);
        if (typeof id !== "number" && typeof id !== "string")
          throw new MalformedFrame("a ref without an id");
        const label = inWords(behaviour);
        // A realm that speaks with itself, as a leading tab does, tells by the name which side's it is.
        const isHome = name === "" || this.#peerIncarnation !== realm.incarnation;
        if (isHome && incarnation === realm.incarnation) {
          return this.#exports.find(id)?.ref ?? refToNobody(channel, label);
        }
        if (incarnation !== this.#peerIncarnation) return refToNobody(channel, label);
        return this.imports.ref(id, label, isPlace === 1);
      },
      signalOut: (signal) => this.#signals.out(signal),
      signalIn: (id) => this.#signals.in(id),
    };
  }

  /** A ref of theirs goes home as theirs. */
  #theirs(ref: Ref, { id }: RemoteActor): readonly unknown[] {
    const isPlace = this.imports.isPlace(id);
    return ["", this.#peerIncarnation, id, ref.id, ...(isPlace ? [1] : [])];
  }
}

/** What a greeting says of leaders, where there are any. */
function epochOf({ epochs }: Link): { readonly epoch?: number } {
  return epochs === undefined ? {} : { epoch: epochs.current };
}

/** The process behind a session handles nothing: its children are told of along the link. */
const PEER: Omit<Program, "id"> = {
  terminates: false,
  supervises: true,
  tellsItself: true,
  init: nothing,
  invoke: nothing,
  info: nothing,
  terminate: nothing,
  childExit: () => true,
};
