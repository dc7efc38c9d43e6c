import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** A value that a variable of Grafana can have where PromQL wants a duration. */
const DURATIONS: Readonly<Record<string, string>> = { $__rate_interval: '1m', $__range: '1h' };

/** The expression as Prometheus gets it, but for variables in strings, which stay: there, any text is right. */
export function withDurations(expression: string): string {
  return outsideStrings(expression, (text) => text.replace(/\$__\w+/g, (name) => DURATIONS[name] ?? name));
}

/** The expression as Prometheus gets it, the dashboard's variables included. */
export function withVariables(expression: string, values: Readonly<Record<string, string>>): string {
  return expression.replace(/\$(\w+)/g, (reference, name: string) => {
    const value = values[name] ?? DURATIONS[reference];
    if (value === undefined) throw new Error(`${reference} has no value in ${expression}`);
    return value;
  });
}

/** The syntax tree; throws when it is no PromQL. */
export function parsePromql(expression: string): Tree {
  const tree = parser.parse(expression);
  tree.iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expression}`);
    },
  });
  return tree;
}

/** All nodes of a kind, in their order. */
export function nodesOf(tree: Tree, kind: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  tree.iterate({
    enter(node) {
      if (node.name === kind) found.push(node.node);
    },
  });
  return found;
}

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

/** A selector's name and matchers. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly node: SyntaxNode;
}

/** All selectors of an expression. */
export function selectorsOf(expression: string): Selector[] {
  const textOf = (node: SyntaxNode | null) => (node === null ? '' : expression.slice(node.from, node.to));
  return nodesOf(parsePromql(expression), 'VectorSelector').map((node) => ({
    node,
    name: textOf(node.getChild('Identifier')),
    matchers: (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
      label: textOf(matcher.getChild('LabelName')),
      operator: textOf(matcher.getChild('MatchOp')),
      value: JSON.parse(textOf(matcher.getChild('StringLiteral'))) as string,
    })),
  }));
}

/** The function that a node is an argument of, by its name; undefined where it is none's. */
export function callAround(expression: string, node: SyntaxNode): string | undefined {
  const call = node.parent?.name === 'FunctionCallBody' ? node.parent.parent : undefined;
  const name = call?.getChild('FunctionIdentifier') ?? undefined;
  return name === undefined ? undefined : expression.slice(name.from, name.to);
}

function outsideStrings(text: string, replace: (part: string) => string): string {
  return text
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part, index) => (index % 2 === 1 ? part : replace(part)))
    .join('');
}
