import { type ImportedName, importedNames, isImport } from './imports.js';
import { ancestor, dottedName, field, parts } from './nodes.js';
import type { SyntaxNode } from './parse.js';

/** One way in which a name gets its value. */
export type Binding =
  | { readonly kind: 'import'; readonly imported: ImportedName; readonly node: SyntaxNode }
  | { readonly kind: 'value'; readonly value: SyntaxNode; readonly node: SyntaxNode }
  | { readonly kind: 'function' | 'class'; readonly node: SyntaxNode }
  /** A parameter, a loop variable, a part of a tuple: its value cannot be told. */
  | { readonly kind: 'other'; readonly node: SyntaxNode };

const scopeTypes = ['module', 'function_definition', 'class_definition', 'lambda'];

/** The scope that a node is in: a function, a class, a lambda or the file. */
export function scopeOf(node: SyntaxNode): SyntaxNode {
  const scope = ancestor(node, ...scopeTypes);
  if (scope === undefined) return node;
  // A function's name, decorators, defaults and annotations are evaluated outside of it.
  const body = field(scope, 'body');
  const parameters = field(scope, 'parameters');
  const isInside = [body, parameters].some((part) => part !== undefined && holds(part, node));
  return scope.type === 'module' || isInside ? scope : scopeOf(scope);
}

function holds(outer: SyntaxNode, inner: SyntaxNode): boolean {
  return outer.startIndex <= inner.startIndex && inner.endIndex <= outer.endIndex;
}

/** What a name means where an expression uses it: its bindings in the nearest scope that has any, in their order. */
export function lookUp(name: string, place: SyntaxNode): Binding[] {
  for (let scope = scopeOf(place), first = true; ; scope = scopeOf(scope), first = false) {
    // What a class binds is not seen by the functions in it.
    if (first || scope.type !== 'class_definition') {
      const found = bindingsIn(scope).get(name) ?? [];
      if (found.length > 0) return found;
    }
    if (scope.type === 'module' || scope.parent === null) return [];
  }
}

const known = new WeakMap<object, Map<number, Map<string, Binding[]>>>();

/** All names that a scope binds; `self.x = …` is bound under `self.x`. Names declared `global` are the file's. */
export function bindingsIn(scope: SyntaxNode): ReadonlyMap<string, Binding[]> {
  const ofTree = known.get(scope.tree) ?? new Map<number, Map<string, Binding[]>>();
  known.set(scope.tree, ofTree);
  let found = ofTree.get(scope.id);
  if (found === undefined) {
    found = collect(scope);
    ofTree.set(scope.id, found);
  }
  return found;
}

function collect(scope: SyntaxNode): Map<string, Binding[]> {
  const found = new Map<string, Binding[]>();
  const elsewhere = declaredElsewhere(scope);
  const add = (name: string | undefined, binding: Binding): void => {
    if (name === undefined || elsewhere.has(name)) return;
    found.set(name, [...(found.get(name) ?? []), binding]);
  };
  const visit = (node: SyntaxNode): void => {
    for (const binding of bindingsOf(node)) add(...binding);
    if (!scopeTypes.includes(node.type)) for (const child of parts(node)) visit(child);
  };
  for (const child of scope.type === 'module' ? parts(scope) : inside(scope)) visit(child);
  if (scope.type === 'module') for (const binding of globalsOf(scope)) add(...binding);
  return found;
}

function inside(scope: SyntaxNode): SyntaxNode[] {
  const parameters = field(scope, 'parameters');
  return [...(parameters ? parts(parameters) : []), field(scope, 'body')].filter((node) => node !== undefined);
}

type Named = [name: string | undefined, binding: Binding];

function bindingsOf(node: SyntaxNode): Named[] {
  if (isImport(node)) {
    return importedNames(node).map((imported) => [imported.local, { kind: 'import', imported, node }]);
  }
  switch (node.type) {
    case 'function_definition':
      return [[field(node, 'name')?.text, { kind: 'function', node }]];
    case 'class_definition':
      return [[field(node, 'name')?.text, { kind: 'class', node }]];
    case 'assignment':
      return assigned(field(node, 'left'), field(node, 'right'), node);
    case 'named_expression':
      return assigned(field(node, 'name'), field(node, 'value'), node);
    case 'for_statement':
    case 'for_in_clause':
      return targets(field(node, 'left'), node);
    case 'as_pattern_target':
      return targets(parts(node)[0] ?? node, node);
    case 'identifier':
      return node.parent !== null && /parameters$/.test(node.parent.type) ? [[node.text, { kind: 'other', node }]] : [];
    case 'typed_parameter':
    case 'default_parameter':
    case 'typed_default_parameter':
    case 'list_splat_pattern':
    case 'dictionary_splat_pattern':
      return [[(field(node, 'name') ?? parts(node)[0])?.text, { kind: 'other', node }]];
    default:
      return [];
  }
}

/** `a = b = value` binds both to the value; without a value (`x: int`) nothing is bound. */
function assigned(left: SyntaxNode | undefined, right: SyntaxNode | undefined, node: SyntaxNode): Named[] {
  if (left === undefined || right === undefined) return [];
  const name = dottedName(left);
  return name === undefined ? targets(left, node) : [[name, { kind: 'value', value: finalValue(right), node }]];
}

function finalValue(value: SyntaxNode): SyntaxNode {
  const next = value.type === 'assignment' ? field(value, 'right') : undefined;
  return next === undefined ? value : finalValue(next);
}

function targets(node: SyntaxNode | undefined, statement: SyntaxNode): Named[] {
  if (node === undefined) return [];
  const names = node.type === 'identifier' ? [node] : node.descendantsOfType('identifier');
  return names.map(({ text }) => [text, { kind: 'other', node: statement }]);
}

function declaredElsewhere(scope: SyntaxNode): Set<string> {
  if (scope.type === 'module') return new Set();
  const statements = scope.descendantsOfType(['global_statement', 'nonlocal_statement']);
  const own = statements.filter((statement) => scopeOf(statement).id === scope.id);
  return new Set(own.flatMap((statement) => parts(statement).map(({ text }) => text)));
}

/** What functions bind to names that they declare `global`. */
function globalsOf(module: SyntaxNode): Named[] {
  return module.descendantsOfType('global_statement').flatMap((statement) => {
    const scope = scopeOf(statement);
    const names = parts(statement).map(({ text }) => text);
    const found: Named[] = [];
    const visit = (node: SyntaxNode): void => {
      found.push(...bindingsOf(node).filter(([name]) => name !== undefined && names.includes(name)));
      if (!scopeTypes.includes(node.type)) for (const child of parts(node)) visit(child);
    };
    const body = field(scope, 'body');
    if (body !== undefined && scope.type !== 'module') visit(body);
    return found;
  });
}

/** The first of the names that nothing in the file is called, as a variable, parameter, attribute or anything else. */
export function freeName(root: SyntaxNode, names: readonly [string, ...string[]]): string {
  const used = new Set(root.descendantsOfType('identifier').map(({ text }) => text));
  const last = names.at(-1) ?? names[0];
  const found = names.find((name) => !used.has(name));
  if (found !== undefined) return found;
  for (let number = 2; ; number += 1) if (!used.has(`${last}_${number}`)) return `${last}_${number}`;
}
