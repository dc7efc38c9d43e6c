import type { LoadResult } from './load.js';

/** What a limiter, or a proxy in front of a service that is too slow for it, answers by itself. */
const statusesInFront: readonly number[] = [429, 502, 503, 504];

/** Whether something other than the service may have answered. */
export function isInFront(status: number): boolean {
  return statusesInFront.includes(status);
}

/** How many of the answers something other than the service may have given. */
export function answeredInFront({ statuses }: Pick<LoadResult, 'statuses'>): number {
  return [...statuses].reduce((sum, [status, times]) => sum + (isInFront(status) ? times : 0), 0);
}

/** For what is right but for these. */
export const inFrontHint =
  'A limiter, or a proxy that found the service too slow, answered them: they are missing from the rate and from the error ratio. Where that is a part of the app, mount it behind what counts; else take these from the metrics of the proxy. Fewer requests (--requests) may not meet it.';
