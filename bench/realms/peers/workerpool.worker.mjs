// The worker of workerpool: its functions by name.

import { Transfer, worker } from "workerpool";

worker({
  add: (by) => by,
  move: (buffer) => new Transfer(buffer, [buffer]),
});
