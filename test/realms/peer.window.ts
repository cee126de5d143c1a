// A page in a frame that is the other end of links which its own origin opens. It listens late, and
// leaves by taking its frame out of the page around it.
import { windowListener } from "troupe/realms";
import { runPeer } from "./peer.js";

await new Promise((resolve) => setTimeout(resolve, 20));
const leave = () => window.frameElement?.remove();
windowListener({ origins: [location.origin] }).listen((link) => runPeer(link, leave));
