// Notices that a serial port has been pulled out when its driver and the package serialport do not.
//
// Owns one slow look at the modem lines. A tty that hung up gives every reader zero bytes for ever,
// which the package takes for "not yet" and asks again (a read in flight at the moment of the unplug);
// only an ioctl tells. It closes nothing: its caller does.

/** How often it looks, in milliseconds: the longest time that a pulled cable may go unnoticed. */
const LOOK_EVERY_MS = 250;

/** What it needs of a port. */
export interface ModemLines {
  get?(done: (error: Error | null) => void): void;
}

/** Calls `onHangup` once, with the driver's error, when the port is gone. Gives the function that ends it. */
export function watchHangup(port: ModemLines, onHangup: (error: Error) => void): () => void {
  let asking = false;
  let ended = false;
  const end = (): void => {
    ended = true;
    clearInterval(timer);
  };
  const look = (): void => {
    if (asking) return;
    asking = true;
    port.get?.((error) => {
      asking = false;
      // A pty has no modem lines, and says so in other words: that is no hang-up.
      if (ended || error === null || !/input\/output error|no such device/i.test(error.message)) {
        return;
      }
      end();
      onHangup(error);
    });
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  // The open port keeps the process alive; looking at it need not.
  timer.unref();
  return end;
}
