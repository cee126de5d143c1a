// needs: chromium, gcc, umockdev
// Real Web Serial: our stack in a real Chromium, over a serial line that pymodbus answers.
//
//   page or Worker ── Chromium ── pty ── socat ── pty ── modbus_peer.py
//
// Cutting the line (socat) is a device that falls silent with a hangup; unplugging the adapter is the
// kernel's event, which the browser passes on. A pty has no baud rate to be wrong and no break, so
// framing, parity and break errors are the fake port's.
import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type ModbusAccess,
  type ModbusPeer,
  mbpoll,
  PATIENT_MS,
  type SocatPair,
  startModbusPeer,
  startSocatPair,
} from "../../peers/peers.js";
import { type SerialBrowser, type SerialTab, startSerialBrowser } from "./serial-browser.js";
import { ADAPTER, type Counted, type Request } from "./stack.js";

/** The machine may be busy with the rest of the tests. */
vi.setConfig({ hookTimeout: 60_000 });

const READ_TWO = [0x11, 0x03, 0x00, 0x00, 0x00, 0x02, 0xc6, 0x9b];
/** A unit that the peer does not have, and leaves without an answer. */
const SILENT_UNIT = 99;
/** An attempt every tenth of a second, however long the line is away. */
const QUICK = { minBackoffMs: 100, maxBackoffMs: 100 };
/** So long a wait that only an event ends it. */
const PATIENT = { minBackoffMs: 600_000, maxBackoffMs: 600_000, timeoutMs: PATIENT_MS };
/** For who counts on each answer: one that comes late, from a peer that stood still, is one too. */
const ANSWERED = { ...QUICK, timeoutMs: PATIENT_MS };

let line: SocatPair;
let peer: ModbusPeer;
let browser: SerialBrowser;

beforeAll(async () => {
  line = await startSocatPair();
  peer = await startModbusPeer("rtu", line.a);
  browser = await startSerialBrowser(line.b);
});

afterAll(async () => {
  await browser?.stop();
  await peer?.stop();
  await line?.stop();
});

let writesBefore = 0;
let tab: SerialTab;

/** What the peer was told to write in this test. */
async function newWrites(): Promise<ModbusAccess[]> {
  return (await peer.writes()).slice(writesBefore);
}

describe.for(["page", "worker"] as const)("SER-7: real Web Serial in a %s", (place) => {
  beforeEach(async () => {
    writesBefore = (await peer.writes()).length;
    tab = await browser.open(place);
  });

  afterEach(async () => {
    await tab[Symbol.asyncDispose]();
  });

  // First, and before anything is opened: without umockdev the policy would grant the machine's
  // own console.
  test("the policy grants the adapter, and no port of the machine", async () => {
    expect(await tab.ports()).toEqual([ADAPTER]);
  });

  test("SER-2: without a grant the client waits for a person", async () => {
    await using stranger = await browser.open(place, { granted: false });
    expect(await stranger.ports()).toEqual([]);
    await stranger.start(QUICK);
    await stranger.reach("needsPermission");
    expect(await stranger.ask([["readCoils", 0, 1]])).toMatchObject([
      { name: "ModbusLinkDown", sent: false },
    ]);
    expect(await stranger.standing()).toMatchObject({ restarts: 0, starts: 1 });
    expect(await stranger.choosePort()).toMatchObject(
      place === "page"
        ? { name: "LinkError", disposition: "needsPermission", hostError: "NotFoundError" }
        : { name: "UnsupportedError" },
    );
    expect(await stranger.stop()).toEqual({ closed: true });
  });

  test("SER-3: the pump carries bytes both ways, and leaves the port closed", async () => {
    for (let round = 0; round < 2; round++) {
      expect(await tab.exchange(READ_TWO, 9)).toEqual({
        reply: [0x11, 0x03, 0x04, 0x11, 0x00, 0x11, 0x01, 0x23, 0x5e],
        bytesIn: 9,
        bytesOut: 8,
        error: null,
        closed: true,
      });
    }
  });

  test("the client reads and writes with functions 1 to 6, 15, 16 and 23", async () => {
    await tab.start(ANSWERED);
    await tab.reach("open");
    const requests: Request[] = [
      ["readCoils", 96, 4],
      ["readDiscreteInputs", 0, 4],
      ["readHoldingRegisters", 5, 2],
      ["readInputRegisters", 5, 2],
      ["writeCoil", 1, true],
      ["writeRegister", 20, 513],
      ["writeCoils", 10, [true, false, true]],
      ["writeRegisters", 30, [1, 2, 3]],
      ["readWriteRegisters", 30, 3, 31, [7, 8]],
      ["readCoils", 0, 4],
      ["readCoils", 10, 3],
      ["readHoldingRegisters", 20, 1],
      // The longest of each: a frame of 255 bytes comes in several chunks.
      ["readHoldingRegisters", 1_000, 125],
      ["writeRegisters", 2_000, Array.from({ length: 123 }, (_, index) => index)],
    ];
    expect(await tab.ask(requests)).toEqual([
      [true, false, false, true],
      [true, false, true, false],
      [0x1105, 0x1106],
      [0x2005, 0x2006],
      null,
      null,
      null,
      null,
      [1, 7, 8],
      [true, true, false, true],
      [true, false, true],
      [513],
      Array.from({ length: 125 }, (_, index) => 0x1100 + 1_000 + index),
      null,
    ]);
    const written = await newWrites();
    expect(written.map(({ function: code, address }) => [code, address])).toEqual([
      [5, 1],
      [6, 20],
      [15, 10],
      [16, 30],
      [23, 31],
      [16, 2_000],
    ]);
    expect(await tab.stop()).toEqual({ closed: true });
  });

  test("a cut line is a state: the client waits, comes back, and repeats no write", async () => {
    await tab.start(QUICK);
    await tab.reach("open");
    await tab.startCounting();
    await tab.countOn(5);
    await line.kill();
    await tab.reach("waiting");
    await line.restart();
    const restored = Date.now();
    const resumed = await tab.readUntilGood();
    tellTime(`${place}: first good read after the line was restored`, resumed - restored);
    await tab.countOn(5);
    await expectEachOnce(await tab.stopCounting());

    const { states, ...standing } = await tab.standing();
    expect(standing).toMatchObject({ status: "open", losses: 1, restarts: 0, starts: 1 });
    expect(states.slice(0, 2)).toEqual(["open", "waiting"]);
    expect(await tab.stop()).toEqual({ closed: true });
  });

  test("a write that is on the line when it is cut rejects at once, and says that it was sent", async () => {
    await tab.start(ANSWERED);
    await tab.reach("open");
    const { bytesOut } = await tab.standing();
    const writing = tab.ask([["writeRegister", 40, 1]], SILENT_UNIT);
    await expect.poll(async () => (await tab.standing()).bytesOut).toBe(bytesOut + 8);
    await line.kill();
    expect(await writing).toMatchObject([{ name: "ModbusLinkDown", sent: true }]);
    await line.restart();
    await tab.readUntilGood();
    expect(await tab.standing()).toMatchObject({ losses: 1, restarts: 0, starts: 1 });
    expect(await tab.stop()).toEqual({ closed: true });
  });

  test("SER-4: an unplugged adapter is a state, and plugging it in wakes the client at once", async () => {
    await tab.start(PATIENT);
    await tab.reach("open");
    await tab.startCounting();
    await tab.countOn(5);
    await Promise.all([line.kill(), browser.unplug()]);
    await tab.reach("waiting");
    // It waits since the line was cut: that the adapter is gone the browser may learn later.
    await expect.poll(() => tab.ports()).toEqual([]);
    await line.restart();
    await peerAnswers();
    const plugged = Date.now();
    await browser.plug();
    const resumed = await tab.readUntilGood();
    tellTime(`${place}: first good read after the adapter was plugged in`, resumed - plugged);
    expect(await tab.ports()).toEqual([ADAPTER]);
    await tab.countOn(5);
    const { names } = await expectEachOnce(await tab.stopCounting());
    expect(names).toEqual(["ModbusLinkDown"]);

    expect(await tab.standing()).toMatchObject({
      status: "open",
      losses: 1,
      states: ["open", "waiting", "connecting", "open"],
      restarts: 0,
      starts: 1,
    });
    expect(await tab.stop()).toEqual({ closed: true });
  });

  test("the disconnect event alone ends the link, though its bytes still flow", async () => {
    await tab.start(PATIENT);
    await tab.reach("open");
    await browser.unplug();
    await tab.reach("waiting");
    expect((await tab.standing()).error).toContain("the device is gone");
    await browser.plug();
    await tab.reach("open");
    expect(await tab.ask([["readHoldingRegisters", 5, 1]])).toEqual([[0x1105]]);
    expect(await tab.standing()).toMatchObject({ losses: 1, restarts: 0, starts: 1 });
    expect(await tab.stop()).toEqual({ closed: true });
  });
});

test("a stopped browser leaves no file behind", async () => {
  const second = await startSerialBrowser(line.b);
  expect(existsSync(second.folder)).toBe(true);
  await Promise.all([second.stop(), second.stop()]);
  expect(existsSync(second.folder)).toBe(false);
});

/** Each write that was acknowledged was carried out once, and none of the others twice. */
async function expectEachOnce({ acknowledged, failed }: Counted): Promise<{ names: string[] }> {
  const done = (await newWrites()).map(({ values }) => values?.[0] ?? -1);
  expect(done).toEqual([...new Set(done)].sort((one, other) => one - other));
  expect(acknowledged.filter((value) => !done.includes(value))).toEqual([]);
  // What was done and not acknowledged was on the line when it was cut, and its caller knows that.
  const doubtful = failed.filter(({ name, sent }) => sent || name === "ModbusTimeout");
  const known = [...acknowledged, ...doubtful.map(({ value }) => value)];
  expect(done.filter((value) => !known.includes(value))).toEqual([]);
  const names = [...new Set(failed.map(({ name }) => name))];
  // A request that comes while the peer still opens its end is lost on the line.
  expect(["ModbusLinkDown", "ModbusTimeout"]).toEqual(expect.arrayContaining(names));
  return { names };
}

/** Waits until the peer has opened its end of the line again, which it looks for now and then. */
async function peerAnswers(): Promise<void> {
  const link = ["-m", "rtu", "-b", "19200", "-P", "none", "-o", "0.5"];
  const read = [...link, "-a", "1", "-t", "4", "-0", "-r", "0", "-1", "-q", line.b];
  await expect.poll(async () => (await mbpoll(read)).code, { timeout: PATIENT_MS }).toBe(0);
}

/** Tells a time in the report of the run: a number to look at, which no machine is held to. */
function tellTime(what: string, ms: number): void {
  console.log(`${what}: ${Math.round(ms)} ms`);
}
