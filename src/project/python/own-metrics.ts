import { field, keywordArgument, parts, positionalArguments } from '../../languages/python/nodes.js';
import { lineAt, type SyntaxNode } from '../../languages/python/parse.js';
import { isLabelName, isMetricName } from '../../metrics/own-metric.js';
import { type FoundMetrics, gatherMetrics, type Judged } from '../declared-metrics.js';
import type { PythonCode } from './code.js';
import { constantItems, constantOf, constantText } from './constants.js';
import { type Declaring, declaringCall } from './declaring-call.js';
import type { Place } from './definitions.js';
import { pythonFiles } from './python-files.js';

/** What RedisCounter and RedisGauge put before a name that lacks it. */
const redisPrefix = 'shared_';

/**
 * Finds the metrics that the target's Python code declares, by its syntax: `Counter('name', 'help', ['label'])` and the
 * other classes of prometheus_client, the decorators of prometheus_flask_exporter, the generated classes for Redis.
 * Constants are resolved. Tests and examples are left out, and so is what the generated modules declare themselves.
 *
 * @param generated the generated modules, relative to the target; all in one package
 * @param taken names that are no metrics of one's own: those of the catalogue
 */
export function findPythonOwnMetrics(
  code: PythonCode,
  generated: ReadonlySet<string>,
  taken: ReadonlySet<string>,
): FoundMetrics {
  const judged = pythonFiles(code.files)
    .filter((path) => !generated.has(path) && mayDeclare(code.files.read(path) ?? ''))
    .flatMap((path) => declarationsIn(code, path, { generated, taken }));
  return gatherMetrics(judged);
}

/** What is known of the generated code. */
interface Known {
  readonly generated: ReadonlySet<string>;
  readonly taken: ReadonlySet<string>;
}

/** Parsing all code takes time. */
function mayDeclare(text: string): boolean {
  return /Counter|Gauge|Histogram|Summary|\.\s*(?:counter|gauge|histogram|summary)\b/.test(text);
}

function declarationsIn(code: PythonCode, path: string, { generated, taken }: Known): Judged[] {
  const calls = code.read(path)?.root.descendantsOfType('call') ?? [];
  return calls.flatMap((node) => {
    const declaring = declaringCall(code, { path, node }, generated);
    return declaring === undefined ? [] : describe(code, declaring, { path, node }, taken);
  });
}

function describe(code: PythonCode, declaring: Declaring, call: Place, taken: ReadonlySet<string>): Judged {
  const { type, by } = declaring;
  const { path, node } = call;
  const place = { path, line: lineAt(code.read(path)?.text ?? '', node.startIndex) };
  const problem = (reason: string) => ({ ...place, reason });
  const argument = argumentsOf(path, node);
  const name = exposedName(code, declaring, argument);
  if (name === undefined) return problem(`the name of this ${type} is known only when the code runs`);
  if (!isMetricName(name)) return problem(`${JSON.stringify(name)} is not a metric's name`);
  if (taken.has(name)) return { clash: { ...place, name } };
  const given = argument(by === 'exporter' ? 'labels' : 'labelnames', 2);
  if (given !== undefined && constantText(code, given) !== undefined) {
    return problem(`the labels of ${name} are one text, of which the client takes each letter: a list is meant`);
  }
  const labels = labelsOf(code, given, by);
  if (labels === undefined) return problem(`the labels of ${name} are known only when the code runs`);
  const wrong = labels.find((label) => !isLabelName(label, type));
  if (wrong !== undefined) return problem(`${JSON.stringify(wrong)}, of ${name}, is not a label's name`);
  return {
    ...place,
    name,
    type,
    labels,
    help: constantText(code, argument(by === 'exporter' ? 'description' : 'documentation', 1)) ?? '',
    aggregator: type === 'gauge' && by !== 'redis' ? gaugeMode(code, argument) : undefined,
    inRedis: by === 'redis',
  };
}

/** A call's argument, by its name or by its place. */
type Argument = (name: string, position?: number) => Place | undefined;

function argumentsOf(path: string, call: SyntaxNode): Argument {
  const positional = positionalArguments(call);
  // What stands behind `*values` has no place of its own.
  const splat = positional.findIndex(({ type }) => type === 'list_splat' || type === 'dictionary_splat');
  const known = splat === -1 ? positional : positional.slice(0, splat);
  return (name, position) => {
    const node = keywordArgument(call, name) ?? (position === undefined ? undefined : known[position]);
    return node && { path, node };
  };
}

/** As prometheus_client puts names together: `namespace_subsystem_name_unit`, and a counter's ends in `_total`. */
function exposedName(code: PythonCode, { type, by }: Declaring, argument: Argument): string | undefined {
  const own = constantText(code, argument('name', 0));
  if (own === undefined) return undefined;
  if (by === 'redis') {
    const name = own.startsWith(redisPrefix) ? own : redisPrefix + own;
    return type === 'counter' ? withTotal(name) : name;
  }
  const places = by === 'exporter' ? [] : [3, 4, 5];
  const [namespace, subsystem, unit] = ['namespace', 'subsystem', 'unit'].map((name, index) => {
    const given = argument(name, places[index]);
    return given === undefined ? '' : constantText(code, given);
  });
  if (namespace === undefined || subsystem === undefined || unit === undefined) return undefined;
  const full = [namespace, subsystem, own].filter((part) => part !== '').join('_');
  const bare = type === 'counter' ? full.replace(/_total$/, '') : full;
  const measured = unit === '' || bare.endsWith(`_${unit}`) ? bare : `${bare}_${unit}`;
  return type === 'counter' ? withTotal(measured) : measured;
}

function withTotal(name: string): string {
  return `${name.replace(/_total$/, '')}_total`;
}

/** The exporter's labels are a dictionary of values; the client's a list of names. */
function labelsOf(code: PythonCode, given: Place | undefined, by: Declaring['by']): readonly string[] | undefined {
  if (given === undefined) return [];
  const found = by === 'exporter' ? keysOf(code, given) : constantItems(code, given);
  const labels = found?.map((item) => constantText(code, item));
  return labels?.every((label) => label !== undefined) ? labels : undefined;
}

function keysOf(code: PythonCode, given: Place): Place[] | undefined {
  const found = constantOf(code, given);
  if (found?.node.type === 'none') return [];
  if (found?.node.type !== 'dictionary') return undefined;
  const keys = parts(found.node).map((pair) => field(pair, 'key'));
  return keys.every((key) => key !== undefined) ? keys.map((node) => ({ path: found.path, node })) : undefined;
}

/** Without a mode the client keeps each process's value apart (`all`). */
function gaugeMode(code: PythonCode, argument: Argument): string | undefined {
  const given = argument('multiprocess_mode');
  return given === undefined ? 'all' : constantText(code, given);
}
