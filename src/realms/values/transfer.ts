// Transfer: values that are to be moved to another realm instead of copied.
//
// Owns the marks. A mark changes nothing about the value itself: a local call gets it as it is. It is
// looked for when a value is encoded, in value-writer.ts, which also says what a link does with it that
// can only copy.

import { printed } from "../../kernel/exit-reason.js";
import type { Movable } from "../wire/link.js";
import { checkThere, isPlainObject, kindOf, refusal } from "./sendable.js";

const marks = new WeakMap<object, readonly Movable[]>();
// As long as nobody marks anything, no object is looked up.
let wasUsed = false;

/**
 * Marks a value, so that the next call or cast to another realm that holds it moves what it holds, and
 * does not copy it; gives the same value. It works in both directions: `return transfer(buffer)` of a
 * handler moves it to the caller. A call in the same realm gets the value itself, and the mark stays.
 *
 * Who owns a buffer: you, until the call or the cast. From then on it is the other side's, and here
 * it is empty, even if the call fails later. If the call is refused with a TypeError or an
 * UnsupportedError, nothing was sent: it is still yours, and still marked.
 *
 * @param list What to move, where that is not the value itself: buffers (or views of them), ports, streams. Left out: the value,
 * or the buffer that a view covers.
 * @throws TypeError for what cannot be moved, and for a view of a part of its buffer without a list: all
 * of the buffer would go.
 *
 * @example
 * ```ts
 * const small = await images.call.resize(transfer(pixels), 800);
 * await images.call.store(transfer({ name: "cat", pixels }, [pixels.buffer]));
 * ```
 */
export function transfer<T extends object>(
  value: T,
  list?: readonly (Movable | ArrayBufferView)[],
): T {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`value is ${printed(value)}: only objects can be moved, others are copied`);
  }
  if (list !== undefined && !Array.isArray(list)) {
    throw new TypeError(`list is ${printed(list)}: it must be an array, as in [pixels.buffer]`);
  }
  if (list === undefined && ArrayBuffer.isView(value)) checkWhole(value);
  const moved = (list ?? [value]).map((item, index) =>
    movable(item, list === undefined ? "value" : `list[${index}]`),
  );
  wasUsed = true;
  marks.set(value, moved);
  return value;
}

/** What was marked to be moved along with an object. */
export function markOf(value: object): readonly Movable[] | undefined {
  return wasUsed ? marks.get(value) : undefined;
}

/** Takes a mark away: what it named is sent now. */
export function unmark(value: object): void {
  marks.delete(value);
}

function movable(item: unknown, what: string): Movable {
  const found = ArrayBuffer.isView(item) ? item.buffer : item;
  const isObject = typeof found === "object" && found !== null;
  if (isObject && kindOf(found) === "SharedArrayBuffer") {
    throw new TypeError(
      `${what} is shared memory: send it as it is, both sides see the same bytes`,
    );
  }
  if (isObject && !Array.isArray(found) && !isPlainObject(found)) {
    try {
      checkThere(found);
    } catch (error) {
      throw refusal(error, found, what);
    }
    return found as Movable;
  }
  throw new TypeError(
    `${what} is ${printed(item)}: it cannot be moved; name the buffers, ports and streams ` +
      `in it, as in transfer(image, [image.pixels.buffer])`,
  );
}

function checkWhole(view: ArrayBufferView): void {
  const { byteLength, buffer } = view;
  if (byteLength === buffer.byteLength) return;
  throw new TypeError(
    `value is a view of ${byteLength} bytes of a buffer of ${buffer.byteLength}: move all of it with ` +
      `transfer(view, [view.buffer]), or a copy of the part with transfer(view.slice())`,
  );
}
