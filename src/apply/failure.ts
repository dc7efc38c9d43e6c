import { ApplyError, CommandError } from '../errors.js';
import { errorCode } from '../plan/inside.js';

/** An error of a file-system step as ApplyError, said so that the user knows what state the files are in. */
export function asCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  return new ApplyError(`Writing failed; nothing is left half-done: ${messageOf(error)}.`, hintFor(error), {
    cause: error,
  });
}

function hintFor(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'Free some disk space, then run the command again.';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return 'Check the permissions, then run the command again.';
  return '';
}

/** An error's message, to be continued in a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
