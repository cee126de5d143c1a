// Holds the rules of the house: which layer may import which, that only platform/ knows a host,
// what every file looks like, and that nothing is forgotten in a list. Reads the source as data;
// runs none of it. What is published is looked at by test/packaging/.
// needs: git
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  filesBelow,
  freeNames,
  hasDefaultExport,
  hasExportStar,
  headerLines,
  isOnlyReExports,
  readSource,
  root,
  type SourceFile,
} from "./harness/source-tree.js";

/** The layers of src/, lowest first. A folder imports from those before it and from itself. */
const layers = ["kernel", "behaviours", "supervision", "registry", "realms"];
/** The folders above the layers. They stand side by side and do not import one another. */
const branches = ["adapters", "stores", "bindings", "inspect", "testing"];
/** The rooms of a layer that has some, lowest first; those of one line stand side by side. */
const rooms: Record<string, readonly (readonly string[])[]> = {
  realms: [["wire"], ["values"], ["links"], ["session"], ["places"], ["pools", "tabs"]],
};
/** What testing doubles it may import: it stands beside the branches and serves all of them. */
const testingMayImport = ["adapters", "stores"];

/** What every JavaScript engine has. Not here, on purpose: Math.random and reading the clock. */
const language =
  `Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError
  FinalizationRegistry Float32Array Float64Array Infinity Int16Array Int32Array Int8Array Intl JSON
  Map Math NaN Number Object Promise Proxy Reflect RegExp Set SharedArrayBuffer String Symbol
  Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet undefined isNaN
  isFinite parseInt parseFloat encodeURIComponent decodeURIComponent arguments`.split(/\s+/);

/** What every host we support has, and what neither reads time nor touches the outside. */
const neutralWeb = `AbortController AbortSignal Blob DOMException Event EventTarget Headers
  ReadableStream Response TextDecoder TextEncoder TransformStream URL URLSearchParams WritableStream
  atob btoa structuredClone`.split(/\s+/);

/** Members of the above that read time, randomness or a timer: those come from Platform. */
const impure = ["Date.now", "new Date()", "Math.random", "AbortSignal.timeout"];

/** Defaults that a user can inject another value for. Each is read when it is used, lazily. */
const injectedDefaults: Record<string, Record<string, string>> = {
  "src/adapters/byte-link/timers.ts": {
    "AbortSignal.timeout": "for links that somebody opens by hand; a machine brings its timers",
  },
  "src/realms/links/host-name.ts": {
    globalThis: "navigator.userAgent, to name the host in an error where no system is at hand",
  },
  "src/realms/links/host-websocket.ts": {
    "globalThis.WebSocket": "the option WebSocket wins; Node before 22 has none of its own",
  },
  "src/realms/links/broadcast-link.ts": {
    globalThis: "BroadcastChannel and the random name of an end, where they are not given",
  },
  "src/realms/tabs/epoch-store.ts": {
    globalThis: "indexedDB, where the last leader is known; without it the time of day has to do",
  },
  "src/realms/links/host-locks.ts": {
    globalThis:
      "navigator.locks: without them only silence tells of a loss, and tabs has no leader",
  },
  "src/realms/links/shared-worker-link.ts": {
    globalThis: "the scope of this shared worker, where it is not given",
  },
  "src/realms/links/page-life.ts": {
    globalThis: "pagehide and pageshow: only a page can be left, elsewhere nothing is done",
  },
  "src/realms/tabs/tabs.ts": {
    globalThis: "whether there are shared workers, where tabs was given one",
  },
  "src/realms/links/window-link.ts": {
    globalThis: "the window, where the option own is left out",
  },
  "src/adapters/serial/web-serial-api.ts": {
    globalThis: "navigator.serial, where the option serial is left out",
  },
  "src/adapters/sse/options.ts": {
    "globalThis.location":
      "location, which a page's relative URLs are resolved against, as by its fetch",
  },
  "src/adapters/sse/request.ts": {
    globalThis: "fetch, where the option fetch is left out",
  },
  "src/adapters/sse/visibility.ts": {
    "globalThis.document": "only a page can be hidden; elsewhere there is none and nothing is done",
  },
  "src/realms/links/random-id.ts": {
    "globalThis.crypto":
      "numbers nobody can guess, which a platform's own, repeatable ones are not",
  },
  "src/testing/conformance/report-checks.ts": {
    globalThis: "what starts work, watched while a platform is made",
  },
  "src/testing/virtual-platform.ts": {
    globalThis: "setImmediate, a message or a timer: turns are the host's own, time is not",
  },
};

const src = filesBelow("src", ".ts").map(readSource);
const platform = filesBelow("platform", ".ts").map(readSource);
const shipped = [...src, ...platform];
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const peers: string[] = Object.keys(manifest.peerDependencies);
const entries = entrySources(manifest.exports);

/** The sources that the exports map of package.json promises. */
function entrySources(value: unknown): string[] {
  if (typeof value === "object" && value !== null) {
    return [...new Set(Object.values(value).flatMap(entrySources))].sort();
  }
  const path = /^\.\/dist\/(?:rolled\/)?(.+)\.js$/.exec(String(value))?.[1];
  return path === undefined ? [] : [`${path}.ts`];
}

const layerOf = (path: string): string => path.split("/")[1] ?? "";
const packageOf = (specifier: string): string =>
  /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
const isNodeModule = (specifier: string): boolean =>
  specifier.startsWith("node:") || builtinModules.includes(specifier);

/** Every broken rule as "file: what", for one readable failure. */
function violations(
  files: readonly SourceFile[],
  judge: (file: SourceFile) => Iterable<string>,
): string[] {
  return files.flatMap((file) => [...judge(file)].map((problem) => `${file.path}: ${problem}`));
}

describe("layers", () => {
  /** True when a file of one folder of src/ may import a file of another. */
  function mayImport(from: string, to: string): boolean {
    if (from === to) return true;
    if (layers.includes(from)) {
      return layers.includes(to) && layers.indexOf(to) < layers.indexOf(from);
    }
    if (layers.includes(to)) return true;
    return from === "testing" && testingMayImport.includes(to);
  }

  test("every folder of src/ is a layer", () => {
    const folders = new Set(
      src.map(({ path }) => layerOf(path)).filter((name) => name !== "index.ts"),
    );
    expect([...folders].filter((name) => ![...layers, ...branches].includes(name))).toEqual([]);
  });

  test("imports go down the layers or stay in a folder", () => {
    const broken = violations(src, function* ({ path, imports }) {
      for (const { to, own } of imports) {
        if (!own) continue;
        if (!to.startsWith("src/")) yield `imports ${to}, which is outside src/`;
        else if (path === "src/index.ts") {
          if (!layers.includes(layerOf(to))) yield `imports ${to}, which is not of the core`;
        } else if (!mayImport(layerOf(path), layerOf(to))) yield `imports ${to}, upwards`;
      }
    });
    expect(broken).toEqual([]);
  });

  test("imports go down the rooms of a layer or stay in one", () => {
    const broken = violations(src, function* ({ path, imports }) {
      const [, layer = "", room = ""] = path.split("/");
      const order = rooms[layer];
      if (order === undefined) return;
      const heightOf = (name: string): number => order.findIndex((row) => row.includes(name));
      if (heightOf(room) < 0) {
        if (room !== "index.ts") yield "stands in no room of its layer";
        return;
      }
      for (const { to, own } of imports) {
        if (!own || layerOf(to) !== layer) continue;
        const other = to.split("/")[2] ?? "";
        if (other !== room && heightOf(other) >= heightOf(room)) yield `imports ${to}, upwards`;
      }
    });
    expect(broken).toEqual([]);
  });

  test("no file of src/ or platform/ imports itself in a circle, not even for types", () => {
    const graph = new Map(
      shipped.map(({ path, imports }) => [path, imports.filter(({ own }) => own)]),
    );
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (path: string, trail: readonly string[]): void => {
      const start = trail.indexOf(path);
      if (start >= 0) circles.push([...trail.slice(start), path].join(" → "));
      if (start >= 0 || done.has(path)) return;
      for (const { to } of graph.get(path) ?? []) walk(to, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) walk(path, []);
    expect(circles).toEqual([]);
  });

  test("every import between our files names a file that is there, with its extension", () => {
    const broken = violations(shipped, function* ({ imports }) {
      for (const { to, own } of imports) {
        if (own && !(to.endsWith(".ts") && existsSync(join(root, to)))) yield `imports ${to}`;
      }
    });
    expect(broken).toEqual([]);
  });

  test("the core has no dependency, and the rest only optional peers", () => {
    expect(manifest.dependencies).toBeUndefined();
    const optional = Object.entries(manifest.peerDependenciesMeta)
      .filter(([, meta]) => (meta as { optional?: boolean }).optional)
      .map(([name]) => name);
    expect(optional.sort()).toEqual([...peers].sort());
    const broken = violations(shipped, function* ({ path, imports }) {
      for (const { to, own } of imports) {
        if (own || (path.startsWith("platform/") && isNodeModule(to))) continue;
        const isCore = path.startsWith("src/") && !branches.includes(layerOf(path));
        if (isCore || !peers.includes(packageOf(to))) yield `imports ${to}`;
      }
    });
    expect(broken).toEqual([]);
  });
});

describe("platforms", () => {
  const isShared = (path: string) => path.startsWith("platform/shared/");
  /** A host's core, in production and in development, its realms, and entries that only re-export. */
  const isEntry = (file: SourceFile) =>
    ["index.ts", "development.ts", "realms.ts"].includes(basename(file.path)) ||
    (entries.includes(file.path) && isOnlyReExports(file));

  test("a host's file stays with its host and platform/shared", () => {
    const broken = violations(platform, function* ({ path, imports }) {
      for (const { to, own } of imports) {
        if (!own || to.startsWith("src/") || isShared(to)) continue;
        if (dirname(to) !== dirname(path)) yield `imports ${to}`;
      }
    });
    expect(broken).toEqual([]);
  });

  test("platform.ts and platform/shared import only src/kernel/platform.ts", () => {
    const bound = platform.filter(({ path }) => isShared(path) || path.endsWith("/platform.ts"));
    const broken = violations(bound, function* ({ imports }) {
      for (const { to } of imports) {
        if (to.startsWith("src/") && to !== "src/kernel/platform.ts") yield `imports ${to}`;
      }
    });
    expect(broken).toEqual([]);
  });

  test("a capability imports from src/ only types, and the kernel's errors", () => {
    const capabilities = platform.filter(
      (file) => !isShared(file.path) && !isEntry(file) && !file.path.endsWith("/platform.ts"),
    );
    const broken = violations(capabilities, function* ({ imports }) {
      for (const { to, typeOnly } of imports) {
        // For what the host lacks: an UnsupportedError is one on every host.
        if (to.startsWith("src/") && !typeOnly && to !== "src/kernel/errors.ts")
          yield `imports ${to} as a value`;
      }
    });
    expect(broken).toEqual([]);
  });

  test("an entry of a host imports from src/ only entries, and types", () => {
    const broken = violations(platform.filter(isEntry), function* ({ imports }) {
      for (const { to, typeOnly } of imports) {
        const isValue = to.startsWith("src/") && !typeOnly;
        if (isValue && basename(to) !== "index.ts") yield `imports ${to}, which is no entry`;
      }
    });
    expect(broken).toEqual([]);
  });

  let names: Map<string, Set<string>> | undefined;
  /** A whole program is compiled for it: once for all tests. */
  const namesOf = () => (names ??= freeNames(src));

  test("src/ takes nothing from its host, time and randomness included", () => {
    const allowed = new Set([...language, ...neutralWeb]);
    const found = namesOf();
    const broken = violations(src, function* ({ path }) {
      for (const name of found.get(path) ?? []) {
        const [owner = name] = name.replace(/^new |\(\)$/g, "").split(".");
        const isNeutral = allowed.has(owner) && !impure.includes(name);
        if (!isNeutral && injectedDefaults[path]?.[name] === undefined) yield `uses ${name}`;
      }
    });
    expect(broken).toEqual([]);
  });

  test("every exception for an injected default is still used", () => {
    const found = namesOf();
    const unused = Object.entries(injectedDefaults).flatMap(([path, names]) =>
      Object.keys(names)
        .filter((name) => !found.get(path)?.has(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(unused).toEqual([]);
  });
});

describe("files", () => {
  test("every file opens with a comment of 3 to 8 lines", () => {
    const broken = violations(shipped, function* (file) {
      const lines = headerLines(file);
      if (lines < 3 || lines > 8) yield `opens with a comment of ${lines} lines`;
    });
    expect(broken).toEqual([]);
  });

  test("names are kebab-case and say what is inside", () => {
    const broken = violations(shipped, function* ({ path }) {
      const name = basename(path, ".ts");
      if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) yield "is not named in kebab-case";
      if (name === "utils" || name === "types") yield "has a name that says nothing";
    });
    expect(broken).toEqual([]);
  });

  test("nothing has a default export", () => {
    expect(shipped.filter(hasDefaultExport).map(({ path }) => path)).toEqual([]);
  });

  test("no file but an entry only passes on what others export", () => {
    const barrels = shipped.filter(
      (file) =>
        basename(file.path) !== "index.ts" && !entries.includes(file.path) && isOnlyReExports(file),
    );
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  test("every file of src/ names what it exports", () => {
    expect(src.filter(hasExportStar).map(({ path }) => path)).toEqual([]);
  });

  test("every entry of package.json has a source", () => {
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe("tests", () => {
  const suites = filesBelow("test", ".suite.ts").map(readSource);

  test("every suite is listed in test/suites.ts", () => {
    const listed = readSource("test/suites.ts").imports.map(({ to }) => to);
    expect(suites.map(({ path }) => path).filter((path) => !listed.includes(path))).toEqual([]);
  });

  test("a suite imports nothing that only one host has", () => {
    // fast-check is plain JavaScript and runs everywhere.
    const broken = violations(suites, function* ({ imports }) {
      for (const { to, own } of imports) {
        // The text of a worker is bundled for whatever host asks for it.
        const isNeutral = own || to === "fast-check" || to.startsWith("worker-source:");
        if (!isNeutral) yield `imports ${to}`;
        if (to.startsWith("platform/")) yield `imports ${to}`;
      }
    });
    expect(broken).toEqual([]);
  });

  test("no test is skipped or run alone", () => {
    const tests = [...suites, ...filesBelow("test", ".test.ts").map(readSource)];
    const broken = violations(tests, function* ({ text }) {
      const found = /\b(?:test|describe|it)\.(?:skip|only|todo|fails)\b/.exec(text);
      if (found) yield `has ${found[0]}`;
    });
    expect(broken).toEqual([]);
  });
});

describe("repository", () => {
  test("no text names an absolute path of a machine", () => {
    const machine = /(?<![\w.:/-])\/(?:work|root|home|Users|tmp)\/\w|\b[A-Z]:\\Users\\/;
    const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" });
    const broken: string[] = [];
    for (const path of tracked.trim().split("\n")) {
      if (!existsSync(join(root, path))) continue;
      const lines = readFileSync(join(root, path), "utf8").split("\n");
      lines.forEach((line, index) => {
        if (machine.test(line)) broken.push(`${path}:${index + 1}: ${line.trim().slice(0, 80)}`);
      });
    }
    expect(broken).toEqual([]);
  });

  test("the lock file names no registry", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toContain('"resolved"');
  });
});
