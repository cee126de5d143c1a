// troupe/inspect: what a person looks at: the tree of a system, and what happened in it, in words.
//
// Named exports only. Everything here is made of the public observers of a system: an application can
// write its own in the same way.

/// <reference lib="esnext.disposable" preserve="true" />

export { type Timeline, type TimelineEntry, watchTimeline } from "./timeline.js";
export { type Tree, type TreeNode, watchTree } from "./tree.js";
