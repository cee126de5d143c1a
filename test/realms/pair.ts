// Two realms that speak over a link in memory, on one virtual clock: what most tests of realms start from.

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
import {
  type MemoryRealmLink,
  type MemoryRealmLinkOptions,
  memoryRealmLink,
} from "../../src/testing/memory-realm-link.js";
import { type VirtualClock, virtualPlatform } from "../../src/testing/virtual-platform.js";

export interface Pair {
  readonly clock: VirtualClock;
  /** The side that starts actors. */
  readonly page: System;
  /** The place they run at: each connection is another realm, as with workers. */
  readonly place: Place;
  /** Another one, which has realms of its own. */
  readonly elsewhere: Place;
  /** What happened there: one entry for each connection. */
  readonly workers: { readonly link: MemoryRealmLink; readonly served: Served }[];
  /** Stops everything, and says what is left. */
  stop(): Promise<{ readonly timers: number }>;
}

/** Makes a page, and a place whose realms serve `behaviours`. */
export function pairOf(
  behaviours: readonly Behaviour<never, unknown>[],
  options: {
    link?: Partial<MemoryRealmLinkOptions>;
    place?: PlaceOptions;
    serve?: ServeOptions;
    page?: SystemOptions;
    worker?: SystemOptions;
    shared?: boolean;
    /** Default: structured clones. */
    codec?: CodecFactory;
    /** Decides every fault of the link. Default 1. */
    seed?: number;
  } = {},
): Pair {
  const { platform, clock } = virtualPlatform({ seed: options.seed ?? 1 });
  const page = createSystemOn(platform, options.page);
  const workers: Pair["workers"] = [];
  const serve = serveOn(
    () => createSystemOn(platform, options.worker),
    () => {
      throw new Error("no parent");
    },
  );
  const open = (): MemoryRealmLink["near"] => {
    const link = memoryRealmLink({ platform, ...options.link });
    const served = serve(behaviours, {
      ...options.serve,
      on: {
        ...(options.codec === undefined ? {} : { codec: options.codec }),
        listen(onLink) {
          onLink(link.far);
          return () => {};
        },
      },
    });
    workers.push({ link, served });
    return link.near;
  };
  const at = (name: string): Place =>
    placeOf(name, open, options.place, {
      shared: options.shared ?? false,
      ...(options.codec === undefined ? {} : { codec: options.codec }),
    });
  return {
    clock,
    page,
    place: at("memory"),
    elsewhere: at("elsewhere"),
    workers,
    async stop() {
      const stopping = page.stop();
      await clock.advance(10_000);
      await stopping;
      for (const { served } of workers) await served.stop();
      await clock.settle();
      return { timers: clock.timers };
    },
  };
}
