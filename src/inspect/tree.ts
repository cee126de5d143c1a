// The live tree of a system: supervisors, children, where each stands.
//
// Owns a picture that is kept up to date by the system's observers. A supervised child keeps its node
// over restarts, so a view can show it fall and come back. It reads, and changes nothing.

import type { ProcessSnapshot, System } from "../behaviours/system.js";
import { type ExitReason, formatReason, isNormalReason } from "../kernel/exit-reason.js";
import type { ProcessInfo, SystemEvent } from "../kernel/observers.js";
import type { Status } from "../kernel/process.js";
import { SnapshotStore, type Snapshots } from "./snapshots.js";

/** A process, or the place of a supervised child. */
export interface TreeNode {
  /** Stable over restarts for a supervised child: the path of child ids. */
  readonly key: string;
  /** The child id, or the process's id where no supervisor gave one. */
  readonly name: string;
  /** The present process, such as `counter#7`; of the last one while it is down. */
  readonly id: string;
  /** The id of its behaviour, such as `counter`. */
  readonly behaviour: string;
  /** `starting`, `live`, `restarting` or `down`. */
  readonly status: Status;
  /** True from the moment it fails until it is live again. */
  readonly failed: boolean;
  /** The state of a state machine, once it has changed. */
  readonly state: string | undefined;
  /** How often its supervisor has restarted it. */
  readonly restarts: number;
  /** Why the last process here ended, in words. */
  readonly lastReason: string | undefined;
  /** What it started, in order. */
  readonly children: readonly TreeNode[];
}

/** A live tree. Stop it when nobody looks any more. */
export interface Tree extends Snapshots<readonly TreeNode[]> {
  /** Stops watching. */
  stop(): void;
}

interface Node {
  readonly name: string;
  /** Unnamed processes leave the tree when they end. */
  readonly named: boolean;
  /** The process that owned it last; undefined at the top. */
  parent: string | undefined;
  id: string;
  behaviour: string;
  status: Status;
  failed: boolean;
  state: string | undefined;
  restarts: number;
  lastReason: string | undefined;
  readonly children: Map<string, Node>;
}

/**
 * Watches the tree of a system: supervisors, their children, who is down and who came back.
 *
 * @example
 * ```ts
 * const tree = watchTree(system);
 * tree.subscribe(() => console.table(tree.getSnapshot()));
 * ```
 */
export function watchTree(system: Pick<System, "observe" | "processes">): Tree {
  const roots = new Map<string, Node>();
  const byId = new Map<string, Node>();
  /** What was started by processes whose own start is still to come, by the id of those. */
  const early = new Map<string, Map<string, Node>>();
  const store = new SnapshotStore<readonly TreeNode[]>(() =>
    [...roots.values()].map((node) => freeze(node, "")),
  );

  /** The nodes among which a child of this process stands. */
  const siblingsOf = (parent: string | undefined): Map<string, Node> => {
    if (parent === undefined) return roots;
    const known = byId.get(parent)?.children ?? early.get(parent);
    if (known !== undefined) return known;
    const waiting = new Map<string, Node>();
    early.set(parent, waiting);
    return waiting;
  };
  const place = (info: ProcessInfo): Node => {
    const siblings = siblingsOf(info.parent);
    const name = info.name ?? info.id;
    let node = siblings.get(name);
    if (node === undefined) {
      node = {
        name,
        named: info.name !== undefined,
        parent: info.parent,
        id: info.id,
        behaviour: info.behaviour,
        status: "starting",
        failed: false,
        state: undefined,
        restarts: 0,
        lastReason: undefined,
        children: new Map(),
      };
      siblings.set(name, node);
    }
    if (node.id !== info.id) byId.delete(node.id);
    byId.set(info.id, node);
    node.id = info.id;
    node.parent = info.parent;
    node.behaviour = info.behaviour;
    for (const [childName, child] of early.get(info.id) ?? []) node.children.set(childName, child);
    early.delete(info.id);
    return node;
  };
  /** Forgets the ids below a node that leaves the tree. */
  const forget = (node: Node): void => {
    byId.delete(node.id);
    for (const child of node.children.values()) forget(child);
  };
  const add = (snapshot: ProcessSnapshot): void => {
    const node = place(snapshot);
    node.status = snapshot.status;
    node.restarts = snapshot.restarts;
    for (const child of snapshot.children) add(child);
  };
  const ended = (info: ProcessInfo, reason: ExitReason): void => {
    const node = byId.get(info.id);
    // Not there, or its place has a new process already.
    if (node === undefined || node.id !== info.id) return;
    node.status = "down";
    node.failed = node.failed || !isNormalReason(reason);
    node.lastReason = formatReason(reason);
    node.state = undefined;
    if (node.named) return;
    const siblings = siblingsOf(node.parent);
    siblings.delete(node.name);
    if (node.parent !== undefined && siblings.size === 0) early.delete(node.parent);
    forget(node);
  };

  const told = (event: SystemEvent): void => {
    switch (event.type) {
      case "registered": {
        const supervisor = place(event.supervisor);
        if (!supervisor.children.has(event.child)) {
          place({
            id: `${supervisor.id}/${event.child}`,
            behaviour: event.child,
            name: event.child,
            parent: supervisor.id,
          });
        }
        break;
      }
      case "started": {
        const node = place(event.process);
        node.status = "live";
        node.failed = false;
        break;
      }
      case "ending": {
        const node = byId.get(event.process.id);
        if (node === undefined) return;
        node.status = "down";
        node.failed = true;
        node.lastReason = formatReason(event.reason);
        break;
      }
      case "startFailed":
      case "stopped":
        ended(event.process, event.reason);
        break;
      case "restarting": {
        const node = byId.get(event.supervisor.id)?.children.get(event.child);
        if (node === undefined) return;
        node.status = "restarting";
        node.restarts = event.count;
        break;
      }
      case "state": {
        const node = byId.get(event.process.id);
        if (node === undefined) return;
        node.state = event.to;
        break;
      }
      default:
        return;
    }
    store.changed();
  };

  for (const snapshot of system.processes()) add(snapshot);
  const stop = system.observe((event) => {
    told(event);
    return store.tell();
  });
  return {
    getSnapshot: () => store.getSnapshot(),
    subscribe: (listener) => store.subscribe(listener),
    stop: () => {
      stop();
    },
  };
}

function freeze(node: Node, path: string): TreeNode {
  const { name, id, behaviour, status, failed, state, restarts, lastReason } = node;
  const key = `${path}${name}`;
  const children = [...node.children.values()].map((child) => freeze(child, `${key}/`));
  return { key, name, id, behaviour, status, failed, state, restarts, lastReason, children };
}
