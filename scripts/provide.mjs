// Provides what the tests need from outside the repository: npm's packages, a Chromium, and the
// servers that nobody here wrote (the peers). On Debian as root it installs what is missing with
// apt; elsewhere it takes what is there and names the rest.
// Owns the table of needs. A test file needs the peers that it starts with the functions of
// test/peers/peers.ts, and what a line `// needs: gcc, umockdev` in it says.
import { existsSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { outerNode, root, run, runNode } from "./run.mjs";

const python = (module) => ["/usr/bin/python3", "-c", `import ${module}`];

/**
 * Every need: its name, Debian's packages for it, a command that proves it is there, and the
 * function of test/peers/peers.ts that starts it.
 */
const needs = [
  { name: "chromium", packages: ["chromium"], probe: ["/usr/bin/chromium", "--version"] },
  { name: "socat", packages: ["socat"], probe: ["socat", "-V"], startedBy: "startSocatPair" },
  {
    name: "pymodbus",
    packages: ["python3-pymodbus", "python3-serial-asyncio"],
    probe: python("pymodbus, serial_asyncio"),
    startedBy: "startModbusPeer",
  },
  {
    name: "aiohttp",
    packages: ["python3-aiohttp"],
    probe: python("aiohttp"),
    startedBy: "startSsePeer",
  },
  {
    name: "websockets",
    packages: ["python3-websockets"],
    probe: python("websockets"),
    startedBy: "startWsPeer",
  },
  { name: "mbpoll", packages: ["mbpoll"], probe: ["mbpoll", "-V"], startedBy: "mbpoll" },
  {
    name: "nginx",
    packages: ["nginx-light"],
    probe: ["/usr/sbin/nginx", "-v"],
    startedBy: "startNginx",
  },
  { name: "umockdev", packages: ["umockdev"], probe: ["umockdev-run", "--version"] },
  { name: "gcc", packages: ["gcc", "libc6-dev"], probe: ["gcc", "--version"] },
  { name: "git", packages: ["git"], probe: ["git", "--version"] },
];

/**
 * The names of what a test file needs.
 * @throws RangeError for a `// needs:` line that names no need.
 */
export function needsOf(source) {
  const line = /^\/\/ needs: (.+)$/m.exec(source);
  const named = line?.[1].split(",").map((name) => name.trim()) ?? [];
  const unknown = named.filter((name) => !needs.some((need) => need.name === name));
  if (unknown.length > 0) throw new RangeError(`no such need: ${unknown.join(", ")}`);
  const started = needs.filter(
    ({ startedBy }) => startedBy && new RegExp(`\\b${startedBy}\\(`).test(source),
  );
  return [...new Set([...named, ...started.map(({ name }) => name)])];
}

/** Installs the hosts of test/hosts/runtimes/package.json where its node_modules is missing or older. */
export const provideHosts = () => provideFolder("test", "hosts", "runtimes");

/** Installs the libraries of bench/peers/package.json where its node_modules is missing or older. */
export const provideRivals = () => provideFolder("bench", "peers");

/** Installs the libraries of bench/realms/peers/package.json where its node_modules is missing or older. */
export const provideRealmRivals = () => provideFolder("bench", "realms", "peers");

/** Installs a folder with a package.json of its own. */
async function provideFolder(...names) {
  const folder = join(root, ...names);
  const time = (path) => statSync(join(folder, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (time("node_modules/.package-lock.json") >= time("package.json")) return true;
  console.log(`npm install in ${names.join("/")}`);
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm?.endsWith(".js") ? [outerNode, npm] : ["npm"];
  // Never `npm ci` with a lock: a registry that lacks one optional platform package would fail it.
  const flags = ["install", "--no-save", "--no-package-lock"];
  const { code, output } = await run(command, [...args, ...flags], { cwd: folder });
  if (code !== 0) process.stdout.write(output);
  // npm leaves it alone where there was nothing to do, and would be asked again each time.
  else utimesSync(join(folder, "node_modules/.package-lock.json"), new Date(), new Date());
  return code === 0;
}

/** Installs npm's packages where node_modules is missing or older than the lock. */
export async function provideNpm() {
  const time = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (time("node_modules/.package-lock.json") >= time("package-lock.json")) return true;
  console.log("npm ci");
  // Its warnings are about tools that run on the Node of the devDependencies, not on this one.
  const quiet = "--loglevel=error";
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm?.endsWith(".js")
    ? [outerNode, npm, "ci", quiet]
    : ["npm", "ci", quiet];
  return (await run(command, args, { show: true })).code === 0;
}

/** What `npm run hosts` needs beside npm's packages. */
export const browserNeeds = [
  needs[0],
  { name: "firefox", packages: ["firefox-esr"], probe: ["firefox-esr", "--version"] },
  { name: "webkit", packages: ["webkit2gtk-driver"], probe: ["WebKitWebDriver", "--version"] },
  { name: "xvfb", packages: ["xvfb"], probe: ["Xvfb", "-help"] },
];

/** Installs what is missing where that is possible; resolves with the names that stay missing. */
export async function providePeers(wantedNeeds = needs) {
  const wanted = await missingOf(wantedNeeds);
  if (wanted.length > 0 && isDebian() && process.getuid?.() === 0) {
    const packages = wanted.flatMap((need) => need.packages);
    console.log(`apt-get install ${packages.join(" ")}`);
    await apt(["update", "-qq"]);
    // One by one if not together: a package that the archive lacks must not cost the others.
    if ((await apt(["install", ...packages])).code !== 0)
      for (const name of packages) await apt(["install", name]);
  }
  const missing = new Set((await missingOf(wanted)).map((need) => need.name));
  if (missing.has("chromium") && (await installPlaywrightChromium())) missing.delete("chromium");
  return missing;
}

async function missingOf(candidates) {
  const present = await Promise.all(
    candidates.map(async ({ probe: [command, ...args] }) => {
      const { code } = await run(command, args, { timeoutMs: 120_000 });
      return code !== 127 && (command !== "/usr/bin/python3" || code === 0);
    }),
  );
  return candidates.filter((_, index) => !present[index]);
}

function isDebian() {
  return (
    existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"))
  );
}

async function apt([verb, ...rest]) {
  const patience = ["-o", "DPkg::Lock::Timeout=180", "-o", "Acquire::Retries=3"];
  const options = [...patience, "-y", "--no-install-recommends", "-qq"];
  const result = await run("apt-get", [...options, verb, ...rest], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
  if (result.code !== 0) process.stdout.write(result.output);
  return result;
}

async function installPlaywrightChromium() {
  console.log("playwright install chromium");
  const { code, output } = await runNode(["node_modules/playwright/cli.js", "install", "chromium"]);
  if (code !== 0) process.stdout.write(output);
  return code === 0;
}

if (process.argv[1] === join(root, "scripts", "provide.mjs")) {
  // Everything at once, for .ci/run: what each script then asks for is there. A failure is theirs to tell.
  const npm = provideNpm();
  const system = () => providePeers([...new Set([...needs, ...browserNeeds])]);
  // Playwright's own Chromium, where there is no apt, comes by an npm package.
  await Promise.all([npm, provideHosts(), isDebian() ? system() : npm.then(system)]);
}
