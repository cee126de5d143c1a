// Runs a bundle in Vercel's edge-runtime and asks it for one response: `node edge.mjs BUNDLE`. A
// program of its own, so that what ends the runtime ends a row of the matrix and not all of it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { runtimes } from "./runtimes.mjs";

const { EdgeRuntime } = createRequire(runtimes)("edge-runtime");
const runtime = new EdgeRuntime({ initialCode: readFileSync(process.argv[2], "utf8") });
const response = await runtime.dispatchFetch("http://127.0.0.1/");
console.log(await response.text());
