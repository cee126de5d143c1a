// The error of byte links.
//
// Owns `LinkError`: a link could not be opened, or was lost, and what a client does about it. Which
// host error means what is in classify.ts; errors of a protocol on top (Modbus) are that
// protocol's own.

import { WordedError } from "../../kernel/errors.js";

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
export class LinkError extends WordedError<LinkError> {
  override readonly name: string = "LinkError";
  readonly code: "link-failed" = "link-failed";
  /** Whether to try again. */
  declare readonly disposition: LinkDisposition;
  /** The host's name for the failure, such as `ECONNREFUSED` or `NetworkError`, if it has one. */
  declare readonly hostError: string | undefined;

  constructor(fields: {
    message: string;
    disposition: LinkDisposition;
    hostError?: string | undefined;
    cause?: unknown;
  }) {
    super({ hostError: undefined, ...fields });
  }
}
