import { measuringModules } from '../declarations/modules.js';
import type { Sources } from './sources.js';

const quoted = new RegExp(`['"\`](?:${measuringModules.map((name) => name.replace(/[/-]/g, '\\$&')).join('|')})['"\`]`);

/**
 * The files that have to do with metrics: those that import a measuring package, all that import one of them, at
 * whatever distance, and what those import themselves (constants, helper functions). Each file stands behind the files
 * that it imports, as far as there is no circle: a program that reads them in this order never has to follow a long chain.
 */
export function measuringFiles(sources: Sources): string[] {
  const start = [...sources.texts].filter(([, text]) => quoted.test(text)).map(([path]) => path);
  if (start.length === 0) return [];
  const found = new Set(start);
  const importers = importersOf(sources);
  for (const path of found) for (const importer of importers.get(path) ?? []) found.add(importer);
  for (const path of [...found]) for (const imported of sources.importsOf(path)) found.add(imported);
  return importedFirst(found, sources);
}

/** Everything that a file imports, at whatever distance, itself included. */
export function reachedFrom(path: string, sources: Sources): Set<string> {
  const reached = new Set([path]);
  for (const each of reached) for (const imported of sources.importsOf(each)) reached.add(imported);
  return reached;
}

function importersOf(sources: Sources): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  for (const path of sources.texts.keys()) {
    for (const imported of sources.importsOf(path)) {
      const known = importers.get(imported);
      if (known === undefined) importers.set(imported, [path]);
      else known.push(path);
    }
  }
  return importers;
}

function importedFirst(paths: ReadonlySet<string>, sources: Sources): string[] {
  const seen = new Set<string>();
  const ordered: string[] = [];
  for (const start of paths) {
    const stack: { readonly path: string; readonly isLeft: boolean }[] = [{ path: start, isLeft: false }];
    for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
      const { path, isLeft } = item;
      if (isLeft) ordered.push(path);
      if (isLeft || seen.has(path)) continue;
      seen.add(path);
      stack.push({ path, isLeft: true });
      for (const next of sources.importsOf(path)) if (paths.has(next)) stack.push({ path: next, isLeft: false });
    }
  }
  return ordered;
}
