// Realm: one actor system, as other realms know it.
//
// Owns its name and the number of this life, which nobody can guess, the sessions over its links, and the
// connections to places that its actors share. It is made when first needed and ends with its system,
// after all its actors, whose last words still cross. What a session does is session.ts.

import { own, type Process } from "../../kernel/process.js";
import { randomId } from "../links/random-id.js";
import type { Frame } from "../wire/wire.js";

/** Something that ends with the realm: a session, a connection. */
export interface Closing {
  close(): void;
}

/** A frame that was sent or that arrived. */
export interface LoggedFrame {
  /** The platform's `now()`, in milliseconds. */
  readonly atMs: number;
  /** The link, such as `worker decoder`. */
  readonly link: string;
  /** Whether it came or went. */
  readonly direction: "in" | "out";
  /** As it crossed: values stand in it encoded. Read it; do not keep or change it. */
  readonly frame: Frame;
}

/** Shows frames to whoever looks on. */
export type FrameLog = (direction: "in" | "out", link: string, frame: Frame) => void;

/** The realm of one system. */
export class Realm {
  readonly root: Process;
  readonly name: string;
  readonly incarnation: string;
  readonly sessions: Set<Closing> = new Set();
  /** Told of the frames of its sessions, while somebody looks: see frame-log.ts. */
  frameLog: FrameLog | null = null;
  /** What a place is connected by, while somebody needs it: see place.ts. */
  readonly connections: Map<object, Closing> = new Map();

  constructor(root: Process) {
    this.root = root;
    this.name = root.kernel.platform.host;
    this.incarnation = randomId();
    own(root, () => {
      for (const closing of [...this.connections.values(), ...this.sessions]) closing.close();
    });
  }
}

const realms: WeakMap<Process, Realm> = new WeakMap();

/** The realm that a process lives in. */
export function realmOf(process: Process): Realm {
  let root = process;
  while (root.parent !== null) root = root.parent;
  let realm = realms.get(root);
  if (realm === undefined) {
    realm = new Realm(root);
    realms.set(root, realm);
  }
  return realm;
}
