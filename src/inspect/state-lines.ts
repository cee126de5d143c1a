// The sentences of state machines: one for each time away from a state, not one for each step on the
// way back to it.
//
// Owns the folding: a link that is lost and tries ten times to come back is one line, which changes
// while it does and ends with "again after …". It knows no protocol, and keeps no lines: timeline.ts does.

/** A state that lasted this long is where a machine is at home, in milliseconds. */
const SETTLED_MS = 10_000;

interface Standing {
  /** The state it is at home in: what it comes back to is "again". */
  home: string;
  away: boolean;
  leftAtMs: number;
  changedAtMs: number;
  /** How often it came back on this line. */
  returns: number;
  /** The line that goes on, if one does. */
  line: number | null;
}

/** The sentence for a change of state, and the line it replaces, if it goes on an old one. */
export interface StateSentence {
  readonly text: string;
  readonly line: number | null;
}

/** Folds the changes of all machines of a system. */
export class StateLines {
  readonly #machines: Map<string, Standing> = new Map();

  /** Says in words that `process` went from one state to another. */
  change(process: string, name: string, from: string, to: string, atMs: number): StateSentence {
    let standing = this.#machines.get(process);
    if (standing === undefined) {
      // The first change leads from where it began to where it belongs.
      standing = { home: to, away: false, leftAtMs: 0, changedAtMs: atMs, returns: 0, line: null };
      this.#machines.set(process, standing);
      return { text: `${name} is ${spaced(to)} (was ${spaced(from)})`, line: null };
    }
    if (atMs - standing.changedAtMs >= SETTLED_MS) {
      standing.home = from;
      standing.away = false;
      standing.returns = 0;
      standing.line = null;
    }
    standing.changedAtMs = atMs;
    if (!standing.away) standing.leftAtMs = atMs;
    standing.away = to !== standing.home;
    const home = spaced(standing.home);
    const { line } = standing;
    if (standing.away) return { text: `${name} is ${spaced(to)} (was ${home})`, line };
    const times = ++standing.returns === 1 ? "" : `, for the ${ordinal(standing.returns)} time`;
    const after = seconds(atMs - standing.leftAtMs);
    return { text: `${name} is ${home} again after ${after}${times}`, line };
  }

  /** The sentence that {@link change} gave last for `process` stands on line `line`. */
  stands(process: string, line: number): void {
    const standing = this.#machines.get(process);
    if (standing?.away) standing.line = line;
  }

  /** The process is gone. */
  forget(process: string): void {
    this.#machines.delete(process);
  }
}

/** `needsPermission` as people write it: `needs permission`. */
const spaced = (state: string): string =>
  state.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);

const seconds = (ms: number): string =>
  ms < 1_000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`;

const ordinal = (count: number): string => {
  const tens = count % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][count % 10] ?? "th");
  return `${count}${suffix}`;
};
