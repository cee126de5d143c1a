// The traces that troupe does not reproduce, each with the reason.
// Owns the one list. Only a trace that its recorder tagged `quirk` or `version-dependent` may stand
// here, and one that passes may not: a test holds both.
import type { Scenario } from "./replay.js";

const failedStart =
  "a failed start is told to whoever asked for it, not along links (GS-1); OTP does so from 26 on";

// biome-ignore format: one entry a line, so that branches merge
/** Reasons by the id of the scenario. */
export const exceptions: Readonly<Record<string, string>> = {
  "proc-init-ignore": failedStart,
  "proc-init-stop-normal": failedStart,
  "proc-init-stop-shutdown": failedStart,
  "proc-init-raise": failedStart,
  "proc-init-exit": failedStart,
  "proc-init-bad-return": failedStart,
  "sup-simple-restart-ignored": "a dynamic child whose restart gives ignore is forgotten, as at its start; OTP keeps an entry without a process and counts it as active",
  "sup-simple-restart-ignored-stop": "such an entry makes OTP's supervisor crash in its orderly end; ours has none, and ends",
};

/** Why a scenario may differ; undefined if it may not. */
export function exceptionOf({ id, tags = [] }: Scenario): string | undefined {
  const isTagged = tags.includes("quirk") || tags.includes("version-dependent");
  return isTagged ? exceptions[id] : undefined;
}
