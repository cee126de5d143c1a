// Types of streams as users write them, and the errors that must stay errors.
// Checked by `npm run types`; never run. An annotated one is in exported/.

import {
  createSystemOn,
  genServer,
  type Platform,
  progress,
  stateMachine,
  streams,
} from "../../src/index.js";

declare const platform: Platform;
const system = createSystemOn(platform);

interface Done {
  readonly done: number;
  readonly total: number;
}

export const Images = genServer({
  id: "images",
  init: (_self, quality: number = 0.8) => ({ quality, secret: new Map<string, symbol>() }),
  call: { quality: (self) => self.state.quality },
  stream: {
    async *resize(self, image: Uint8Array, width: number = 800) {
      self.state.quality satisfies number;
      self.signal satisfies AbortSignal;
      self.log.info("resizing", width);
      // @ts-expect-error the state has no such field
      self.state.width;
      // @ts-expect-error it is a snapshot: nobody would see another one
      self.state = { quality: 1 };
      // @ts-expect-error nobody waits for a reply
      self.replyLater();
      yield progress<Done>({ done: 1, total: 2 });
      yield image;
    },
    async *terse() {
      yield 1;
    },
    from: (_self, url: string) => words(url),
    async *nothing() {},
  },
  streams,
});

async function* words(text: string): AsyncGenerator<string> {
  yield text;
}

export async function uses(): Promise<void> {
  const images = await system.start(Images);
  for await (const part of images.stream.resize(new Uint8Array(1), 100)) {
    part satisfies Done | Uint8Array;
    // @ts-expect-error what is marked is given as it is
    part["~progress"];
  }
  images.stream.terse() satisfies AsyncGenerator<number, void, undefined>;
  images.stream.from("/a") satisfies AsyncGenerator<string, void, undefined>;
  images.stream.nothing() satisfies AsyncGenerator<never, void, undefined>;
  images.with({ timeoutMs: 5 }).stream.terse() satisfies AsyncIterable<number>;
  (await images.call.quality()) satisfies number;
  // @ts-expect-error the argument of resize is bytes
  images.stream.resize("x");
  // @ts-expect-error resize needs its argument
  images.stream.resize();
  // @ts-expect-error there is no such stream
  images.stream.nope();
  // @ts-expect-error a stream is not a call
  images.call.terse();
  // @ts-expect-error a call is not a stream
  images.stream.quality();
}

// An omitted map accepts no names.
const None = genServer({ id: "none", init: () => 1, call: { get: (self) => self.state } });
export async function omitted(): Promise<void> {
  const none = await system.start(None);
  // @ts-expect-error no streams at all
  none.stream.foo();
}

// The state does not show: a server with another one can stand in.
export const Fake: typeof Images = genServer({
  id: "fake",
  init: (_self, _quality?: number) => null,
  call: { quality: () => 1 },
  stream: {
    async *resize(_self, image: Uint8Array, _width?: number) {
      yield image as Uint8Array | Done;
    },
    async *terse() {
      yield 1;
    },
    from: (_self, text: string) => words(text),
    async *nothing() {},
  },
  streams,
});

// @ts-expect-error stream handlers need streams beside them
genServer({ id: "lone", init: () => 1, stream: { async *one() {} } });
// @ts-expect-error not an iterable
genServer({ id: "plain", init: () => 1, stream: { one: () => 1 }, streams });
// @ts-expect-error a handler named then would make the face a thenable
// biome-ignore lint/suspicious/noThenProperty: that is what is refused
genServer({ id: "t", init: () => 1, stream: { async *then() {} }, streams });

export const Lamp = stateMachine({
  id: "lamp",
  init: () => ({ state: "off", data: { changes: 0 } }),
  states: { off: { cast: { on: (self) => self.nextState("on") } }, on: {} },
  stream: {
    async *look(self, times: number) {
      self.state satisfies "on" | "off";
      self.data.changes satisfies number;
      // @ts-expect-error the data has no such field
      self.data.nope;
      // @ts-expect-error it is no handler of the machine
      self.nextState("on");
      yield times;
    },
  },
  streams,
});

export async function machines(): Promise<void> {
  const lamp = await system.start(Lamp);
  lamp.stream.look(3) satisfies AsyncIterable<number>;
  lamp.cast.on();
  // @ts-expect-error the argument of look is a number
  lamp.stream.look("x");
}
// @ts-expect-error stream handlers need streams beside them
stateMachine({ id: "m", init: () => ({ state: "a", data: 1 }), states: { a: {} }, stream: {} });
