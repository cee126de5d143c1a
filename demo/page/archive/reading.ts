// One reading of the recording: its parts go to the analysts, and what they find is added up.
//
// Owns who reads what: as many parts at a time as there are analysts, and a part whose analyst was lost, or
// has said nothing for too long, once more. That is safe, because reading changes nothing. It is a task of
// the archive, which it tells how far it is.

import type { HandleOf } from "troupe";
import { JobLost } from "troupe/realms";
import type { Analyst } from "./analyst.js";
import { type Part, partsOf } from "./csv-lines.js";
import { RECORDING_PARTS } from "./recording.js";
import { joined, NOTHING, type Summary } from "./summary.js";

/** What a reading tells while it goes on. */
export type Step =
  | { readonly kind: "wrote"; readonly part: number }
  | { readonly kind: "recorded"; readonly file: Blob }
  | { readonly kind: "part"; readonly lane: number; readonly part: number | null }
  | { readonly kind: "bytes"; readonly lane: number; readonly bytes: number }
  | { readonly kind: "again"; readonly lane: number; readonly part: number; readonly why: string };

/** What a reading needs. */
export interface Reading {
  readonly analysts: HandleOf<typeof Analyst>;
  /** How many parts are read at a time. */
  readonly lanes: number;
  readonly signal: AbortSignal;
  tell(step: Step): void;
  /** True once for each press of *Freeze worker*: the next part is one that nobody can read. */
  takeSpoilt(): boolean;
}

const PART_BYTES = 6 * 2 ** 20;
/** After so long without a word a part is given up: then its worker has a grace, and is ended. */
const SILENT_MS = 4_000;
const MOST_TRIES = 3;

/** Writes the recording, in as many workers as there are. */
export async function writeRecording({ analysts, signal, tell }: Reading): Promise<Blob> {
  const numbers = Array.from({ length: RECORDING_PARTS }, (_, number) => number);
  const parts = await Promise.all(
    numbers.map(async (part) => {
      const bytes = await analysts.with({ signal, timeoutMs: 120_000 }).call.record(part);
      tell({ kind: "wrote", part: part + 1 });
      // Out of this page's memory at once: a blob is kept elsewhere.
      return new Blob([bytes]);
    }),
  );
  return new Blob(parts);
}

/** Reads the recording. Rejects when `signal` aborts, or a part was lost again and again. */
export async function readRecording(file: Blob, reading: Reading): Promise<Summary> {
  const { signal, tell, lanes } = reading;
  const waiting = partsOf(file.size, PART_BYTES).map((part, index) => ({
    part,
    number: index + 1,
    tries: 0,
  }));
  let summary = NOTHING;
  const work = async (lane: number): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      tell({ kind: "part", lane, part: job.number });
      try {
        const found = await readPart(file, job.part, lane, reading);
        // Not in one expression: what stands before an await is read before it, and others add meanwhile.
        summary = joined(summary, found);
      } catch (error) {
        if (signal.aborted || ++job.tries === MOST_TRIES) throw error;
        tell({ kind: "again", lane, part: job.number, why: inShort(error) });
        waiting.unshift(job);
      }
    }
    tell({ kind: "part", lane, part: null });
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)));
  return summary;
}

/** What became of a part, in a few words: the whole sentence is for logs. */
function inShort(error: unknown): string {
  if (error instanceof JobLost) return `worker ${error.worker} has gone`;
  return (error as Error).message;
}

async function readPart(
  file: Blob,
  part: Part,
  lane: number,
  { analysts, signal, tell, takeSpoilt }: Reading,
): Promise<Summary> {
  const silence = new AbortController();
  const overdue = (): void =>
    silence.abort(new Error(`its worker said nothing for ${SILENT_MS / 1_000} s`));
  let timer = setTimeout(overdue, SILENT_MS);
  const reader = analysts.with({
    signal: AbortSignal.any([signal, silence.signal]),
    whenDown: "wait",
    timeoutMs: 60_000,
  });
  let told = 0;
  try {
    for await (const step of reader.stream.summarize(file, part, takeSpoilt())) {
      if ("summary" in step) return step.summary;
      clearTimeout(timer);
      timer = setTimeout(overdue, SILENT_MS);
      tell({ kind: "bytes", lane, bytes: step.done - told });
      told = step.done;
    }
    throw new Error("the analyst left before it was done");
  } catch (error) {
    // What was read of it does not count.
    tell({ kind: "bytes", lane, bytes: -told });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
