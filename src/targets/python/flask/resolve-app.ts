import { ancestor, field, parts, positionalArguments } from '../../../languages/python/nodes.js';
import type { SyntaxNode } from '../../../languages/python/parse.js';
import { type Binding, bindingsIn, scopeOf } from '../../../languages/python/scope.js';
import type { PythonCode } from '../../../project/python/code.js';
import { attributeValues, bindingsFor, definitionOf, type Place } from '../../../project/python/definitions.js';
import { createdKind, describeApp, type FlaskApp, flaskAppsIn } from './find-app.js';

/**
 * The applications that a name of a module can be, as a WSGI server finds it: the variable, or what a function of that
 * name returns, followed through calls and imports to the calls that create them. Each is named once.
 *
 * @param name a variable or a function of the module
 */
export function resolveApp(code: PythonCode, path: string, name: string): FlaskApp[] {
  return unique(ofExport({ code, seen: new Set() }, path, name));
}

interface Search {
  readonly code: PythonCode;
  /** Names and expressions that were looked at: files may import each other. */
  readonly seen: Set<string>;
}

function unique(apps: readonly FlaskApp[]): FlaskApp[] {
  const byPlace = new Map(apps.map((app) => [`${app.path}:${app.start}`, app]));
  return [...byPlace.values()];
}

function ofExport(search: Search, path: string, name: string): FlaskApp[] {
  const source = search.code.read(path);
  const key = `${path}:${name}`;
  if (source === undefined || search.seen.has(key)) return [];
  search.seen.add(key);
  const bindings = bindingsIn(source.root);
  const found = bindings.get(name) ?? bindings.get('*') ?? [];
  return firstResult([...found].reverse(), (binding) => ofBinding(search, path, binding, name));
}

function ofBinding(search: Search, path: string, binding: Binding, wanted: string): FlaskApp[] {
  const { code } = search;
  switch (binding.kind) {
    case 'value':
      return ofExpression(search, { path, node: binding.value });
    case 'function':
      return ofFunction(search, { path, node: binding.node });
    case 'import': {
      const { module, name, local } = binding.imported;
      const target = code.resolve(module, path);
      const exported = local === '*' ? wanted : name;
      return target === undefined || exported === undefined ? [] : ofExport(search, target, exported);
    }
    default:
      return [];
  }
}

function ofExpression(search: Search, place: Place): FlaskApp[] {
  const { path, node } = place;
  const key = `${path}:${node.id}`;
  if (search.seen.has(key)) return [];
  search.seen.add(key);
  switch (node.type) {
    case 'identifier':
      return firstResult(bindingsFor(node.text, node), (binding) => ofBinding(search, path, binding, node.text));
    case 'call':
      return ofCall(search, place);
    case 'attribute':
      return ofAttribute(search, place);
    case 'parenthesized_expression':
    case 'conditional_expression':
    case 'boolean_operator':
    case 'named_expression':
      return parts(node).flatMap((part) => ofExpression(search, { path, node: part }));
    default:
      return [];
  }
}

function ofCall(search: Search, place: Place): FlaskApp[] {
  const { code } = search;
  const { path, node } = place;
  const kind = createdKind(code, place);
  if (kind !== undefined) return [describeApp(code, place, kind)];
  const called = field(node, 'function');
  const definition = called && definitionOf(code, { path, node: called });
  if (definition?.kind === 'function') return ofFunction(search, definition);
  // Around an app: ProxyFix(app), DispatcherMiddleware(app, {…}), wrap(app).
  return firstResult(positionalArguments(node), (argument) => ofExpression(search, { path, node: argument }));
}

function ofAttribute(search: Search, { path, node }: Place): FlaskApp[] {
  const object = field(node, 'object');
  const name = field(node, 'attribute')?.text ?? '';
  if (object === undefined) return [];
  const owner = ownClass(node, object, path) ?? definitionOf(search.code, { path, node: object });
  if (owner?.kind === 'module') return ofExport(search, owner.path, name);
  const holder = owner?.kind === 'object' ? owner.of : owner?.kind === 'class' ? owner : undefined;
  const values = holder === undefined ? [] : attributeValues(holder, name);
  const found = values.flatMap((value) => ofExpression(search, { path: holder?.path ?? path, node: value }));
  // `app.wsgi_app`, Connexion's `app.app`.
  return found.length > 0 ? found : ofExpression(search, { path, node: object });
}

/** In a method, `self` is an object of its class. */
function ownClass(node: SyntaxNode, object: SyntaxNode, path: string) {
  const holder = ancestor(node, 'class_definition');
  const isSelf = holder !== undefined && ['self', 'cls'].includes(object.text);
  return isSelf ? { kind: 'class' as const, path, node: holder } : undefined;
}

/** What a function returns; where that cannot be followed, what it creates. */
function ofFunction(search: Search, place: Place): FlaskApp[] {
  const { path, node } = place;
  const own = node.descendantsOfType(['return_statement', 'yield']).filter((one) => scopeOf(one).id === node.id);
  const returned = own.flatMap((statement) =>
    parts(statement).flatMap((value) => ofExpression(search, { path, node: value })),
  );
  if (returned.length > 0) return returned;
  return flaskAppsIn(search.code, path).filter(({ start, end }) => node.startIndex <= start && end <= node.endIndex);
}

function firstResult<T>(values: readonly T[], find: (value: T) => FlaskApp[]): FlaskApp[] {
  for (const value of values) {
    const found = find(value);
    if (found.length > 0) return found;
  }
  return [];
}
