import { ts } from 'ts-morph';
import { walk } from '../languages/typescript/walk.js';
import { isLabelName, isMetricName, type OwnMetric } from '../metrics/own-metric.js';
import { constantOf, constantText, itemsOf, propertyOf } from './code/constants.js';
import { lateStarts } from './code/default-metrics.js';
import { declarationsOf } from './code/functions.js';
import { measuringFiles } from './code/import-closure.js';
import { findMetrics, type MetricDeclaration } from './code/metrics.js';
import { createProgram, type Program } from './code/program.js';
import { areElsewhere } from './code/registers.js';
import { readSources } from './code/sources.js';
import { type FoundMetrics, gatherMetrics, type Judged } from './declared-metrics.js';
import type { Files } from './source-files.js';

type Type = OwnMetric['type'];

/** What a search in JavaScript and TypeScript finds. */
export interface FoundInCode extends FoundMetrics {
  /** Where the code starts the client's default metrics, perhaps after the generated code has: a second time ends the service. */
  readonly startsLate: readonly { readonly path: string; readonly line: number }[];
}

/** A declaration, and the object that describes it. */
interface Declared {
  readonly type: Type;
  readonly inRedis: boolean;
  readonly node: ts.Node;
  readonly option: (name: string) => ts.Expression | undefined;
  /** What stands for the name where arguments in a row describe the metric, as the client took them before version 11. */
  readonly positional?: string | undefined;
  /** Whether a helper makes it, which gives the metric of the same name that is there, if any. */
  readonly byHelper: boolean;
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
 * generated helpers, constants resolved. Tests are left out, and so is what the generated files declare themselves.
 *
 * @param root absolute path of the target
 * @param files the target's files, the generated ones among them
 * @param generated paths of the generated files that are not the user's to change, relative to the target
 * @param taken names that are no metrics of one's own: those that the generated code declares
 */
export function findOwnMetrics(
  root: string,
  files: Files,
  generated: ReadonlySet<string>,
  taken: ReadonlySet<string>,
): FoundInCode {
  const sources = readSources(root, files);
  const program = createProgram(measuringFiles(sources), sources);
  const constructed = findMetrics(program).declarations.map(fromConstructor);
  // A call that both find is the helper's, which knows more of it.
  const byNode = new Map([...constructed, ...helperCalls(program, generated)].map((each) => [each.node, each]));
  const declared = [...byNode.values()].filter(({ node }) => !generated.has(program.pathOf(node)));
  const startsLate = lateStarts(program, sources, generated).map((node) => placeOf(node, program));
  return { ...gatherMetrics(declared.map((each) => judge(each, taken, program))), startsLate };
}

function fromConstructor({ type, node, name, option }: MetricDeclaration): Declared {
  const types = { Counter: 'counter', Gauge: 'gauge', Histogram: 'histogram', Summary: 'summary' } as const;
  const positional = name === undefined || name.isEnd || option('name') !== undefined ? undefined : name.text;
  return { type: types[type], inRedis: false, node, option, positional, byHelper: false };
}

function helperCalls(program: Program, generated: ReadonlySet<string>): Declared[] {
  const found: Declared[] = [];
  for (const file of program.files) {
    walk(file, (node) => {
      if (!ts.isCallExpression(node)) return;
      const helper = helperOf(node.expression, program, generated);
      const options = node.arguments[0] === undefined ? undefined : constantOf(node.arguments[0], program);
      if (helper === undefined || options === undefined) return;
      const option = (name: string) =>
        ts.isObjectLiteralExpression(options) ? propertyOf(options, name, program) : undefined;
      found.push({ ...helper, node, option, byHelper: true });
    });
  }
  return found;
}

function helperOf(
  callee: ts.Expression,
  program: Program,
  generated: ReadonlySet<string>,
): (typeof helpers)[string] | undefined {
  const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  if (!ts.isIdentifier(name)) return undefined;
  for (const declaration of declarationsOf(callee, program)) {
    const helper = ts.isFunctionDeclaration(declaration) ? helpers[declaration.name?.text ?? ''] : undefined;
    if (helper !== undefined && generated.has(program.pathOf(declaration))) return helper;
  }
  return undefined;
}

function judge(declared: Declared, taken: ReadonlySet<string>, program: Program): Judged {
  const { type, inRedis, node, option, byHelper } = declared;
  const place = placeOf(node, program);
  const problem = (reason: string) => ({ ...place, reason });
  const named = exposedName(declared, program);
  if ('reason' in named) return problem(named.reason);
  const { name } = named;
  const registers = option('registers');
  if (registers !== undefined && areElsewhere(registers, program)) {
    return problem(`${name} is in a registry of its own, which the metrics endpoint does not show`);
  }
  if (taken.has(name) && byHelper) return problem(`${name} is a default metric, to which this one would add`);
  if (taken.has(name)) return { clash: { ...place, name } };
  const labels = texts(option('labelNames'), program);
  if (labels === undefined) return problem(`the labels of ${name} are known only when the code runs`);
  const wrong = labels.find((label) => !isLabelName(label, type));
  if (wrong !== undefined) return problem(`${JSON.stringify(wrong)}, of ${name}, is not a label's name`);
  const help = option('help');
  const aggregator = option('aggregator');
  return {
    ...place,
    name,
    type,
    labels,
    help: (help && constantText(help, program)) ?? '',
    aggregator: aggregator && constantText(aggregator, program),
    inRedis,
  };
}

function exposedName(
  { type, inRedis, option, positional }: Declared,
  program: Program,
): { readonly name: string } | { readonly reason: string } {
  if (positional !== undefined) {
    return {
      reason: `${positional} is described by arguments in a row, which the client takes before version 11 only`,
    };
  }
  const given = option('name');
  const text = given === undefined ? undefined : constantText(given, program);
  if (text === undefined) return { reason: `the name of this ${type} is known only when the code runs` };
  const name = inRedis && !text.startsWith(redisPrefix) ? redisPrefix + text : text;
  return isMetricName(name) ? { name } : { reason: `${JSON.stringify(text)} is not a metric's name` };
}

/** The line is 1-based. */
function placeOf(node: ts.Node, program: Program): { path: string; line: number } {
  const { line } = node.getSourceFile().getLineAndCharacterOfPosition(node.getStart());
  return { path: program.pathOf(node), line: line + 1 };
}

/** A list of constants; undefined when it is none. */
function texts(list: ts.Expression | undefined, program: Program): readonly string[] | undefined {
  if (list === undefined) return [];
  const items = itemsOf(list, program)?.map((item) => constantText(item, program));
  return items?.every((item) => item !== undefined) ? items : undefined;
}
