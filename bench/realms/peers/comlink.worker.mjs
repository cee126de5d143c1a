// The worker of Comlink: exposes one object.

import { expose, proxy, transfer } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { parent } from "../start-worker.ts";

const counter = {
  add: (by) => by,
  move: (buffer) => transfer(buffer, [buffer]),
  ref: () => proxy({ add: (by) => by }),
};
expose(counter, "on" in parent ? nodeEndpoint(parent) : parent);
