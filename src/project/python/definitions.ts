import { ancestor, field, parts } from '../../languages/python/nodes.js';
import type { SyntaxNode } from '../../languages/python/parse.js';
import { type Binding, bindingsIn, lookUp } from '../../languages/python/scope.js';
import type { PythonCode } from './code.js';

/** A node, and the file that it is in. */
export interface Place {
  readonly path: string;
  readonly node: SyntaxNode;
}

/** What a name or a dotted name stands for. */
export type Definition =
  | ({ readonly kind: 'function' | 'class' } & Place)
  | { readonly kind: 'module'; readonly path: string }
  /** Something of a package that is not the target's own; `name` is undefined for a module. */
  | { readonly kind: 'external'; readonly module: string; readonly name: string | undefined }
  /** An object of a class of the target. */
  | { readonly kind: 'object'; readonly of: Place };

/** Aliases and imports that are followed; more of them go round in a circle. */
const longest = 20;

/** What an expression that is a name, a dotted name or the call of a class stands for; undefined where that is not clear. */
export function definitionOf(code: PythonCode, { path, node }: Place, depth = 0): Definition | undefined {
  if (depth > longest) return undefined;
  if (node.type === 'identifier') {
    return firstOf(bindingsFor(node.text, node), (binding) => definitionOfBinding(code, path, binding, depth + 1));
  }
  if (node.type === 'attribute') {
    const object = field(node, 'object');
    const owner = object && definitionOf(code, { path, node: object }, depth + 1);
    return owner && member(code, owner, field(node, 'attribute')?.text ?? '', depth);
  }
  if (node.type === 'call') {
    const called = field(node, 'function');
    const definition = called && definitionOf(code, { path, node: called }, depth + 1);
    return definition?.kind === 'class' ? { kind: 'object', of: definition } : undefined;
  }
  return undefined;
}

/** What a module of the target has under a name; looked for in what it imports with `*` as well. */
export function exportOf(code: PythonCode, path: string, name: string, depth = 0): Definition | undefined {
  const source = depth > longest ? undefined : code.read(path);
  if (source === undefined) return undefined;
  const bindings = namedOrAll(name, bindingsIn(source.root));
  const found = firstOf(bindings, (binding) => definitionOfBinding(code, path, binding, depth + 1, name));
  return found ?? submodule(code, path, name);
}

/** The bindings of a name, the last one first: that is the one that counts at the end. */
export function bindingsFor(name: string, place: SyntaxNode): Binding[] {
  const found = lookUp(name, place);
  return (found.length > 0 ? [...found] : [...lookUp('*', place)]).reverse();
}

function namedOrAll(name: string, bindings: ReadonlyMap<string, Binding[]>): Binding[] {
  return [...(bindings.get(name) ?? bindings.get('*') ?? [])].reverse();
}

/** @param wanted the name that is looked for, where the binding is `*` */
function definitionOfBinding(
  code: PythonCode,
  path: string,
  binding: Binding,
  depth: number,
  wanted?: string,
): Definition | undefined {
  switch (binding.kind) {
    case 'function':
    case 'class':
      return { kind: binding.kind, path, node: binding.node };
    case 'value':
      return definitionOf(code, { path, node: binding.value }, depth);
    case 'import': {
      const { module, name, local } = binding.imported;
      const wantedName = local === '*' ? wanted : name;
      return imported(code, path, module, wantedName, depth);
    }
    case 'other':
      return undefined;
  }
}

/** What `from module import name`, or `import module`, binds. */
function imported(
  code: PythonCode,
  from: string,
  module: string,
  name: string | undefined,
  depth: number,
): Definition | undefined {
  const path = code.resolve(module, from);
  if (path === undefined) {
    const inside = name === undefined ? undefined : code.resolve(joinModule(module, name), from);
    if (inside !== undefined) return { kind: 'module', path: inside };
    return module.startsWith('.') ? undefined : { kind: 'external', module, name };
  }
  // A file that imports its own name from itself is Python's search path seen wrongly: `from flask import Flask` in flask.py.
  if (path === from && !module.startsWith('.')) return { kind: 'external', module, name };
  return name === undefined ? { kind: 'module', path } : exportOf(code, path, name, depth);
}

function submodule(code: PythonCode, path: string, name: string): Definition | undefined {
  const found = path.endsWith('__init__.py') ? code.resolve(`.${name}`, path) : undefined;
  return found === undefined ? undefined : { kind: 'module', path: found };
}

function joinModule(module: string, name: string): string {
  return module.endsWith('.') ? module + name : `${module}.${name}`;
}

function member(code: PythonCode, owner: Definition, name: string, depth: number): Definition | undefined {
  switch (owner.kind) {
    case 'module':
      return exportOf(code, owner.path, name, depth);
    case 'external':
      return owner.name === undefined ? { kind: 'external', module: owner.module, name } : undefined;
    case 'object':
      return method(owner.of, name);
    case 'class':
      return method(owner, name);
    case 'function':
      return undefined;
  }
}

function method({ path, node }: Place, name: string): Definition | undefined {
  const binding = bindingsIn(node).get(name)?.at(-1);
  return binding?.kind === 'function' || binding?.kind === 'class'
    ? { kind: binding.kind, path, node: binding.node }
    : undefined;
}

/** What a class assigns to an attribute of its objects, in any of its methods or in its body. */
export function attributeValues({ node }: Place, name: string): SyntaxNode[] {
  const methods = node
    .descendantsOfType('function_definition')
    .filter((one) => ancestor(one, 'class_definition')?.id === node.id);
  const values = methods.flatMap((one) => {
    const [self] = parts(field(one, 'parameters') ?? one);
    return bindingsIn(one).get(`${self?.text ?? 'self'}.${name}`) ?? [];
  });
  const own = bindingsIn(node).get(name) ?? [];
  return [...values, ...own].flatMap((binding) => (binding.kind === 'value' ? binding.value : []));
}

function firstOf<T, R>(values: readonly T[], find: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
