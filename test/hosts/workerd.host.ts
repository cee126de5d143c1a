// Runs every host-neutral suite in workerd: in a request's handler, or in a Durable Object for the
// path /durable-object. The response has one report a line.
import { platform } from "troupe";
import { runSuites, type SuiteReport } from "../harness/run-suites.js";
import { suites } from "../suites.js";

async function respond(): Promise<Response> {
  const lines: string[] = [];
  const report = (message: SuiteReport) => lines.push(JSON.stringify(message));
  await runSuites(suites, { platform, version: "", report });
  return new Response(lines.join("\n"));
}

/** The Durable Object whose method is the home of the actors. */
export class Home {
  fetch(): Promise<Response> {
    return respond();
  }
}

interface Env {
  HOME: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): unknown };
  };
}

// biome-ignore lint/style/noDefaultExport: workerd asks for it
export default {
  fetch(request: Request, env: Env): unknown {
    if (new URL(request.url).pathname !== "/durable-object") return respond();
    return env.HOME.get(env.HOME.idFromName("home")).fetch(request);
  },
};
