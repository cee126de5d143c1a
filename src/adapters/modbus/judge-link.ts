// A Modbus link's attempts and losses, for client and slave alike: opened through `openLink`, judged
// by `judgeLink`.
//
// Owns that every failure has its meaning and its remedy by the time anybody sees it: hosts throw
// plain errors. Which host error is which is classify.ts's; when to try again is the connection's.

import { ActorError } from "../../kernel/errors.js";
import type { Platform } from "../../kernel/platform.js";
import type { ByteDuplex, Connect } from "../byte-link/byte-duplex.js";
import { classifyLinkError } from "../byte-link/classify.js";
import { type Verdict, verdict } from "../verdict.js";

/**
 * Makes one attempt. Rejects with one of our errors, whose sentence says what to do: a host's own
 * ("No such file or directory") becomes a LinkError.
 */
export async function openLink(
  connect: Connect,
  signal: AbortSignal,
  platform: Platform,
): Promise<ByteDuplex> {
  try {
    return await connect({ signal, timers: platform, host: platform.host });
  } catch (error) {
    throw error instanceof ActorError
      ? error
      : classifyLinkError(error, { action: "open the link" });
  }
}

/** Judges an error of a link. `undefined`, an end by the far end without an error, is tried again. */
export function judgeLink(error: unknown): Verdict {
  if (error === undefined) return verdict("retry");
  switch (classifyLinkError(error).disposition) {
    case "final":
      return verdict("failed");
    case "needsPermission":
      return verdict("needsPermission");
    default:
      return verdict("retry");
  }
}
