// Runs every host-neutral suite in a page, on what a bundler chooses of the built package for pages.
import { runHost } from "../harness/run-host.js";

void runHost();
