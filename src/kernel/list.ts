// A doubly linked list whose nodes are the things themselves: adding and taking out are O(1) and
// allocate nothing.
//
// Owns the links between nodes and nothing else. A node stands in one list at a time; it is extended
// by what waits in lists (timers, monitors).

/** Something that can stand in a list. */
export abstract class Node {
  previous: Node | null = null;
  next: Node | null = null;
  /** Where it stands now. */
  list: List | null = null;
}

/** A list of nodes, first added first. */
export class List {
  first: Node | null = null;
  last: Node | null = null;
}

/** Adds a node at the end of a list; it must stand in none. */
export function append(list: List, node: Node): void {
  const { last } = list;
  node.list = list;
  node.previous = last;
  if (last === null) list.first = node;
  else last.next = node;
  list.last = node;
}

/** Takes a node out of its list, if it stands in one. */
export function remove(node: Node): void {
  const { list, previous, next } = node;
  if (list === null) return;
  if (previous === null) list.first = next;
  else previous.next = next;
  if (next === null) list.last = previous;
  else next.previous = previous;
  node.list = node.previous = node.next = null;
}
