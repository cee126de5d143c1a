// A worker whose actor has streams, long ones, quick ones, and one that never lets its realm hear; and a call with no answer.
import { genServer, progress, type Server, streams } from "troupe";
import { serve, transfer } from "troupe/realms";

/** What the page sees of it. */
export type Jobs = Server<
  [],
  {
    call: { closed(): number; wait(): string; waiting(): number };
    stream: {
      parts(count: number, bytes: number): number | ArrayBuffer;
      busy(): number;
      hog(port: MessagePort): number;
    };
  }
>;

let closed = 0;
let waiting = 0;

export const Jobs: Jobs = genServer({
  id: "jobs",
  init: () => null,
  call: {
    closed: () => closed,
    /** Never answers. */
    wait: (self) => {
      waiting++;
      return self.replyLater<string>();
    },
    waiting: () => waiting,
  },
  stream: {
    async *parts(_self, count: number, bytes: number) {
      for (let n = 1; n <= count; n++) {
        yield progress(n / count);
        yield transfer(new Uint8Array(bytes).fill(n).buffer);
      }
    },
    // It never waits for anything by itself.
    async *busy() {
      try {
        for (let n = 0; ; n++) yield progress(n);
      } finally {
        closed++;
      }
    },
    // Through a port of its own it gets a gate, and tells that it hears nothing from now on: what it yields is
    // heard before. It is deaf until the gate opens, however long the page takes.
    async *hog(_self, port: MessagePort) {
      const gate = await new Promise<Int32Array>((resolve) => {
        port.onmessage = ({ data }) => resolve(data);
      });
      yield 1;
      port.postMessage("deaf");
      Atomics.wait(gate, 0, 0, 60_000);
      yield 2;
    },
  },
  streams,
});

serve([Jobs]);
