import { field } from '../../languages/python/nodes.js';
import { type Binding, bindingsIn } from '../../languages/python/scope.js';
import type { OwnMetric } from '../../metrics/own-metric.js';
import type { PythonCode } from './code.js';
import { bindingsFor, type Definition, definitionOf, type Place } from './definitions.js';

/** What a call declares, and in whose terms. */
export interface Declaring {
  readonly type: OwnMetric['type'];
  readonly by: 'client' | 'exporter' | 'redis';
}

const classes: ReadonlyMap<string, OwnMetric['type']> = new Map([
  ['Counter', 'counter'],
  ['Gauge', 'gauge'],
  ['Histogram', 'histogram'],
  ['Summary', 'summary'],
]);
const redisClasses: ReadonlyMap<string, OwnMetric['type']> = new Map([
  ['RedisCounter', 'counter'],
  ['RedisGauge', 'gauge'],
]);
const types: ReadonlySet<string> = new Set(classes.values());

/** Assignments and imports that are followed; more of them go round in a circle. */
const longest = 10;

/**
 * Whether a call declares a metric: a class of prometheus_client, a method of an exporter's object, or a generated class.
 * Info and Enum are none that a panel could be made of.
 *
 * @param generated the generated modules, relative to the target
 */
export function declaringCall(
  code: PythonCode,
  { path, node }: Place,
  generated: ReadonlySet<string>,
): Declaring | undefined {
  const called = field(node, 'function');
  if (called === undefined) return undefined;
  const definition = definitionOf(code, { path, node: called });
  const byClass = definition && ofClass(definition, generated);
  if (byClass !== undefined || called.type !== 'attribute') return byClass;
  const type = field(called, 'attribute')?.text ?? '';
  const object = field(called, 'object');
  const isMethod = object !== undefined && isMetricType(type) && isExporter(code, { path, node: object }, generated);
  return isMethod ? { type, by: 'exporter' } : undefined;
}

function ofClass(definition: Definition, generated: ReadonlySet<string>): Declaring | undefined {
  if (definition.kind === 'external') {
    const type = /^prometheus_client(?:\.metrics)?$/.test(definition.module) && classes.get(definition.name ?? '');
    return type ? { type, by: 'client' } : undefined;
  }
  if (definition.kind !== 'class' || !generated.has(definition.path)) return undefined;
  const type = redisClasses.get(field(definition.node, 'name')?.text ?? '');
  return type && { type, by: 'redis' };
}

function isMetricType(name: string): name is OwnMetric['type'] {
  return types.has(name);
}

/** The generated exporter, or an object of prometheus_flask_exporter's classes. */
function isExporter(code: PythonCode, { path, node }: Place, generated: ReadonlySet<string>, depth = 0): boolean {
  if (node.type === 'identifier') return isBoundExporter(code, path, bindingsFor(node.text, node), generated, depth);
  const called = node.type === 'call' ? field(node, 'function') : undefined;
  return called !== undefined && isExporterClass(code, { path, node: called });
}

function isBoundExporter(
  code: PythonCode,
  path: string,
  bindings: readonly Binding[],
  generated: ReadonlySet<string>,
  depth: number,
): boolean {
  if (depth > longest) return false;
  return bindings.some((binding) => {
    if (binding.kind === 'value') return isExporter(code, { path, node: binding.value }, generated, depth + 1);
    const { module, name } = binding.kind === 'import' ? binding.imported : { name: undefined };
    const found = module === undefined ? undefined : code.resolve(module, path);
    if (found === undefined || name === undefined || found === path) return false;
    if (generated.has(found)) return name === 'exporter';
    const root = code.read(found)?.root;
    const exported = root === undefined ? [] : (bindingsIn(root).get(name) ?? []);
    return isBoundExporter(code, found, exported, generated, depth + 1);
  });
}

/** `PrometheusMetrics`, `GunicornPrometheusMetrics.for_app_factory`. */
function isExporterClass(code: PythonCode, { path, node }: Place): boolean {
  const definition = definitionOf(code, { path, node });
  if (definition?.kind === 'external') return /^prometheus_flask_exporter\b/.test(definition.module);
  const object = node.type === 'attribute' ? field(node, 'object') : undefined;
  return object !== undefined && isExporterClass(code, { path, node: object });
}
