// Welcome: the greeting of the side that serves, which takes hello.
//
// Owns the judgement of who is let in. What each side says of itself, and what it must be told, is
// greeting.ts, with the side that opens: who only opens links needs nothing of this.

import { type Hello, WIRE_VERSION } from "../wire/wire.js";
import { checkGreeting, type Greet, introduction, unexpected } from "./greeting.js";

/** Judges what the other side shows: false or a throw refuses it. */
export type Authenticate = (auth: unknown) => boolean | PromiseLike<boolean>;

/** The greeting of whoever serves. Without `authenticate` everybody is let in. */
export function welcomeBy(authenticate: Authenticate | undefined): Greet {
  return (session) => {
    const { realm, channel } = session;
    let isGreeted = false;
    const welcome = (hello: Hello): void => {
      channel.post({
        t: "welcome",
        v: Math.min(WIRE_VERSION, hello.max),
        codec: channel.codec.name,
        ...introduction(session),
      });
      session.open(hello);
    };
    const judge = async (hello: Hello, isLetIn: Authenticate, auth: unknown): Promise<void> => {
      let isGood = false;
      try {
        isGood = (await isLetIn(auth)) === true;
      } catch (error) {
        realm.root.kernel.fault(error);
      }
      if (channel.status === "closed") return;
      if (isGood) welcome(hello);
      else {
        const reason = "not authenticated by what its place shows as auth";
        channel.post({ t: "bye", reason, refused: true });
        session.lose({ why: "the other side was not authenticated" });
      }
    };
    return {
      take(frame) {
        if (frame.t !== "hello" || isGreeted) throw unexpected(frame);
        isGreeted = true;
        checkGreeting(channel, frame, frame.min, frame.max, frame.codecs);
        channel.link.epochs?.saw(frame.epoch ?? 0);
        // A leader that hears of a later one is none any more.
        if (channel.status === "closed") return;
        if (authenticate === undefined) welcome(frame);
        // What cannot be read is refused as such, like anything of a peer: nobody judges it.
        else void judge(frame, authenticate, channel.codec.decode(frame.auth));
      },
    };
  };
}
