// A worker of a pool under test: it serves a behaviour that computes, hangs and ends itself.
import { genServer, progress, streams } from "troupe";
import { serve } from "troupe/realms";

export const Cruncher = genServer({
  id: "cruncher",
  init: () => ({ id: crypto.randomUUID() }),
  call: {
    /** Who it is: each worker another. */
    who: (self) => self.state.id,
    /** The sum of bytes, which are moved here and back. */
    sum: (_self, bytes: Uint8Array) => bytes.reduce((sum, byte) => sum + byte, 0),
    /** Holds the thread for so long. */
    hold: (self, ms: number) => {
      const until = Date.now() + ms;
      while (Date.now() < until);
      return self.state.id;
    },
    /** Holds the thread for ever, and says so before. */
    hang: (_self, port: MessagePort): void => {
      port.postMessage("hangs");
      for (;;);
    },
    /** Ends the thread, as a crash of it does. */
    exit: (): Promise<void> => {
      (globalThis as { process?: { exit(code: number): void } }).process?.exit(7);
      return new Promise(() => {});
    },
  },
  stream: {
    async *count(_self, to: number) {
      for (let done = 1; done <= to; done++) {
        yield progress({ done, to });
        yield done;
      }
    },
  },
  streams,
});

serve([Cruncher]);
