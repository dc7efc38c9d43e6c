import { ts } from 'ts-morph';
import { specifiersIn } from '../languages/typescript/imports.js';
import { createModuleReader } from '../languages/typescript/module-value.js';
import { lineAt, parseSource } from '../languages/typescript/parse.js';
import { createScope, type Scope } from '../languages/typescript/scope.js';
import { walk } from '../languages/typescript/walk.js';
import { countIn } from './process-count.js';

/** Code that starts worker processes by itself. */
export interface ClusterCode {
  readonly path: string;
  /** 1-based, of the first fork. */
  readonly line: number;
  /** How many it forks; undefined where only running it would tell (a number of processors). */
  readonly workers: number | undefined;
}

/** Packages that fork for the app: they call node:cluster themselves. */
const packages = new Set([
  'throng',
  'recluster',
  'cluster-service',
  'express-cluster',
  'sticky-cluster',
  'sticky-session',
]);

/** The cluster code of a file, be it node:cluster or a package that forks; undefined when there is none. */
export function findClusterCode(path: string, text: string): ClusterCode | undefined {
  if (!/cluster|throng|sticky-session/.test(text)) return undefined;
  const file = parseSource(path, text);
  const [fork, ...more] = forkCalls(file);
  if (fork !== undefined) {
    const scope = createScope(file);
    const loop = ts.findAncestor(fork, ts.isForStatement);
    const workers = loop === undefined ? callsInARow([fork, ...more]) : boundOf(loop, scope);
    return { path, line: lineAt(file, fork.getStart()), workers };
  }
  const used = specifiersIn(file).find(({ specifier, typeOnly }) => packages.has(specifier) && !typeOnly);
  return used && { path, line: lineAt(file, used.start), workers: undefined };
}

/** The calls of node:cluster's `fork`, those that start workers before those that replace a dead one. */
function forkCalls(file: ts.SourceFile): ts.CallExpression[] {
  if (!/['"`](?:node:)?cluster['"`]/.test(file.text)) return [];
  const read = createModuleReader(file, createScope(file), ['cluster', 'node:cluster']);
  const found: ts.CallExpression[] = [];
  walk(file, (node) => {
    if (ts.isCallExpression(node) && read(node.expression) === 'fork') found.push(node);
  });
  return found.sort((a, b) => Number(isReplacement(a)) - Number(isReplacement(b)));
}

/** In a listener: `cluster.on('exit', () => cluster.fork())`. */
function isReplacement(call: ts.CallExpression): boolean {
  const listener = ts.findAncestor(call, (node) => {
    const { parent } = node;
    return ts.isCallExpression(parent ?? node) && ts.isFunctionLike(node) && /\.on(?:ce)?\(/.test(parent.getText());
  });
  return listener !== undefined;
}

function callsInARow(calls: readonly ts.CallExpression[]): number | undefined {
  const starting = calls.filter((call) => !isReplacement(call));
  const isCounted = starting.every((call) => ts.isExpressionStatement(call.parent) && !isRepeated(call));
  return isCounted && starting.length > 0 ? starting.length : undefined;
}

function isRepeated(call: ts.CallExpression): boolean {
  const loop = ts.findAncestor(
    call,
    (node) => ts.isIterationStatement(node, false) || ts.isArrowFunction(node) || ts.isFunctionExpression(node),
  );
  return loop !== undefined;
}

/** `i < 4` and `i <= 4`, which from 1 on is the same number, and from 0 on one more. */
function boundOf({ condition, initializer }: ts.ForStatement, scope: Scope): number | undefined {
  if (condition === undefined || !ts.isBinaryExpression(condition)) return undefined;
  const bound = countIn(condition.right, scope);
  const isInclusive = condition.operatorToken.kind === ts.SyntaxKind.LessThanEqualsToken;
  if (!isInclusive && condition.operatorToken.kind !== ts.SyntaxKind.LessThanToken) return undefined;
  const fromOne = /=\s*1\b/.test(initializer?.getText() ?? '');
  return bound === undefined ? undefined : bound + Number(isInclusive) - Number(fromOne);
}
