// openInTime: waits for a link that opens later, no longer than for a hello.
//
// Owns that wait, and what becomes of a link that comes too late. It stands apart from the lease, because
// the link to a worker is there at once: whoever only starts workers does not carry it.

import { whenSettled } from "../../kernel/operation.js";
import { Alarm, type Timers } from "../../kernel/timers.js";
import { timesOf } from "../session/link-times.js";
import { RealmSilent } from "../wire/errors.js";
import type { Link } from "../wire/link.js";
import { discard, type OpenInTime, type Place } from "./lease.js";

/** Opens the link of a place. Rejects with RealmSilent, and then closes a link that comes after all. */
export const openInTime: OpenInTime = (place: Place, timers: Timers): Promise<Link> =>
  new Promise((resolve, reject) => {
    const { helloTimeoutMs } = timesOf(place.options);
    let isLate = false;
    const overdue = new Alarm(() => {
      isLate = true;
      const hint = "what opens its link gave a promise that has not settled";
      reject(new RealmSilent(place.name, helloTimeoutMs, hint));
    });
    timers.start(overdue, helloTimeoutMs);
    whenSettled(
      // What it throws is no other failure than what it rejects with.
      new Promise((opened) => opened(place.open())),
      (link) => {
        timers.drop(overdue);
        if (isLate) discard(link as Link);
        resolve(link as Link);
      },
      (error) => {
        timers.drop(overdue);
        reject(error);
      },
    );
  });
