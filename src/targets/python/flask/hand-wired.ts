import { importsOf } from '../../../languages/python/imports.js';
import { field } from '../../../languages/python/nodes.js';
import { lineAt, type PythonSource } from '../../../languages/python/parse.js';

/** A file in which the user has written our lines by hand, after a refusal. */
export interface HandWired {
  /** The module as its import names it. */
  readonly module: string;
  /** Line of the call, counted from 1. */
  readonly line: number;
}

/**
 * Recognises a file that imports `instrument` from a metrics module and calls it. What an earlier run inserted itself is
 * not in the text: it is withdrawn before a run is planned.
 */
export function findHandWired(source: PythonSource): HandWired | undefined {
  const imported = importsOf(source).find(
    ({ module, name }) => name === 'instrument' && /(?:^|\.)(?:prom_|prometheus_)?metrics$/.test(module),
  );
  if (imported === undefined) return undefined;
  const calls = source.root.descendantsOfType('call');
  const call = calls.find((one) => field(one, 'function')?.text === imported.local);
  return call && { module: imported.module, line: lineAt(source.text, call.startIndex) };
}
