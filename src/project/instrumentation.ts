import { type NodeClient, nodeClients } from './clients.js';
import type { ReachedFile } from './import-graph.js';
import { specifiersOf } from './import-graph.js';
import type { Manifest } from './manifest.js';

/** A place in the target that already measures, or already serves, Prometheus metrics. */
export interface Instrumentation {
  /** The package that does it. */
  readonly package: string;
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** True when it serves an exposition: a second one beside it would count everything twice. */
  readonly exposes: boolean;
}

/** Middlewares that count requests and serve the endpoint themselves. */
const exporters = new Set([
  'express-prom-bundle',
  'express-prometheus-middleware',
  'express-prometheus-metrics',
  'prometheus-api-metrics',
  'swagger-stats',
  'prom-express',
  '@promster/express',
  '@opentelemetry/exporter-prometheus',
]);

/**
 * What measures already, in the files that the app is made of. A client alone is not an exporter: it is one when its
 * registry is rendered (`register.metrics()`).
 */
export function findInstrumentation(reached: readonly ReachedFile[]): Instrumentation[] {
  return reached.flatMap((file) => specifiersOf(file.text).flatMap((specifier) => judge(file, specifier)));
}

/** Whether the project depends on anything that could measure: then it is worth looking through all of its code. */
export function mayBeInstrumented({ dependencies, devDependencies }: Manifest): boolean {
  const names = Object.keys({ ...dependencies, ...devDependencies });
  return names.some((name) => exporters.has(name) || nodeClients.some((client) => client === name));
}

/** The client that the project depends on already, if any. */
export function installedClient(manifest: Manifest): NodeClient | undefined {
  return nodeClients.find((name) => manifest.dependencies[name] !== undefined);
}

function judge(file: ReachedFile, specifier: string): Instrumentation[] {
  const found = { package: specifier, path: file.path };
  if (exporters.has(specifier)) return [{ ...found, line: lineOf(file.text, specifier), exposes: true }];
  if (!nodeClients.some((client) => client === specifier)) return [];
  const rendered = /\.metrics\s*\(\s*\)/.exec(file.text);
  const line = rendered === null ? lineOf(file.text, specifier) : lineAt(file.text, rendered.index);
  return [{ ...found, line, exposes: rendered !== null }];
}

function lineOf(text: string, part: string): number {
  return lineAt(text, text.indexOf(part));
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, Math.max(0, offset)).split('\n').length;
}
