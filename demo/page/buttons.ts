// The four buttons that break something, and mend it again.
//
// Owns what each press does, for a finger and for the tour alike. Everything here is done to the
// world outside the actors (a cable, a network) or is a message with a bug at its end; none tells
// the tree what to show.

import type { HandleOf } from "troupe";
import type { Cable } from "./cable.js";
import { byId, onPress, setEnabled, setText } from "./dom.js";
import type { Meter } from "./meter.js";
import type { Network } from "./network.js";
import { chooseOwnDevice } from "./own-device.js";

const DROP_MS = 4_000;

/** What the buttons do. */
export interface Breakers {
  crash(): void;
  setPlugged(isPlugged: boolean): void;
  dropNetwork(): void;
}

/** Wires the buttons. `ask` asks the meter something, as the link panel does. */
export function showButtons(
  meter: HandleOf<typeof Meter>,
  ask: () => void,
  cable: Cable,
  network: Network,
): Breakers {
  const breakers: Breakers = {
    crash() {
      // Handled next, it throws. Two questions stand behind it: their callers hear of it at once.
      meter.cast.calibrate([]);
      ask();
    },
    setPlugged(isPlugged) {
      if (isPlugged === cable.isPlugged) return;
      if (isPlugged) cable.plug();
      else cable.unplug();
    },
    dropNetwork: () => network.drop(DROP_MS),
  };

  const unplug = byId("unplug");
  const drop = byId("drop-network");
  onPress(byId("crash"), breakers.crash);
  onPress(unplug, () => breakers.setPlugged(!cable.isPlugged));
  onPress(drop, breakers.dropNetwork);
  cable.subscribe(() => {
    unplug.setAttribute("aria-pressed", String(!cable.isPlugged));
    setText(unplug, cable.isPlugged ? "Unplug cable" : "Plug cable in");
  });
  network.subscribe(() => {
    setEnabled(drop, network.isUp);
    setText(drop, network.isUp ? "Drop network" : "Network down");
  });
  chooseOwnDevice(cable);
  return breakers;
}
