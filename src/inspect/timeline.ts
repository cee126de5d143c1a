// A timeline in words: what happened in a system, one sentence for each thing.
//
// Owns the sentences and a bounded list of them, newest last. A crash and the restart that answers it
// are one sentence, and so is a link's absence (state-lines.ts). It is made of the system's observers
// and keeps no process alive.

import type { System } from "../behaviours/system.js";
import { checkCount } from "../kernel/errors.js";
import { formatReason, isNormalReason } from "../kernel/exit-reason.js";
import type { ProcessInfo, SystemEvent } from "../kernel/observers.js";
import { SnapshotStore, type Snapshots } from "./snapshots.js";
import { StateLines } from "./state-lines.js";

/** One line of a timeline. */
export interface TimelineEntry {
  /** Counts the lines of this timeline; a line that grows keeps its number. */
  readonly number: number;
  /** The platform's monotonic milliseconds. */
  readonly atMs: number;
  /** How much it matters. */
  readonly level: "info" | "warn" | "error";
  /** Whom it is about: a child id, or a process id. */
  readonly subject: string;
  /** The sentence. */
  readonly text: string;
}

/** A live timeline. Stop it when nobody looks any more. */
export interface Timeline extends Snapshots<readonly TimelineEntry[]> {
  /** Stops watching. */
  stop(): void;
}

/**
 * Watches a system and says in words what happens: "meter crashed in read: Error: …; restarted in
 * 3 ms; 2 calls rejected". What ends with `noconnection`, such as an actor whose worker is gone, "lost its
 * connection".
 *
 * @param options.max How many lines are kept; default 200.
 * @throws RangeError when `max` is no whole number of 1 or more.
 *
 * @example
 * ```ts
 * const timeline = watchTimeline(system, { max: 50 });
 * timeline.subscribe(() => console.log(timeline.getSnapshot().at(-1)?.text));
 * ```
 */
export function watchTimeline(
  system: Pick<System, "observe">,
  options: { max?: number } = {},
): Timeline {
  const { max = 200 } = options;
  checkCount("max", max, 1);
  let entries: readonly TimelineEntry[] = [];
  let next = 1;
  /** Crashes whose restart is still to come, by the process that has ended or the child's place. */
  const crashes = new Map<string, TimelineEntry>();
  /** Supervisors that gave up: their end has been said, and how. */
  const gaveUp = new Set<string>();
  const states = new StateLines();
  const store = new SnapshotStore<readonly TimelineEntry[]>(() => entries);

  const write = (
    event: SystemEvent,
    level: TimelineEntry["level"],
    subject: string,
    text: string,
  ): TimelineEntry => {
    const entry = { number: next++, atMs: event.atMs, level, subject, text };
    entries = [...entries, entry].slice(-max);
    store.changed();
    return entry;
  };
  const rewrite = (
    number: number,
    change: (old: TimelineEntry) => Partial<TimelineEntry>,
  ): void => {
    entries = entries.map((old) => (old.number === number ? { ...old, ...change(old) } : old));
    store.changed();
  };
  const extend = (entry: TimelineEntry, more: string): void =>
    rewrite(entry.number, ({ text }) => ({ text: `${text}; ${more}` }));

  const told = (event: SystemEvent): void => {
    switch (event.type) {
      case "started":
        // A restart says so in the line of its crash.
        if (!crashes.has(placeOf(event.process))) {
          write(event, "info", nameOf(event.process), `${nameOf(event.process)} started`);
        }
        break;
      case "startFailed":
        if (event.reason === "normal") break;
        write(
          event,
          "error",
          nameOf(event.process),
          `${nameOf(event.process)} did not start: ${formatReason(event.reason)}`,
        );
        break;
      case "stopped": {
        const name = nameOf(event.process);
        states.forget(event.process.id);
        if (gaveUp.delete(event.process.id)) break;
        const refused =
          event.rejectedCalls === 0
            ? ""
            : `; ${event.rejectedCalls} ${event.rejectedCalls === 1 ? "call" : "calls"} rejected`;
        if (isNormalReason(event.reason)) {
          write(event, "info", name, `${name} stopped${refused}`);
          break;
        }
        const entry = write(event, "error", name, `${name} ${howItEnded(event)}${refused}`);
        if (event.process.name !== undefined) crashes.set(placeOf(event.process), entry);
        break;
      }
      case "restarted": {
        const place = `${event.supervisor.id}/${event.child}`;
        const crash = crashes.get(place);
        crashes.delete(place);
        const words = `restarted in ${Math.max(1, Math.round(event.tookMs))} ms`;
        if (crash !== undefined) extend(crash, words);
        else write(event, "warn", event.child, `${event.child} ${words}`);
        break;
      }
      case "terminal": {
        const name = nameOf(event.supervisor);
        crashes.delete(`${event.supervisor.id}/${event.child}`);
        const text = `${name} gave up: ${event.child} failed too often`;
        gaveUp.add(event.supervisor.id);
        crashes.set(placeOf(event.supervisor), write(event, "error", name, text));
        break;
      }
      case "lost":
        write(
          event,
          "warn",
          event.child,
          `${event.child} is gone: ${nameOf(event.supervisor)} was restarted without it`,
        );
        break;
      case "state": {
        const { process, from, to, atMs } = event;
        const name = nameOf(process);
        const { text, line } = states.change(process.id, name, from, to, atMs);
        // Not on a line that has fallen out of the list.
        if (line !== null && entries.some(({ number }) => number === line)) {
          rewrite(line, () => ({ text }));
        } else states.stands(process.id, write(event, "info", name, text).number);
        break;
      }
      case "log":
        if (event.level === "debug") break;
        write(
          event,
          event.level,
          nameOf(event.process),
          `${nameOf(event.process)}: ${event.message}`,
        );
        break;
      case "lateError":
        write(
          event,
          "warn",
          nameOf(event.process),
          `${nameOf(event.process)} failed after its end: ${inWords(event.error)}`,
        );
        break;
      default:
    }
  };
  const stop = system.observe((event) => {
    told(event);
    return store.tell();
  });
  return {
    getSnapshot: () => store.getSnapshot(),
    subscribe: (listener) => store.subscribe(listener),
    stop: () => {
      stop();
    },
  };
}

const nameOf = ({ name, id, behaviour }: ProcessInfo): string =>
  // The children of a dynamic supervisor have numbers, which say nothing by themselves.
  name === undefined ? id : isNumber(name) ? `${behaviour} ${name}` : name;
const isNumber = (name: string): boolean => /^\d+$/.test(name);
const placeOf = ({ parent, name, id }: ProcessInfo): string => `${parent ?? ""}/${name ?? id}`;
const howItEnded = ({ reason, handler }: Extract<SystemEvent, { type: "stopped" }>): string => {
  if (reason === "killed") return "was killed";
  // Nothing of its own has failed: its realm is gone, or one that it was linked to.
  if (reason === "noconnection") return "lost its connection";
  return `crashed${handler === undefined ? "" : ` in ${handler}`}: ${formatReason(reason)}`;
};
const inWords = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
