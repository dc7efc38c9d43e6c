import type { SyntaxNode } from './parse.js';

/** The named children of a node, without comments and line continuations, which may stand anywhere. */
export function parts(node: SyntaxNode): SyntaxNode[] {
  return node.namedChildren.filter(({ type }) => type !== 'comment' && type !== 'line_continuation');
}

/** The child in a field of the grammar. */
export function field(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return node.childForFieldName(name) ?? undefined;
}

/** The nearest node around one (not itself) that has one of the types. */
export function ancestor(node: SyntaxNode, ...types: readonly string[]): SyntaxNode | undefined {
  for (let outer = node.parent; outer !== null; outer = outer.parent) {
    if (types.includes(outer.type)) return outer;
  }
  return undefined;
}

/** The statement that a node is in: what stands directly in a block or in the file. */
export function statementOf(node: SyntaxNode): SyntaxNode {
  let current = node;
  while (current.parent !== null && !isSuite(current.parent)) current = current.parent;
  return current;
}

/** Whether a node holds statements. */
export function isSuite({ type }: SyntaxNode): boolean {
  return type === 'block' || type === 'module';
}

/**
 * Where a statement's last word ends. A compound statement's own end may lie behind comments below it, which belong to
 * what comes next.
 */
export function statementEnd(statement: SyntaxNode): number {
  const last = statement.lastChild;
  if (last === null) return statement.endIndex;
  if (last.type !== 'block' && !/_(?:clause|definition)$/.test(last.type)) {
    return last.type === 'comment' ? statementEnd(lastCode(statement) ?? statement) : statement.endIndex;
  }
  return statementEnd(lastCode(last) ?? last);
}

function lastCode(node: SyntaxNode): SyntaxNode | undefined {
  return node.children.findLast(({ type }) => type !== 'comment');
}

/** The value of a string without interpolation or escapes; undefined for every other expression. */
export function stringValue(node: SyntaxNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (node.type === 'parenthesized_expression') return stringValue(parts(node)[0]);
  if (node.type === 'concatenated_string') {
    const values = parts(node).map(stringValue);
    return values.some((value) => value === undefined) ? undefined : values.join('');
  }
  if (node.type !== 'string') return undefined;
  const [start, ...inner] = node.children;
  const content = inner.slice(0, -1);
  if (start === undefined || /[bft]/i.test(start.text.replace(/['"]+$/, ''))) return undefined;
  const isPlain = content.every((part) => part.type === 'string_content' && part.namedChildren.length === 0);
  return isPlain ? content.map(({ text }) => text).join('') : undefined;
}

/** The dotted name that an expression is: `flask.Flask`; undefined for anything that is not only names and dots. */
export function dottedName(node: SyntaxNode | undefined): string | undefined {
  if (node?.type === 'identifier') return node.text;
  if (node?.type === 'dotted_name')
    return parts(node)
      .map(({ text }) => text)
      .join('.');
  if (node?.type !== 'attribute') return undefined;
  const object = dottedName(field(node, 'object'));
  return object === undefined ? undefined : `${object}.${field(node, 'attribute')?.text ?? ''}`;
}

/** The value of a call's keyword argument. */
export function keywordArgument(call: SyntaxNode, name: string): SyntaxNode | undefined {
  const found = parts(field(call, 'arguments') ?? call).find(
    (argument) => argument.type === 'keyword_argument' && field(argument, 'name')?.text === name,
  );
  return found && field(found, 'value');
}

/** The positional arguments of a call. */
export function positionalArguments(call: SyntaxNode): SyntaxNode[] {
  const list = field(call, 'arguments');
  if (list?.type !== 'argument_list') return [];
  return parts(list).filter(({ type }) => type !== 'keyword_argument');
}
