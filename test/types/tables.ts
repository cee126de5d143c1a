// Types of tables as users write them, and the errors that must stay errors. Checked by `npm run
// types`; never run.

import {
  bagTable,
  genServer,
  orderedSetTable,
  type Pattern,
  type SetTable,
  type System,
  setTable,
  TableTransfer,
} from "../../src/index.js";

interface User {
  readonly id: string;
  readonly age: number;
  readonly credit: bigint;
  readonly nick?: string;
  readonly home: { readonly city: string; readonly rooms: readonly [number, string] };
}

const users = setTable<User, "id">({ key: "id", access: "public" });
const readings = orderedSetTable<[at: number, celsius: number, place: string]>();
const byPlace = bagTable<[at: number, place: string], 1>({ key: 1 });

// Keys and rows.
export const age: number | undefined = users.lookup("ada")?.age;
export const at: number | undefined = readings.next(7);
export const places: readonly (readonly [number, string])[] = byPlace.lookup("Rome");
// @ts-expect-error: the key is a string
users.lookup(7);
// @ts-expect-error: this table has its key at index 1
byPlace.lookup(7);
// @ts-expect-error: a field is missing
users.insert({ id: "ada" });
// @ts-expect-error: a row in a table is not to be changed
users.lookup("ada").age = 7;
// @ts-expect-error: only an ordered table has a first key
users.first();
// @ts-expect-error: a bag has no one row to count in
byPlace.updateCounter("Rome", { field: 0, by: 1 });
// @ts-expect-error: a row that is no tuple has no first item as its key
setTable<User>();
// @ts-expect-error: there is no such field
setTable<User, "name">({ key: "name" });
// @ts-expect-error: only an ordered table can be searched backwards
users.match({}, { reverse: true });

// Patterns.
users.match({ age: { $gte: 18, $lt: 65 }, home: { city: "Rome" } });
users.match({ home: { rooms: [1, { $in: ["a", "b"] }] }, nick: { $ne: "x" } });
users.match({ $or: [{ age: 1 }, { $not: { nick: "x" } }] });
users.match((user) => user.age > 7 && user.home.city === "Rome");
readings.match({ 0: { $gt: 7 }, 2: "Rome" }, { limit: 5, reverse: true });
readings.match([7, {}, "Rome"]);
export const pattern: Pattern<User> = { id: { $in: ["ada"] } };
// @ts-expect-error: the field is a number
users.match({ age: "old" });
// @ts-expect-error: there is no such field
users.match({ name: "Ada" });
// @ts-expect-error: there is no such guard
users.match({ age: { $above: 7 } });
// @ts-expect-error: the guard is of the field's type
users.match({ age: { $gt: "7" } });

// Projections.
export const names: string[] = users.select({}, "id");
export const pairs: { id: string; age: number }[] = users.select({}, ["id", "age"]);
export const lengths: number[] = users.select({}, (user) => user.id.length);
export const celsius: number[] = readings.select({}, 1);
export const sum: number = readings.foldl(([, value], total) => total + value, 0);
// @ts-expect-error: there is no such field
users.select({}, "name");

// Counters.
export const one: number = users.updateCounter("ada", { field: "age", by: 1 });
export const big: bigint = users.updateCounter("ada", {
  field: "credit",
  by: 1n,
  threshold: 9n,
  setValue: 0n,
});
export const both: [number, bigint] = users.updateCounter("ada", [
  { field: "age", by: 1 },
  { field: "credit", by: 1n },
]);
readings.updateCounter(1, { field: 1, by: 1 }, [1, 0, "Rome"]);
users.updateElement("ada", { nick: "countess" });
// @ts-expect-error: a text does not count
users.updateCounter("ada", { field: "nick", by: 1 });
// @ts-expect-error: a bigint counts in bigints
users.updateCounter("ada", { field: "credit", by: 1 });
// @ts-expect-error: a key stays as it is
users.updateElement("ada", { id: "x" });

// Owners.
export const Keeper = genServer({
  id: "keeper",
  init: (self): { users: SetTable<User, "id"> } => ({
    users: setTable<User, "id">({ key: "id", owner: self, heir: self.ref }),
  }),
  call: {
    find: (self, where: Pattern<User>) => self.state.users.match(where, { limit: 10 }),
    size: (self) => self.state.users.as(self).size,
  },
  info(self, message) {
    if (message.type === "message" && message.message instanceof TableTransfer) {
      self.state.users = message.message.table;
    }
  },
});
declare const system: System;
setTable<[number]>({ owner: system });
// @ts-expect-error: an owner is the self of a process, or a system
setTable<[number]>({ owner: "keeper" });
