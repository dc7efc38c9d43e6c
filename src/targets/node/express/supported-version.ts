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

/** The first TypeScript that reads the generated code: `import type` came with 3.8. */
const oldestTypescript = [3, 8] as const;

/**
 * @throws RefusedError when package.json asks for a TypeScript whose compiler would fail on the generated files. Of a range
 * such as `^3.1.0`, which may have been resolved to 3.9, the best is believed.
 */
export function refuseOldTypescript({ dependencies, devDependencies }: Manifest): void {
  const range = devDependencies['typescript'] ?? dependencies['typescript'] ?? '';
  const [, caret, major, minor] = /^(\^?)[~=v\s]*(\d+)\.(\d+)/.exec(range) ?? [];
  const [oldestMajor, oldestMinor] = oldestTypescript;
  const isNewEnough =
    Number(major) > oldestMajor || (Number(major) === oldestMajor && (caret !== '' || Number(minor) >= oldestMinor));
  if (major === undefined || isNewEnough) return;
  throw new RefusedError(
    `package.json asks for TypeScript ${range}; the generated code needs ${oldestTypescript.join('.')} or newer.`,
    'Update TypeScript first, then run the command again.',
  );
}
