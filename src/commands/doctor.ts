import { relative } from 'node:path';
import { diagnose } from '../doctor/diagnose.js';
import { githubOf } from '../doctor/report/github.js';
import { jsonOf } from '../doctor/report/json.js';
import { textOf } from '../doctor/report/text.js';
import { UsageError } from '../errors.js';
import { findGitRoot } from '../project/git-root.js';
import { lineWidth } from '../report/lines.js';
import { openTarget } from './open-target.js';
import type { Session } from './session.js';

type Format = 'text' | 'json' | 'github';

/**
 * Lists the faults of an instrumentation, read from the code.
 *
 * @returns 1 when there are errors, 0 otherwise: warnings fail nothing
 * @throws UsageError for a directory that cannot be read, and for `--json` beside another format
 */
export function doctor(dir: string, options: Readonly<Record<string, unknown>>, session: Session): number {
  const format = formatOf(options);
  const workspace = openTarget(dir);
  const diagnosis = diagnose(workspace.root, workspace);
  if (format === 'json') session.out(jsonOf(diagnosis));
  else if (format === 'github') session.out(githubOf(diagnosis, pathInRepository(workspace.root)));
  else {
    session.out(textOf(diagnosis, lineWidth(session.terminal.output), session.paintOut));
    for (const { path, line, reason } of diagnosis.skipped) {
      session.note(`${line === undefined ? path : `${path}:${line}`} was left out: ${reason}`);
    }
  }
  return diagnosis.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function formatOf({ json, format }: Readonly<Record<string, unknown>>): Format {
  if (json === true && format !== undefined && format !== 'json') {
    throw new UsageError(`--json and --format ${String(format)} are two formats.`, 'Give one of them.');
  }
  if (json === true || format === 'json') return 'json';
  return format === 'github' ? 'github' : 'text';
}

function pathInRepository(root: string): string {
  const gitRoot = findGitRoot(root);
  return gitRoot === undefined ? '' : relative(gitRoot, root).replaceAll('\\', '/');
}
