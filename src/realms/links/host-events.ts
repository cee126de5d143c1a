// Listening to what posts messages, whichever way its host has for it.
//
// Owns the one difference: ports, workers and scopes of the web have `addEventListener` and events that
// carry `data`; the Worker of worker_threads is an emitter, and tells the data itself. Which one it is
// shows in its members, not in the name of a host.

/** A worker, a port or a worker's scope, as the web has them. */
export interface WebTarget {
  addEventListener(type: string, listener: (event: unknown) => void): void;
  removeEventListener(type: string, listener: (event: unknown) => void): void;
}

/** A worker of `node:worker_threads`. */
export interface Emitter {
  on(type: string, listener: (value: unknown) => void): unknown;
  off(type: string, listener: (value: unknown) => void): unknown;
}

/** Something that tells events, in one of the two ways. */
export type EventSourceLike = WebTarget | Emitter;

/** Whether it has events of the web; what has both ways is listened to in this one. */
export function isWebTarget(target: EventSourceLike): target is WebTarget {
  return typeof (target as Partial<WebTarget>).addEventListener === "function";
}

/** Calls `listener` with each event: an object of the web, or what an emitter tells. */
export function listenTo(
  target: EventSourceLike,
  type: string,
  listener: (event: unknown) => void,
): () => void {
  if (isWebTarget(target)) {
    target.addEventListener(type, listener);
    return () => target.removeEventListener(type, listener);
  }
  target.on(type, listener);
  return () => target.off(type, listener);
}

/** Calls `listener` with the data of each message. */
export function listenForMessages(
  target: EventSourceLike,
  listener: (data: unknown) => void,
): () => void {
  const isWeb = isWebTarget(target);
  return listenTo(target, "message", (event) =>
    listener(isWeb ? (event as { readonly data: unknown }).data : event),
  );
}
