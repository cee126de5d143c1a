// The analyst actor: writes recordings and reads them, which is seconds of hard work.
//
// Owns the jobs. It keeps nothing between two of them, so any number of analysts may share the work, and
// it does not know where it lives: in a worker of a pool, or on the page's own thread.

import { genServer, progress, streams } from "troupe";
import { transfer } from "troupe/realms";
import { linesOf, type Part } from "./csv-lines.js";
import { recordingPart } from "./recording.js";
import { joined, NOTHING, summaryOf } from "./summary.js";

export const Analyst = genServer({
  id: "analyst",
  init: () => null,
  call: {
    /** The bytes of a part of the recording. They are moved to whoever asked, and not copied. */
    record: (_self, part: number) => transfer(recordingPart(part)),
  },
  stream: {
    /** How many bytes of a part are done, again and again, and then what it says. */
    async *summarize(_self, file: Blob, part: Part, isSpoilt: boolean) {
      // The bug: a loop that nothing ends. No signal is seen in it, and no message.
      while (isSpoilt);
      let summary = NOTHING;
      let done = 0;
      for await (const text of linesOf(file, part)) {
        summary = joined(summary, summaryOf(text));
        done += text.length;
        yield progress({ done });
      }
      yield { summary };
    },
  },
  streams,
});
