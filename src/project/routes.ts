import type { ReachedFile } from './import-graph.js';

/** A place where the app already answers a path. */
export interface TakenRoute {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
}

/**
 * Where a route or mount of this very path is registered in the given files: `.get('/metrics', …)`,
 * `.use('/metrics', …)`, `route('/metrics')`, a decorator. A path that is put together at run time is not seen.
 */
export function findRoute(reached: readonly ReachedFile[], metricsPath: string): TakenRoute | undefined {
  const literal = metricsPath.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`\\b(?:get|all|use|route|head|Get|All|Controller)\\s*\\(\\s*(['"\`])${literal}\\/?\\1`);
  for (const { path, text } of reached) {
    const match = text.includes(metricsPath) ? pattern.exec(text) : null;
    if (match) return { path, line: text.slice(0, match.index).split('\n').length };
  }
  return undefined;
}
