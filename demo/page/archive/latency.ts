// Input latency: how long after an event the frame is there that could show what it did.
//
// Owns the measuring, and the words that compare two of its results. Pointer and keyboard events of the
// visitor count, and one of its own every 50 ms, so that there is something to see without touching
// anything: a timer, counted from when it was due. How long a page takes to start is another question, so
// its first seconds do not count; nor does what was due while nobody saw it.

/** What was measured in the last seconds. */
export interface Latency {
  /** The newest last, in milliseconds. */
  readonly samples: readonly number[];
  /** 99 of 100 were faster, in milliseconds. */
  readonly p99: number;
  /** Half of them were faster, in milliseconds. */
  readonly median: number;
}

/** Above this an eye sees that it waits, in milliseconds. */
export const BAD_MS = 100;
/** For so long, in milliseconds, samples count. */
export const KEPT_MS = 6_000;
const PROBE_MS = 50;
const START_MS = 2_500;
/** One frame more is what a screen's own rhythm makes of nothing. */
const FRAME_MS = 17;
const INPUTS = ["pointerdown", "keydown", "input"];

/**
 * Measures for as long as the page is there; calls `show` about four times a second. Gives a function that
 * tells what was measured last.
 */
export function watchLatency(show: (latency: Latency) => void): () => Latency {
  let kept: { readonly atMs: number; readonly ms: number }[] = [];
  let countsFromMs = performance.now() + START_MS;
  /** Notes how long it is from `sinceMs` until the next frame has been drawn. */
  const measure = (sinceMs: number): void => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      // A task after the frame: its callbacks ran, it was laid out and painted.
      port1.onmessage = () => {
        port1.close();
        const atMs = performance.now();
        if (sinceMs > countsFromMs) kept.push({ atMs, ms: atMs - sinceMs });
      };
      port2.postMessage(null);
    });
  };
  const probe = (): void => {
    const dueMs = performance.now() + PROBE_MS;
    setTimeout(() => {
      // A page that nobody sees has no frames.
      if (document.visibilityState === "visible") measure(dueMs);
      probe();
    }, PROBE_MS);
  };
  for (const type of INPUTS) {
    addEventListener(type, ({ timeStamp }) => measure(timeStamp), { capture: true, passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    countsFromMs = Math.max(countsFromMs, performance.now());
  });
  const latest = (): Latency => {
    const sinceMs = performance.now() - KEPT_MS;
    kept = kept.filter(({ atMs }) => atMs > sinceMs);
    const samples = kept.map(({ ms }) => ms);
    return { samples, p99: quantile(samples, 0.99), median: quantile(samples, 0.5) };
  };
  setInterval(() => show(latest()), 250);
  probe();
  return latest;
}

/** The value that this share of `samples` is not above; 0 of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** What the work between two measurements did to the page, in words. */
export function comparedWith(before: Latency, during: Latency): string {
  if (before.samples.length === 0 || during.samples.length === 0) return "the page goes on";
  const [was, is] = [before.median, during.median].map((ms) => `${ms.toFixed(0)} ms`);
  const figures = `half its frames in ${is}, ${was} before`;
  const isAsQuick =
    during.median <= before.median + FRAME_MS &&
    during.p99 <= Math.max(BAD_MS, before.p99 + FRAME_MS);
  if (!isAsQuick) return `the page feels it, on shared cores: ${figures}`;
  return `the page stays as quick as before: ${figures}`;
}
