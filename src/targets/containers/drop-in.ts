import { posix } from 'node:path';
import { type Directive, serviceValues } from '../../languages/systemd.js';

const variable = 'PROMETHEUS_MULTIPROC_DIR';

const about = 'Where the worker processes keep their metrics: in memory, of this service only';

/** A drop-in's text; its first line is the comment that says what it is for. */
export function dropInText(lines: readonly string[], comment = about): string {
  return [`# ${comment}`, '[Service]', ...lines, ''].join('\n');
}

/** Where the metrics are kept; nothing when the unit says that itself. */
export function serviceLines(path: string, directives: readonly Directive[]): string[] {
  const isSet = serviceValues(directives, 'Environment').some((value) =>
    new RegExp(`(^|[\\s"'])${variable}=`).test(value),
  );
  if (isSet) return [];
  const isUserUnit = directives.some(({ key, value }) => key === 'WantedBy' && value === 'default.target');
  const base = isUserUnit ? '%t' : '/run';
  const [present] = serviceValues(directives, 'RuntimeDirectory').flatMap((value) => value.split(/\s+/));
  // The mode holds for all of a service's runtime directories, so theirs would change with ours: take theirs.
  if (present !== undefined) return [`Environment=${variable}=${base}/${present.replace(/:.*/, '')}`];
  const unit = posix.basename(path, '.service');
  const stem = unit.replace(/@$/, '').replace(/[^\w.-]+/g, '-');
  // When one instance of a template stops, its folder goes: each has its own.
  return ownFolder(`${stem}-metrics${unit.endsWith('@') ? '-%i' : ''}`, base);
}

/** A folder in memory that belongs to the service's user and goes when it stops, and the variable that names it. */
export function ownFolder(name: string, base: string): string[] {
  return [`RuntimeDirectory=${name}`, 'RuntimeDirectoryMode=0700', `Environment=${variable}=${base}/${name}`];
}
