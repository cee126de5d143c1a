// Links to dedicated workers: a `Worker` of the web, of Deno or of Bun, or one of `node:worker_threads`.
//
// Owns which events of a worker are its end, on both kinds, and that a worker belongs to its link: with
// the link ends the worker. The worker's own end is parent-listener.ts. It starts no worker.

import { printed } from "../../kernel/exit-reason.js";
import type { Link } from "../wire/link.js";
import { isWebTarget } from "./host-events.js";
import { type Post, PostLink } from "./post-link.js";

/** A worker: what is used of it. */
export type WorkerLike = Post & { terminate(): unknown };

/** Options of {@link workerLink}. */
export interface WorkerLinkOptions {
  /** Such as `decoder`. Default: no name. */
  readonly name?: string | undefined;
  /**
   * Whether an uncaught error ends a worker of the web's kind, as in Deno. Default `false`: in a browser
   * it goes on, unless it was still loading.
   */
  readonly errorsEnd?: boolean | undefined;
}

/**
 * The link to a worker that was just started, in the same turn. Packets sent before the worker
 * listens wait for it, however long it loads. Closing the link ends the worker.
 *
 * @throws TypeError for what is no worker, and for one that has a link already.
 *
 * @example
 * ```ts
 * const url = new URL("./decoder.worker.js", import.meta.url);
 * const link = workerLink(new Worker(url, { type: "module" }), { name: "decoder" });
 * ```
 */
export function workerLink(worker: WorkerLike, options: WorkerLinkOptions = {}): Link {
  const isWorker =
    typeof worker?.postMessage === "function" && typeof worker.terminate === "function";
  if (!isWorker) {
    throw new TypeError(
      `worker is ${printed(worker)}: it must be a Worker, as new Worker(…) gives`,
    );
  }
  // What arrives for one link would be taken by both, and the end of either would end the worker.
  if (taken.has(worker)) {
    throw new TypeError(
      "this Worker has a link already: make a new one each time, as in () => new Worker(…)",
    );
  }
  taken.add(worker);
  const isWeb = isWebTarget(worker);
  let isTerminated = false;
  const release = (): void => {
    isTerminated = true;
    worker.terminate();
  };
  const link = new PostLink(worker, {
    name: options.name === undefined ? "worker" : `worker ${options.name}`,
    otherSide: "the worker",
    trusted: true,
    detectsClose: !isWeb,
    waitsForOther: true,
    release,
    terminate: release,
  });
  link.hint = "is its file bundled, and does it call serve([…])?";
  let cause: unknown;
  link.whileOpen(worker, "error", (event) => {
    cause = errorOf(event);
    const isLoading = !link.hasHeard;
    // An emitter's `exit` follows, and says how it ended.
    if (!isWeb || !(isLoading || options.errorsEnd === true)) return;
    // It is told by the link: the host is not to report it too, or, in Deno, to end for it.
    (event as Partial<Event>).preventDefault?.();
    link.lose(isLoading ? LOADING : "the worker threw", cause);
  });
  const onEnd = (code: unknown): void => {
    if (isTerminated) return;
    const how = cause === undefined ? `ended${ofCode(code)}` : "threw";
    const isLoading = !link.hasHeard;
    // A thread whose file serves nothing has nothing to stay for.
    const hint = isLoading && cause === undefined ? "; does it call serve([…])?" : "";
    link.lose(isLoading && cause !== undefined ? LOADING : `the worker ${how}${hint}`, cause);
  };
  // Node's; and Bun's, whose workers of the web's kind tell it too. No browser has either.
  if (!isWeb) link.whileOpen(worker, "exit", onEnd);
  else link.whileOpen(worker, "close", (event) => onEnd((event as Partial<CloseEvent>).code));
  return link;
}

const taken: WeakSet<WorkerLike> = new WeakSet();

const LOADING = "the worker threw while it loaded";

/** The error of an event, or an emitter's error; a browser may tell only its text, or nothing. */
function errorOf(event: unknown): unknown {
  if (event instanceof Error) return event;
  const { error, message } = (event ?? {}) as Partial<ErrorEvent>;
  const unknown = "its file could not be loaded: is it bundled, and served from this origin?";
  return error ?? new Error(message || unknown);
}

function ofCode(code: unknown): string {
  return typeof code === "number" ? ` with code ${code}` : "";
}
