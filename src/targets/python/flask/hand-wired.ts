import { importsOf } from '../../../languages/python/imports.js';
import { field } from '../../../languages/python/nodes.js';
import { lineAt } from '../../../languages/python/parse.js';
import type { PythonCode } from '../../../project/python/code.js';

/** A file in which the user has written our lines by hand, after a refusal. */
export interface HandWired {
  /** The module as its import names it. */
  readonly module: string;
  /** Line of the call, counted from 1. */
  readonly line: number;
}

/** How the files begin that this tool writes (see generate.ts). */
const ourHeader = /^# Made by add-prom-metrics /;

/**
 * Recognises a file that imports `instrument` from a metrics module and calls it. What an earlier run inserted itself is
 * not in the text: it is withdrawn before a run is planned. A module of that name that the user has written is theirs.
 */
export function findHandWired(code: PythonCode, path: string): HandWired | undefined {
  const source = code.read(path);
  if (source === undefined) return undefined;
  const isUsers = (module: string): boolean => {
    const file = code.resolve(module, path);
    return file !== undefined && !ourHeader.test(code.files.read(file) ?? '');
  };
  const imported = importsOf(source).find(
    ({ module, name }) =>
      name === 'instrument' && /(?:^|\.)(?:prom_|prometheus_)?metrics$/.test(module) && !isUsers(module),
  );
  if (imported === undefined) return undefined;
  const calls = source.root.descendantsOfType('call');
  const call = calls.find((one) => field(one, 'function')?.text === imported.local);
  return call && { module: imported.module, line: lineAt(source.text, call.startIndex) };
}
