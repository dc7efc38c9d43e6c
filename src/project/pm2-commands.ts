import { posix } from 'node:path';
import { type ShellWord, shellCommands } from '../languages/shell-words.js';
import type { Manifest } from './manifest.js';

/** A command that starts something under PM2. */
export interface Pm2Command {
  /** The package script that it stands in; undefined for the Dockerfile. */
  readonly script: string | undefined;
  /** The process file that it starts. */
  readonly config: string | undefined;
  /** The file that it starts without one, as the command names it. */
  readonly file: string | undefined;
  /** Where that word ends in the line. */
  readonly end: number;
  /** The value of `-i`, with the place of the option and its value. */
  readonly instances: ShellWord | undefined;
  /** Whether it runs something else than Node on that file: another interpreter, npm, a quoted command. */
  readonly isForeign: boolean;
}

/** PM2's own options (its command-line help) whose value is a word of its own. */
const withValue = new Set(
  (
    '-n --name -i --instances --parallel -l --log -o --output -e --error -p --pid -k --kill-timeout --listen-timeout ' +
    '--max-memory-restart --restart-delay --exp-backoff-restart-delay -x --execute-command --max-restarts -u --user ' +
    '--uid --gid --namespace --cwd --hp --interpreter --interpreter-args --node-args --log-date-format --env ' +
    '--filter-env --watch-delay --ignore-watch --stop-exit-codes -c --cron --cron-restart --log-type --format --secret ' +
    '--public --machine-name'
  ).split(' '),
);

/** The `pm2 start …` and `pm2-runtime …` commands of the scripts, and of the Dockerfile. */
export function pm2Commands(manifest: Manifest, docker: string | undefined): Pm2Command[] {
  const lines = Object.entries(manifest.scripts).map(([script, line]) => ({ script, line }));
  const all = [...lines, ...(docker === undefined ? [] : [{ script: undefined, line: docker }])];
  return all.flatMap(({ script, line }) => shellCommands(line).flatMap((words) => readCommand(script, words) ?? []));
}

function readCommand(script: string | undefined, words: readonly ShellWord[]): Pm2Command | undefined {
  const program = words.findIndex(({ value }) => /^pm2(?:-runtime|-docker)?$/.test(posix.basename(value)));
  if (program < 0) return undefined;
  let [first, rest] = [words[program], words.slice(program + 1)];
  const subcommand = rest.findIndex(({ value }) => ['start', 'startOrReload', 'startOrRestart'].includes(value));
  if (subcommand >= 0) [first, rest] = [rest[subcommand], rest.slice(subcommand + 1)];
  else if (posix.basename(first?.value ?? '') === 'pm2') return undefined;
  const { files, instances, options } = readArguments(rest);
  const [file] = files;
  if (file === undefined) return undefined;
  const isConfig = /\.(?:json5?|ya?ml|config\.[cm]?js)$/.test(file.value);
  const isForeign =
    ['npm', 'yarn', 'pnpm', 'bun'].includes(file.value) ||
    /\s/.test(file.value) ||
    options.some((option) => /^--(?:interpreter|execute-command)\b|^-x$/.test(option));
  return {
    script,
    config: isConfig ? posix.normalize(file.value) : undefined,
    file: isConfig ? undefined : file.value,
    end: file.end,
    instances,
    isForeign,
  };
}

function readArguments(words: readonly ShellWord[]): {
  readonly files: readonly ShellWord[];
  readonly instances: ShellWord | undefined;
  readonly options: readonly string[];
} {
  const files: ShellWord[] = [];
  const options: string[] = [];
  let instances: ShellWord | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined || word.value === '--') break;
    if (!word.value.startsWith('-')) {
      files.push(word);
      continue;
    }
    options.push(word.value);
    const inline = /^(?:--instances=|-i=?)(.+)$/.exec(word.value)?.[1];
    const next = withValue.has(word.value) ? words[index + 1] : undefined;
    if (inline !== undefined) instances = { ...word, value: inline };
    if (next !== undefined && ['-i', '--instances'].includes(word.value)) {
      instances = { value: next.value, start: word.start, end: next.end };
    }
    if (next !== undefined) index += 1;
  }
  return { files, instances, options };
}
