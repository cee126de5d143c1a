// The groups of traces that can be replayed: one entry each.
// Owns the list only. A group's driver performs its scenarios; replay.ts compares.

import { processes } from "./drivers/process.js";
import { statem } from "./drivers/statem.js";
import { supervision } from "./drivers/supervision.js";
import type { Group } from "./replay.js";

// biome-ignore format: one entry a line, so that branches merge
/** All groups. */
export const groups: readonly Group[] = [
  processes,
  supervision,
  statem,
];
