import { field, parts, stringValue } from '../../languages/python/nodes.js';
import { type Binding, bindingsIn, lookUp } from '../../languages/python/scope.js';
import type { PythonCode } from './code.js';
import { attributeValues, definitionOf, type Place } from './definitions.js';

/** Names that are followed; more of them go round in a circle. */
const longest = 10;

/**
 * The expression that a name stands for, as long as it gets its value once, in this or another file of the target; the
 * expression itself where it is no name. Undefined for what is only known when the code runs.
 */
export function constantOf(code: PythonCode, place: Place, depth = 0): Place | undefined {
  if (depth > longest) return undefined;
  const { path, node } = place;
  switch (node.type) {
    case 'identifier':
      return ofBindings(code, path, lookUp(node.text, node), depth);
    case 'attribute':
      return ofAttribute(code, place, depth);
    case 'parenthesized_expression': {
      const [inner] = parts(node);
      return inner && constantOf(code, { path, node: inner }, depth + 1);
    }
    default:
      return place;
  }
}

/** The text that an expression always has: a literal, a constant, a sum of them, an f-string with nothing else in it. */
export function constantText(code: PythonCode, place: Place | undefined): string | undefined {
  const found = place && constantOf(code, place);
  if (found === undefined) return undefined;
  const { path, node } = found;
  const text = (part: Place['node'] | undefined) => part && constantText(code, { path, node: part });
  if (node.type === 'binary_operator' && field(node, 'operator')?.text === '+') {
    return joined([text(field(node, 'left')), text(field(node, 'right'))]);
  }
  if (node.type === 'concatenated_string') return joined(parts(node).map(text));
  return stringValue(node) ?? (node.type === 'string' ? interpolated(node, text) : undefined);
}

/** The items of a list, a tuple or a set that is written out, or of a sum of such; undefined for anything else. */
export function constantItems(code: PythonCode, place: Place): Place[] | undefined {
  const found = constantOf(code, place);
  if (found === undefined) return undefined;
  const { path, node } = found;
  if (/^(?:list|tuple|set)$/.test(node.type)) {
    const items = parts(node);
    return items.some(({ type }) => type === 'list_splat') ? undefined : items.map((item) => ({ path, node: item }));
  }
  const [left, right] = [field(node, 'left'), field(node, 'right')];
  if (node.type !== 'binary_operator' || field(node, 'operator')?.text !== '+' || !left || !right) return undefined;
  const [first, second] = [left, right].map((side) => constantItems(code, { path, node: side }));
  return first && second && [...first, ...second];
}

function ofBindings(code: PythonCode, path: string, bindings: readonly Binding[], depth: number): Place | undefined {
  const [binding, ...others] = bindings;
  if (binding === undefined || others.length > 0) return undefined;
  if (binding.kind === 'value') return constantOf(code, { path, node: binding.value }, depth + 1);
  const { module, name, local } = binding.kind === 'import' ? binding.imported : { name: undefined };
  if (module === undefined || name === undefined || local === '*') return undefined;
  const target = code.resolve(module, path);
  return target === undefined || target === path ? undefined : ofModule(code, target, name, depth);
}

function ofModule(code: PythonCode, path: string, name: string, depth: number): Place | undefined {
  const root = code.read(path)?.root;
  return root && ofBindings(code, path, bindingsIn(root).get(name) ?? [], depth + 1);
}

/** `settings.NAME` of a module, `Settings.NAME` of a class. */
function ofAttribute(code: PythonCode, { path, node }: Place, depth: number): Place | undefined {
  const object = field(node, 'object');
  const owner = object && definitionOf(code, { path, node: object });
  const name = field(node, 'attribute')?.text ?? '';
  if (owner?.kind === 'module') return ofModule(code, owner.path, name, depth);
  if (owner?.kind !== 'class') return undefined;
  const [value, ...others] = attributeValues(owner, name);
  if (value === undefined || others.length > 0) return undefined;
  return constantOf(code, { path: owner.path, node: value }, depth + 1);
}

/** An f-string; what is put into it has to be a constant without a format of its own. */
function interpolated(
  string: Place['node'],
  text: (part: Place['node'] | undefined) => string | undefined,
): string | undefined {
  const content = string.children.slice(1, -1).map((part) => {
    if (part.type === 'string_content') return /[\\{}]/.test(part.text) ? undefined : part.text;
    const isBare = part.type === 'interpolation' && parts(part).length === 1;
    return isBare ? text(field(part, 'expression') ?? parts(part)[0]) : undefined;
  });
  return joined(content);
}

function joined(texts: readonly (string | undefined)[]): string | undefined {
  return texts.every((part) => part !== undefined) ? texts.join('') : undefined;
}
