// Session: two realms that speak with each other over one link.
//
//   Session ─ Channel (frames out, requests, pulse) ─ Link
//           ├ Imports (their actors, as proxies)      ├ Exports (our actors they know)
//           ├ Incoming, Serving (what they want)      └ Greeting, then Reception (frames in)
//
// Owns the life of these parts, what a ref means on both sides, and the loss of the link: every proxy ends
// with `noconnection`, every call rejects, everything the peer had started ends. How it begins is
// greeting.ts, what each frame means reception.ts. It makes no link: places and listeners do; and what
// only a realm that serves needs, serve.ts gives it.

import { Implementation } from "../../behaviours/behaviour.js";
import { spawn } from "../../behaviours/gen.js";
import { end } from "../../kernel/ending.js";
import type { Process, Program } from "../../kernel/process.js";
import { Ref } from "../../kernel/ref.js";
import { Alarm } from "../../kernel/timers.js";
import { trustedCloneCodec } from "../values/clone-codec.js";
import type { CodecFactory, CodecLimits, Resolver } from "../values/codec.js";
import type { ErrorClasses } from "../values/remote-error.js";
import { expand } from "../wire/compact.js";
import { RealmSilent } from "../wire/errors.js";
import { inWords, listOf, wrong } from "../wire/frame-checks.js";
import { type Link, type LinkLoss, LinkLost } from "../wire/link.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import type { Frame, Hello, Welcome } from "../wire/wire.js";
import { Channel, type Pending } from "./channel.js";
import { Exports } from "./exports.js";
import type { Greet, Greeting } from "./greeting.js";
import type { GuestRules } from "./guest-rules.js";
import { Imports, refToNobody } from "./imports.js";
import { Incoming } from "./incoming.js";
import type { LinkTimes } from "./link-times.js";
import { type PeerLimits, peerLimits } from "./peer-limits.js";
import { actorOf } from "./proxy.js";
import type { Realm } from "./realm.js";
import { Reception } from "./reception.js";
import type { RemoteActor } from "./remote-actor.js";
import type { Serve } from "./serving.js";
import { SessionStreams } from "./session-streams.js";
import { Signals } from "./signals.js";

/** How a session is made. */
export interface SessionOptions extends LinkTimes {
  /** How it begins: see greeting.ts and welcome.ts. */
  readonly greet: Greet;
  /** What holds if the link is not trusted: without it such a link is refused. */
  readonly guests: GuestRules | undefined;
  /** What the other side may start. Default: nothing, as in a page. */
  readonly serve?: Serve;
  /** Default: structured clones. */
  readonly codec: CodecFactory | undefined;
  readonly errors?: ErrorClasses | undefined;
  readonly limits?: Partial<CodecLimits & PeerLimits> | undefined;
  /** Told when it is over: the reason in words where the link was lost, null where this side ended it, and the error. */
  readonly onClosed?: (loss: LinkLoss | null, failure: Error) => void;
}

const nothing = (): void => {};

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
  readonly #greeting: Greeting;
  readonly #reception: Reception;
  #peer: Process | null = null;
  #peerIncarnation: string | null = null;
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
    const lose = (loss: LinkLoss): void => this.lose(loss);
    this.channel = new Channel(link, guestsOn(link, options.guests), realm, options, limits, lose);
    const home = (): Process => this.#home();
    this.imports = new Imports(this.channel, home);
    this.#exports = new Exports(this.channel, this.imports);
    this.#incoming = new Incoming(this.channel, this.#exports);
    this.channel.signals = new Signals(this.channel);
    this.#greeting = options.greet(this);
    const parts = { channel: this.channel, exports: this.#exports, incoming: this.#incoming };
    this.#reception = new Reception({
      ...parts,
      imports: this.imports,
      serving: options.serve?.({ ...parts, home }) ?? null,
    });
    this.channel.streams = new SessionStreams(this.channel);
    this.channel.refs = this.#resolver();
    const codecOf = options.codec ?? this.channel.guests?.codec ?? trustedCloneCodec;
    const codec = codecOf(this.channel.refs, link, options);
    this.channel.codec = this.channel.signals.through(codec);
    this.channel.unsent = (to) => this.imports.find(to)?.grant(1);
    this.#silent = new Alarm(() => {
      const hint = this.#greeting.hint ?? link.hint;
      this.#fail(new RealmSilent(link.name, options.helloTimeoutMs, hint), null);
    });
    realm.sessions.add(this);
    kernel.timers.start(this.#silent, options.helloTimeoutMs);
    link.onFrame = (packet) => this.#take(packet);
    link.onClose = lose;
    try {
      this.#greeting.begin?.();
    } catch (error) {
      // What was to be shown cannot be sent.
      this.#fail(error as Error, null);
    }
  }

  /** Ends it in order: the other side is told, `refused` if it is not wanted, and sees `noconnection`. Idempotent. */
  close(reason = "closed", refused?: true): void {
    if (this.channel.status === "closed") return;
    this.channel.post({ t: "bye", reason, refused });
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
    this.#options.onClosed?.(loss, error);
    channel.link.onFrame = channel.link.onClose = null;
    const { link } = channel;
    (link.terminate ?? link.close).call(link, loss ?? undefined);
    this.#settle?.reject(error);
    // Before the ends of those let go of them that they came with.
    channel.signals.close(error);
    this.imports.lose("noconnection");
    // Calls were refused by the end of their proxies, with the reason; starts are left.
    for (const pending of waiting) if (!pending.settled) pending.reject(error);
    this.#incoming.close(error);
    channel.streams.close();
    this.#exports.close();
    if (this.#peer !== null) end(this.#peer, "noconnection", false);
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
      this.channel.post({ t: "bye", reason: why, refused: true });
      if (!(error instanceof MalformedFrame)) this.realm.root.kernel.fault(error);
      this.lose({ why: "it sent what is not understood", cause: error, isRefusal: true });
    }
  }

  #receive(frame: Frame): void {
    const { channel } = this;
    if (typeof frame !== "object" || frame === null) throw wrong("a frame", frame);
    // The frame before it in the same packet may have been the last one.
    if (channel.status === "closed") return;
    this.realm.frameLog?.("in", channel.link.name, frame);
    if (frame.t === "bye") {
      const { reason, refused: isRefusal } = frame;
      this.lose({
        why: `the other side ${isRefusal ? "refused" : "ended"}: ${inWords(reason)}`,
        isRefusal,
      });
    } else (this.#peerIncarnation === null ? this.#greeting : this.#reception).take(frame);
  }

  /** The two have greeted. */
  open({ incarnation, maxFrame, credit, maxRefs = Infinity }: Hello | Welcome): void {
    const { channel } = this;
    this.#peerIncarnation = incarnation;
    channel.credit = credit;
    // No limit is null in text.
    channel.peerMaxFrame = maxFrame ?? Infinity;
    channel.peerMaxRefs = maxRefs;
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
        const actor = process === null ? null : actorOf(process);
        if (actor?.channel === channel) return this.#theirs(ref, actor);
        const { id } = this.#exports.show(ref);
        const behaviour = process === null ? ref.id : process.program.id;
        const isPlace = ref.target !== process;
        return [realm.name, realm.incarnation, id, behaviour, ...(isPlace ? [1] : [])];
      },
      refIn: (fields) => {
        const [name, incarnation, id, behaviour, isPlace] = listOf(fields);
        if (typeof id !== "number" && typeof id !== "string") throw wrong("the id of a ref", id);
        const label = inWords(behaviour);
        // A realm that speaks with itself, as a leading tab does, tells by the name which side's it is.
        const isHome = name === "" || this.#peerIncarnation !== realm.incarnation;
        if (isHome && incarnation === realm.incarnation) {
          return this.#exports.find(id)?.ref ?? refToNobody(channel, label);
        }
        if (incarnation !== this.#peerIncarnation) return refToNobody(channel, label);
        return this.imports.ref(id, label, isPlace === 1);
      },
      signalOut: (signal) => channel.signals.out(signal),
      signalIn: (id) => channel.signals.in(id),
    };
  }

  /** A ref of theirs goes home as theirs. */
  #theirs(ref: Ref, { id }: RemoteActor): readonly unknown[] {
    const isPlace = this.imports.isPlace(id);
    return ["", this.#peerIncarnation, id, ref.id, ...(isPlace ? [1] : [])];
  }
}

/** The rules for a link: none if it is trusted. Throws TypeError for one that is not, if there are none. */
function guestsOn(link: Link, guests: GuestRules | undefined): GuestRules | null {
  if (link.capabilities.trusted) return null;
  if (guests !== undefined) return guests;
  link.close();
  throw new TypeError(`${link.name} is not trusted: make its place with placeOf(…)`);
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
