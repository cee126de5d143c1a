// Holds what doc comments promise a reader of hover texts: every public export and every member of it
// that can be used says what it does, and every `@example` compiles against the entries by their names.
// Reads the sources through the compiler; runs no example. Prose and links are test/docs.test.ts's.
import { join, relative } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { entries, sourceOf } from "./harness/manifest.js";
import { root } from "./harness/source-tree.js";

/** What examples may use without saying where it comes from. */
const fixtures = {
  system: 'declare const system: import("troupe").System;',
  signal: "declare const signal: AbortSignal;",
  url: "declare const url: string;",
  token: "declare function token(): Promise<string>;",
  // What the pure codec works on: whose bytes they are is not its business.
  chunk: "declare const chunk: Uint8Array;",
  link: "declare const link: { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> };",
  request: 'declare const request: import("troupe/modbus").ModbusRequest;',
  bank: 'declare const bank: import("troupe/modbus").RegisterBank;',
  // What is sent to a worker, and who works there.
  bytes: "declare const bytes: Uint8Array;",
  pixels: "declare const pixels: Uint8ClampedArray<ArrayBuffer>;",
  photos: "declare const photos: readonly Uint8ClampedArray[];",
  images: `declare const images: import("troupe").HandleOf<typeof Images>;`,
  Images: `const Images = (await import("troupe")).genServer({
    id: "images",
    init: () => 0,
    call: {
      resize: (_self, pixels: Uint8ClampedArray, width: number) => pixels.subarray(width),
      store(_self, image: object) { console.log(image); },
    },
  });`,
  Decoder: `const Decoder = (await import("troupe")).genServer({
    id: "decoder", init: () => 0, call: { decode: (_self, bytes: Uint8Array) => bytes.length },
  });`,
  reconnect: "declare function reconnect(why: unknown): void;",
  // A transport of one's own, and a binding of a page's framework.
  Deno: `declare const Deno: { connect(options: { hostname: string; port: number }): Promise<{
    readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array>; close(): void }> };`,
  useSyncExternalStore: `declare function useSyncExternalStore<T>(
    subscribe: (listener: () => void) => () => void, getSnapshot: () => T): T;`,
  Poller: `const Poller = (await import("troupe")).genServer({
    id: "poller",
    init: (_self, counter: import("troupe").HandleOf<typeof Counter>) => ({ counter }),
  });`,
  Counter: `const Counter = (await import("troupe")).genServer({
    id: "counter",
    init: (_self, start: number = 0) => ({ count: start }),
    call: { get: (self) => self.state.count },
    cast: { inc(self, by: number = 1) { self.state.count += by; } },
    view: (state) => state.count,
  });`,
};

/** Shapes of what others describe: the web's specifications, the packages ws and serialport. */
const webShapes = ["WebSerial", "WebSerialOpenOptions", "WebSerialPort", "WebSerialPortInfo"];
const others = ["SocketLike", "BinarySocket", "NodeSerialPort", "FakeSerialPort"];

const base = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile).config;
const sources = entrySources();
const paths = Object.fromEntries(
  sources.map(({ entry, source }) => [entry, [join(root, source)] as string[]]),
);
const { options } = ts.convertCompilerOptionsFromJson(
  { ...base.compilerOptions, moduleResolution: "Bundler", module: "ESNext", types: ["node"] },
  root,
);
Object.assign(options, { paths, noEmit: true, isolatedDeclarations: false, declaration: false });
// Examples are shorter than programs: they may leave a result or a parameter unused.
Object.assign(options, { noUnusedLocals: false, noUnusedParameters: false });
Object.assign(options, { verbatimModuleSyntax: false, isolatedModules: false });

/** Each entry by its name, with its source: Node's where hosts differ, which has all names. */
function entrySources(): { entry: string; source: string }[] {
  return entries.map((entry) => ({ entry, source: sourceOf(entry, ["node"]) ?? "" }));
}

interface Documented {
  /** As a reader would write it: `troupe/modbus modbusClient`, `… ModbusUnit.readCoils`. */
  readonly name: string;
  readonly entry: string;
  /** The first line of the declaration, as `path:line`. */
  readonly place: string;
  readonly text: string;
  readonly examples: readonly string[];
}

const program = ts.createProgram(
  sources.map(({ source }) => join(root, source)),
  options,
);
const checker = program.getTypeChecker();
const publicNames = new Map<string, string[]>();
const documented = sources.flatMap(({ entry, source }) => documentedOf(entry, source));

function documentedOf(entry: string, source: string): Documented[] {
  const file = program.getSourceFile(join(root, source));
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new Error(`${source} is no module`);
  const found: Documented[] = [];
  for (const exported of checker.getExportsOfModule(module)) {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    publicNames.set(exported.name, [...(publicNames.get(exported.name) ?? []), entry]);
    found.push(describeSymbol(entry, exported.name, symbol));
    for (const member of usableMembers(symbol)) {
      found.push(describeSymbol(entry, `${exported.name}.${member.name}`, member));
    }
  }
  return found;
}

function describeSymbol(entry: string, name: string, symbol: ts.Symbol): Documented {
  const declaration = symbol.declarations?.[0];
  const file = declaration?.getSourceFile();
  const line = file?.getLineAndCharacterOfPosition(declaration?.getStart() ?? 0).line ?? 0;
  // Without a fence an example is shown as prose: this one does not compile.
  const examples = symbol
    .getJsDocTags(checker)
    .filter((tag) => tag.name === "example")
    .map((tag) => ts.displayPartsToString(tag.text))
    .map((text) => /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? `no fence of ts: ${text}`);
  return {
    name: `${entry} ${name}`,
    entry,
    place: file === undefined ? "" : `${relative(root, file.fileName)}:${line + 1}`,
    text: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    examples,
  };
}

/** The members of an exported interface or class that a reader can meet and must be told about. */
function usableMembers(symbol: ts.Symbol): ts.Symbol[] {
  if ([...webShapes, ...others].includes(symbol.name)) return [];
  // The fields of an error are its message taken apart: its class says what it is.
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  if (type.getProperty("stack") && type.getProperty("message")) return [];
  return [...(symbol.members?.values() ?? [])].filter(({ name, declarations = [] }) => {
    const [declaration] = declarations;
    if (declaration === undefined || /^(?:__|~|#)/.test(name)) return false;
    return (
      ts.isPropertySignature(declaration) ||
      ts.isMethodSignature(declaration) ||
      ((ts.isPropertyDeclaration(declaration) ||
        ts.isMethodDeclaration(declaration) ||
        ts.isGetAccessorDeclaration(declaration)) &&
        !ts.isPrivateIdentifier(declaration.name))
    );
  });
}

/** The examples as modules: with imports for the public names and declarations for the fixtures. */
function programOf({ entry }: Documented, code: string): string {
  const own = new Set(
    [...code.matchAll(/\b(?:const|let|using|function|class|interface|type)\s+(\w+)/g)].map(
      ([, name]) => name,
    ),
  );
  for (const [, list = ""] of code.matchAll(/^(?:const|import) \{ ([^}]+) \}/gm)) {
    for (const name of list.split(/, /)) own.add(name.split(": ").at(-1));
  }
  const uses = (text: string, name: string) => new RegExp(`(?<![.\\w])${name}\\b(?!:)`).test(text);
  const declarations: string[] = [];
  let text = code;
  for (const [name, declaration] of Object.entries(fixtures)) {
    if (own.has(name) || !uses(text, name)) continue;
    declarations.unshift(declaration);
    text += declaration;
  }
  const imports = [...publicNames]
    .filter(([name]) => !own.has(name) && uses(code, name))
    .map(([name, from]) => {
      const module = from.includes(entry) ? entry : from[0];
      return `import { ${name} } from "${module}";`;
    });
  return [...imports, ...declarations, code, "export {};"].join("\n");
}

/** What the compiler says of each example; nothing for those that compile. */
function complaints(): string[] {
  const files = new Map<string, { text: string; of: Documented }>();
  for (const of of documented) {
    for (const [index, code] of of.examples.entries()) {
      const path = join(root, `test/${of.name.replaceAll(/\W/g, "-")}-${index}.example.ts`);
      files.set(path, { text: programOf(of, code), of });
    }
  }
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path)?.text ?? readFile(path);
  host.getSourceFile = (path, languageOrOptions, ...rest) => {
    const example = files.get(path);
    if (example) return ts.createSourceFile(path, example.text, languageOrOptions, true);
    return program.getSourceFile(path) ?? getSourceFile(path, languageOrOptions, ...rest);
  };
  const examples = ts.createProgram([...files.keys()], options, host);
  const found: string[] = [];
  for (const [path, { text, of }] of files) {
    const file = examples.getSourceFile(path);
    const errors = [
      ...examples.getSyntacticDiagnostics(file),
      ...examples.getSemanticDiagnostics(file),
    ];
    for (const { messageText, start = 0 } of errors) {
      const line = text.slice(0, start).split("\n").length - 1;
      const message = ts.flattenDiagnosticMessageText(messageText, "\n");
      found.push(`${of.place} ${of.name}: ${message}\n    ${text.split("\n")[line]}`);
    }
  }
  return [...new Set(found)];
}

test("every public export, and every member of one, has a doc comment", () => {
  expect(documented.length).toBeGreaterThan(500);
  const missing = documented.filter(({ text }) => text.trim() === "");
  expect([...new Set(missing.map(({ name, place }) => `${place} ${name}`))]).toEqual([]);
});

test("what a newcomer starts with has an example", () => {
  const main = `createSystem genServer stateMachine supervisor child mailbox HandleOf modbusClient
    modbusSlave tcp tcpListen serialPort webSerial requestWebSerialPort webSocket webSocketBytes
    eventSource watchTree watchTimeline testSystem memoryLink fakeFetch fakeWebSockets`.split(
    /\s+/,
  );
  const without = main.filter((name) => {
    const symbols = documented.filter((one) => one.name.endsWith(` ${name}`));
    return symbols.length === 0 || symbols.every(({ examples }) => examples.length === 0);
  });
  expect(without).toEqual([]);
});

test("every example of a doc comment compiles", { timeout: 60_000 }, () => {
  expect(complaints()).toEqual([]);
});
