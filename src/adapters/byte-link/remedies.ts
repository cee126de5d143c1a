// What each host's failures mean for a link, as tables: by error code (Node, Deno, Bun), by
// DOMException name (Web Serial, WebSocket), by message (the serialport package has only those).
//
// Owns the knowledge, one row for each failure. How an error is matched to a row, and the sentence
// that a user reads, are in classify.ts.

import type { LinkDisposition } from "./errors.js";

/** One row: what to do, and what to tell the person at the device. */
export interface Remedy {
  readonly disposition: LinkDisposition;
  readonly remedy: string;
}

const retry = (remedy: string): Remedy => ({ disposition: "retry", remedy });
const permission = (remedy: string): Remedy => ({ disposition: "needsPermission", remedy });
const final = (remedy: string): Remedy => ({ disposition: "final", remedy });

const PLUGGED = "check the cable and the power of the device";
const IN_USE = "close the other program or tab that holds the port";
const REACHABLE = "check the network, the address and the power of the device";
const NO_PORT = "plug the adapter in, or check the path";
const DIALOUT =
  "add the user to the group that owns the port (on Debian: sudo adduser $USER dialout), " +
  "then log in again";
const FILES = "close files, or raise the limit of open files";
const ARGUMENTS = "correct the options of the link";

/** By `error.code`: the system's errors, and Node's own. */
export function remedyOfCode(code: string): Remedy | undefined {
  switch (code) {
    case "ECONNREFUSED":
      return retry("check that the device is on and listens on this port");
    case "ECONNRESET":
    case "ECONNABORTED":
    case "EPIPE":
      return retry("the device ended the connection; check that it serves one more client");
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
    case "ENETDOWN":
      return retry(REACHABLE);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return retry("check the host name and the name server");
    case "EADDRINUSE":
      return retry("choose another port, or end the program that listens on it");
    case "EADDRNOTAVAIL":
      return retry("use an address of this machine");
    case "ENOENT":
      return retry(NO_PORT);
    case "EBUSY":
    case "EAGAIN":
      return retry(IN_USE);
    case "EIO":
    case "ENXIO":
    case "ENODEV":
    case "EBADF":
      return retry(PLUGGED);
    case "EMFILE":
    case "ENFILE":
      return retry(FILES);
    case "EACCES":
    case "EPERM":
      return permission("allow this program to use the port or the address");
    case "ENOTTY":
      return final("name a serial port");
    case "EINVAL":
      return final(ARGUMENTS);
    case "ERR_MODULE_NOT_FOUND":
    case "MODULE_NOT_FOUND":
      return final("install the package that the link needs");
    // Streams that ended under us. They are TypeErrors in Node, yet no fault of an argument.
    case "ERR_INVALID_STATE":
    case "ERR_STREAM_DESTROYED":
    case "ERR_STREAM_PREMATURE_CLOSE":
    case "ERR_STREAM_WRITE_AFTER_END":
    case "ERR_SOCKET_CLOSED":
      return retry("the link was closed");
    default:
      return code.startsWith("ERR_INVALID_ARG") || code === "ERR_SOCKET_BAD_PORT"
        ? final(ARGUMENTS)
        : undefined;
  }
}

/** By `error.name`: what web interfaces reject with (SER-2). */
export function remedyOfName(name: string): Remedy | undefined {
  switch (name) {
    case "NetworkError":
      return retry(`${PLUGGED}, and ${IN_USE}`);
    case "InvalidStateError":
      return retry(`the port is open already: ${IN_USE}`);
    case "UnknownError":
      return retry(PLUGGED);
    case "BufferOverrunError":
      return retry("raise bufferSize, or read faster");
    case "BreakError":
    case "FramingError":
    case "ParityError":
      return retry("check the baud rate, the parity and the wiring");
    case "TimeoutError":
    case "AbortError":
      return retry(REACHABLE);
    case "NotFoundError":
    case "NotAllowedError":
      return permission("choose a port in the browser's dialog, opened from a click");
    case "SecurityError":
      return permission("open the dialog from a click, and allow serial in the permissions policy");
    case "NotSupportedError":
      return final("use a host that supports this link");
    case "SyntaxError":
    case "TypeError":
    case "RangeError":
    case "ReferenceError":
      return final(ARGUMENTS);
    default:
      return undefined;
  }
}

/** By the text of an error without a code: the serialport package's, on each system. */
export function remedyOfText(text: string): Remedy | undefined {
  if (/cannot lock port|device or resource busy|resource busy/i.test(text)) return retry(IN_USE);
  // Windows says it of a port in use; it has no permission on serial ports to grant.
  if (/^Opening .*access denied/i.test(text)) return retry(IN_USE);
  if (/permission denied|operation not permitted/i.test(text)) return permission(DIALOUT);
  if (/no such file or directory|file not found|no such device/i.test(text)) return retry(NO_PORT);
  if (/inappropriate ioctl|is a directory|not a directory/i.test(text)) {
    return final("name a serial port");
  }
  if (/baud rate of .* is not supported|parameter is incorrect|invalid .* setting/i.test(text)) {
    return final("choose settings that this port supports");
  }
  if (/port is not open|bad file descriptor|input\/output error|i\/o error/i.test(text)) {
    return retry(PLUGGED);
  }
  return undefined;
}

/** The row for a port that the system refuses to open. */
export const serialPermission: Remedy = permission(DIALOUT);
