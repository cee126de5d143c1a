// OrderedMap: values by their keys, in the order of terms. A B+ tree.
//
//   Branch  keys [ k1 | k2 ]            keys[i] is not above any key below children[i + 1],
//           children  a   b   c         and above every key below children[i]
//   Leaf    a ⇄ b ⇄ c                   keys and values side by side; leaves are a list both ways
//
// Owns the tree and its cursors. An operation walks one path: O(log n), in nodes that lie together
// in memory. It knows no rows and checks no keys: whoever calls has called checkTerm.

import { compareTerms } from "./term-order.js";

/** A node holds at most so many keys; below a quarter it is joined with a neighbour. */
const MAX_KEYS = 64;
const MIN_KEYS = MAX_KEYS / 4;

class Leaf<V> {
  keys: unknown[] = [];
  values: V[] = [];
  next: Leaf<V> | null = null;
  previous: Leaf<V> | null = null;
}

class Branch<V> {
  keys: unknown[] = [];
  children: Node<V>[] = [];
}

type Node<V> = Leaf<V> | Branch<V>;

/** Where a walk begins and ends. A bound that is left out is no bound. */
export interface KeyRange {
  /** The first key, or the one just before it. */
  readonly from?: { readonly key: unknown; readonly open: boolean } | undefined;
  /** The last key, or the one just after it. */
  readonly to?: { readonly key: unknown; readonly open: boolean } | undefined;
}

/** Values by their keys, in order. Values are never `undefined`. */
export class OrderedMap<V> {
  #root: Node<V> = new Leaf();
  #size = 0;
  /** Counts what was added and taken away: a cursor that sees another number looks again. */
  #version = 0;

  /** How many keys there are. */
  get size(): number {
    return this.#size;
  }

  /** Another number whenever a key came or went. */
  get version(): number {
    return this.#version;
  }

  get(key: unknown): V | undefined {
    const leaf = this.#leafOf(key);
    const at = lowerBound(leaf.keys, key);
    return at < leaf.keys.length && compareTerms(leaf.keys[at], key) === 0
      ? leaf.values[at]
      : undefined;
  }

  /** Adds a key, or gives it another value; of keys that are equal in order, the last one stays. */
  set(key: unknown, value: V): void {
    const right = this.#insert(this.#root, key, value);
    if (right === null) return;
    const root = new Branch<V>();
    root.keys.push(right.key);
    root.children.push(this.#root, right.node);
    this.#root = root;
  }

  /** Takes a key away; gives the value it had. */
  delete(key: unknown): V | undefined {
    const value = this.#remove(this.#root, key);
    if (value === undefined) return undefined;
    this.#size--;
    this.#version++;
    const root = this.#root;
    if (root instanceof Branch && root.children.length === 1) this.#root = root.children[0]!;
    return value;
  }

  clear(): void {
    this.#root = new Leaf();
    this.#size = 0;
    this.#version++;
  }

  /** A cursor before the first key of the range, or behind the last one when it goes backwards. */
  cursor(range: KeyRange = {}, backwards: boolean = false): Cursor<V> {
    return new Cursor(this, range, backwards);
  }

  /**
   * Where the first key stands that is not below `key` (or, with `above`, that is above it): a leaf and
   * a place in it, which may be the one behind its last. Without a key the very first.
   */
  seek(bound: { key: unknown; above: boolean } | null): { leaf: Leaf<V>; at: number } {
    if (bound === null) {
      let node = this.#root;
      while (node instanceof Branch) node = node.children[0]!;
      return { leaf: node, at: 0 };
    }
    const leaf = this.#leafOf(bound.key);
    const { keys } = leaf;
    let at = lowerBound(keys, bound.key);
    if (bound.above && at < keys.length && compareTerms(keys[at], bound.key) === 0) at++;
    return { leaf, at };
  }

  /** Behind the very last key. */
  seekEnd(): { leaf: Leaf<V>; at: number } {
    let node = this.#root;
    while (node instanceof Branch) node = node.children[node.children.length - 1]!;
    return { leaf: node, at: node.keys.length };
  }

  #leafOf(key: unknown): Leaf<V> {
    let node = this.#root;
    while (node instanceof Branch) node = node.children[upperBound(node.keys, key)]!;
    return node;
  }

  /** Gives the new right half, with its first key, where the node had to be split. */
  #insert(node: Node<V>, key: unknown, value: V): { key: unknown; node: Node<V> } | null {
    if (node instanceof Leaf) {
      const at = lowerBound(node.keys, key);
      if (at < node.keys.length && compareTerms(node.keys[at], key) === 0) {
        node.keys[at] = key;
        node.values[at] = value;
        return null;
      }
      node.keys.splice(at, 0, key);
      node.values.splice(at, 0, value);
      this.#size++;
      this.#version++;
      return node.keys.length > MAX_KEYS ? splitLeaf(node, at === node.keys.length - 1) : null;
    }
    const at = upperBound(node.keys, key);
    const right = this.#insert(node.children[at]!, key, value);
    if (right === null) return null;
    node.keys.splice(at, 0, right.key);
    node.children.splice(at + 1, 0, right.node);
    return node.children.length > MAX_KEYS ? splitBranch(node) : null;
  }

  #remove(node: Node<V>, key: unknown): V | undefined {
    if (node instanceof Leaf) {
      const at = lowerBound(node.keys, key);
      if (at === node.keys.length || compareTerms(node.keys[at], key) !== 0) return undefined;
      node.keys.splice(at, 1);
      return node.values.splice(at, 1)[0];
    }
    const at = upperBound(node.keys, key);
    const child = node.children[at]!;
    const value = this.#remove(child, key);
    if (value === undefined) return undefined;
    const length = child instanceof Leaf ? child.keys.length : child.children.length;
    if (length < MIN_KEYS && node.children.length > 1) joinChildren(node, at === 0 ? 0 : at - 1);
    return value;
  }
}

/**
 * A walk over an {@link OrderedMap}, forwards or backwards. The map may change meanwhile: the walk goes
 * on behind the key it gave last, so it gives no key twice and misses none that was there throughout.
 */
export class Cursor<V> {
  /** The key and the value that {@link move} has come to. */
  key: unknown = undefined;
  value: V | undefined = undefined;
  readonly #map: OrderedMap<V>;
  readonly #range: KeyRange;
  readonly #step: 1 | -1;
  #leaf: Leaf<V> | null = null;
  #at = 0;
  /** The version of the map that leaf and place belong to. */
  #version = -1;
  #state: "before" | "within" | "over" = "before";

  constructor(map: OrderedMap<V>, range: KeyRange, backwards: boolean) {
    this.#map = map;
    this.#range = range;
    this.#step = backwards ? -1 : 1;
  }

  /** Goes one further. False at the end, and for ever after. */
  move(): boolean {
    if (this.#state === "over") return false;
    if (this.#version !== this.#map.version) this.#seek();
    for (let leaf = this.#leaf; leaf !== null; ) {
      const at = this.#at;
      if (at >= 0 && at < leaf.keys.length) {
        const key = leaf.keys[at];
        if (this.#isBeyond(key)) break;
        this.key = key;
        this.value = leaf.values[at];
        this.#at += this.#step;
        this.#state = "within";
        return true;
      }
      leaf = this.#leaf = this.#step === 1 ? leaf.next : leaf.previous;
      this.#at = this.#step === 1 || leaf === null ? 0 : leaf.keys.length - 1;
    }
    this.#state = "over";
    this.#leaf = null;
    return false;
  }

  #isBeyond(key: unknown): boolean {
    const end = this.#step === 1 ? this.#range.to : this.#range.from;
    if (end === undefined) return false;
    const order = compareTerms(key, end.key) * this.#step;
    return order > 0 || (order === 0 && end.open);
  }

  #seek(): void {
    const map = this.#map;
    this.#version = map.version;
    const forwards = this.#step === 1;
    const start = forwards ? this.#range.from : this.#range.to;
    const bound = this.#state === "within" ? { key: this.key, open: true } : start;
    const { leaf, at } =
      bound === undefined
        ? forwards
          ? map.seek(null)
          : map.seekEnd()
        : map.seek({ key: bound.key, above: bound.open === forwards });
    this.#leaf = leaf;
    // Backwards, a cursor stands behind what it gives next.
    this.#at = forwards ? at : at - 1;
  }
}

/** The place of the first key that is not below `key`. */
function lowerBound(keys: readonly unknown[], key: unknown): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareTerms(keys[middle], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place of the first key that is above `key`. */
function upperBound(keys: readonly unknown[], key: unknown): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareTerms(keys[middle], key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The last leaf grows at its end where keys come in order, as times and numbers do: it stays full, where
// halves would leave every leaf of such a table half empty.
function splitLeaf<V>(leaf: Leaf<V>, atEnd: boolean): { key: unknown; node: Leaf<V> } {
  const half = atEnd && leaf.next === null ? leaf.keys.length - 1 : leaf.keys.length >>> 1;
  const right = new Leaf<V>();
  right.keys = leaf.keys.splice(half);
  right.values = leaf.values.splice(half);
  right.next = leaf.next;
  right.previous = leaf;
  if (leaf.next !== null) leaf.next.previous = right;
  leaf.next = right;
  return { key: right.keys[0], node: right };
}

function splitBranch<V>(branch: Branch<V>): { key: unknown; node: Branch<V> } {
  const half = branch.children.length >>> 1;
  const right = new Branch<V>();
  right.children = branch.children.splice(half);
  right.keys = branch.keys.splice(half);
  return { key: branch.keys.pop(), node: right };
}

/** Joins the child at `at` with the next one; or, where one node cannot hold both, shares out. */
function joinChildren<V>(parent: Branch<V>, at: number): void {
  const left = parent.children[at]!;
  const right = parent.children[at + 1]!;
  let separator: unknown;
  if (left instanceof Leaf && right instanceof Leaf) {
    left.keys.push(...right.keys);
    left.values.push(...right.values);
    const half = left.keys.length >>> 1;
    const isWhole = left.keys.length <= MAX_KEYS;
    if (isWhole) {
      left.next = right.next;
      if (right.next !== null) right.next.previous = left;
    } else {
      right.keys = left.keys.splice(half);
      right.values = left.values.splice(half);
      separator = right.keys[0];
    }
    finishJoin(parent, at, isWhole, separator);
  } else if (left instanceof Branch && right instanceof Branch) {
    left.keys.push(parent.keys[at], ...right.keys);
    left.children.push(...right.children);
    const isWhole = left.children.length <= MAX_KEYS;
    if (!isWhole) {
      const half = left.children.length >>> 1;
      right.children = left.children.splice(half);
      right.keys = left.keys.splice(half);
      separator = left.keys.pop();
    }
    finishJoin(parent, at, isWhole, separator);
  }
}

function finishJoin<V>(parent: Branch<V>, at: number, isWhole: boolean, separator: unknown): void {
  if (isWhole) {
    parent.keys.splice(at, 1);
    parent.children.splice(at + 1, 1);
  } else parent.keys[at] = separator;
}
