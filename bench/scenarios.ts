// The scenarios: what is measured, in which unit, and against which floor. A floor is what the machine
// itself takes for the least that any actor must do, measured in the same rounds.
//
// Owns the list. Who does a scenario is said by the subjects, which may leave any out.

/** Something to measure. */
export interface Scenario {
  /** Its name in subjects, results and goals. */
  readonly name: string;
  /** What one operation is. */
  readonly what: string;
  readonly unit: "ns" | "B";
  /** The subject and the scenario that are its unit. */
  readonly floor?: readonly [subject: string, scenario: string];
  /** Operations in a sample, where time does not choose them. */
  readonly count?: number;
}

const push = ["floor", "push"] as const;
const hop = ["floor", "hop"] as const;

/** Every scenario, in the order of the tables. */
export const scenarios: readonly Scenario[] = [
  { name: "cast", what: "a message sent and handled, 1,000 in a burst", unit: "ns", floor: push },
  { name: "call", what: "a request awaited, without a timeout", unit: "ns", floor: hop },
  { name: "call with timeout", what: "the same, with a timeout of 5 s", unit: "ns", floor: hop },
  { name: "call, async handler", what: "the same, by an async function", unit: "ns", floor: hop },
  { name: "calls × 1,000", what: "a request, 1,000 in flight", unit: "ns", floor: hop },
  { name: "ping-pong", what: "a hop between two actors", unit: "ns", floor: push },
  { name: "ring", what: "a hop in a ring of 100", unit: "ns", floor: push },
  { name: "fan-out", what: "a message from one to each of 1,000", unit: "ns", floor: push },
  {
    name: "spawn + stop",
    what: "started, linked to its parent, and ended",
    unit: "ns",
    floor: push,
  },
  {
    name: "spawn + stop, registered",
    what: "the same, under a name of its own",
    unit: "ns",
    floor: push,
  },
  {
    name: "start + stop, awaited",
    what: "the same, in order, both awaited",
    unit: "ns",
    floor: hop,
  },
  {
    name: "spawn + stop, supervised",
    what: "a supervisor's child, started and ended",
    unit: "ns",
    floor: push,
  },
  { name: "restart", what: "from the crash to the next answer", unit: "ns", count: 200 },
  {
    name: "selective receive",
    what: "a message taken from behind 1,000 others",
    unit: "ns",
    count: 2_000,
  },
  { name: "machine event", what: "an event that changes the state", unit: "ns", floor: push },
  {
    name: "slicing",
    what: "a hop of ping-pong at a budget of 4 ms",
    unit: "ns",
    floor: ["troupe", "slicing, off"],
  },
  { name: "table look-up", what: "a row by its key, of 10,000", unit: "ns" },
  { name: "registry look-up", what: "a process by its key, of 10,000", unit: "ns" },
  { name: "idle actor", what: "an actor with its state, and its ref", unit: "B", count: 50_000 },
  { name: "used actor", what: "the same, called once", unit: "B", count: 50_000 },
  { name: "bytes of a cast", what: "allocated by a cast", unit: "B", count: 20_000 },
  {
    name: "bytes of a call",
    what: "allocated by a call with timeout",
    unit: "B",
    count: 20_000,
    floor: ["floor", "bytes of a hop"],
  },
  { name: "bytes of a hop", what: "allocated by a hop of ping-pong", unit: "B", count: 20_000 },
];

/** The scenario of that name. */
export function scenarioOf(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new RangeError(`there is no scenario ${JSON.stringify(name)}`);
  return found;
}
