// The type of the traces beside this file, so that no compiler infers one from megabytes of data.
// Owns no data; what the traces say is FORMAT.md.
import type { Trace } from "../replay.js";

declare const traces: readonly Trace[];
// biome-ignore lint/style/noDefaultExport: how JSON is imported
export default traces;
