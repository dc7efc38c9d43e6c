import { parts } from './nodes.js';
import type { PythonSource, SyntaxNode } from './parse.js';

/** A name that an import binds. */
export interface ImportedName {
  /** The module as written: `flask`, `.config`, `..`. */
  readonly module: string;
  /** The name in that module; undefined where the module itself is bound (`import a.b as c`, `import a.b`). */
  readonly name: string | undefined;
  /** The name here; `*` for all. */
  readonly local: string;
  readonly statement: SyntaxNode;
}

const importTypes = ['import_statement', 'import_from_statement', 'future_import_statement'];

/** Whether a statement is `import …` or `from … import …`. */
export function isImport({ type }: SyntaxNode): boolean {
  return importTypes.includes(type);
}

/** All that a file imports, wherever in it. */
export function importsOf({ root }: PythonSource): ImportedName[] {
  return root.descendantsOfType(importTypes).flatMap(importedNames);
}

/** What one import statement binds. */
export function importedNames(statement: SyntaxNode): ImportedName[] {
  const from = statement.childForFieldName('module_name');
  const module = statement.type === 'future_import_statement' ? '__future__' : from && text(from);
  const names = statement.childrenForFieldName('name');
  if (module === null) return names.map((node) => wholeModule(node, statement));
  if (parts(statement).some(({ type }) => type === 'wildcard_import')) {
    return [{ module, name: undefined, local: '*', statement }];
  }
  return names.map((node) => {
    const { name, alias } = aliased(node);
    return { module, name, local: alias ?? name, statement };
  });
}

/** `import a.b` binds `a`; `import a.b as c` binds the module `a.b`. */
function wholeModule(node: SyntaxNode, statement: SyntaxNode): ImportedName {
  const { name, alias } = aliased(node);
  const local = alias ?? name.split('.')[0] ?? name;
  return { module: alias === undefined ? local : name, name: undefined, local, statement };
}

function aliased(node: SyntaxNode): { name: string; alias: string | undefined } {
  const alias = node.type === 'aliased_import' ? node.childForFieldName('alias') : null;
  return { name: text(node.childForFieldName('name') ?? node), alias: alias === null ? undefined : text(alias) };
}

/** Spaces may stand between the parts of a dotted name. */
function text(node: SyntaxNode): string {
  return node.text.replace(/\s+/g, '');
}
