// Runs every host-neutral suite in workerd: in a request's handler, or in a Durable Object for the
// path /durable-object. The response has one report a line.
import { createSystem, platform, UnsupportedError } from "troupe";
import { runSuites, type SuiteReport } from "../harness/run-suites.js";
import { defineSuite } from "../harness/suite.js";
import { suites } from "../suites.js";

/** What a system at the top of this module throws. */
const refusal = (() => {
  try {
    return createSystem();
  } catch (error) {
    return error;
  }
})();
const scope = defineSuite("module scope", ({ test, expect }) => {
  test("a system at the top of a module is refused with the remedy", () => {
    expect(refusal).toBeInstanceOf(UnsupportedError);
    expect(refusal).toMatchObject({ host: "workerd" });
    expect((refusal as Error).message).toMatch(/on workerd: .* inside a handler/);
  });
});

async function respond(): Promise<Response> {
  const lines: string[] = [];
  const report = (message: SuiteReport) => lines.push(JSON.stringify(message));
  await runSuites([...suites, scope], { platform, version: "", report });
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
