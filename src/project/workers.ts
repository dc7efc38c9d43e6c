import { parse } from 'jsonc-parser';
import type { ReachedFile } from './import-graph.js';
import type { Manifest } from './manifest.js';
import type { Files } from './source-files.js';

/** What runs the service in several processes today, and in how many. */
export interface Serving {
  readonly by: 'single' | 'cluster' | 'pm2';
  /** Worker processes, where a number stands somewhere; 1 when nothing does. */
  readonly workers: number;
  /** The file that says so. */
  readonly path: string | undefined;
}

const pm2Files = ['js', 'cjs', 'mjs', 'json', 'config.js', 'config.cjs', 'config.mjs', 'config.json'].flatMap((end) => [
  `ecosystem.${end}`,
  `pm2.${end}`,
]);

/**
 * How the service is run: by a PM2 file, by a `pm2` command in the scripts, by cluster code in the files that are
 * reached from the start, else as one process.
 */
export function detectServing(files: Files, manifest: Manifest, reached: readonly ReachedFile[]): Serving {
  const file = pm2Files.concat('process.json').find((path) => files.exists(path));
  if (file !== undefined) return { by: 'pm2', workers: instancesIn(files.read(file) ?? '', file), path: file };
  const script = Object.values(manifest.scripts).find((text) => /\bpm2(?:-runtime|-docker)?\b/.test(text));
  if (script !== undefined) return { by: 'pm2', workers: flagValue(script), path: 'package.json' };
  const cluster = reached.find(({ text }) => /['"](?:node:)?cluster['"]/.test(text) && /\.fork\s*\(/.test(text));
  return cluster === undefined
    ? { by: 'single', workers: 1, path: undefined }
    : { by: 'cluster', workers: forksIn(cluster.text), path: cluster.path };
}

function instancesIn(text: string, path: string): number {
  const json: unknown = path.endsWith('.json') ? parse(text) : undefined;
  const written = json === undefined ? text : JSON.stringify(json);
  return positive(/["']?instances["']?\s*:\s*["']?(\d+)/.exec(written)?.[1]);
}

function flagValue(script: string): number {
  return positive(/(?:-i|--instances)[ =](\d+)/.exec(script)?.[1]);
}

/** The bound of a forking loop, where it is a literal; a number of processors is not known here. */
function forksIn(text: string): number {
  return positive(/<=?\s*(\d+)[^;]*;[^{]*\)\s*\{?[^}]*\.fork/.exec(text)?.[1] ?? '2');
}

function positive(digits: string | undefined): number {
  return Math.max(1, Number(digits ?? 1));
}
