// The error of byte links.
//
// Owns `LinkError`: a link could not be opened, or was lost, and what a client does about it. Which
// host error means what is in classify.ts; errors of a protocol on top (Modbus) are that
// protocol's own.

import { ActorError } from "../../kernel/errors.js";

/**
 * What to do after a link failed.
 * - `retry`: connect again after the backoff; the cause may go away by itself or by plugging in.
 * - `needsPermission`: only a person can help (choose a port, grant access): do not retry on a
 *   backoff; try again when `Connect.wake` calls or the user asked for it.
 * - `final`: the same attempt would fail in the same way.
 */
export type LinkDisposition = "retry" | "needsPermission" | "final";

/**
 * A byte link could not be opened, or was lost. The message ends with the remedy; `cause` is the
 * host's own error.
 */
export class LinkError extends ActorError {
  override readonly name: string = "LinkError";
  readonly code: "link-failed" = "link-failed";
  /** Whether to try again. */
  readonly disposition: LinkDisposition;
  /** The host's name for the failure, such as `ECONNREFUSED` or `NetworkError`, if it has one. */
  readonly hostError: string | undefined;

  constructor(
    message: string,
    detail: {
      disposition: LinkDisposition;
      hostError?: string | undefined;
      cause?: unknown;
    },
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.disposition = detail.disposition;
    this.hostError = detail.hostError;
  }
}
