import { posix } from 'node:path';
import type { Workspace } from '../../plan/workspace.js';
import { readIfText } from '../../project/source-files.js';
import { isIgnored } from './dockerignore.js';

/**
 * Tells of a .dockerignore file that keeps what was generated out of the image: the app would not start there. The one
 * beside the Dockerfile, of its name, goes before the context's own.
 *
 * @param entry the file that uses it; where that stays outside too, the image is made of something else
 * @param added a folder, or a file, relative to the target, which is the build context
 */
export function explainIgnored(workspace: Workspace, dockerfile: string, entry: string, added: string): void {
  const path = [`${dockerfile}.dockerignore`, '.dockerignore'].find((name) => workspace.exists(name));
  const text = path === undefined ? undefined : readIfText(workspace, path);
  if (path === undefined || text === undefined || isIgnored(text, entry)) return;
  const isFile = readIfText(workspace, added) !== undefined;
  const files = isFile ? [added] : workspace.list(added).map((name) => posix.join(added, name));
  if (!files.some((file) => isIgnored(text, file))) return;
  const shown = isFile ? added : `${added}/`;
  const reason = `it keeps ${shown} out of the image, and without it ${entry} does not start; add as the last line:`;
  workspace.manual({ path, reason, snippet: `!${added}` });
}
