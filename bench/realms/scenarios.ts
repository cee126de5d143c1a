// The scenarios of realms: what is measured between a thread or a page and its worker.
//
// Owns the list. What a subject does for each is contest.ts; what the figures must be is goals.ts.

import type { Scenario } from "../scenarios.ts";

/** Every scenario, in the order of the tables. */
export const scenarios: readonly Scenario[] = [
  { name: "round trip", what: "a request to the worker, awaited", unit: "ns" },
  { name: "calls × 1,000", what: "a request, 1,000 in flight", unit: "ns" },
  { name: "casts", what: "a message without a reply, 1,000 and then a request", unit: "ns" },
  { name: "64 KiB moved", what: "a buffer of 64 KiB moved there and back", unit: "ns" },
  { name: "16 MiB moved", what: "one of 16 MiB moved", unit: "ns" },
  { name: "64 MiB moved", what: "one of 64 MiB moved", unit: "ns" },
  { name: "64 MiB copied", what: "one of 64 MiB copied", unit: "ns", count: 1 },
  { name: "start", what: "a worker started, until its first reply", unit: "ns", count: 3 },
  { name: "a remote ref", what: "a ref of an actor there, held here", unit: "B", count: 1_000 },
];
