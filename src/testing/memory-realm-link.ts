// A link between two realms in memory, over a platform whose time a test moves, with every fault that
// a link can have.
//
//   near ═══ toFar ═══► far        each way: a queue that can lose, repeat, reorder, cut short, spoil,
//   near ◄══ toNear ═══ far        hold back and delay
//
// Owns the two ends and the two ways between them. Knows no frame: what a packet means is wire.ts.

import { checkMs } from "../kernel/errors.js";
import type { Platform } from "../kernel/platform.js";
import type { Link, LinkCapabilities, LinkLoss, Movable } from "../realms/wire/link.js";

/** Options of {@link memoryRealmLink}. */
export interface MemoryRealmLinkOptions {
  /** Whose turns and time packets take: usually that of a `virtualPlatform` or a `testSystem`. */
  readonly platform: Platform;
  /** `false`: packets are text or bytes, as on a WebSocket. Default `true`: structured clones. */
  readonly clone?: boolean;
  /** Whether buffers can be moved. Default: as `clone`. */
  readonly transfer?: boolean;
  /** Default `true`. */
  readonly trusted?: boolean;
  /** Whether a side is told that the link is gone. `false`: only silence tells. Default `true`. */
  readonly detectsClose?: boolean;
  /** What both ends say about the longest packet they take; not enforced. Default `Infinity`. */
  readonly maxFrameBytes?: number;
  /** How long a packet is under way, in milliseconds. Default 0: it arrives in a later turn. */
  readonly delayMs?: number;
  /** What both ends are called, with `near` or `far` before it. Default `end`. */
  readonly name?: string;
}

/** One of the two ways of a link: what happens to its packets, and what did. All of it may be set. */
export interface MemoryRealmWay {
  /** How long packets sent from now on are under way. They do not overtake those before. */
  delayMs: number;
  /** While `true`, packets stay under way; they arrive, in order, once it is `false` again. */
  stalled: boolean;
  /** The share of packets that vanish, from 0 to 1. */
  lose: number;
  /** The share of packets that arrive twice. */
  duplicate: number;
  /** The share of packets that arrive 10 ms late, after what was sent in the meantime. */
  reorder: number;
  /** The share of packets that lose their end: text and bytes, frames of a list, fields of a frame. */
  truncate: number;
  /** The share of packets that arrive as random bytes, or as random text where packets are text. */
  corrupt: number;
  /** Packets sent so far, while the link was there. */
  readonly sent: number;
  /** Packets that arrived so far, repeated ones included. */
  readonly received: number;
  /** Packets that are under way now. */
  readonly underWay: number;
  /** What arrived at the other side last, after every fault. */
  readonly last: unknown;
}

/** A link with both its ends. */
export interface MemoryRealmLink {
  /** The end of the one who opened the link. */
  readonly near: Link;
  /** The end of the one who listens. */
  readonly far: Link;
  /** What the near end sends, and what happens to it. */
  readonly toFar: MemoryRealmWay;
  /** What the far end sends, and what happens to it. */
  readonly toNear: MemoryRealmWay;
  /** Breaks the link: what is under way is lost, and both sides are told, where they can be. */
  cut(why?: string, cause?: unknown): void;
  /** Ends the far side as a crash of its realm does: the near side is told, the far one is not. */
  crash(why?: string, cause?: unknown): void;
  /** Whether neither side has closed, and nothing has cut it. */
  readonly isOpen: boolean;
  /** How often `terminate` of the near side was called: 0 or 1. */
  readonly terminations: number;
}

/** How much later than its turn a packet arrives that is to be reordered. */
const REORDER_MS = 10;

/**
 * Makes a link and gives both of its ends. Packets pass through `structuredClone`, at once, so that
 * one that cannot be cloned throws where it is sent, and arrive in a later macrotask of the platform.
 * Faults take their chances from `platform.random`: a seed replays them.
 *
 * @throws RangeError for a `delayMs` that is no number of milliseconds of 0 or more.
 *
 * @example
 * ```ts
 * const { platform, clock } = virtualPlatform({ seed: 7 });
 * const { near, far, toFar } = memoryRealmLink({ platform });
 * far.onFrame = (packet) => far.send(packet);
 * near.onFrame = (packet) => console.log(packet);
 * near.send({ t: "ping", n: 1 });
 * await clock.settle();        // { t: "ping", n: 1 }
 * toFar.lose = 0.5;            // and now every second packet is lost
 * ```
 */
export function memoryRealmLink(options: MemoryRealmLinkOptions): MemoryRealmLink {
  const { platform, clone = true, detectsClose = true, name = "end", delayMs = 0 } = options;
  checkMs("delayMs", delayMs);
  const capabilities: LinkCapabilities = {
    clone,
    transfer: options.transfer ?? clone,
    maxFrameBytes: options.maxFrameBytes ?? Infinity,
    trusted: options.trusted ?? true,
    ordered: true,
    detectsClose,
  };
  let terminations = 0;
  const toFar = new Way(platform, delayMs);
  const toNear = new Way(platform, delayMs);
  const near = new End(`near ${name}`, capabilities, toFar);
  const far = new End(`far ${name}`, capabilities, toNear);
  toFar.to = far;
  toNear.to = near;
  near.other = far;
  far.other = near;
  const nearLink: Link = Object.assign(near, {
    terminate() {
      terminations = 1;
      near.drop();
      far.drop();
    },
  });
  return {
    near: nearLink,
    far,
    toFar,
    toNear,
    cut(why = "the link was cut", cause) {
      toFar.clear();
      toNear.clear();
      toFar.deliverLoss({ why, cause });
      toNear.deliverLoss({ why, cause });
    },
    crash(why = "the other side crashed", cause) {
      far.drop();
      toNear.deliverLoss({ why, cause });
    },
    get isOpen() {
      return near.isOpen && far.isOpen;
    },
    get terminations() {
      return terminations;
    },
  };
}

class End implements Link {
  readonly name: string;
  readonly capabilities: LinkCapabilities;
  onFrame: ((packet: unknown) => void) | null = null;
  onClose: ((loss: LinkLoss) => void) | null = null;
  isOpen = true;
  other: End | null = null;
  readonly #way: Way;

  constructor(name: string, capabilities: LinkCapabilities, way: Way) {
    this.name = name;
    this.capabilities = capabilities;
    this.#way = way;
  }

  send(packet: unknown, transfer: readonly Movable[] = []): void {
    const { clone, transfer: canTransfer } = this.capabilities;
    if (!clone && typeof packet !== "string" && !ArrayBuffer.isView(packet)) {
      throw new TypeError(`Cannot send a packet over ${this.name}: it must be text or bytes`);
    }
    if (transfer.length > 0 && !canTransfer) {
      throw new TypeError(`Cannot transfer over ${this.name}: it only copies`);
    }
    const copy = structuredClone(packet, { transfer: [...transfer] });
    if (this.isOpen) this.#way.push(copy);
  }

  close(): void {
    if (!this.isOpen) return;
    this.drop();
    this.#way.deliverLoss({ why: "the other side closed the link" });
  }

  /** Ends this end, and tells nobody. */
  drop(): void {
    this.isOpen = false;
  }

  lose(loss: LinkLoss): void {
    if (!this.isOpen) return;
    this.drop();
    if (this.capabilities.detectsClose) this.onClose?.(loss);
  }
}

interface Parcel {
  readonly deliver: () => void;
  isDue: boolean;
}

class Way implements MemoryRealmWay {
  delayMs: number;
  lose = 0;
  duplicate = 0;
  reorder = 0;
  truncate = 0;
  corrupt = 0;
  sent = 0;
  received = 0;
  last: unknown = undefined;
  to: End | null = null;
  readonly #platform: Platform;
  #queue: Parcel[] = [];
  /** Those that others overtake. */
  #late: Set<Parcel> = new Set();
  #isStalled = false;

  constructor(platform: Platform, delayMs: number) {
    this.#platform = platform;
    this.delayMs = delayMs;
  }

  get stalled(): boolean {
    return this.#isStalled;
  }

  set stalled(value: boolean) {
    this.#isStalled = value;
    if (!value) this.#drain();
  }

  get underWay(): number {
    return this.#queue.length + this.#late.size;
  }

  push(packet: unknown): void {
    this.sent += 1;
    if (this.#happens(this.lose)) return;
    const { random } = this.#platform;
    let arriving = packet;
    if (this.#happens(this.truncate)) arriving = truncated(arriving, random);
    if (this.#happens(this.corrupt)) arriving = corrupted(arriving, random);
    const times = this.#happens(this.duplicate) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      // A repeated packet is a packet of its own: whoever changes one does not change the other.
      const one = time === 0 ? arriving : structuredClone(arriving);
      const deliver = () => {
        if (this.to?.isOpen !== true) return;
        this.received += 1;
        this.last = one;
        this.to.onFrame?.(one);
      };
      if (this.#happens(this.reorder)) this.#later(deliver);
      else this.#inOrder(deliver);
    }
  }

  /** Behind what is under way, as a port closes behind what was posted. */
  deliverLoss(loss: LinkLoss): void {
    this.#inOrder(() => this.to?.lose(loss));
  }

  clear(): void {
    this.#queue = [];
    this.#late.clear();
  }

  /** Draws only where there is a chance, so that a fault left out changes no other run. */
  #happens(share: number): boolean {
    return share > 0 && this.#platform.random() < share;
  }

  #inOrder(deliver: () => void): void {
    const parcel: Parcel = { deliver, isDue: false };
    this.#queue.push(parcel);
    const arrive = () => {
      parcel.isDue = true;
      this.#drain();
    };
    if (this.delayMs > 0) this.#platform.setTimer(arrive, this.delayMs);
    else this.#platform.macrotask(arrive);
  }

  #later(deliver: () => void): void {
    const parcel: Parcel = { deliver, isDue: true };
    this.#late.add(parcel);
    this.#platform.setTimer(() => {
      if (!this.#late.delete(parcel)) return;
      this.#queue.push(parcel);
      this.#drain();
    }, this.delayMs + REORDER_MS);
  }

  #drain(): void {
    while (!this.#isStalled && this.#queue[0]?.isDue === true) this.#queue.shift()?.deliver();
  }
}

/** The beginning of a packet, of any length. */
function truncated(packet: unknown, random: () => number): unknown {
  const cut = (length: number): number => Math.floor(random() * length);
  if (typeof packet === "string" || Array.isArray(packet))
    return packet.slice(0, cut(packet.length));
  if (ArrayBuffer.isView(packet)) return (packet as Uint8Array).slice(0, cut(packet.byteLength));
  if (typeof packet !== "object" || packet === null) return undefined;
  const fields = Object.entries(packet);
  return Object.fromEntries(fields.slice(0, cut(fields.length)));
}

/** What a packet is when its bytes are any: as text, if it was text. */
function corrupted(packet: unknown, random: () => number): unknown {
  const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 64) }, () => random() * 256);
  return typeof packet === "string" ? String.fromCharCode(...bytes) : bytes;
}
