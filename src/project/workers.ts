import type { ReachedFile } from './import-graph.js';
import type { Manifest } from './manifest.js';
import { findPm2File } from './pm2.js';
import type { Files } from './source-files.js';

/** What runs the service in several processes today, and in how many. */
export interface Serving {
  readonly by: 'single' | 'cluster' | 'pm2';
  /** Worker processes, where a number stands somewhere; 1 when nothing does. */
  readonly workers: number;
  /** The file that says so. */
  readonly path: string | undefined;
}

/**
 * How the service is run: by a PM2 file, by a `pm2` command in the scripts, by cluster code in the files that are
 * reached from the start, else as one process.
 */
export function detectServing(files: Files, manifest: Manifest, reached: readonly ReachedFile[]): Serving {
  const pm2 = findPm2File(files);
  if (pm2 !== undefined) return { by: 'pm2', workers: instancesIn(pm2.text), path: pm2.path };
  const scripts = Object.values(manifest.scripts).filter((text) => /\bpm2(?:-runtime|-docker)?\b/.test(text));
  if (scripts.length > 0) return { by: 'pm2', workers: Math.max(...scripts.map(flagValue)), path: 'package.json' };
  const cluster = reached.find(({ text }) => /['"](?:node:)?cluster['"]/.test(text) && /\.fork\s*\(/.test(text));
  return cluster === undefined
    ? { by: 'single', workers: 1, path: undefined }
    : { by: 'cluster', workers: forksIn(cluster.text), path: cluster.path };
}

function instancesIn(text: string): number {
  return pm2Number(/["']?instances["']?\s*:\s*["']?(-?\w+)/.exec(text)?.[1]);
}

function flagValue(script: string): number {
  return pm2Number(/\s(?:-i|--instances)[ =](-?\w+)/.exec(script)?.[1]);
}

/** PM2 starts one process for each processor with `max` or 0, and all but some with a negative number: at least two. */
function pm2Number(value: string | undefined): number {
  if (value === undefined) return 1;
  return /^[1-9]\d*$/.test(value) ? Number(value) : 2;
}

/** The bound of a forking loop, where it is a literal; a number of processors is not known here. */
function forksIn(text: string): number {
  return positive(/<=?\s*(\d+)[^;]*;[^{]*\)\s*\{?[^}]*\.fork/.exec(text)?.[1] ?? '2');
}

function positive(digits: string | undefined): number {
  return Math.max(1, Number(digits ?? 1));
}
