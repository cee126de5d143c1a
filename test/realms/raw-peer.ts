// A peer whose frames a test writes by hand, on either side of a link in memory: what a broken or a
// hostile realm would send. Owns no assertion. Frames that cross as lists are given as objects.

import {
  type Behaviour,
  createSystemOn,
  type System,
  type SystemOptions,
} from "../../src/index.js";
import type { Place, PlaceOptions } from "../../src/realms/places/lease.js";
import { placeOf } from "../../src/realms/places/place.js";
import { type Served, type ServeOptions, serveOn } from "../../src/realms/session/serve.js";
import type { CodecFactory } from "../../src/realms/values/codec.js";
import { expand } from "../../src/realms/wire/compact.js";
import {
  type MemoryRealmLink,
  type MemoryRealmLinkOptions,
  memoryRealmLink,
} from "../../src/testing/memory-realm-link.js";
import { type VirtualClock, virtualPlatform } from "../../src/testing/virtual-platform.js";

/** A frame as a test writes or reads it. */
export type RawFrame = Record<string, unknown> & { readonly t: string };

/** The hands of the peer. */
export interface Raw {
  readonly clock: VirtualClock;
  readonly link: MemoryRealmLink;
  /** What the other side sent, oldest first. */
  readonly got: RawFrame[];
  /** Whether the other side has closed the link. */
  isClosed(): boolean;
  /** Sends frames, each as a packet of its own, and lets the other side deal with them. */
  send(...frames: unknown[]): Promise<void>;
  /** Those of what it sent that are of one kind. */
  of(t: string): RawFrame[];
}

export const PEER = { realm: "raw", incarnation: "raw-life" } as const;

export const HELLO: RawFrame = {
  t: "hello",
  min: 1,
  max: 1,
  ...PEER,
  codecs: ["clone"],
  maxFrame: 1e9,
  credit: 1_024,
};

export const WELCOME: RawFrame = {
  t: "welcome",
  v: 1,
  ...PEER,
  codec: "clone",
  maxFrame: 1e9,
  credit: 1_024,
};

/** A ref of the peer's own. */
export const theirRef = (id: number | string, behaviour = "theirs"): unknown[] => [
  "$ref",
  PEER.realm,
  PEER.incarnation,
  id,
  behaviour,
];

function handsOf(link: MemoryRealmLink, clock: VirtualClock, side: "near" | "far"): Raw {
  const got: RawFrame[] = [];
  const state = { closed: false };
  const end = link[side];
  end.onFrame = (packet) => {
    const frames = Array.isArray(packet) && typeof packet[0] !== "string" ? packet : [packet];
    for (const frame of frames) got.push(expand(frame) as RawFrame);
  };
  end.onClose = () => {
    state.closed = true;
  };
  return {
    clock,
    link,
    got,
    isClosed: () => state.closed || link.terminations > 0,
    async send(...frames) {
      for (const frame of frames) end.send(frame);
      await clock.settle();
    },
    of: (t) => got.filter((frame) => frame.t === t),
  };
}

/** A realm of ours that serves, and a peer by hand that came to it: by default one that is not trusted. */
export function rawClient(
  behaviours: readonly Behaviour<never, unknown>[],
  options: ServeOptions & {
    link?: Partial<MemoryRealmLinkOptions>;
    system?: never;
    systemOptions?: SystemOptions;
    codec?: CodecFactory;
    /** What is served to all: made in the system of the realm. */
    sharing?: (system: System) => Promise<NonNullable<ServeOptions["shared"]>>;
  } = {},
): Promise<Raw & { readonly served: Served; readonly system: System; stop(): Promise<number> }> {
  const { platform, clock } = virtualPlatform();
  const { link: linkOptions, systemOptions, sharing, codec, ...serveOptions } = options;
  const system = createSystemOn(platform, { onCrash: () => {}, ...systemOptions });
  const link = memoryRealmLink({ platform, trusted: false, ...linkOptions });
  const raw = handsOf(link, clock, "near");
  const serve = serveOn(
    () => system,
    () => ({
      ...(codec === undefined ? {} : { codec }),
      listen(onLink) {
        onLink(link.far);
        return () => {};
      },
    }),
  );
  return (async () => {
    const shared = sharing === undefined ? undefined : await sharing(system);
    const served = serve(behaviours, { ...serveOptions, system, shared });
    return Object.assign(raw, {
      served,
      system,
      async stop() {
        await served.stop();
        const stopping = system.stop();
        await clock.advance(20_000);
        await stopping;
        await clock.settle();
        return clock.timers;
      },
    });
  })();
}

/** A page of ours, and a place whose realm is written by hand: by default a trusted one, as a worker is. */
export function rawPlace(
  options: {
    link?: Partial<MemoryRealmLinkOptions>;
    place?: PlaceOptions;
    page?: SystemOptions;
    shared?: boolean;
  } = {},
): {
  readonly clock: VirtualClock;
  readonly page: System;
  readonly place: Place;
  /** One for each connection that was opened. */
  readonly peers: Raw[];
  stop(): Promise<number>;
} {
  const { platform, clock } = virtualPlatform();
  const page = createSystemOn(platform, { onCrash: () => {}, ...options.page });
  const peers: Raw[] = [];
  const place = placeOf(
    "raw",
    () => {
      const link = memoryRealmLink({ platform, ...options.link });
      peers.push(handsOf(link, clock, "far"));
      return link.near;
    },
    options.place,
    { shared: options.shared ?? false },
  );
  return {
    clock,
    page,
    place,
    peers,
    async stop() {
      const stopping = page.stop();
      await clock.advance(30_000);
      await stopping;
      await clock.settle();
      return clock.timers;
    },
  };
}
