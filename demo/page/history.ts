// The history actor: what the meter has read, and where it could not.
//
// Owns the samples and the gaps. It stands before the meter in the tree, so that a crash of the
// meter costs no reading: what may fail and what must last are two actors. It watches the meter,
// and knows of its end by itself. Draws nothing: gauges and chart bind to its view.

import { type ActorRef, genServer, type SentLater } from "troupe";
import type { PumpReading } from "../shared/pump-registers.js";

/** Everything that one poll has read. */
export interface Sample {
  /** When, by `performance.now()`. */
  readonly atMs: number;
  readonly reading: PumpReading;
  readonly setpointRpm: number;
  readonly isRunning: boolean;
}

/** A stretch without readings: from the last sample before to the first after. */
export interface Gap {
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly toMs: number | null;
  readonly why: string;
}

/** What the view gives. */
export interface Readings {
  /** Oldest first, the last two minutes. */
  readonly samples: readonly Sample[];
  readonly gaps: readonly Gap[];
}

const KEPT_MS = 120_000;
/** Three polls without an answer. */
const STALE_AFTER_MS = 1_500;

export const History = genServer({
  id: "history",
  init: () => ({
    readings: { samples: [], gaps: [] } as Readings,
    silence: null as SentLater | null,
  }),
  cast: {
    record(self, sample: Sample) {
      const { samples, gaps } = self.state.readings;
      const since = sample.atMs - KEPT_MS;
      self.state.readings = {
        samples: [...samples.filter(({ atMs }) => atMs > since), sample],
        gaps: gaps
          .map((gap) => (gap.toMs === null ? { ...gap, toMs: sample.atMs } : gap))
          .filter(({ toMs }) => toMs === null || toMs > since),
      };
      self.state.silence?.cancel();
      self.state.silence = self.sendAfter(STALE_AFTER_MS, "silence");
    },
    miss(self, why: string) {
      self.state.readings = withGap(self.state.readings, why);
    },
    /** From the meter, at each of its starts. */
    watch(self, meter: ActorRef) {
      self.monitor(meter);
    },
  },
  info(self, message) {
    const why = message.type === "down" ? "the meter crashed" : "no answer from the pump";
    self.state.readings = withGap(self.state.readings, why);
  },
  view: (state) => state.readings,
});

/** The readings, stale from the last sample on. */
function withGap(readings: Readings, why: string): Readings {
  const { samples, gaps } = readings;
  const last = samples.at(-1);
  // Nothing was ever read, or it is known already.
  if (last === undefined || gaps.at(-1)?.toMs === null) return readings;
  return { samples, gaps: [...gaps, { fromMs: last.atMs, toMs: null, why }] };
}
