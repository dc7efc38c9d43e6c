import { namesMeasuringModule } from './module-declarations.js';
import type { Sources } from './sources.js';

/**
 * The files that have to do with metrics, by their paths in order: those that import a measuring package, all that import
 * one of them, at whatever distance, and what those import themselves (constants, helper functions).
 */
export function measuringFiles(sources: Sources): string[] {
  const start = [...sources.texts].filter(([, text]) => namesMeasuringModule(text)).map(([path]) => path);
  if (start.length === 0) return [];
  const found = new Set(start);
  const importers = importersOf(sources);
  for (const path of found) for (const importer of importers.get(path) ?? []) found.add(importer);
  for (const path of [...found]) for (const imported of sources.importsOf(path)) found.add(imported);
  return [...found].sort();
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
