import { posix } from 'node:path';
import { importsOf } from '../../languages/python/imports.js';
import { stringValue } from '../../languages/python/nodes.js';
import type { PythonSource } from '../../languages/python/parse.js';
import type { PythonCode } from './code.js';

/**
 * The target's files that run when some of them do: what they import, wherever in them, with the packages around it, and
 * so on. Modules that are named by a text are followed too (`import_module('shop.tasks')`, a handler in a list): rather one
 * too many than one too few.
 *
 * @param starts paths relative to the target
 */
export function reachedFiles(code: PythonCode, starts: readonly string[]): Set<string> {
  const reached = new Set(starts);
  // A set is iterated over what is added on the way, too.
  for (const path of reached) {
    const source = code.read(path);
    if (source === undefined) continue;
    for (const module of modulesIn(source)) {
      const found = code.resolve(module, path);
      if (found === undefined) continue;
      for (const file of [found, ...packagesAround(code, found)]) reached.add(file);
    }
  }
  return reached;
}

/** The modules that a file may load, as it names them; some are names in a module rather than modules. */
function modulesIn(source: PythonSource): Set<string> {
  const imported = importsOf(source).flatMap(({ module, name, statement }) => {
    const whole = statement.childForFieldName('module_name') === null ? dottedNames(statement.text) : [];
    const inside = name === undefined ? [] : [module.endsWith('.') ? module + name : `${module}.${name}`];
    return [module, ...inside, ...whole];
  });
  const named = source.root.descendantsOfType('string').flatMap((node) => {
    const [, text] = /^([A-Za-z_]\w*(?:\.\w+)+)(?::\w+)?$/.exec(stringValue(node) ?? '') ?? [];
    return text === undefined ? [] : [text, text.replace(/\.\w+$/, '')];
  });
  return new Set([...imported, ...named]);
}

/** `import a.b.c` runs a, a.b and a.b.c. */
function dottedNames(statement: string): string[] {
  return statement.match(/[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+/g) ?? [];
}

function packagesAround({ files }: Pick<PythonCode, 'files'>, path: string): string[] {
  const folder = posix.dirname(path);
  if (folder === '.') return [];
  const own = posix.join(folder, '__init__.py');
  return [...(files.exists(own) ? [own] : []), ...packagesAround({ files }, folder)];
}
