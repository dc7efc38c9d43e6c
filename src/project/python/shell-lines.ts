import { posix } from 'node:path';
import { shellCommands } from '../../languages/shell-words.js';
import type { StartCommand } from './start-command.js';

/** What all commands of one text have in common. */
export type Frame = Omit<StartCommand, 'words' | 'form'>;

/** The commands of a shell text, with `cd` followed and variables that are set on the way known. */
export function shellLines(text: string, offset: number, frame: Frame): StartCommand[] {
  // What a substitution runs is no command of its own here; its place is kept.
  const whole = text.replace(/\$\([^()]*(?:\([^()]*\)[^()]*)*\)/g, (inside) => inside.replace(/[\s()&|;<>]/g, '_'));
  const commands = shellCommands(whole).map((words) =>
    // A backslash at a line's end joins lines: it is no word.
    words
      .filter(({ value }) => value.trim() !== '' || value === '')
      .map(({ value, start, end }) => ({
        value,
        start: start + offset,
        end: end + offset,
        written: text.slice(start, end),
      })),
  );
  return followFolders(commands.map((words) => ({ ...frame, form: 'shell' as const, words })));
}

/** Commands one after the other: `cd` moves those behind it, and so do variables that are set. */
export function followFolders(commands: readonly StartCommand[]): StartCommand[] {
  let moved: string | undefined;
  let set: Record<string, string> = {};
  return commands.map((command) => {
    const [first, second] = command.words.map(({ value }) => value);
    if (first === 'cd') moved = folderAfter(second ?? '', moved ?? command.folder ?? '.', command.path);
    const leading = command.words.map(({ value }) => value).filter((word) => word !== 'export');
    const end = leading.findIndex((word) => !/^\w+=/.test(word));
    const assigned = Object.fromEntries(leading.slice(0, end === -1 ? undefined : end).flatMap(assignment));
    if (end === -1) set = { ...set, ...assigned };
    const folder = moved?.startsWith('..') ? undefined : (moved ?? command.folder);
    return { ...command, folder, environment: { ...command.environment, ...set, ...assigned } };
  });
}

/** The folder that `cd` changes to; one that only the machine knows changes nothing here. */
function folderAfter(word: string, folder: string, script: string): string {
  // `cd "$(dirname "$0")/.."`: the script's own folder; see shellLines for what stands for the parentheses.
  const below = /^\$(?:_dirname_.*_|\{0%\/\*\})(\/[\w./-]*)?$/.exec(word);
  if (below !== null) return posix.join(posix.dirname(script), below[1] ?? '');
  return /^[\w.-][\w./-]*$/.test(word) ? posix.join(folder, word) : folder;
}

/** The command lines in quotes that a shell is given (`sh -c "gunicorn app:app"`), instead of that command. */
export function inner(command: StartCommand): StartCommand[] {
  const index = command.words.findIndex(({ value }) => /^-\w*c$/.test(value));
  const program = posix.basename(command.words[Math.max(0, index - 1)]?.value ?? '');
  const line = index < 1 || !/^(?:ba|da|a|z)?sh$|^su$/.test(program) ? undefined : command.words[index + 1];
  if (line === undefined) return [command];
  // Only where nothing is escaped do positions in the value tell positions in the file.
  const isPlain = line.end - line.start === line.value.length + 2;
  return shellLines(line.value, line.start + 1, { ...command, editable: command.editable && isPlain });
}

/** `NAME=value`, as a pair; none for anything else. */
export function assignment(word: string): (readonly [string, string])[] {
  const match = /^(\w+)=(.*)$/s.exec(word);
  return match?.[1] === undefined ? [] : [[match[1], match[2] ?? '']];
}
