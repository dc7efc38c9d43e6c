import { posix } from 'node:path';
import { specifiersOf } from '../../../project/import-graph.js';

/** A file in which the user has written our lines by hand, after a refusal. */
export interface HandWired {
  /** The folder that its import names, relative to the target. */
  readonly folder: string;
  /** 1-based line of the call. */
  readonly line: number;
}

/**
 * Recognises a file that imports `instrument` from a metrics folder and calls it. What an earlier run inserted itself is
 * not in the text: it is withdrawn before a run is planned.
 */
export function findHandWired(path: string, text: string): HandWired | undefined {
  const call = /\binstrument\s*\(/.exec(text);
  const specifier = specifiersOf(text).find((name) =>
    /^\.{1,2}\/(?:.*\/)?(?:prom-|prometheus-)?metrics(?:\/|$)/.test(name),
  );
  if (call === null || specifier === undefined) return undefined;
  const folder = specifier.replace(/\/(?:index(?:\.[mc]?[jt]s)?)?$/, '');
  return {
    folder: posix.join(posix.dirname(path), folder),
    line: text.slice(0, call.index).split('\n').length,
  };
}
