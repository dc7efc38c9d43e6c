import { ts } from 'ts-morph';
import { namesMeasuringModule } from './module-declarations.js';
import { isOurDeclaration, type Program } from './program.js';

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

const synonyms = new Map<string, KnownType>([
  ['Express', 'Application'],
  ['IRouter', 'Router'],
  ['ClusterRegistry', 'AggregatorRegistry'],
  ['WorkerRegistry', 'AggregatorRegistry'],
]);
const known: readonly KnownType[] = [
  ...(['Counter', 'Gauge', 'Histogram', 'Summary', 'Registry', 'AggregatorRegistry', 'Pushgateway'] as const),
  ...(['EndTimer', 'Application', 'Router', 'Middleware'] as const),
];

/** The type that an expression has, where it is one of a package that the rules know; by whatever way it got there. */
export function knownType(node: ts.Node, { checker }: Program): KnownType | undefined {
  return nameOf(checker.getTypeAtLocation(node), checker, 0);
}

/**
 * Whether it is worth asking for the type of what is made: by its name, or because the file imports a package of which it
 * could have another name for. Types cost time, and most of what is made is no metric.
 */
export function couldBeClient({ expression }: ts.NewExpression): boolean {
  const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
  return /counter|gauge|histogram|summary|registry|gateway|metric/i.test(name) || importsMeasuring(expression);
}

/** Whether a node's file itself imports a package that measures. */
export function importsMeasuring(node: ts.Node): boolean {
  return namesMeasuringModule(node.getSourceFile().text);
}

export function isMetricType(type: KnownType | undefined): type is MetricType {
  return type === 'Counter' || type === 'Gauge' || type === 'Histogram' || type === 'Summary';
}

function nameOf(type: ts.Type, checker: ts.TypeChecker, depth: number): KnownType | undefined {
  if (type.isUnionOrIntersection()) return firstOf(type.types, (part) => nameOf(part, checker, depth));
  const { symbol } = type;
  if (symbol === undefined) return undefined;
  if ((symbol.declarations ?? []).some(isOurDeclaration)) {
    // The class itself (`typeof Counter`) goes by the same name as what it makes.
    const isInstance = type.getConstructSignatures().length === 0;
    return isInstance ? knownName(symbol.name) : undefined;
  }
  // A subclass: `class RequestCounter extends Counter`.
  if (depth > 2 || !type.isClassOrInterface()) return undefined;
  return firstOf(checker.getBaseTypes(type), (base) => nameOf(base, checker, depth + 1));
}

function firstOf<T, R>(items: readonly T[], pick: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const result = pick(item);
    if (result !== undefined) return result;
  }
  return undefined;
}

function knownName(name: string): KnownType | undefined {
  return synonyms.get(name) ?? known.find((each) => each === name);
}
