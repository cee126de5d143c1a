// Input latency: how long after an event the frame is there that could show what it did.
//
// Owns the measuring. Pointer and keyboard events of the visitor count, and one of its own every 50 ms,
// so that there is something to see without touching anything: a timer, counted from when it was due.

/** What was measured in the last seconds. */
export interface Latency {
  /** The newest last, in milliseconds. */
  readonly samples: readonly number[];
  /** 99 of 100 were faster, in milliseconds. */
  readonly p99: number;
  /** Half of them were faster, in milliseconds. */
  readonly median: number;
}

const PROBE_MS = 50;
const KEPT_MS = 6_000;
const INPUTS = ["pointerdown", "keydown", "input"];

/** Measures for as long as the page is there; calls `show` about four times a second. */
export function watchLatency(show: (latency: Latency) => void): void {
  let kept: { readonly atMs: number; readonly ms: number }[] = [];
  /** Notes how long it is from `sinceMs` until the next frame has been drawn. */
  const measure = (sinceMs: number): void => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      // A task after the frame: its callbacks ran, it was laid out and painted.
      port1.onmessage = () => {
        port1.close();
        const atMs = performance.now();
        kept.push({ atMs, ms: atMs - sinceMs });
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
  setInterval(() => {
    const sinceMs = performance.now() - KEPT_MS;
    kept = kept.filter(({ atMs }) => atMs > sinceMs);
    const samples = kept.map(({ ms }) => ms);
    show({ samples, p99: quantile(samples, 0.99), median: quantile(samples, 0.5) });
  }, 250);
  probe();
}

/** The value that this share of `samples` is not above; 0 of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
