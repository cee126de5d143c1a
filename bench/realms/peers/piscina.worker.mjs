// The worker of Piscina: its functions by name.

import { move as moved } from "piscina";

export const add = (by) => by;
export const move = (buffer) => moved(buffer);
