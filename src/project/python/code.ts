import { posix } from 'node:path';
import type { PythonParser, PythonSource } from '../../languages/python/parse.js';
import type { Folders } from '../deployment.js';
import { readIfText } from '../source-files.js';

/** The Python files of a target, each parsed once, and what imports in them mean. Paths are the target's. */
export interface PythonCode {
  readonly files: Folders;
  /** The folders that Python looks in from the start, the first one first; '.' is the target itself. */
  readonly paths: readonly string[];
  /** A file's tree, also when it has errors; undefined when there is no such file or it is no text. */
  read(path: string): PythonSource | undefined;
  /**
   * The file that a module's name means: `a/b.py` or `a/b/__init__.py`.
   *
   * @param module as written in an import: `a.b`, `.b`, `..`
   * @param from the file with the import; it decides relative names, and where absolute ones are looked for
   * @returns undefined for a module that is not the target's own
   */
  resolve(module: string, from: string): string | undefined;
  /** The file that a module of this name has in one of the folders that Python looks in from the start. */
  find(module: string): string | undefined;
}

/**
 * @param files the target's files as they are without us
 * @param paths the folders that Python is started in, or told of, the first one first; '.' is the target itself
 */
export function pythonCode(files: Folders, parser: PythonParser, paths: readonly string[] = ['.']): PythonCode {
  const parsed = new Map<string, PythonSource | undefined>();
  const isFile = (path: string): boolean => readIfText(files, path) !== undefined;
  const inFolder = (folder: string, module: string): string | undefined => {
    const path = posix.join(folder, ...module.split('.'));
    if (path.startsWith('..')) return undefined;
    return [`${path}.py`, posix.join(path, '__init__.py')].find(isFile);
  };
  const first = (folders: readonly string[], module: string) =>
    folders.map((folder) => inFolder(folder, module)).find((path) => path !== undefined);
  return {
    files,
    paths,
    read(path) {
      if (!parsed.has(path)) {
        const text = readIfText(files, path);
        parsed.set(path, text === undefined ? undefined : parser.parse(text));
      }
      return parsed.get(path);
    },
    resolve(module, from) {
      const [, dots = '', rest = ''] = /^(\.*)(.*)$/.exec(module) ?? [];
      // A script's own folder is looked in too, and a package may lie below a folder that is not ours to know.
      if (dots === '') return first([...paths, ...foldersAbove(from), 'src'], rest);
      const folder = posix.join(posix.dirname(from), '../'.repeat(dots.length - 1));
      if (folder.startsWith('..')) return undefined;
      return rest === '' ? [posix.join(folder, '__init__.py')].find(isFile) : inFolder(folder, rest);
    },
    find: (module) => first([...paths, 'src'], module),
  };
}

/** The folder of a file and those above it, up to the target. */
function foldersAbove(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? ['.'] : [folder, ...foldersAbove(folder)];
}
