import { posix } from 'node:path';
import { importsOf } from '../../languages/python/imports.js';
import type { Workspace } from '../../plan/workspace.js';
import type { PythonCode } from '../../project/python/code.js';
import { scriptRunBy } from '../../project/python/python-scripts.js';
import { startCommands } from '../../project/python/start-commands.js';
import type { MetricsPackage } from './metrics-package.js';

/**
 * Tells of commands that run the app's file as a script (`python shop/app.py`): Python has no relative imports there, and
 * an absolute one would not be found in both ways. A file that has such imports of its own cannot be run so anyway.
 *
 * @param entry the file that gets the import, relative to the target
 */
export function noteScripts(workspace: Workspace, code: PythonCode, entry: string, { module }: MetricsPackage): void {
  const source = code.read(entry);
  if (!module.startsWith('.') || source === undefined) return;
  if (importsOf(source).some((imported) => imported.module.startsWith('.'))) return;
  const commands = startCommands(code.files).filter((command) => scriptRunBy(command, code.files) === entry);
  for (const { path, folder = '.' } of commands) {
    const name = posix.relative(folder, entry).replace(/\.py$/, '').replaceAll('/', '.');
    const reason = `it runs ${entry} as a script, where \`from ${module} import …\` fails; run it as a module`;
    workspace.manual({ path, reason, snippet: `python -m ${name}` });
  }
}
