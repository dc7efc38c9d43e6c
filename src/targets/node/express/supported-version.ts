import { RefusedError } from '../../../errors.js';
import type { Manifest } from '../../../project/manifest.js';

/** Before 4, Express had no router of its own: requests passed through Connect, and nothing there can be followed. */
const oldest = 4;

/**
 * @throws RefusedError when package.json asks for a version of Express before 4. A range that could be any (`*`, a URL, a
 * tag) is not judged.
 */
export function refuseOldExpress({ dependencies, devDependencies }: Manifest): void {
  const range = dependencies['express'] ?? devDependencies['express'] ?? '';
  const major = /^[~^=v\s]*(\d+)(?:[.\s]|$)/.exec(range)?.[1];
  if (major === undefined || Number(major) >= oldest || range.includes('||')) return;
  throw new RefusedError(
    `package.json asks for Express ${range}; metrics can be added to Express 4 and 5.`,
    'Move the app to Express 4 first: https://expressjs.com/en/guide/migrating-4.html',
  );
}
