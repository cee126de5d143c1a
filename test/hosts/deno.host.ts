// Runs every host-neutral suite in Deno, on what Deno itself chooses of the built package.
import { runHost } from "../harness/run-host.js";

await runHost(process.versions.deno);
