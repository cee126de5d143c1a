// Runs every host-neutral suite in Node, on what Node itself chooses of the built package.
import { runHost } from "../harness/run-host.js";

await runHost(process.versions.node);
