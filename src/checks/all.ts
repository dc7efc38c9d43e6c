import type { Check } from './check.js';
import { exact } from './exact.js';
import { exposed } from './exposed.js';
import { monotone } from './monotone.js';
import { sameView } from './same-view.js';

/** The executable checklist, in the order in which it is reported. */
export const allChecks: readonly Check[] = [exposed, exact, sameView, monotone];
