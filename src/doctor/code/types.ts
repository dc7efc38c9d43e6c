import type { ts } from 'ts-morph';
import { isOurDeclaration, type Program } from '../read/program.js';

/** What the rules tell apart: the metrics client's classes, Express's objects, middlewares that measure by themselves. */
export type KnownType =
  | 'Counter'
  | 'Gauge'
  | 'Histogram'
  | 'Summary'
  | 'Registry'
  | 'AggregatorRegistry'
  | 'Pushgateway'
  | 'EndTimer'
  | 'Application'
  | 'Router'
  | 'Middleware';

export type MetricType = Extract<KnownType, 'Counter' | 'Gauge' | 'Histogram' | 'Summary'>;

const synonyms: Readonly<Record<string, KnownType>> = { Express: 'Application', IRouter: 'Router' };
const known = new Set<string>([
  ...['Counter', 'Gauge', 'Histogram', 'Summary', 'Registry', 'AggregatorRegistry', 'Pushgateway', 'EndTimer'],
  ...['Application', 'Router', 'Middleware'],
]);

/** The type that an expression has, where it is one of a package that the rules know; by whatever way it got there. */
export function knownType(node: ts.Node, { checker }: Program): KnownType | undefined {
  return nameOf(checker.getTypeAtLocation(node), checker, 0);
}

export function isMetricType(type: KnownType | undefined): type is MetricType {
  return type === 'Counter' || type === 'Gauge' || type === 'Histogram' || type === 'Summary';
}

function nameOf(type: ts.Type, checker: ts.TypeChecker, depth: number): KnownType | undefined {
  if (type.isUnionOrIntersection()) {
    for (const part of type.types) {
      const name = nameOf(part, checker, depth);
      if (name !== undefined) return name;
    }
    return undefined;
  }
  const { symbol } = type;
  if (symbol === undefined) return undefined;
  const declarations = symbol.declarations ?? [];
  if (declarations.some(isOurDeclaration)) {
    // The class itself (`typeof Counter`) goes by the same name as what it makes.
    const isInstance = type.getConstructSignatures().length === 0;
    return isInstance ? (synonyms[symbol.name] ?? (isKnown(symbol.name) ? symbol.name : undefined)) : undefined;
  }
  // A subclass: `class RequestCounter extends Counter`.
  if (depth > 2 || !type.isClassOrInterface()) return undefined;
  for (const base of checker.getBaseTypes(type)) {
    const name = nameOf(base, checker, depth + 1);
    if (name !== undefined) return name;
  }
  return undefined;
}

function isKnown(name: string): name is KnownType {
  return known.has(name);
}
