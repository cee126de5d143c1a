// Runs: the frames of one turn, with neighbours of a kind as one.
//
// Owns what may be joined: calls and casts to one handler of one actor, and good replies. Order is kept,
// for only neighbours are. A structured clone names the fields of every object anew, which costs several
// times what is in them. On the way back each is handled as if it had come alone: reception.ts.

import { listOf } from "./frame-checks.js";
import type { Call, Calls, Cast, Casts, Frame, Reply } from "./wire.js";

/** The same frames, in the same order, as few as they can be. */
export function joinRuns(frames: readonly Frame[]): readonly Frame[] {
  const joined: Frame[] = [];
  for (let at = 0; at < frames.length; ) {
    const first = frames[at] as Frame;
    let end = at + 1;
    while (end < frames.length && follows(frames[end - 1] as Frame, frames[end] as Frame)) end++;
    if (end === at + 1) joined.push(first);
    else joined.push(joinRun(first as Call | Cast | Reply, frames, at, end));
    at = end;
  }
  return joined;
}

/** The arguments of each message of a run. */
export function argumentsOf({ args, one }: Calls | Casts): readonly unknown[] {
  const list = listOf(args ?? one);
  return args === undefined ? list.map((value) => [value]) : list;
}

function follows(one: Frame, other: Frame): boolean {
  if (one.t !== other.t || one.meta !== undefined || other.meta !== undefined) return false;
  if (one.t === "cast") return one.to === (other as Cast).to && one.m === (other as Cast).m;
  if (one.t === "reply") {
    const { id, error } = other as Reply;
    return id === one.id + 1 && error === undefined && one.error === undefined;
  }
  if (one.t !== "call") return false;
  const { id, to, m, ttl, from, idempotencyKey } = other as Call;
  const isPlain = from === undefined && one.from === undefined && idempotencyKey === undefined;
  return isPlain && id === one.id + 1 && one.to === to && one.m === m && one.ttl === ttl;
}

function joinRun(
  first: Call | Cast | Reply,
  frames: readonly Frame[],
  at: number,
  end: number,
): Frame {
  const values: unknown[] = [];
  if (first.t === "reply") {
    for (let next = at; next < end; next++) values.push((frames[next] as Reply).ok);
    return { t: "replies", id: first.id, ok: values };
  }
  let single = true;
  for (let next = at; next < end; next++) {
    const args = (frames[next] as Call | Cast).args as readonly unknown[];
    single &&= args.length === 1 && (typeof args[0] !== "object" || args[0] === null);
    values.push(args);
  }
  const { to, m } = first;
  const list = single ? { one: values.map((args) => (args as unknown[])[0]) } : { args: values };
  if (first.t === "cast") return { t: "casts", to, m, ...list };
  const { id, ttl } = first;
  return { t: "calls", id, to, m, ...list, ...(ttl === undefined ? {} : { ttl }) };
}
