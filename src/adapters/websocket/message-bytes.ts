// The size of a WebSocket message, before it is sent.
//
// Owns the count only: it encodes nothing and copies nothing. A string counts as the UTF-8 that a
// socket makes of it, which for other scripts than Latin is up to three times its length.

/** What a WebSocket can send. Views are no generics before TypeScript 5.7, and those of shared memory are not sent. */
export type OutboxData =
  | string
  | ArrayBuffer
  | (ArrayBufferView & { readonly buffer: ArrayBuffer })
  | Blob;

/**
 * The bytes that a message takes on the wire, its frame's header excluded.
 *
 * Linear in the length of a string, constant for the rest. A lone surrogate counts 3, because a
 * socket sends U+FFFD for it.
 *
 * @throws TypeError for a value that no WebSocket can send.
 *
 * @example
 * ```ts
 * messageBytes("€"); // 3
 * ```
 */
export function messageBytes(data: OutboxData): number {
  if (typeof data === "string") return utf8Bytes(data);
  // By tag, not by instanceof: the buffer or Blob of another frame is as good.
  const tag = Object.prototype.toString.call(data);
  if (ArrayBuffer.isView(data) || tag === "[object ArrayBuffer]") {
    return (data as ArrayBuffer | ArrayBufferView).byteLength;
  }
  if (tag === "[object Blob]" || tag === "[object File]") return (data as Blob).size;
  throw new TypeError(
    `The message is ${tag.slice(8, -1)}: it must be a string, an ArrayBuffer, a view of one, or ` +
      "a Blob; turn other values into a string with JSON.stringify",
  );
}

/** Whether a WebSocket can send a value, whatever realm it is of. */
export function isOutboxData(value: unknown): value is OutboxData {
  if (typeof value === "string" || ArrayBuffer.isView(value)) return true;
  const tag = Object.prototype.toString.call(value);
  return tag === "[object ArrayBuffer]" || tag === "[object Blob]" || tag === "[object File]";
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
    } else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) {
      // A pair is 2 units and 4 bytes.
      bytes += 2;
      index++;
    } else {
      bytes += 2;
    }
  }
  return bytes;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
