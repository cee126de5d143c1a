// State machines do what gen_statem did: every trace that was recorded of it.
// Owns the pairing of the traces with their driver.
import traces from "./data/statem.json" with { type: "json" };
import { defineTraces } from "./define-traces.js";
import { statem } from "./drivers/statem.js";

export const suite = defineTraces(statem, traces);
