// Runs a bundle in raw workerd as its only worker, asks it for one response, and stops it. Owns the
// configuration and the process. The worker is test/hosts/workerd.host.ts, which sends its reports
// to the server of the run as every host does.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { basename, dirname, join } from "node:path";

const START_MS = 60_000;

const config = (bundle) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .suites),
    (name = "internet", network = (allow = ["private"])) ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ] );
const suites :Workerd.Worker = (
  modules = [ (name = "${bundle}", esModule = embed "${bundle}") ],
  compatibilityDate = "2026-07-01",
  durableObjectNamespaces = [ (className = "Home", uniqueKey = "home", enableSql = true) ],
  durableObjectStorage = (inMemory = void),
  bindings = [ (name = "HOME", durableObjectNamespace = "Home") ] );
`;

/** Asks for `path`, until `signal` aborts; resolves with what workerd wrote meanwhile, and with what went wrong. */
export async function askWorkerd(binary, bundle, path, signal) {
  const file = join(dirname(bundle), `${basename(bundle)}.capnp`);
  writeFileSync(file, config(basename(bundle)));
  const child = spawn(binary, ["serve", "--control-fd=3", file], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  try {
    const port = await new Promise((resolve, reject) => {
      const late = () => reject(new Error(`workerd does not listen after ${START_MS} ms`));
      const timer = setTimeout(late, START_MS);
      let control = "";
      child.stdio[3].on("data", (text) => {
        control += text;
        const listening = /"port":(\d+)/.exec(control)?.[1];
        if (listening !== undefined) resolve(listening);
        if (listening !== undefined) clearTimeout(timer);
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`workerd ended with code ${code}`)));
    });
    // Not by fetch, which waits five minutes for an answer and no longer.
    const response = await new Promise((resolve, reject) => {
      get({ host: "127.0.0.1", port, path, signal }, resolve).once("error", reject);
    });
    const text = Buffer.concat(await response.toArray()).toString();
    return `${said}${response.statusCode === 200 ? "" : text}`;
  } catch (error) {
    return `${said}\n${error.stack}`;
  } finally {
    child.removeAllListeners("exit");
    child.kill("SIGKILL");
  }
}
