import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { walk } from '../languages/typescript/walk.js';
import type { OwnMetric } from '../metrics/own-metric.js';
import { constantOf, constantText, itemsOf, propertyOf } from './code/constants.js';
import { declarationsOf } from './code/functions.js';
import { measuringFiles } from './code/import-closure.js';
import { findMetrics, type MetricDeclaration } from './code/metrics.js';
import { createProgram, type Program } from './code/program.js';
import { readSources } from './code/sources.js';
import { labelName, mergeMetrics, metricName, type OwnMetricProblem, type OwnMetrics } from './declared-metrics.js';
import type { Files } from './source-files.js';

export type { OwnMetricProblem, OwnMetrics } from './declared-metrics.js';

type Type = OwnMetric['type'];

/** A declaration, and the object that describes it. */
interface Declared {
  readonly type: Type;
  readonly inRedis: boolean;
  readonly node: ts.Node;
  readonly option: (name: string) => ts.Expression | undefined;
}

/** The helpers that the generated folder exports for metrics of one's own. */
const helpers: Readonly<Record<string, { readonly type: Type; readonly inRedis: boolean }>> = {
  counter: { type: 'counter', inRedis: false },
  gauge: { type: 'gauge', inRedis: false },
  histogram: { type: 'histogram', inRedis: false },
  redisCounter: { type: 'counter', inRedis: true },
  redisGauge: { type: 'gauge', inRedis: true },
};

/** What redisCounter and redisGauge put before a name that lacks it. */
const redisPrefix = 'shared_';

/**
 * Finds the metrics that the target's code declares, by its syntax: `new Counter({ name, help, labelNames })` and the
 * generated helpers, constants resolved. Tests are left out, and so is what the generated folder declares itself.
 *
 * @param root absolute path of the target
 * @param files the target's files, the generated folder's among them
 * @param folder the generated folder, relative to the target
 * @param taken names that are no metrics of one's own: those of the catalogue
 */
export function findOwnMetrics(root: string, files: Files, folder: string, taken: ReadonlySet<string>): OwnMetrics {
  const sources = readSources(root, files);
  const program = createProgram(measuringFiles(sources), sources);
  const isGenerated = (node: ts.Node) => isSealed(program.pathOf(node), folder);
  const constructed = findMetrics(program).declarations.map(fromConstructor);
  // A call that both find is the helper's, which knows more of it.
  const byNode = new Map([...constructed, ...helperCalls(program, folder)].map((each) => [each.node, each]));
  const found = [...byNode.values()].filter(({ node }) => !isGenerated(node));
  const read = found.map((declared) => describe(declared, program));
  const metrics = read.flatMap((each) => ('reason' in each ? [] : each)).filter(({ name }) => !taken.has(name));
  const problems = read.flatMap((each) => ('reason' in each ? each : []));
  return mergeMetrics(metrics, problems);
}

/** `custom` is the user's own. */
function isSealed(path: string, folder: string): boolean {
  return posix.dirname(path) === posix.normalize(folder) && !posix.basename(path).startsWith('custom.');
}

function fromConstructor({ type, node, option }: MetricDeclaration): Declared {
  const types = { Counter: 'counter', Gauge: 'gauge', Histogram: 'histogram', Summary: 'summary' } as const;
  return { type: types[type], inRedis: false, node, option };
}

function helperCalls(program: Program, folder: string): Declared[] {
  const found: Declared[] = [];
  for (const file of program.files) {
    walk(file, (node) => {
      if (!ts.isCallExpression(node)) return;
      const helper = helperOf(node.expression, program, folder);
      const options = node.arguments[0] === undefined ? undefined : constantOf(node.arguments[0], program);
      if (helper === undefined || options === undefined) return;
      const option = (name: string) =>
        ts.isObjectLiteralExpression(options) ? propertyOf(options, name, program) : undefined;
      found.push({ ...helper, node, option });
    });
  }
  return found;
}

function helperOf(callee: ts.Expression, program: Program, folder: string): (typeof helpers)[string] | undefined {
  const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  if (!ts.isIdentifier(name)) return undefined;
  for (const declaration of declarationsOf(callee, program)) {
    const helper = ts.isFunctionDeclaration(declaration) ? helpers[declaration.name?.text ?? ''] : undefined;
    if (helper !== undefined && isSealed(program.pathOf(declaration), folder)) return helper;
  }
  return undefined;
}

function describe(declared: Declared, program: Program): OwnMetric | OwnMetricProblem {
  const { type, inRedis, node, option } = declared;
  const file = node.getSourceFile();
  const place = { path: program.pathOf(node), line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1 };
  const given = option('name');
  const text = given === undefined ? undefined : constantText(given, program);
  if (text === undefined) return { ...place, reason: `the name of this ${type} is known only when the code runs` };
  const name = inRedis && !text.startsWith(redisPrefix) ? redisPrefix + text : text;
  if (!metricName.test(name)) return { ...place, reason: `${JSON.stringify(text)} is not a metric's name` };
  const labels = texts(option('labelNames'), program);
  if (labels === undefined) return { ...place, reason: `the labels of ${name} are known only when the code runs` };
  const wrong = labels.find((label) => !labelName.test(label));
  if (wrong !== undefined) return { ...place, reason: `${JSON.stringify(wrong)}, of ${name}, is not a label's name` };
  const help = option('help');
  const aggregator = option('aggregator');
  return {
    ...place,
    name,
    type,
    labels,
    help: (help && constantText(help, program)) ?? '',
    aggregator: aggregator && constantText(aggregator, program),
    buckets: numbers(option('buckets'), program),
    inRedis,
  };
}

/** A list of constants; undefined when it is none. */
function texts(list: ts.Expression | undefined, program: Program): readonly string[] | undefined {
  if (list === undefined) return [];
  const items = itemsOf(list, program)?.map((item) => constantText(item, program));
  return items?.every((item) => item !== undefined) ? items : undefined;
}

function numbers(list: ts.Expression | undefined, program: Program): readonly number[] | undefined {
  if (list === undefined) return undefined;
  const items = itemsOf(list, program)?.map((item) => (ts.isNumericLiteral(item) ? Number(item.text) : Number.NaN));
  return items?.every((item) => Number.isFinite(item)) ? items : undefined;
}
