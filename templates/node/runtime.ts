import { readFileSync } from 'fs';
import { dirname, join } from 'path';
import { performance } from 'perf_hooks';
import { getHeapStatistics } from 'v8';
import { declarations } from './declarations.js';
import { collectDefaultMetrics, gauge, register } from './registry.js';

const SHORTEST_WINDOW_MS = 1000;

/** Starts the metrics of the process itself, unless they are there already. */
export function startRuntimeMetrics(): void {
  if (register.getSingleMetric('process_start_time_seconds') === undefined) collectDefaultMetrics();
  declareHeapLimit();
  declareEventLoopUtilization();
  declareAppInfo();
}

function declareHeapLimit(): void {
  const { name, help } = declarations.heapLimit;
  gauge({
    name,
    help,
    collect(): void {
      this.set(getHeapStatistics().heap_size_limit);
    },
  });
}

/** The share of its time that the event loop was busy, since the last collection that is at least a second old. */
function declareEventLoopUtilization(): void {
  let last = performance.eventLoopUtilization();
  const { name, help } = declarations.eventLoopUtilization;
  gauge({
    name,
    help,
    collect(): void {
      const window = performance.eventLoopUtilization(last);
      // A shorter window would measure little but the collection itself.
      if (window.idle + window.active < SHORTEST_WINDOW_MS) return;
      this.set(window.utilization);
      last = performance.eventLoopUtilization();
    },
  });
}

function declareAppInfo(): void {
  const version = process.env['APP_VERSION'] || process.env['npm_package_version'] || packageVersion() || 'unknown';
  const { name, help, labelNames } = declarations.appInfo;
  gauge({
    name,
    help,
    labelNames,
    aggregator: 'first',
    collect(): void {
      this.set({ version }, 1);
    },
  });
}

/** The version in the nearest package.json above the script that was started, of those that have one. */
function packageVersion(): string | undefined {
  let folder = dirname(process.argv[1] || '');
  for (;;) {
    const version = versionIn(join(folder, 'package.json'));
    const parent = dirname(folder);
    if (version !== undefined || parent === folder) return version;
    folder = parent;
  }
}

function versionIn(file: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch (_error) {
    return undefined;
  }
}
