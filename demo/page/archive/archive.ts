// The archive actor: what is read, how far it is, and what came out.
//
// Owns the state that the panel shows, and one reading at a time, which is a task of it: cancelling is the
// task's end. The analysts are others, so whatever happens to them, this one answers.

import { genServer, type HandleOf, type Job, task } from "troupe";
import type { Analyst } from "./analyst.js";
import { type Reading, readRecording, type Step, writeRecording } from "./reading.js";
import { RECORDING_PARTS } from "./recording.js";
import type { Summary } from "./summary.js";

/** Where analysts are. */
export type Where = "workers" | "page";

/** One of those who read at the same time. */
export interface Lane {
  /** The part it reads, from 1 on; null if none. */
  readonly part: number | null;
  /** When it was last heard of. */
  readonly heardAtMs: number;
}

/** What the view gives. */
export interface Progress {
  readonly phase: "idle" | "writing" | "reading" | "done" | "cancelled" | "failed";
  readonly where: Where;
  /** 2 if the recording has to be written before it is read; each step has a share of its own. */
  readonly steps: 1 | 2;
  /** Of the bytes that are to be read, or the parts that are to be written. */
  readonly share: number;
  readonly bytes: number;
  /** How many there are, once they are written. */
  readonly size: number;
  readonly lanes: readonly Lane[];
  /** Parts that were lost with their worker, and read again. */
  readonly again: number;
  /** The part that was lost last, until it is through. */
  readonly lost: { readonly part: number; readonly why: string } | null;
  /** Why it failed, if it did. */
  readonly failure: string;
  readonly startedAtMs: number;
  readonly tookMs: number;
  readonly summary: Summary | null;
}

/** Who does the work: in workers, and on this thread. */
export interface Analysts {
  readonly workers: HandleOf<typeof Analyst>;
  /** How many of them. */
  readonly size: number;
  readonly page: HandleOf<typeof Analyst>;
}

const IDLE: Progress = {
  phase: "idle",
  where: "workers",
  steps: 1,
  share: 0,
  bytes: 0,
  size: 0,
  lanes: [],
  again: 0,
  lost: null,
  failure: "",
  startedAtMs: 0,
  tookMs: 0,
  summary: null,
};

type End =
  | { readonly kind: "done"; readonly summary: Summary }
  | { readonly kind: "failed"; readonly why: string };

export const Archive = genServer({
  id: "archive",
  init: (_self, analysts: Analysts) => ({
    analysts,
    progress: IDLE,
    file: null as Blob | null,
    job: null as Job<void> | null,
    spoilt: 0,
  }),
  cast: {
    /** Reads the whole recording, and writes it first if there is none yet. */
    read(self, where: Where) {
      const { state, ref } = self;
      if (state.job !== null) return;
      const { analysts } = state;
      const lanes = where === "workers" ? analysts.size : 1;
      const startedAtMs = self.platform.now();
      const lane: Lane = { part: null, heardAtMs: startedAtMs };
      const { summary } = state.progress;
      const { file } = state;
      state.progress = {
        ...IDLE,
        ...(file === null ? { phase: "writing", steps: 2 } : { phase: "reading", size: file.size }),
        where,
        startedAtMs,
        summary,
        lanes: Array.from({ length: lanes }, () => lane),
      };
      state.spoilt = 0;
      const tell = (step: Step | End): void => void ref.send(step);
      const takeSpoilt = (): boolean => state.spoilt > 0 && state.spoilt-- > 0;
      state.job = task(self, async (signal) => {
        const reading: Reading = { analysts: analysts[where], lanes, signal, tell, takeSpoilt };
        try {
          // Always in the workers: what is compared is the reading.
          const recording =
            file ?? (await writeRecording({ ...reading, analysts: analysts.workers }));
          if (file === null) tell({ kind: "recorded", file: recording });
          tell({ kind: "done", summary: await readRecording(recording, reading) });
        } catch (error) {
          if (!signal.aborted) tell({ kind: "failed", why: (error as Error).message });
        }
      });
    },
    /** Gives up. Analysts that do not hear of it have a grace; then their worker is ended. */
    cancel(self) {
      const { state } = self;
      if (state.job === null) return;
      state.job.cancel();
      state.job = null;
      state.progress = { ...state.progress, phase: "cancelled", share: 0, lanes: [] };
    },
    /** The next part is one that an analyst never comes back from. */
    spoil(self) {
      self.state.spoilt++;
    },
  },
  info(self, message) {
    const { state } = self;
    // What a reading says that was cancelled meanwhile is of no interest.
    if (message.type !== "message" || state.job === null) return;
    const step = message.message as Step | End;
    const now = self.platform.now();
    const { progress } = state;
    const took = { tookMs: now - progress.startedAtMs };
    if (step.kind === "recorded") {
      const { file } = step;
      state.file = file;
      state.progress = {
        ...progress,
        phase: "reading",
        share: 0,
        size: file.size,
        startedAtMs: now,
      };
    } else if (step.kind === "wrote") {
      state.progress = { ...progress, share: progress.share + 1 / RECORDING_PARTS };
    } else if (step.kind === "done") {
      const { summary } = step;
      state.job = null;
      state.progress = { ...progress, ...took, phase: "done", share: 1, lanes: [], summary };
    } else if (step.kind === "failed") {
      state.job = null;
      state.progress = { ...progress, ...took, phase: "failed", lanes: [], failure: step.why };
    } else state.progress = { ...afterStep(progress, step, now), ...took };
  },
  view: (state) => state.progress,
});

function afterStep(
  progress: Progress,
  step: Exclude<Step, { kind: "wrote" | "recorded" }>,
  now: number,
): Progress {
  const at = (change: Partial<Lane>): readonly Lane[] =>
    progress.lanes.map((lane, index) =>
      index === step.lane ? { ...lane, heardAtMs: now, ...change } : lane,
    );
  const { lanes, lost } = progress;
  if (step.kind === "part") {
    // Whoever had it has another one now, or none.
    const isThrough = lost !== null && lanes[step.lane]?.part === lost.part;
    return { ...progress, lanes: at({ part: step.part }), lost: isThrough ? null : lost };
  }
  if (step.kind === "again") {
    const again = progress.again + 1;
    return { ...progress, lanes: at({ part: null }), again, lost: step };
  }
  const bytes = progress.bytes + step.bytes;
  return { ...progress, lanes: at({}), bytes, share: bytes / progress.size };
}
