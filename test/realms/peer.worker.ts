// A worker that is the other end of its parent's link: a dedicated or a shared one, or a thread of Node.
// It listens late, as a worker does whose file awaits something first.
import { parentListener, sharedWorkerListener } from "troupe/realms";
import { runPeer } from "./peer.js";

/** A shared worker is told of a page only once, when it connects. */
const isShared = "onconnect" in globalThis;
if (!isShared) await new Promise((resolve) => setTimeout(resolve, 20));
const listener = isShared ? sharedWorkerListener() : parentListener();
listener.listen((link) => runPeer(link));
