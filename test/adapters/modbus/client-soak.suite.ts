// The Modbus client under every fault at once, drawn by a seed: the promises that must hold whatever
// happens. Each request settles, no write is run twice, what was acknowledged was run, no value of
// another request is given out, and nothing is left behind.

import { modbusClient } from "../../../src/adapters/modbus/client.js";
import { hex } from "../../../src/adapters/modbus/modbus-function.js";
import type { ProcessSnapshot } from "../../../src/behaviours/system.js";
import { child } from "../../../src/supervision/child-spec.js";
import { supervisor } from "../../../src/supervision/supervisor.js";
import { memoryLink } from "../../../src/testing/memory-link.js";
import { testSystem } from "../../../src/testing/test-system.js";
import { defineSuite } from "../../harness/suite.js";
import { type DeviceRequest, deviceOn, type Outcome, watch } from "./rig.js";

const restarts = (processes: readonly ProcessSnapshot[]): number =>
  processes.reduce((sum, each) => sum + each.restarts + restarts(each.children), 0);

/** Random whole numbers below a limit, the same for each seed (mulberry32). */
function drawer(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export const suite = defineSuite("modbus client soak", ({ describe, test, expect }) => {
  for (const framing of ["rtu", "tcp"] as const) {
    describe(framing, () => {
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        test(`keeps its promises under every fault (seed ${seed})`, async () => {
          const draw = drawer(seed * 7_919);
          const { system, clock } = testSystem({ seed });
          const link = memoryLink({ maxChunkBytes: 1 + draw(12), seed });
          const device = deviceOn(link, framing, clock);
          const held: DeviceRequest[] = [];
          device.on = (request) => {
            const fate = draw(100);
            if (fate < 70) request.answer();
            else if (fate < 80) held.push(request);
            else if (fate < 85) request.answer(Uint8Array.of((request.pdu[0] ?? 0) | 0x80, 6));
            else if (fate < 90 && framing === "rtu") {
              device.send(Array.from({ length: 1 + draw(9) }, () => draw(256)));
              request.answer();
            } else if (fate < 93) device.send([1, 3]);
          };
          const App = supervisor({
            maxRestarts: 0,
            children: () => ({
              bus: child(modbusClient, [
                {
                  connect: link.connect,
                  framing,
                  timeoutMs: 200,
                  queueTimeoutMs: 1_500,
                  retries: draw(3),
                  retryDelayMs: 30,
                  maxQueue: 20,
                  inFlight: framing === "tcp" ? 1 + draw(16) : 1,
                  recycleAfterTimeouts: 3,
                  afterTimeout: draw(2) === 0 ? "drain" : "reconnect",
                  maxBackoffMs: 500,
                },
              ]),
            }),
          });
          const { bus } = (await system.start(App)).child;
          const reads: { outcome: Outcome; address: number; count: number }[] = [];
          const writes: { outcome: Outcome; value: number }[] = [];
          for (let step = 0; step < 125; step++) {
            const unit = bus.unit(1 + draw(3));
            const giveUp = new AbortController();
            const options = draw(4) === 0 ? { signal: giveUp.signal } : {};
            if (draw(3) === 0) {
              const outcome = watch(unit.writeRegister(150 + draw(40), step, options));
              writes.push({ outcome, value: step });
            } else {
              // A size of its own: on a line, late answers of another size can be told (MB-7).
              const count = 1 + (step % 125);
              const address = draw(40);
              const outcome = watch(unit.readInputRegisters(address, count, options));
              reads.push({ outcome, address, count });
            }
            const fault = draw(60);
            if (fault === 0) link.cut();
            else if (fault === 1) link.takeDown();
            else if (fault === 2) link.silent = true;
            else if (fault === 3) bus.cast.reconnect();
            else if (fault < 12) {
              link.silent = false;
              link.restore();
            } else if (fault < 20) held.shift()?.answer();
            await clock.advance(draw(60));
            if (draw(2) === 0) giveUp.abort(new Error("given up"));
          }
          link.silent = false;
          link.restore();
          await clock.advance(20_000);

          for (const { outcome } of [...reads, ...writes]) {
            expect(outcome.state).not.toBe("pending");
          }
          for (const { outcome, address, count } of reads) {
            if (outcome.state !== "resolved") continue;
            const right = Array.from({ length: count }, (_, at) => 0x2000 + address + at);
            expect(outcome.value).toEqual(right);
          }
          const ran = device.writes.map((write) =>
            Number.parseInt(write.slice(-5).replace(" ", ""), 16),
          );
          expect(new Set(ran).size).toBe(ran.length);
          for (const { outcome, value } of writes) {
            if (outcome.state === "resolved") expect(ran).toContain(value);
          }
          expect(writes.some(({ outcome }) => outcome.state === "resolved")).toBe(true);
          expect(device.writes.every((write) => write.includes(`:${hex(Uint8Array.of(6))}`))).toBe(
            true,
          );
          expect(restarts(system.processes())).toBe(0);
          device.on = (request) => request.answer();
          const last = watch(bus.unit(1).readHoldingRegisters(0, 1));
          await clock.advance(5_000);
          expect(last.value).toEqual([0x1000]);
          const stopped = system.stop();
          await clock.advance(5_000);
          await stopped;
          expect([clock.timers, link.open, clock.reported]).toEqual([0, 0, []]);
        });
      }
    });
  }
});
