// The supervision tree on the page: one row for each process, drawn from `watchTree`.
//
// Owns the look of a node. A restart is over in milliseconds, too fast for an eye, so a node that
// fell stays red for a moment; `data-status` tells the truth all the time, `data-look` what is
// shown.

import type { Tree, TreeNode } from "troupe/inspect";
import { bind, byId, el, setText } from "./dom.js";

const SEEN_MS = 1_400;
/** The states of a link in which it is not usable, and nothing has crashed. */
const PAUSED = ["connecting", "waiting", "needsPermission", "failed", "ended"];

interface Row {
  readonly item: HTMLLIElement;
  readonly list: HTMLUListElement;
  readonly state: HTMLElement;
  readonly name: HTMLElement;
  readonly restarts: HTMLElement;
  /** The same for whoever cannot see it. */
  readonly restartWords: HTMLElement;
  fellAt: number;
  node: TreeNode;
}

/** Shows `tree` in the panel. */
export function showTree(tree: Tree): void {
  const rows = new Map<string, Row>();
  const top = el("ul", { class: "branch", "aria-labelledby": "tree-title" });
  byId("tree").append(top);

  const render = (nodes: readonly TreeNode[]): void => {
    const seen = new Set<string>();
    renderInto(top, nodes, rows, seen);
    for (const [key, row] of rows) {
      if (seen.has(key)) continue;
      row.item.remove();
      rows.delete(key);
    }
    const all = [...rows.values()];
    const restarts = all.reduce((sum, { node }) => sum + node.restarts, 0);
    const times = restarts === 1 ? "1 restart" : `${restarts} restarts`;
    setText(byId("tree-summary"), `${all.length} actors, ${times}`);
  };
  bind(tree, render);
}

function renderInto(
  list: HTMLUListElement,
  nodes: readonly TreeNode[],
  rows: Map<string, Row>,
  seen: Set<string>,
): void {
  for (const node of nodes) {
    seen.add(node.key);
    let row = rows.get(node.key);
    if (row === undefined) {
      row = makeRow(node);
      rows.set(node.key, row);
      list.append(row.item);
    }
    update(row, node);
    renderInto(row.list, lasting(node), rows, seen);
  }
}

/** The children of a node without tasks and streams, which come and go by the dozen. */
function lasting({ children }: TreeNode): readonly TreeNode[] {
  return children.filter(({ name, id, children: own }) => name !== id || own.length > 0);
}

function makeRow(node: TreeNode): Row {
  const words = nameOf(node);
  const name = el("span", { class: "name" }, words);
  const state = el("span", { class: "state" });
  const restarts = el("span", { class: "restarts", "aria-hidden": true });
  const restartWords = el("span", { class: "unseen" });
  const list = el("ul", { class: "branch" });
  const line = el(
    "div",
    { class: "node" },
    el("span", { class: "dot", "aria-hidden": true }),
    name,
    state,
    restarts,
    restartWords,
  );
  const item = el("li", { "data-testid": `node-${words}`, "data-key": node.key }, line, list);
  return {
    item,
    list,
    name,
    state,
    restarts,
    restartWords,
    fellAt: Number.NEGATIVE_INFINITY,
    node,
  };
}

function nameOf({ name, id, behaviour }: TreeNode): string {
  // The top has no supervisor that could have named it: its name would be its process, station#2.
  if (name === id) return behaviour;
  // The children of a dynamic supervisor have numbers.
  return /^\d+$/.test(name) ? `${behaviour} ${name}` : name;
}

function update(row: Row, node: TreeNode): void {
  const { item, name, state, restarts, restartWords } = row;
  if (node.failed || node.restarts > row.node.restarts) {
    row.fellAt = performance.now();
    setTimeout(() => look(row), SEEN_MS + 10);
  }
  row.node = node;
  item.dataset.status = node.status;
  item.dataset.restarts = String(node.restarts);
  item.dataset.process = node.id;
  if (node.state !== undefined) item.dataset.state = node.state;
  else delete item.dataset.state;
  const times = node.restarts === 1 ? "1 restart" : `${node.restarts} restarts`;
  setText(restarts, node.restarts === 0 ? "" : `↻ ${node.restarts}`);
  setText(restartWords, node.restarts === 0 ? "" : times);
  // The realms of this page are workers.
  const why = node.lastReason === "noconnection" ? "its worker has gone" : node.lastReason;
  restarts.title = node.restarts === 0 ? "" : `${times}; the last one: ${why ?? ""}`;
  name.title = `${nameOf(node)}: process ${node.id}`;
  look(row);
  setText(state, row.item.dataset.look === "fallen" ? "crashed" : wordsFor(node));
}

/** Chooses the colour: fallen, paused or well. */
function look(row: Row): void {
  const { item, node, state } = row;
  const isFallen = node.failed || performance.now() - row.fellAt < SEEN_MS;
  const isPaused = node.status !== "live" || PAUSED.includes(node.state ?? "");
  const before = item.dataset.look;
  item.dataset.look = isFallen ? "fallen" : isPaused ? "paused" : "well";
  if (before === "fallen" && !isFallen) setText(state, wordsFor(node));
}

/** What a node says of itself beside its name. */
function wordsFor(node: TreeNode): string {
  if (node.status !== "live") return node.status;
  if (node.state === undefined) return lasting(node).length > 0 ? "supervisor" : "";
  return node.state === "needsPermission" ? "needs permission" : node.state;
}
