import type { Insert } from '../plan/plan.js';
import type { InstallRecord } from '../plan/record.js';
import type { Workspace } from '../plan/workspace.js';
import { nodeClients } from '../project/clients.js';
import { specifiersOf } from '../project/import-graph.js';

/** A package that was added, as its list names it, and how code imports it. */
interface Added {
  readonly name: string;
  readonly isImported: (path: string, text: string) => boolean;
}

const node: readonly Added[] = nodeClients.map((name) => ({
  name,
  isImported: (path, text) => !path.endsWith('.py') && specifiersOf(text).includes(name),
}));

const python: readonly Added[] = ['prometheus-flask-exporter', 'prometheus-client', 'redis'].map((name) => ({
  name,
  isImported: (path, text) =>
    path.endsWith('.py') && new RegExp(`^\\s*(?:from|import)\\s+${name.replaceAll('-', '_')}\\b`, 'm').test(text),
}));

const pythonList = /(^|\/)(requirements[\w./-]*\.(?:txt|in)|[\w-]+\.(?:txt|in)|pyproject\.toml|Pipfile)$/;

/**
 * Says of a package that was added why it stays in the list: code that is not ours has come to import it.
 *
 * @param sources the target's source files that can be read
 */
export function dependencyInUse(record: InstallRecord, workspace: Workspace, sources: readonly string[]) {
  const ours = new Set(record.files.filter(({ action }) => action === 'create').map(({ path }) => path));
  const theirs = sources.filter((path) => !ours.has(path));
  return (path: string, insert: Insert): string | undefined => {
    const added = path === 'package.json' ? node : pythonList.test(path) ? python : [];
    const found = added.find(({ name }) => insert.text.includes(path === 'package.json' ? `"${name}"` : name));
    const user = found && theirs.find((file) => found.isImported(file, workspace.read(file) ?? ''));
    return user === undefined ? undefined : `${found?.name} stays a dependency: ${user} imports it`;
  };
}
