// Types of actors, sys and changes of code as users write them, and the errors that must stay errors.
// Checked by `npm run types`; never run.

import {
  type ActorHandle,
  type ActorSelf,
  actor,
  type Behaviour,
  changeCode,
  createSystemOn,
  genServer,
  idleTimeout,
  type Mailbox,
  type News,
  type Platform,
  startLink,
  startWithin,
  sys,
} from "../../src/index.js";

declare const platform: Platform;
const system = createSystemOn(platform);

type Job = { readonly job: number };
const isJob = (message: Job | News): message is Job => "job" in message;

export const Worker: Behaviour<[first: number, box: Mailbox<Job>], ActorHandle<Job>> = actor({
  id: "worker",
  async run(self: ActorSelf<Job>, first: number, box: Mailbox<Job>) {
    first satisfies number;
    const any = await self.receive();
    any satisfies Job | News;
    const job = await self.receive(isJob);
    job.job satisfies number;
    const late = await self.receive(isJob, { afterMs: 5 });
    // @ts-expect-error it may have come too late
    late.job;
    // @ts-expect-error a unit in the name, and no other option
    await self.receive(isJob, { after: 5 });
    for await (const message of self.mailbox) message satisfies Job | News;
    for await (const message of box.read(self)) message satisfies Job;
    // @ts-expect-error nobody calls an actor
    self.from;
    // @ts-expect-error it has no state but its own variables
    self.state;
  },
});

const Plain = actor({ id: "plain", run: (self, greeting: string) => self.log.info(greeting) });

async function use(): Promise<void> {
  const worker = await system.start(Worker, 1, {} as Mailbox<Job>);
  worker.send({ job: 1 });
  // @ts-expect-error no message of it
  worker.send("job");
  // @ts-expect-error no calls
  worker.call;
  const plain = await system.start(Plain, "hello");
  plain.send("whatever");
  // @ts-expect-error the greeting is missing
  await system.start(Plain);
  (await sys.getState(worker)) satisfies unknown;
  // @ts-expect-error no ref
  await sys.getState("worker");
}

const Old = genServer({ id: "s", init: () => ({ n: 0 }), call: { get: (self) => self.state.n } });
const New = genServer({
  id: "s",
  version: 2,
  init: (self, text: string = "") => {
    idleTimeout(self, 5);
    return { text };
  },
  codeChange: (old: { n: number }, from) => {
    from satisfies string | number | undefined;
    return { text: `${old.n}` };
  },
  call: { read: (self) => self.state.text },
});

async function change(): Promise<void> {
  const old = await system.start(Old);
  const fresh = await changeCode(old, New);
  (await fresh.call.read()) satisfies string;
  // @ts-expect-error the new code has no such handler
  fresh.call.get;
  // @ts-expect-error the state of the new code has a text
  genServer({ id: "s", init: () => ({ text: "" }), codeChange: () => ({ n: 1 }) });
}

const Starter = genServer({
  id: "starter",
  init: async (self) => ({ other: await startLink(self, startWithin(50, New), "x") }),
  call: { read: (self) => self.state.other.call.read() },
  // @ts-expect-error arguments are those of the behaviour
  info: (self) => startLink(self, New, 5),
});

void [use, change, Starter];
