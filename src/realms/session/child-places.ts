// The places here of the children of supervisors in other realms: they outlive what fills them.
//
//   supervisor (a place here, or a proxy) ──► name ──► Slot ──► proxy of the child?
//
// Owns where they are kept: with the supervisor's own place, so that whoever holds the handle of a child keeps it
// when the supervisor is started anew, as with one that runs here (SUP-9). Which there are a start tells:
// kin.ts; what stands in one is imports.ts.

import { Process, type Target } from "../../kernel/process.js";
import { Slot } from "../../supervision/slot.js";

const ofProcesses: WeakMap<Target, Map<string, Slot>> = new WeakMap();

/** What outlives a supervisor: its own place, if it is supervised here. */
export function homeOf(supervisor: Target): Target {
  const place = supervisor instanceof Process ? supervisor.place : null;
  return place instanceof Slot ? place : supervisor;
}

/** The places of a supervisor's children by name. */
export function placesOf(target: Target): Map<string, Slot> {
  const supervisor = homeOf(target);
  if (supervisor instanceof Slot) return supervisor.children;
  let places = ofProcesses.get(supervisor);
  if (places === undefined) {
    const made = new Map<string, Slot>();
    ofProcesses.set(supervisor, made);
    // A slot tells its children that it will not stand again; nobody else does.
    supervisor.whenLive((process) => {
      if (process === null) for (const place of made.values()) place.set("down");
    });
    places = made;
  }
  return places;
}
