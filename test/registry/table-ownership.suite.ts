// Whose a table is: who may use it, who gets it when its owner ends, and what both are told.
import {
  ActorExit,
  type ActorRef,
  genServer,
  type Info,
  orderedSetTable,
  type SetTable,
  setTable,
  supervisor,
  TableAccess,
  type TableAccessMode,
  TableEnded,
  TableTransfer,
} from "../../src/index.js";
import { testSystem } from "../../src/testing/index.js";
import { defineSuite } from "../harness/suite.js";
import { Puppet, rejection, thrown } from "../kernel/probes.js";

type Rows = SetTable<[key: number, value: number], 0>;

/** What a puppet was told of tables. */
function transfers(log: readonly Info[]): TableTransfer[] {
  return log.flatMap((info) =>
    info.type === "message" && info.message instanceof TableTransfer ? [info.message] : [],
  );
}

export const suite = defineSuite("table ownership", ({ describe, test, expect }) => {
  async function puppets(count: number) {
    const { system, clock } = testSystem({ onCrash: () => {} });
    const made = await Promise.all(Array.from({ length: count }, () => system.start(Puppet)));
    return { system, clock, made: made as [Puppet, Puppet, Puppet] };
  }
  type Puppet = Awaited<ReturnType<typeof start>>;
  const start = () => testSystem().system.start(Puppet);

  function make(owner: Puppet, options: object = {}): Promise<Rows> {
    return owner.call.run((self) =>
      setTable<[key: number, value: number]>({ name: "rows", owner: self, ...options }),
    ) as Promise<Rows>;
  }

  describe("access", () => {
    const may: Record<TableAccessMode, readonly [read: boolean, write: boolean]> = {
      public: [true, true],
      protected: [true, false],
      private: [false, false],
    };

    for (const access of ["public", "protected", "private"] as const) {
      test(`TAB-1: of a ${access} table is what OTP says, for its owner and for others`, async () => {
        const { system, made } = await puppets(2);
        const [owner, other] = made;
        const table = await make(owner, { access });
        const uses: readonly [write: boolean, use: (rows: Rows) => unknown][] = [
          [false, (rows) => rows.lookup(1)],
          [false, (rows) => rows.member(1)],
          [false, (rows) => rows.match({})],
          [false, (rows) => rows.size],
          [false, (rows) => [...rows]],
          [true, (rows) => rows.insert([1, 1])],
          [true, (rows) => rows.insertNew([2, 1])],
          [true, (rows) => rows.updateElement(1, { 1: 5 })],
          [true, (rows) => rows.updateCounter(1, { field: 1, by: 1 }, [1, 0])],
          [true, (rows) => rows.take(9)],
          [true, (rows) => rows.delete(9)],
          [true, (rows) => rows.deleteObject([9, 9])],
          [true, (rows) => rows.selectDelete({ 0: 9 })],
        ];
        for (const [isWrite, use] of uses) {
          await owner.call.run(() => use(table));
          const result = other.call.run((self) => {
            // The table as it was handed on, and the other's own face of it.
            for (const rows of [table, table.as(self)]) {
              let error: unknown;
              try {
                use(rows);
              } catch (failure) {
                error = failure;
              }
              if (may[access][isWrite ? 1 : 0]) expect(error).toBeUndefined();
              else {
                expect(error).toBeInstanceOf(TableAccess);
                const { code, table: name, owner: whose, process } = error as TableAccess;
                expect([code, name, whose, process]).toEqual([
                  "table-access",
                  "rows",
                  owner.id,
                  other.id,
                ]);
                expect((error as Error).message).toMatch(
                  /^Cannot .+ rows: it is \w+ and belongs to puppet#\d+, and puppet#\d+ asked; send/,
                );
              }
            }
          });
          await result;
        }
        await system.stop();
      });
    }

    test("TAB-1: holds after an await too, for whoever uses a face of their own", async () => {
      const { system, made } = await puppets(2);
      const [owner, other] = made;
      const table = await make(owner);
      await owner.call.run(async (self) => {
        await null;
        table.as(self).insert([1, 1]);
        table.insert([2, 2]);
      });
      const refused = other.call.run(async (self) => {
        const mine = table.as(self);
        await null;
        expect(mine.lookup(1)).toEqual([1, 1]);
        return thrown(() => mine.insert([3, 3]));
      });
      expect(await refused).toBeInstanceOf(TableAccess);
      expect(table.size).toBe(2);
      await system.stop();
    });

    test("of a table made outside of processes belongs to whoever made it", async () => {
      const { system, made } = await puppets(1);
      const table: Rows = setTable({ name: "rows" });
      table.insert([1, 1]);
      const error = (await made[0].call.run((self) =>
        thrown(() => table.as(self).insert([2, 2])),
      )) as TableAccess;
      expect(error).toBeInstanceOf(TableAccess);
      expect(error.owner).toBe("its creator");
      expect(table.info()?.owner).toBeNull();
      await system.stop();
      expect(table.lookup(1)).toEqual([1, 1]);
    });
  });

  test("a system owns a table for all of its processes, and ends it when it stops", async () => {
    const { system, made } = await puppets(1);
    const table: Rows = setTable({ name: "rows", owner: system });
    table.insert([1, 1]);
    await made[0].call.run(() => {
      expect(table.lookup(1)).toEqual([1, 1]);
      const error = thrown(() => table.insert([2, 2])) as TableAccess;
      expect([error.owner.split("#")[0], error.process]).toEqual(["system", made[0].id]);
    });
    table.insert([3, 3]);
    expect(table.size).toBe(2);
    await system.stop();
    expect(thrown(() => table.size).message).toMatch(/it ended with its owner system#\d+ \(/);
    expect(thrown(() => setTable<[number]>({ owner: system }).size)).toBeInstanceOf(TableEnded);
  });

  describe("giveAway", () => {
    test("TAB-2: makes another process the owner and tells it, with what was given", async () => {
      const { system, made } = await puppets(2);
      const [giver, taker] = made;
      const table = await make(giver);
      await giver.call.run(() => {
        table.insert([1, 1]);
        table.giveAway(taker, { why: "holiday" });
      });
      const [transfer, ...rest] = transfers(await taker.call.log());
      expect(rest).toEqual([]);
      expect([transfer?.from?.id, transfer?.data]).toEqual([giver.id, { why: "holiday" }]);
      expect(table.info()?.owner?.id).toBe(taker.id);
      // From now on the taker writes and the giver only reads, after an await as well.
      await taker.call.run(async () => {
        await null;
        (transfer as TableTransfer<Rows>).table.insert([2, 2]);
      });
      await giver.call.run(async () => {
        expect(thrown(() => table.insert([3, 3]))).toBeInstanceOf(TableAccess);
        await null;
        expect(thrown(() => table.insert([3, 3]))).toBeInstanceOf(TableAccess);
        expect(table.lookup(2)).toEqual([2, 2]);
      });
      await giver.stop();
      expect(table.size).toBe(2);
      await taker.stop();
      expect(thrown(() => table.size)).toBeInstanceOf(TableEnded);
      await system.stop();
    });

    test("takes a table from its creator into a process", async () => {
      const { system, made } = await puppets(1);
      const table: Rows = setTable();
      table.giveAway(made[0]);
      expect(transfers(await made[0].call.log())[0]?.from).toBeNull();
      const error = thrown(() => table.insert([1, 1])) as TableAccess;
      expect([error.owner, error.process]).toEqual([made[0].id, "code outside of processes"]);
      await system.stop();
      expect(thrown(() => table.size)).toBeInstanceOf(TableEnded);
    });

    test("is the owner's to do, and to a process that is there and is another", async () => {
      const { system, made } = await puppets(3);
      const [owner, other, gone] = made;
      const table = await make(owner, { access: "public" });
      await gone.stop();
      await other.call.run(() => {
        const error = thrown(() => table.giveAway(other));
        expect(error).toBeInstanceOf(TableAccess);
        expect(error.message).toContain("only the owner may");
        expect(thrown(() => table.setHeir(other))).toBeInstanceOf(TableAccess);
      });
      await owner.call.run(() => {
        const error = thrown(() => table.giveAway(gone)) as ActorExit;
        expect(error).toBeInstanceOf(ActorExit);
        expect(error.reason).toBe("noproc");
        expect(thrown(() => table.giveAway(owner)).message).toContain("does not own rows");
        expect(thrown(() => table.giveAway("puppet" as never))).toBeInstanceOf(TypeError);
        expect(thrown(() => table.setHeir({} as never))).toBeInstanceOf(TypeError);
        table.insert([1, 1]);
      });
      expect(table.info()?.owner?.id).toBe(owner.id);
      await system.stop();
    });
  });

  describe("the end of an owner", () => {
    test("ends its table, which says with whom and what to do about it", async () => {
      for (const end of ["stop", "crash", "kill"] as const) {
        const { system, made } = await puppets(1);
        const [owner] = made;
        const table = await make(owner);
        await owner.call.run(() => table.insert([1, 1]));
        if (end === "stop") await owner.stop();
        else if (end === "kill") owner.kill();
        else {
          await rejection(
            owner.call.run(() => {
              throw new Error("a bug");
            }),
          );
        }
        const error = thrown(() => table.lookup(1)) as TableEnded;
        expect(error).toBeInstanceOf(TableEnded);
        expect(error.message).toContain(`it ended with its owner ${owner.id}`);
        expect(error.message).toContain("give it an heir that outlives its owner");
        expect(error.reason).not.toBeUndefined();
        await system.stop();
      }
    });

    test("TAB-2: gives it to its heir, who is told from whom; crash, kill and stop alike", async () => {
      for (const end of ["stop", "crash", "kill"] as const) {
        const { system, made } = await puppets(2);
        const [owner, heir] = made;
        const table = await make(owner, { heir, heirData: "keep it" });
        await owner.call.run(() => table.insert([1, 1]));
        expect(table.info()?.heir?.id).toBe(heir.id);
        if (end === "stop") await owner.stop();
        else if (end === "kill") owner.kill();
        else {
          await rejection(
            owner.call.run(() => {
              throw new Error("a bug");
            }),
          );
        }
        const [transfer] = transfers(await heir.call.log());
        expect([transfer?.from?.id, transfer?.data]).toEqual([owner.id, "keep it"]);
        expect(table.info()?.owner?.id).toBe(heir.id);
        await heir.call.run(() => (transfer as TableTransfer<Rows>).table.insert([2, 2]));
        expect(table.size).toBe(2);
        // Nobody comes after the heir.
        await heir.stop();
        expect(thrown(() => table.size)).toBeInstanceOf(TableEnded);
        await system.stop();
      }
    });

    test("ends it where the heir is gone already, or was taken back", async () => {
      for (const takenBack of [true, false]) {
        const { system, made } = await puppets(2);
        const [owner, heir] = made;
        const table = await make(owner, { heir });
        if (takenBack) await owner.call.run(() => table.setHeir(null));
        else await heir.stop();
        await owner.stop();
        expect(thrown(() => table.size)).toBeInstanceOf(TableEnded);
        await system.stop();
      }
    });

    test("of an init that fails ends its table too", async () => {
      const { system } = testSystem({ onCrash: () => {} });
      let table: Rows | undefined;
      const Fails = genServer({
        id: "fails",
        init(self): number {
          table = setTable({ owner: self });
          throw new Error("no");
        },
      });
      await rejection(system.start(Fails));
      expect(thrown(() => table?.size)).toBeInstanceOf(TableEnded);
      await system.stop();
    });

    test("after giveAway is no end of the table", async () => {
      const { system, made } = await puppets(3);
      const [owner, second, heir] = made;
      const table = await make(owner, { heir });
      await owner.call.run(() => table.giveAway(second));
      await owner.stop();
      expect(table.info()?.owner?.id).toBe(second.id);
      // The heir is the table's, whoever owns it.
      await second.stop();
      expect(table.info()?.owner?.id).toBe(heir.id);
      await system.stop();
    });
  });

  test("rows outlive the crash of their worker: the heir gives them to the next one", async () => {
    const { system } = testSystem();
    const Holder = genServer({
      id: "holder",
      init: (): { table: Rows | null; waiting: ActorRef | null } => ({
        table: null,
        waiting: null,
      }),
      cast: {
        ready(self, worker: ActorRef) {
          const { table } = self.state;
          self.state.table = null;
          if (table !== null) table.giveAway(worker);
          else self.state.waiting = worker;
        },
      },
      info(self, message) {
        if (message.type !== "message" || !(message.message instanceof TableTransfer)) return;
        self.state.table = message.message.table;
        const { waiting } = self.state;
        self.state.waiting = null;
        if (waiting !== null) self.state.table?.giveAway(waiting);
      },
    });
    const Worker = genServer({
      id: "worker",
      init(self, holder: { cast: { ready(worker: ActorRef): boolean } } & ActorRef) {
        const isFirst = self.platform.now() >= 0 && firstStarts++ === 0;
        if (isFirst) return { table: setTable({ owner: self, heir: holder }) as Rows };
        holder.cast.ready(self.ref);
        return { table: null as Rows | null };
      },
      call: {
        count: (self) => self.state.table?.updateCounter(1, { field: 1, by: 1 }, [1, 0]) ?? null,
        crash() {
          throw new Error("a bug");
        },
      },
      info(self, message) {
        if (message.type !== "message" || !(message.message instanceof TableTransfer)) return;
        self.state.table = message.message.table;
      },
    });
    let firstStarts = 0;
    const App = supervisor({
      maxRestarts: 10,
      children: (make) => {
        const holder = make(Holder, []);
        return { holder, worker: make(Worker, [holder.handle]) };
      },
    });
    const app = await system.start(App);
    const worker = app.child.worker.with({ whenDown: "wait" });
    expect(await worker.call.count()).toBe(1);
    for (let expected = 2; expected < 6; expected++) {
      await rejection(worker.call.crash());
      // The transfer is on its way through the holder: the worker has the table a few turns later.
      let count = await worker.call.count();
      while (count === null) count = await worker.call.count();
      expect(count).toBe(expected);
    }
    await system.stop();
  });

  test("a process that makes and ends many tables keeps nothing of them", async () => {
    const { system, made } = await puppets(1);
    const [owner] = made;
    await owner.call.run((self) => {
      for (let i = 0; i < 1_000; i++) {
        const table = orderedSetTable<[number]>({ owner: self });
        table.insert([i]);
        table.deleteTable();
      }
    });
    await owner.stop();
    expect(await rejection(owner.call.log())).toBeInstanceOf(ActorExit);
    await system.stop();
  });

  test("self of a process that is gone owns nothing", async () => {
    const { system, made } = await puppets(1);
    let self: never | undefined;
    await made[0].call.run((context) => {
      self = context as never;
    });
    made[0].kill();
    expect(thrown(() => setTable<[number]>({ owner: self as never })).message).toContain(
      "Cannot use the context of puppet",
    );
    await system.stop();
  });
});
