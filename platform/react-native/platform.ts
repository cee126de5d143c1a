// React Native as a Platform.
//
// Owns the macrotask (a timer: setImmediate is a microtask here and would starve touches and frames)
// and the error channel. It has no wake-up: that event is AppState's, which is a module of React
// Native and not of the web; an app passes it on by a platform of its own.

import type { Platform } from "../../src/kernel/platform.js";
import { clock } from "../shared/clock.js";
import { timerTurns } from "../shared/timer-turns.js";

/** The platform of React Native. */
export const platform: Platform = {
  ...clock,
  ...timerTurns,
  host: "react-native",
};
