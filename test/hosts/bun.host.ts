// Runs every host-neutral suite in Bun, on what Bun itself chooses of the built package.
import { runHost } from "../harness/run-host.js";

await runHost(process.versions.bun);
