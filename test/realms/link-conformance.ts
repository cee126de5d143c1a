// What every link promises, whatever it is made of: one list of tests, run over each transport.
// Owns the guarantees of src/realms/link.ts. How two ends are made, and what may be left of them, is the
// transport's suite; the other end is peer.ts.
import type { Link, LinkLoss } from "../../src/realms/wire/link.js";
import { hasCapability } from "../harness/capabilities.js";
import type { Harness, Needs } from "../harness/suite.js";
import { type Question, sumOf } from "./peer.js";

/** A link under test, whose other end is a peer. */
export interface Opened {
  readonly link: Link;
  /** Resolves once the other end and its realm are gone too, after the link was closed or lost. */
  readonly gone?: () => Promise<void>;
}

/** What is particular about a transport. */
export interface Transport {
  readonly name: string;
  readonly needs?: Needs;
  /** Makes a link in this very turn: packets may be sent at once. */
  open(): Opened | Promise<Opened>;
  /** Whether buffers can be moved. */
  readonly transfer: boolean;
  /** Whether the other end has a realm of its own, which can leave without a word. */
  readonly canLeave?: boolean;
  /** Counts what a link holds of its host, where a host tells: the same before and after. */
  held?(): unknown;
}

const BIG = 8 * 1024 * 1024;

/** Something that collects what arrives at a link. */
export interface Talk {
  /** Asks, without waiting. */
  tell(question: Question, transfer?: Transferable[]): void;
  /** Resolves with the next answer. */
  next(): Promise<unknown>;
  ask(question: Question, transfer?: Transferable[]): Promise<unknown>;
  /** Every loss that was told. */
  readonly losses: LinkLoss[];
  /** Resolves with the first. */
  lost(): Promise<LinkLoss>;
}

/** Talks over a link, and takes its `onFrame` and `onClose`. */
export function talkOver(link: Link): Talk {
  const { clone } = link.capabilities;
  const answers: unknown[] = [];
  const waiting: ((answer: unknown) => void)[] = [];
  const losses: LinkLoss[] = [];
  let tellLoss: (loss: LinkLoss) => void;
  const loss = new Promise<LinkLoss>((resolve) => {
    tellLoss = resolve;
  });
  link.onFrame = (packet) => {
    const { answer } = (clone ? packet : JSON.parse(packet as string)) as { answer: unknown };
    const next = waiting.shift();
    if (next !== undefined) next(answer);
    else answers.push(answer);
  };
  link.onClose = (told) => {
    losses.push(told);
    tellLoss(told);
  };
  const talk: Talk = {
    losses,
    lost: () => loss,
    tell: (question, transfer) => link.send(clone ? question : JSON.stringify(question), transfer),
    next: () =>
      answers.length > 0
        ? Promise.resolve(answers.shift())
        : new Promise((resolve) => waiting.push(resolve)),
    ask(question, transfer) {
      talk.tell(question, transfer);
      return talk.next();
    },
  };
  return talk;
}

/** Long enough for whatever was on its way to arrive. */
export const settled = (ms = 60): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Where a lock has to tell of an end, it is watched a moment later, whenever that is. */
export async function untilWatched({ capabilities }: Link): Promise<void> {
  while (!capabilities.detectsClose) await settled(10);
}

/** Declares the tests of one transport. */
export function linkConformance(harness: Harness, transport: Transport): void {
  const { test, expect } = harness;
  const define = (): void => {
    /** Runs a test with a link, and closes it. */
    const over = async (run: (talk: Talk, link: Link) => Promise<void>): Promise<void> => {
      const { link, gone } = await transport.open();
      try {
        await run(talkOver(link), link);
      } finally {
        link.close();
        await gone?.();
      }
    };

    test("what is sent before the other side listens arrives, in order", () =>
      over(async (talk) => {
        for (let n = 0; n < 10; n++) talk.tell({ ask: "echo", value: n });
        for (let n = 0; n < 10; n++) expect(await talk.next()).toBe(n);
      }));

    test("a thousand packets arrive in order, both ways", () =>
      over(async (talk) => {
        for (let n = 0; n < 1_000; n++) talk.tell({ ask: "echo", value: n });
        const seen: unknown[] = [];
        for (let n = 0; n < 1_000; n++) seen.push(await talk.next());
        expect(seen).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
      }));

    test("values arrive as what they were: clones, or any text", () =>
      over(async (talk, link) => {
        const text = { text: 'é 𝄞 "\\ \u0000 \u2028', deep: [[[{ a: [null, true, -0.5] }]]] };
        expect(await talk.ask({ ask: "echo", value: text })).toEqual(text);
        if (!link.capabilities.clone) return;
        const value = [new Map([[1n, new Set(["a"])]]), new Date(7), undefined, Number.NaN, /x/g];
        expect(await talk.ask({ ask: "echo", value })).toEqual(value);
      }));

    test("what is changed after it was sent arrives as it was", () =>
      over(async (talk) => {
        const value = { n: 1 };
        talk.tell({ ask: "echo", value });
        value.n = 2;
        expect(await talk.next()).toEqual({ n: 1 });
      }));

    test("what cannot be cloned throws where it is sent, and the link goes on", () =>
      over(async (talk, link) => {
        if (!link.capabilities.clone) return;
        await talk.ask({ ask: "echo", value: 0 });
        expect(() => link.send({ ask: "echo", value: () => {} })).toThrow();
        expect(await talk.ask({ ask: "echo", value: 1 })).toBe(1);
      }));

    test("a buffer that is moved is gone here and whole there, both ways, or is refused and stays", () =>
      over(async (talk, link) => {
        expect(link.capabilities.transfer).toBe(transport.transfer);
        if (!transport.transfer) {
          const { buffer } = new Uint8Array(10);
          expect(() => talk.tell({ ask: "take", value: buffer }, [buffer])).toThrow(TypeError);
          expect(buffer.byteLength).toBe(10);
          expect(await talk.ask({ ask: "echo", value: 1 })).toBe(1);
          return;
        }
        const early = new Uint8Array(5).fill(1).buffer;
        talk.tell({ ask: "take", value: early }, [early]);
        expect(early.byteLength).toBe(0);
        expect(await talk.next()).toEqual([5, 5]);
        const { buffer } = new Uint8Array(1_000).fill(3);
        talk.tell({ ask: "take", value: buffer }, [buffer]);
        expect(buffer.byteLength).toBe(0);
        expect(await talk.next()).toEqual([1_000, 3_000]);
        const given = (await talk.ask({ ask: "give", value: 100 })) as ArrayBuffer;
        expect([given.byteLength, sumOf(given), await talk.next()]).toEqual([100, 700, 0]);
      }));

    test("eight MiB arrive whole", () =>
      over(async (talk, link) => {
        if (link.capabilities.clone) {
          const bytes = new Uint8Array(BIG).fill(1);
          bytes[BIG - 1] = 5;
          expect(await talk.ask({ ask: "take", value: bytes.buffer })).toEqual([BIG, BIG + 4]);
          return;
        }
        const value = `${"x".repeat(BIG - 1)}é`;
        const back = (await talk.ask({ ask: "echo", value })) as string;
        expect(back === value).toBe(true);
      }));

    test("a close of the other side is told once, behind what it had sent", () =>
      over(async (talk) => {
        talk.tell({ ask: "echo", value: "last" });
        talk.tell({ ask: "close" });
        const { why } = await talk.lost();
        expect(await talk.next()).toBe("last");
        expect(why).toMatch(/\w/);
        await settled();
        expect(talk.losses.length).toBe(1);
      }));

    test("sends over a link that is lost are silent, and so is its close", () =>
      over(async (talk, link) => {
        talk.tell({ ask: "close" });
        await talk.lost();
        talk.tell({ ask: "echo", value: 1 });
        link.close();
        talk.tell({ ask: "echo", value: 1 });
        await settled();
        expect(talk.losses.length).toBe(1);
      }));

    test("an own close tells this side nothing, and nothing arrives after it", () =>
      over(async (talk, link) => {
        await talk.ask({ ask: "echo", value: 1 });
        let late = 0;
        talk.tell({ ask: "echo", value: 2 });
        link.close();
        link.onFrame = () => late++;
        link.close();
        talk.tell({ ask: "echo", value: 3 });
        await settled();
        expect([late, talk.losses]).toEqual([0, []]);
      }));

    test("a link that is closed at once leaves nothing behind", () =>
      over(async (talk, link) => {
        talk.tell({ ask: "echo", value: 1 });
        link.close();
        await settled();
        expect(talk.losses).toEqual([]);
      }));

    if (transport.canLeave !== undefined) {
      test("a realm that leaves without a word is noticed, once, where anything tells", () =>
        over(async (talk, link) => {
          if (!transport.canLeave) {
            expect(await talk.ask({ ask: "echo", value: 1 })).toBe(1);
            return;
          }
          await talk.ask({ ask: "echo", value: 1 });
          if (!link.capabilities.detectsClose && !hasCapability("locks")) return;
          await untilWatched(link);
          talk.tell({ ask: "leave" });
          expect((await talk.lost()).why).toMatch(/\w/);
          await settled();
          expect(talk.losses.length).toBe(1);
        }));
    }

    if (transport.held !== undefined) {
      test("nothing of it is left once both sides have closed", async () => {
        const before = transport.held?.();
        await over(async (talk) => {
          await talk.ask({ ask: "echo", value: 1 });
        });
        await over(async (talk) => {
          talk.tell({ ask: "close" });
          await talk.lost();
        });
        expect(transport.held?.()).toEqual(before);
      });
    }
  };
  if (transport.needs === undefined) harness.describe(transport.name, define);
  else harness.describe(transport.name, transport.needs, define);
}
