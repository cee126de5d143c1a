// The live tree of a system: supervisors, children, where each stands.
//
// Owns a picture that is kept up to date by the system's observers. A supervised child keeps its node
// over restarts, so a view can show it fall and come back. It reads, and changes nothing.

import type { ProcessSnapshot, System } from "../behaviours/system.js";
import { type ExitReason, formatReason, isNormalReason } from "../kernel/exit-reason.js";
import type { ProcessInfo, SystemEvent } from "../kernel/observers.js";
import type { Status } from "../kernel/ref.js";
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
  readonly key: string;
  readonly name: string;
  /** Unnamed processes leave the tree when they end. */
  readonly named: boolean;
  readonly parent: Node | null;
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
  const store = new SnapshotStore<readonly TreeNode[]>(() => [...roots.values()].map(freeze));

  const place = (info: ProcessInfo): Node => {
    const parent = info.parent === undefined ? null : (byId.get(info.parent) ?? null);
    const siblings = parent === null ? roots : parent.children;
    const name = info.name ?? info.id;
    let node = siblings.get(name);
    if (node === undefined) {
      node = {
        key: parent === null ? name : `${parent.key}/${name}`,
        name,
        named: info.name !== undefined,
        parent,
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
    node.behaviour = info.behaviour;
    return node;
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
    byId.delete(info.id);
    (node.parent === null ? roots : node.parent.children).delete(node.name);
  };

  const told = (event: SystemEvent): void => {
    switch (event.type) {
      case "registered": {
        const supervisor = place(event.supervisor);
        if (!supervisor.children.has(event.child)) {
          place({
            id: `${supervisor.key}/${event.child}`,
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
  const stop = system.observe(told);
  return {
    getSnapshot: () => store.getSnapshot(),
    subscribe: (listener) => store.subscribe(listener),
    stop: () => {
      stop();
    },
  };
}

function freeze(node: Node): TreeNode {
  const { key, name, id, behaviour, status, failed, state, restarts, lastReason } = node;
  const children = [...node.children.values()].map(freeze);
  return { key, name, id, behaviour, status, failed, state, restarts, lastReason, children };
}
