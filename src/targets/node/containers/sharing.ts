import type { Answers } from '../../../wizard/answers.js';
import type { Part } from '../../../wizard/parts.js';

/**
 * Whether a place for the metrics of several processes is to be set. The variable that names it opens the sharing also for
 * a process that is alone (a process that nobody shares with writes files for nothing), while cluster workers and PM2's
 * open it by themselves: so it is set where there are several, or where the part was asked for.
 */
export function sharesMetrics(answers: Pick<Answers, 'workers' | 'with'>, part: Part): boolean {
  return answers.workers > 1 || answers.with?.includes(part) === true;
}
