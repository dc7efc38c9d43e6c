import { UsageError } from '../../errors.js';
import { type ShellWord, shellCommands } from '../../languages/shell-words.js';

/** What to run: a program with its arguments, and the variables that stood before it. */
export interface StartCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Takes a command line apart. `A=b node server.js -x 'two words'` is run as it stands; a line that means something only
 * to a shell (pipes, `&&`, redirections, variables, wildcards) goes to `sh -c` as one argument.
 *
 * @throws UsageError when there is no command in it, or a quote without its end
 */
export function parseCommand(line: string): StartCommand {
  const text = line.trim();
  const bare = withoutQuoted(text);
  if (/['"]/.test(bare)) throw new UsageError(`--start ${text}: a quote has no end.`, 'Close it, or leave it out.');
  if (/[$`&|;()<>*?[\]{}~#!\n\\]/.test(bare)) return { program: 'sh', args: ['-c', text], env: {} };
  const words = shellCommands(text)[0] ?? [];
  const start = words.findIndex((word) => !isAssignment(word, text));
  const [program, ...args] = start < 0 ? [] : words.slice(start).map(({ value }) => value);
  if (program === undefined || program === '') {
    throw new UsageError('--start has no command in it.', 'Give one, such as --start "npm start".');
  }
  const assignments = words.slice(0, start).map(({ value }) => value.split(/=(.*)/s).slice(0, 2));
  return { program, args, env: Object.fromEntries(assignments) };
}

/** A variable before the command; with its name in quotes it would be a program's name. */
function isAssignment({ start }: ShellWord, text: string): boolean {
  return /^[A-Za-z_]\w*=/.test(text.slice(start));
}

/** The text without what quotes and backslashes protect; in double quotes `$` and backticks keep their meaning. */
function withoutQuoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\[\s\S])*)"|'[^']*'|\\[\s\S]/g, (_, double: string | undefined) =>
    (double ?? '').replace(/\\[\s\S]|[^$`]/g, ''),
  );
}
