// Runs every host-neutral suite in a Web Worker, dedicated or shared, on what a bundler chooses of the
// built package for workers. One file for both: a shared worker's tests need nobody to connect.
import { runHost } from "../harness/run-host.js";

void runHost();
