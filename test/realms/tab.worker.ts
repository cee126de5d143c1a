// A worker that listens as a tab does, under a name that the suite puts in for TAB_NAME.
import { broadcastListener } from "troupe/realms";
import { runPeer } from "./peer.js";

broadcastListener({ name: "TAB_NAME" }).listen((link) => runPeer(link));
