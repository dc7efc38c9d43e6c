import { posix } from 'node:path';
import type { ManualStep } from '../../../errors.js';
import { type Folders, findDeployment } from '../../../project/deployment.js';
import { readIfText } from '../../../project/source-files.js';

/** A service of a compose file, as lines of YAML. */
interface ComposeService {
  readonly name: string;
  readonly indent: string;
  readonly text: string;
}

/**
 * What is to be added by hand to compose files: a folder in memory for a service that is built here, whose file system
 * is read-only. `/dev/shm` needs none: Docker mounts it writable, whatever `read_only` says.
 *
 * @param folder where the image says that the metrics are kept
 */
export function composeSteps(files: Folders, folder: string): ManualStep[] {
  if (folder === '/dev/shm' || folder.startsWith('/dev/shm/')) return [];
  return findDeployment(files).composeFiles.flatMap((path) =>
    servicesIn(readIfText(files, path) ?? '')
      .filter(({ text }) => /^\s+build\s*:/m.test(text) && /^\s+read_only\s*:\s*["']?true/m.test(text))
      .filter(({ text }) => !mounts(text, folder))
      .map(({ name, indent }) => ({
        path,
        reason: `${name} is read-only, and its metrics are kept in ${folder}`,
        snippet: `${indent}tmpfs:\n${indent}  - ${folder}`,
      })),
  );
}

/** Whether something is mounted at the folder or above it. */
function mounts(text: string, folder: string): boolean {
  const above: string[] = [];
  for (let path = folder; path !== '/' && path !== '.'; path = posix.dirname(path)) above.push(path);
  return above.some((path) =>
    new RegExp(`[\\s:"'=-]${path.replace(/[.+^${}()|[\]\\*?]/g, '\\$&')}/?(?=[\\s:"',]|$)`, 'm').test(text),
  );
}

/** Services by their indentation, as people write it; nothing is edited by what is found here. */
function servicesIn(text: string): ComposeService[] {
  const body = /^services\s*:[^\n]*\n((?:[ \t]+[^\n]*\n?|\s*\n|#[^\n]*\n?)*)/m.exec(text)?.[1] ?? '';
  const outer = /^([ \t]+)[\w."'-]+\s*:/m.exec(body)?.[1];
  if (outer === undefined) return [];
  const heads = [...body.matchAll(new RegExp(`^${outer}["']?([\\w.-]+)["']?\\s*:.*$`, 'gm'))];
  return heads.map((head, index) => {
    const part = body.slice(head.index, heads[index + 1]?.index);
    const indent = new RegExp(`^(${outer}[ \\t]+)\\S`, 'm').exec(part.slice(head[0].length))?.[1] ?? `${outer}  `;
    return { name: head[1] ?? '', indent, text: part };
  });
}
