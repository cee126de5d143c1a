// Guests: what peers that are not trusted may be shown, may call, hold and ask for.
//
// Owns these rules and their words. They see only actors of this realm, and of those only handlers that check
// what they are sent; and no more of anything than PeerLimits says. When they are asked is guest-rules.ts;
// what a value of theirs may cost is limits.ts, and what they may start serving.ts.

import type { Ref } from "../../kernel/ref.js";
import { cloneCodec } from "../values/clone-codec.js";
import { NotServable, PeerBusy } from "../wire/errors.js";
import { MalformedFrame } from "../wire/malformed-frame.js";
import type { GuestRules } from "./guest-rules.js";
import type { Declared } from "./handlers.js";
import type { PeerLimits } from "./peer-limits.js";
import { RemoteRef } from "./remote-ref.js";

/** The rules of every session over a link that is not trusted. */
export const guests: GuestRules = {
  codec: cloneCodec,

  checkShown(ref, peer, max, known) {
    checkBusy(
      `show ${ref.id} to ${peer}`,
      known,
      "actors are shown to it",
      max,
      "maxRefs on both sides",
    );
    checkServable(ref, guest(peer));
  },

  checkHandler(process, { name, check }, peer) {
    if (check === null) throw unchecked(process.label, guest(peer), name);
  },

  checkCalls(action, waiting, max) {
    checkBusy(action, waiting, "calls of it wait", max, "maxCalls on that side");
  },

  checkKnown(what, known, max) {
    if (known >= max) throw new MalformedFrame(`more than ${max} ${what} (maxRefs)`);
  },

  checkOwing(owing, max, actor) {
    if (owing > max) throw new MalformedFrame(`${owing} messages for ${actor} past its credit`);
  },

  deny(what) {
    throw new MalformedFrame(`a peer that is not trusted asked to ${what}`);
  },
};

/** A peer that is not trusted, in words. */
export function guest(peer: string): string {
  return `${peer}, which is not trusted`;
}

/** Throws {@link NotServable} for what must not be shown to those who are not trusted: `peer` in words. */
export function checkServable(ref: Ref, peer: string): void {
  const { process } = ref.target;
  const isElsewhere: boolean = ref instanceof RemoteRef;
  if (isElsewhere) {
    const remedy = "it is an actor of another realm; show an actor of this realm that asks it";
    const action = `Cannot show ${ref.id} to ${peer}`;
    throw new NotServable({ message: `${action}: ${remedy}`, process: ref.id, handler: null });
  }
  const { calls = [], casts = [] } = ref.constructor as Declared;
  const streams = process?.program.streams?.values() ?? [];
  for (const { name, check } of [...calls, ...casts, ...streams]) {
    if (check === null) throw unchecked(ref.id, peer, name);
  }
}

function checkBusy(
  action: string,
  count: number,
  what: string,
  max: number,
  limit: `${keyof PeerLimits} ${string}`,
): void {
  if (count < max) return;
  const message =
    `Cannot ${action}: ${max} ${what} already, the most there may be; ` +
    `let some end first, or raise limits.${limit}`;
  throw new PeerBusy({ message, max });
}

function unchecked(process: string, peer: string, handler: string): NotServable {
  const message =
    `Cannot serve ${process}.${handler} to ${peer}: nothing checks its ` +
    `arguments; name schemas for it in accepts, as in accepts: { ${handler}: [] } for none`;
  return new NotServable({ message, process, handler });
}
