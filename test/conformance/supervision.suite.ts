// Supervisors, as Erlang/OTP 25 was recorded to treat their children: 545 scenarios.
import traces from "./data/supervision.json" with { type: "json" };
import { defineTraces } from "./define-traces.js";
import { supervision } from "./drivers/supervision.js";

export const suite = defineTraces(supervision, traces);
