// An editor over one program of a user's: TypeScript's language service, asked at marked places.
//
// Owns the program in memory and where its marks stand: `/*^name*/` is the place right after it, and is
// no part of the text. What is imported comes from the built package. Judges nothing.
import { join } from "node:path";
import ts from "typescript";
import { root } from "./source-tree.js";

const path = join(root, "edited-program.ts");
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.esnext.disposable.d.ts"],
  strict: true,
  types: [],
};

/** What an editor shows at the marks of a program. */
export interface Editor {
  /** What is shown of the name there: its type in one line, and its documentation. */
  hover(mark: string): { readonly type: string; readonly doc: string };
  /** The lines that "go to definition" leads to, within the program. */
  definition(mark: string): readonly string[];
  /** The names that may stand there, best first. */
  completions(mark: string): readonly string[];
  /** The function that is called there, with the types of its arguments, in one line. */
  signature(mark: string): string;
}

/** Opens a program in an editor. */
export function editorOf(marked: string): Editor {
  const marks = new Map<string, number>();
  let text = "";
  for (const part of marked.split(/(\/\*\^\w+\*\/)/)) {
    const name = /^\/\*\^(\w+)\*\/$/.exec(part)?.[1];
    if (name === undefined) text += part;
    else marks.set(name, text.length);
  }
  const { sys } = ts;
  const read = (file: string) => (file === path ? text : sys.readFile(file));
  const service = ts.createLanguageService({
    getScriptFileNames: () => [path],
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => ts.ScriptSnapshot.fromString(read(file) ?? ""),
    getCurrentDirectory: () => root,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === path || sys.fileExists(file),
    readFile: read,
    directoryExists: sys.directoryExists,
    getDirectories: sys.getDirectories,
  });
  const at = (mark: string): number => {
    const place = marks.get(mark);
    if (place === undefined) throw new Error(`The program has no mark ${mark}`);
    return place;
  };
  const line = (parts: readonly ts.SymbolDisplayPart[] | undefined): string =>
    ts.displayPartsToString([...(parts ?? [])]).replace(/\s+/g, " ");
  return {
    hover(mark) {
      const info = service.getQuickInfoAtPosition(path, at(mark));
      return { type: line(info?.displayParts), doc: line(info?.documentation) };
    },
    definition(mark) {
      const found = service.getDefinitionAtPosition(path, at(mark)) ?? [];
      return found
        .filter(({ fileName }) => fileName === path)
        .map(({ textSpan }) => (text.slice(textSpan.start).split("\n")[0] ?? "").trim());
    },
    completions(mark) {
      const found = service.getCompletionsAtPosition(path, at(mark), {});
      return (found?.entries ?? []).map(({ name }) => name);
    },
    signature(mark) {
      const [item] = service.getSignatureHelpItems(path, at(mark), {})?.items ?? [];
      const parameters = item?.parameters.map(({ displayParts }) => line(displayParts)) ?? [];
      return `${line(item?.prefixDisplayParts)}${parameters.join(", ")}`;
    },
  };
}
