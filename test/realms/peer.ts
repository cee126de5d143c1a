// The other end of a link under test: it does what it is asked, in whatever realm it is.
// Owns the questions and the answers. Knows no transport, and imports nothing of a host.
import type { Link } from "../../src/realms/wire/link.js";

/** What a peer can be asked. */
export type Question =
  | { readonly ask: "echo"; readonly value: unknown }
  /** Answers with the length and the sum of the bytes that came. */
  | { readonly ask: "take"; readonly value: ArrayBuffer }
  /** Moves a buffer of so many sevens, then answers with what is left of it there. */
  | { readonly ask: "give"; readonly value: number }
  | { readonly ask: "close" }
  /** Throws what nobody catches. */
  | { readonly ask: "throw" }
  /** Ends its realm without a word. */
  | { readonly ask: "leave" };

interface Realm {
  readonly process?: { exit(): void };
  close?(): void;
}

/** Does what is asked over `link`. `leave`: what ends its realm, where that is not its own. */
export function runPeer(link: Link, leave: () => void = leaveRealm): void {
  const { clone } = link.capabilities;
  const answer = (value: unknown, transfer?: Transferable[]): void => {
    const packet = { answer: value };
    link.send(clone ? packet : JSON.stringify(packet), transfer);
  };
  link.onFrame = (packet) => {
    const question = (clone ? packet : JSON.parse(packet as string)) as Question;
    switch (question.ask) {
      case "echo":
        return answer(question.value);
      case "take":
        return answer([question.value.byteLength, sumOf(question.value)]);
      case "give": {
        const { buffer } = new Uint8Array(question.value).fill(7);
        answer(buffer, [buffer]);
        return answer(buffer.byteLength);
      }
      case "close":
        return link.close();
      case "throw":
        setTimeout(() => {
          throw new Error("thrown where nobody catches it");
        });
        return;
      case "leave":
        return leave();
    }
  };
}

/** The sum of all bytes. */
export function sumOf(buffer: ArrayBuffer): number {
  return new Uint8Array(buffer).reduce((sum, byte) => sum + byte, 0);
}

function leaveRealm(): void {
  const realm = globalThis as unknown as Realm;
  if (realm.close !== undefined) realm.close();
  else realm.process?.exit();
}
