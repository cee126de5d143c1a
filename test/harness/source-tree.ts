// Reads the project's own source as data, for the tests that hold its rules: which file imports
// which, which names it takes from its host, how it opens. Parses with TypeScript 6 (the native
// compiler has no such API). Judges nothing; test/architecture.test.ts does.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The folder of package.json. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** One import, re-export, dynamic import or import type of a file. */
export interface ImportEdge {
  /** The target: a path from the root for our own files, the specifier for a package. */
  readonly to: string;
  /** True for one of our own files. */
  readonly own: boolean;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** One file of the project, parsed. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ImportEdge[];
  readonly syntax: ts.SourceFile;
}

/** The paths of all files below a folder, from the root, sorted. */
export function filesBelow(folder: string, extension: string): string[] {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name).replaceAll("\\", "/"))
    .sort();
}

/** Reads and parses one file. */
export function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), "utf8");
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports: ImportEdge[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const own = specifier.text.startsWith(".");
    const target = resolve(root, dirname(path), specifier.text.replace(/\.js$/, ".ts"));
    const to = own ? relative(root, target).replaceAll("\\", "/") : specifier.text;
    imports.push({ to, own, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnlyImport(node));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, isTypeOnlyExport(node));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(syntax);
  return { path, text, imports, syntax };
}

function isTypeOnlyImport({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  if (name || !namedBindings || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.every((element) => element.isTypeOnly);
}

function isTypeOnlyExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  if (isTypeOnly) return true;
  if (!exportClause || !ts.isNamedExports(exportClause)) return false;
  return exportClause.elements.every((element) => element.isTypeOnly);
}

/** True for a file in which every statement is a re-export or an import. */
export function isOnlyReExports({ syntax }: SourceFile): boolean {
  return syntax.statements.every(
    (statement) =>
      ts.isImportDeclaration(statement) ||
      (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined),
  );
}

/** True for a file with a default export of either form. */
export function hasDefaultExport({ syntax }: SourceFile): boolean {
  return syntax.statements.some(
    (statement) =>
      ts.isExportAssignment(statement) ||
      (ts.canHaveModifiers(statement) &&
        ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) ||
      (ts.isExportDeclaration(statement) &&
        statement.exportClause !== undefined &&
        ts.isNamedExports(statement.exportClause) &&
        statement.exportClause.elements.some(({ name }) => name.text === "default")),
  );
}

/** True for a file that passes on whatever another one exports. */
export function hasExportStar({ syntax }: SourceFile): boolean {
  return syntax.statements.some(
    (statement) => ts.isExportDeclaration(statement) && statement.exportClause === undefined,
  );
}

/** How many lines the comment has that the file opens with; 0 where it opens with code. */
export function headerLines({ text }: SourceFile): number {
  const block = /^\/\*[\s\S]*?\*\//.exec(text)?.[0];
  const comment = block ?? /^(?:\/\/.*\n)*/.exec(text)?.[0] ?? "";
  return comment.split("\n").filter((line) => /[^\s/*]/.test(line)).length;
}

/**
 * The names that files use as values and that no scope of theirs declares: what they take from the
 * language and the host, each as `name`, as `Name.member` where a member is read of one, and as
 * `new Name()` where one is made without arguments.
 * The compiler resolves the names, so that a parameter called `self` is not the host's.
 */
export function freeNames(files: readonly SourceFile[]): Map<string, Set<string>> {
  const paths = files.map(({ path }) => path);
  // Without a library every global is unresolved, which is what is asked for, and it is fast.
  const options: ts.CompilerOptions = { noLib: true, noResolve: true, types: [] };
  const host = ts.createCompilerHost(options);
  const byPath = new Map(files.map((file) => [file.path, file.syntax]));
  host.getSourceFile = (name) => byPath.get(name);
  host.getCurrentDirectory = () => root;
  const checker = ts.createProgram(paths, options, host).getTypeChecker();
  const found = new Map<string, Set<string>>();
  for (const { path, syntax } of files) {
    const names = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
      if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
      // `implements` names types; `extends` of a class reads a value.
      if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ImplementsKeyword) return;
      if (ts.isIdentifier(node) && isRead(node)) {
        const symbol = checker.getSymbolAtLocation(node);
        if (!symbol?.declarations?.length) names.add(qualified(node));
      }
      ts.forEachChild(node, visit);
    };
    visit(syntax);
    found.set(path, names);
  }
  return found;
}

/** True where an identifier stands for a value, not for the name of a member or a declaration. */
function isRead(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isImportClause(parent) || ts.isNamespaceImport(parent)) return false;
  if (ts.isMetaProperty(parent) || ts.isLabeledStatement(parent)) return false;
  if (ts.isBreakOrContinueStatement(parent)) return false;
  return (parent as ts.NamedDeclaration).name !== node;
}

function qualified(node: ts.Identifier): string {
  let { parent } = node;
  // `(globalThis as { name?: unknown }).name` is a read of `globalThis.name`.
  while (ts.isAsExpression(parent) || ts.isParenthesizedExpression(parent)) parent = parent.parent;
  if (ts.isPropertyAccessExpression(parent)) return `${node.text}.${parent.name.text}`;
  // `new Date()` reads the clock, `new Date(ms)` does not.
  if (ts.isNewExpression(parent) && !parent.arguments?.length) return `new ${node.text}()`;
  return node.text;
}
