// The texts by which the code of a module is known in a minified bundle: its string literals, such as
// the words of its errors, which no minifier changes. Reads the built modules as data.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const MIN_LENGTH = 12;

/**
 * The texts that only the modules in `area` have, of all modules among `files` in `folder`. Texts
 * with a character that a minifier may write in another way are left out.
 */
export function phrasesOf(folder: string, files: readonly string[], area: RegExp): string[] {
  // What is rolled has the same texts again.
  const modules = files.filter((path) => path.endsWith(".js") && !path.includes("/rolled/"));
  const read = (path: string) => readFileSync(join(folder, path), "utf8");
  const elsewhere = modules
    .filter((path) => !area.test(path))
    .map(read)
    .join("\n");
  const texts = modules.filter((path) => area.test(path)).flatMap((path) => textsOf(read(path)));
  return [...new Set(texts)].filter((text) => !elsewhere.includes(text));
}

/** Asked for the same modules again and again. */
const parsed = new Map<string, readonly string[]>();

function textsOf(source: string): readonly string[] {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) {
      if (node.text.length >= MIN_LENGTH && /^[\w .,:;()/-]+$/.test(node.text))
        found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("module.js", source, ts.ScriptTarget.ES2022));
  parsed.set(source, found);
  return found;
}
