// Kin: what a start tells of a supervisor's children, and of theirs.
//
// Owns both ends of it: the tree of places as it stands on the wire, and which places here follow them, by
// name. The places are child-places.ts; how a start is asked for is places/remote.ts.

import type { Target } from "../../kernel/process.js";
import type { Ref } from "../../kernel/ref.js";
import { inWords, listOf, wrong } from "../wire/frame-checks.js";
import type { Kin } from "../wire/wire.js";
import { homeOf, placesOf } from "./child-places.js";
import type { Exports } from "./exports.js";
import type { Imports } from "./imports.js";

/** What a start tells of a supervisor's children, and `isDeep` of theirs; undefined for who is none. */
export function kinOf(exports: Exports, ref: Ref, isDeep: boolean): Kin | undefined {
  const { child } = ref as Ref & { child?: Readonly<Record<string, Ref>> };
  if (child === undefined) return undefined;
  return Object.entries(child).map(([name, handle]) => {
    const own = isDeep ? kinOf(exports, handle, true) : undefined;
    return [name, exports.show(handle).id, handle.target.process?.program.id ?? handle.id, own];
  });
}

/** A supervisor has started: its places are those of the children that it has now. */
export function settleKin(imports: Imports, supervisor: Target, kin: unknown): void {
  const places = placesOf(supervisor);
  const lost = new Map(places);
  for (const relative of listOf(kin)) {
    const [name, id, behaviour, own] = listOf(relative);
    if (typeof name !== "string") throw wrong("the name of a child", name);
    const place = imports.place(id, inWords(behaviour), places.get(name), homeOf(supervisor));
    place.name = name;
    places.set(name, place);
    lost.delete(name);
    if (own != null) settleKin(imports, place, own);
  }
  for (const [name, place] of lost) {
    places.delete(name);
    place.set("down");
  }
}
