// remote: a behaviour that runs in another realm, started and supervised like one that runs here.
//
// Owns the start across a link: its proxy's `init` opens the place, asks for the start and waits for it.
// Calls made meanwhile wait in the proxy's mailbox, within their timeouts. What the proxy does then is
// proxy.ts; where the actor runs is place.ts and the transports.

import {
  type Behaviour,
  checkId,
  Implementation,
  type Placement,
} from "../../behaviours/behaviour.js";
import { ignore } from "../../behaviours/gen.js";
import type { Handle } from "../../behaviours/server-handle.js";
import { StartFailed } from "../../kernel/errors.js";
import { ExitWith, printed } from "../../kernel/exit-reason.js";
import { own, type Process } from "../../kernel/process.js";
import type { WithOptions } from "../../kernel/ref.js";
import { settleKin } from "../session/kin.js";
import { proxyProgram, release } from "../session/proxy.js";
import { RemoteActor } from "../session/remote-actor.js";
import { RemoteRef } from "../session/remote-ref.js";
import type { Session } from "../session/session.js";
import type { Movable } from "../wire/link.js";
import type { Started } from "../wire/wire.js";
import { type Place, sessionFor } from "./lease.js";

/** What an editor says where there is nothing to be called yet: a sentence. Written out, or only its alias is shown. */
export type Hint<Sentence extends string> = { readonly [S in Sentence]?: never };

/** The handle of a remote actor of which nothing is known but that it is one. */
export interface UntypedHandle extends Handle {
  /** Its handlers are those of its type: `remote<typeof Counter>("counter", place)`. */
  readonly call: Hint<"say its type, as in remote<typeof Counter>(id, place)">;
  /** Its handlers are those of its type: `remote<typeof Counter>("counter", place)`. */
  readonly cast: Hint<"say its type, as in remote<typeof Counter>(id, place)">;
  /** Its handlers are those of its type: `remote<typeof Counter>("counter", place)`. */
  readonly offer: Hint<"say its type, as in remote<typeof Counter>(id, place)">;
  /** Its handlers are those of its type: `remote<typeof Counter>("counter", place)`. */
  readonly stream: Hint<"say its type, as in remote<typeof Counter>(id, place)">;
  /** Its children are those of its type: `remote<typeof App>("app", place)`. */
  readonly child: Hint<"say its type, as in remote<typeof Counter>(id, place)">;
  /** The same target, with a timeout, a signal, or patience while it is down. */
  with(options: WithOptions): UntypedHandle;
}

/** What {@link remote} gives where its type is not said: it can be started and supervised, but not called. */
export type UntypedBehaviour = Behaviour<readonly unknown[], UntypedHandle>;

/**
 * A behaviour that runs at a place, such as a worker, under the id it is served by there. Its handle is
 * that of the behaviour itself: no call site changes, and with a type-only import no code of it comes
 * into this bundle. Its type is said in angle brackets: `remote<typeof Decoder>("decoder", place)`.
 *
 * Its start resolves when its `init` has run there. What is sent before waits here, within its timeout.
 * When it ends there, or its realm is lost (`noconnection`), it ends here, and its supervisor starts it
 * anew, in a new worker if need be.
 *
 * @example
 * ```ts
 * // import type { Decoder } from "./decoder.js";
 * const place = worker(
 *   () => new Worker(new URL("./decoder.worker.js", import.meta.url), { type: "module" }),
 * );
 * const decoder = await system.start(remote<typeof Decoder>("decoder", place));
 * await decoder.call.decode(bytes);
 * ```
 *
 * **How to supervise.** As a child like any other: `child(remote<typeof Decoder>("decoder", place))`.
 *
 * **Timeouts.** Those of calls, with the way there and back in them. A call that times out or is
 * aborted is cancelled there; a worker that does not stop within `graceMs` is ended.
 *
 * **When not to use it.** A message to a worker costs some microseconds: small work is done sooner here.
 *
 * @typeParam B The type of the behaviour that is served there under that id, as in `typeof Decoder`.
 * @throws TypeError for an id that is no string and a place that is none. At the start, StartFailed with
 * LinkLost, RealmSilent or NotServed as its cause, or what the actor's own start failed with.
 */
export function remote<B extends Behaviour<never, unknown> = UntypedBehaviour>(
  id: string,
  place: Placement,
): B {
  checkId("remote", id);
  if (typeof place?.remote !== "function") {
    throw new TypeError(
      `place of ${id} is ${printed(place)}: it must be a place, such as worker(() => new Worker(…))`,
    );
  }
  return place.remote(id) as Behaviour<never, unknown> as B;
}

/** The behaviour of that id at a place that links lead to: one proxy, for one actor there. */
export function remoteAt(id: string, place: Place): Implementation {
  const program = proxyProgram(id, async (process, args) => {
    const session = await sessionFor(process, place);
    if (process.ending !== null) return ignore;
    // Who is not trusted does not start what is ours, nor we what is theirs.
    const isGuest = session.channel.guests !== null;
    return start(session, process, id, args, place.shared || isGuest);
  });
  return new Implementation(program, RemoteRef);
}

/** Asks for a start and waits for it. A proxy that is killed meanwhile takes its actor with it. */
function start(
  session: Session,
  process: Process,
  behaviour: string,
  args: readonly unknown[],
  shared: boolean,
): Promise<unknown> {
  const { channel, imports } = session;
  return new Promise((resolve, reject) => {
    let actor: RemoteActor | null = null;
    const started = (value: unknown): void => {
      const { id, kin } = (value ?? {}) as Started;
      if (id === undefined) resolve(ignore);
      else if (shared && process.ending !== null) channel.post({ t: "demonitor", to: id });
      else {
        actor = new RemoteActor(channel, id, shared ? "shared" : "owned");
        imports.adopt(actor, process);
        if (kin != null) settleKin(imports, process, kin);
        resolve(actor);
      }
    };
    const failed = (error: unknown): void => {
      if (!(error instanceof StartFailed)) reject(error);
      else reject(new ExitWith(error.reason, error.cause));
    };
    const transfer: Movable[] = [];
    const id = channel.nextId();
    const encoded = channel.codec.encode(args, transfer, "args");
    channel.await(id, { settled: false, resolve: started, reject: failed });
    // Killed while it starts: so is what starts for it; what is shared goes on, and is let go of once known.
    own(process, () => {
      if (actor !== null) return process.state === actor ? undefined : release(process, actor);
      return shared ? undefined : channel.cancel(id, { t: "cancel", id });
    });
    channel.post(
      { t: "start", id, behaviour, args: encoded, ...(shared ? { shared } : {}) },
      transfer,
    );
  });
}
