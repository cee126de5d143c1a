// Types of registries: what a handle by key can be called with, and what is kept beside an entry.
// Checked by `npm run types`; never run.

import {
  createSystemOn,
  genServer,
  type Handle,
  type HandleOf,
  type Platform,
  registry,
} from "../../src/index.js";

declare const platform: Platform;
const system = createSystemOn(platform);

const Rooms = registry({ keys: "unique" });
const Topics = registry<{ role: string }>({ keys: "duplicate" });
const Room = genServer({
  id: "room",
  init: (self, rooms: HandleOf<typeof Rooms>, id: number) => {
    rooms.register(["room", id], self.ref);
    return id;
  },
  call: { get: (self) => self.state },
  cast: { say(_self, _text: string) {} },
});

export async function registries(): Promise<void> {
  const rooms = await system.start(Rooms);
  const topics = await system.start(Topics);
  const room = await system.start(Room, rooms, 7);
  (await rooms.via(["room", 7], Room).call.get()) satisfies number;
  rooms.via("lobby") satisfies Handle;
  topics.register("news", room, { role: "host" });
  topics.lookup("news")[0]?.value satisfies { role: string } | undefined;
  topics.select(
    ({ value }) => value.role === "host",
    ({ ref }) => ref.id,
  ) satisfies string[];
  topics.dispatch("news", (ref, value) => ref.send(value.role));
  topics.dispatch("news", (each) => each.cast.say("hi"), Room) satisfies number;
  // @ts-expect-error a value is needed
  topics.register("news", room);
  // @ts-expect-error of that type
  topics.register("news", room, { role: 1 });
  // @ts-expect-error no value is kept
  rooms.register("lobby", room, 1);
  // @ts-expect-error a number could be a string
  rooms.lookup(7);
  // @ts-expect-error there is no such cast
  rooms.via("lobby", Room).cast.shout("hi");
  // @ts-expect-error a plain handle has no casts
  topics.dispatch("news", (each) => each.cast.say("hi"));
  // @ts-expect-error nothing else can be
  registry({ keys: "many" });
}
