// The server's supervision tree: the pump, the slave that speaks for it, feed, chat and gateway.
//
// Owns the order and what restarts with what. The register bank is the pump's memory: the pump and
// the slave share it, as a controller and its fieldbus port do.

import { supervisor } from "troupe";
import { createRegisterBank, modbusSlave } from "troupe/modbus";
import { PUMP_UNIT, QUANTITIES } from "../shared/pump-registers.js";
import { ChatRoom } from "./chat.js";
import { Feed } from "./feed.js";
import { Gateway } from "./http.js";
import { Pump } from "./pump.js";

export const Station = supervisor({
  id: "station",
  strategy: "restForOne",
  maxRestarts: 5,
  periodMs: 10_000,
  children: (child, port: number, pageFolder: string) => {
    const bank = createRegisterBank({
      coils: [true],
      discreteInputs: 0,
      inputRegisters: QUANTITIES.length,
      holdingRegisters: [2_100],
    });
    const pump = child(Pump, [bank]);
    const slave = child(modbusSlave, [{ framing: "rtu", units: [PUMP_UNIT], bank }]);
    const feed = child(Feed, []);
    const room = child(ChatRoom, []);
    const gateway = child(Gateway, [
      { port, pageFolder, slave: slave.handle, feed: feed.handle, room: room.handle },
    ]);
    return { pump, slave, feed, room, gateway };
  },
});
