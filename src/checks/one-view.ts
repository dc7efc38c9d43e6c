import { CheckError } from './check.js';
import type { Service } from './service.js';

/**
 * For checks that compare two scrapes: what one of them says of one worker, and the next of another, is no difference.
 *
 * @throws CheckError when several registries answer
 */
export function requireOneView({ several }: Service): void {
  if (several === undefined) return;
  throw new CheckError(
    `the scrapes show different registries: ${several}`,
    'What happened to these requests is in the registry of whichever worker answered them. Mend same-view first.',
  );
}
