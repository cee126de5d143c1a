// What the tests on real hosts share: the host's timers, and reading a count of bytes.
// Owns no assertion.

/** The host's timers, for links and pumps. */
export const hostTimers = {
  setTimer: (run: () => void, delayMs: number): unknown => setTimeout(run, delayMs),
  clearTimer: (timer: unknown): void => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** Reads until `length` bytes are there, in however many chunks they come. */
export async function readExactly(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  length: number,
): Promise<Uint8Array> {
  const all = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The link ended after ${at} of ${length} bytes`);
    all.set(value, at);
    at += value.byteLength;
  }
  return all;
}

/** Host handles of a kind that keep the process alive now. */
export function openHandles(kind: RegExp): number {
  return process.getActiveResourcesInfo().filter((name) => kind.test(name)).length;
}
