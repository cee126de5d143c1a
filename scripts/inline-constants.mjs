// A plugin for rollup: writes the kernel's numbers (kinds of messages, states of a process) where they are
// used. They are exported constants, which an engine would load at each use, after looking whether they are
// there yet, and which bundlers write out only where they open a module.
//
// Owns the replacement. Lines stay as they are, so that source maps do.
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** Replaces the constants which these files export as whole numbers, wherever their names are read. */
export function inlineConstants(files) {
  const numbers = new Map();
  for (const file of files) {
    const source = readFileSync(file, "utf8");
    for (const [, name, digits] of source.matchAll(/^(?:export )?const ([A-Z]+) = (\d+);$/gm)) {
      if (numbers.has(name)) throw new Error(`two constants are called ${name}`);
      numbers.set(name, digits);
    }
  }
  return {
    name: "inline-constants",
    transform(code, id) {
      const tree = this.parse(code);
      // Only where a name is that constant: another file may call something else so.
      const known = files.includes(id) ? new Set(numbers.keys()) : importedFrom(files, tree);
      const found = [];
      visit(tree, (node) => {
        if (node.type === "Identifier" && numbers.has(node.name) && known.has(node.name)) {
          found.push(node);
        }
      });
      let text = code;
      for (const { name, start, end } of found.sort((one, other) => other.start - one.start)) {
        text = text.slice(0, start) + numbers.get(name) + text.slice(end);
      }
      return { code: text, map: null };
    },
  };
}

/** The names that a module imports from one of these files. */
function importedFrom(files, { body }) {
  const modules = files.map((file) => `/${basename(file, ".ts")}.js`);
  const imports = body.filter(
    ({ type, source }) =>
      type === "ImportDeclaration" && modules.some((module) => source.value.endsWith(module)),
  );
  return new Set(imports.flatMap(({ specifiers }) => specifiers.map(({ local }) => local.name)));
}

/** Calls `read` with each node that is no name in a declaration, an import, an export or of a member. */
function visit(node, read) {
  read(node);
  for (const [key, value] of Object.entries(node)) {
    if (isName(node, key)) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") visit(child, read);
    }
  }
}

const isName = ({ type, computed }, key) =>
  /^(Import|Export.*Specifier)/.test(type) ||
  (type === "VariableDeclarator" && key === "id") ||
  (type === "MemberExpression" && key === "property" && !computed) ||
  (/^(Property|PropertyDefinition|MethodDefinition)$/.test(type) && key === "key" && !computed);
