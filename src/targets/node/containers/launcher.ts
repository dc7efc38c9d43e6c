import { posix } from 'node:path';
import {
  type Dockerfile,
  parseDockerfile,
  readArguments,
  rootImage,
  type Stage,
} from '../../../languages/dockerfile.js';
import { type ShellWord, shellCommands } from '../../../languages/shell-words.js';
import { insertAt, splice, type TextEdit } from '../../../languages/splice.js';
import { type StageCommand, stageCommands, startInstructions } from '../../../languages/stage-command.js';

/** Programs that are given the file to start as an argument, and run it as it is. */
const runners = /^(node|nodejs|tsx|ts-node|ts-node-esm)$/;

/** Their options whose value is a word of its own. */
const optionsWithValue = new Set(
  '-r --require --import --loader --experimental-loader -C --conditions -P --project --tsconfig --env-file --title'.split(
    ' ',
  ),
);

/** Images whose ENTRYPOINT hands a file to Node: the official ones, and Google's without a shell. */
const nodeImages = /(^|\/)(node|nodejs\d*(-debian\d+)?)(:|@|$)/;

/** A file as a command names it is below one of these when its path is absolute: where the app lies in the image. */
type Homes = readonly string[];

/**
 * The edits that make the container's command run a launcher with the start file as its argument (`node launcher.js
 * server.js`), in CMD or ENTRYPOINT of the final stage, in the exec or the shell form.
 *
 * @param startFile relative to the image's working directory, as the command names it; without its extension, and with
 *   `./` or the working directory before it, it is recognised too
 * @param launcherPath relative to the same folder
 * @returns no edits where `npm start` or the launcher runs already; undefined where it cannot be done safely
 */
export function insertLauncher(
  dockerfileText: string,
  startFile: string,
  launcherPath: string,
): TextEdit[] | undefined {
  try {
    const dockerfile = parseDockerfile(dockerfileText);
    const [first, ...rest] = dockerfile.stages;
    const stage = rest.at(-1) ?? first;
    const edits = launcherIn(dockerfile, stage, startFile, launcherPath);
    return edits && (edits.length === 0 || addsNothingElse(dockerfile, edits, launcherPath)) ? edits : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The same for the `web` line of a Procfile.
 *
 * @returns as for a Dockerfile; no edits where there is no `web` line
 */
export function insertLauncherInProcfile(
  text: string,
  startFile: string,
  launcherPath: string,
): TextEdit[] | undefined {
  const line = /^web[ \t]*:[ \t]*(.*?)[ \t]*\r?$/m.exec(text);
  const command = line?.[1];
  if (line === null || command === undefined) return [];
  const begin = line.index + line[0].indexOf(command, line[0].indexOf(':') + 1);
  const edits = insertLauncherInCommand(command, startFile, launcherPath);
  return edits?.map((edit) => ({ ...edit, offset: edit.offset + begin }));
}

/**
 * The same for a command line. Where it names the start file by an absolute path, the launcher gets one too.
 *
 * @returns as for a Dockerfile
 */
export function insertLauncherInCommand(line: string, startFile: string, launcherPath: string): TextEdit[] | undefined {
  const commands = shellCommands(line).map((words) => ({ form: 'shell' as const, words }));
  const words = commands.flatMap((command) => command.words.map(({ value }) => value));
  const homes = words
    .filter((word) => word.startsWith('/') && word.endsWith(`/${startFile}`))
    .map((word) => word.slice(0, -startFile.length));
  return editIn(line, commands, { startFile, launcherPath, homes, bareFile: false });
}

function launcherIn(
  dockerfile: Dockerfile,
  stage: Stage,
  startFile: string,
  launcherPath: string,
): TextEdit[] | undefined {
  const { entrypoint, cmd } = startInstructions(stage);
  const isOwn = [entrypoint, cmd].every((one) => one === undefined || stage.instructions.includes(one));
  // The command of another stage may be used by others that are built on it.
  if (!isOwn) return undefined;
  const context = {
    startFile,
    launcherPath,
    homes: homesOf(dockerfile, stage),
    bareFile: entrypoint === undefined && nodeImages.test(rootImage(stage)),
  };
  return editIn(dockerfile.text, stageCommands(dockerfile, stage), context);
}

interface Search {
  readonly startFile: string;
  readonly launcherPath: string;
  readonly homes: Homes;
  /** Whether a file that stands alone is run by Node. */
  readonly bareFile: boolean;
}

function editIn(text: string, commands: readonly StageCommand[], search: Search): TextEdit[] | undefined {
  const done = commands.some(({ words }) =>
    words.some(({ value }) => isFile(value, search.launcherPath, search.homes)),
  );
  if (done || commands.some(({ words }) => isStartScript(words))) return [];
  const all = commands.flatMap((command) => [command, ...nestedCommands(text, command)]);
  const found = all.flatMap((command) => {
    const place = startPlace(command.words, search.bareFile && command === commands[0]);
    const word = place === undefined ? undefined : command.words[place];
    return place !== undefined && word && isFile(word.value, search.startFile, search.homes)
      ? [{ command, place, word }]
      : [];
  });
  const [only, ...others] = found;
  return only && others.length === 0 ? insertBefore(text, only, search) : undefined;
}

/** `npm start`, which the start script answers for. */
function isStartScript(words: readonly ShellWord[]): boolean {
  const values = words.map(({ value }) => value);
  const manager = values.findIndex((value) => /^(npm|yarn|pnpm|bun)$/.test(posix.basename(value)));
  const [first, second] = manager < 0 ? [] : values.slice(manager + 1).filter((value) => !value.startsWith('-'));
  return first === 'start' || (/^run(-script)?$/.test(first ?? '') && second === 'start');
}

/** The command lines in `["sh", "-c", "node server.js"]`; one with escapes in it is left alone. */
function nestedCommands(text: string, { words }: StageCommand): StageCommand[] {
  return words.flatMap((word, index) => {
    const shell = words[index - 2]?.value ?? '';
    const isShell = /^-[a-z]*c$/.test(words[index - 1]?.value ?? '') && /^(ba|a|da)?sh$/.test(posix.basename(shell));
    if (!isShell || text.slice(word.start + 1, word.end - 1) !== word.value) return [];
    return shellCommands(word.value).map((inner) => ({
      form: 'shell' as const,
      words: inner.map(({ value, start, end }) => ({
        value,
        start: start + word.start + 1,
        end: end + word.start + 1,
      })),
    }));
  });
}

/** Which word of a command is the file that it runs. */
function startPlace(words: readonly ShellWord[], bareFile: boolean): number | undefined {
  const runner = words.findIndex(({ value }) => runners.test(posix.basename(value)));
  if (runner < 0) return bareFile && /\.[cm]?js$/.test(words[0]?.value ?? '') ? 0 : undefined;
  for (let index = runner + 1; index < words.length; index += 1) {
    const value = words[index]?.value ?? '';
    if (optionsWithValue.has(value)) index += 1;
    else if (/^-[ep]$|^--(eval|print|test|watch)$/.test(value)) return undefined;
    else if (!value.startsWith('-')) return index;
  }
  return undefined;
}

function isFile(word: string, file: string, homes: Homes): boolean {
  return prefixOf(word, file, homes) !== undefined;
}

/** What stands before a file's path in a word that names it: nothing, `./`, or where the app lies. */
function prefixOf(word: string, file: string, homes: Homes): string | undefined {
  const relative = word.startsWith('./') ? './' : '';
  const home = homes.map((path) => posix.join(path, '/')).find((path) => word.startsWith(path)) ?? relative;
  const path = posix.normalize(word.slice(home.length) || '.');
  const wanted = posix.normalize(file);
  return path === wanted || path === wanted.replace(/(?:\/index)?\.[cm]?[jt]s$/, '') ? home : undefined;
}

function insertBefore(
  text: string,
  { command, place, word }: { command: StageCommand; place: number; word: ShellWord },
  { startFile, launcherPath, homes }: Search,
): TextEdit[] | undefined {
  const launcher = `${prefixOf(word.value, startFile, homes) ?? ''}${posix.normalize(launcherPath)}`;
  if (command.form === 'exec')
    return [insertAt(word.start, JSON.stringify(launcher) + separator(text, command.words, place))];
  const isPlain = /^[\w@%+=:,./-]+$/.test(launcher);
  return isPlain ? [insertAt(word.start, `${launcher} `)] : undefined;
}

/** What the list has between its words: `, ` mostly; a line's continuation too. */
function separator(text: string, words: readonly ShellWord[], place: number): string {
  const pairs = [place, place + 1].flatMap((index) => {
    const [left, right] = [words[index - 1], words[index]];
    return left && right ? [text.slice(left.end, right.start)] : [];
  });
  return pairs.find((between) => /^\s*,[\s\\`]*$/.test(between)) ?? ', ';
}

/** Where the app lies in the image: working directories, and where the whole context is copied to. */
function homesOf(dockerfile: Dockerfile, stage: Stage): Homes {
  const parent = stage.parent === undefined ? [] : homesOf(dockerfile, stage.parent);
  const own = stage.instructions.flatMap((instruction) => {
    if (!['WORKDIR', 'COPY', 'ADD'].includes(instruction.keyword)) return [];
    const { commands, flags } = readArguments(dockerfile, instruction);
    const words = commands.flat().map(({ value }) => value);
    if (instruction.keyword === 'WORKDIR') return words;
    const isWhole =
      words.length === 2 && /^\.?\/?$/.test(words[0] ?? '') && flags.every((flag) => !flag.startsWith('--from'));
    return isWhole ? words.slice(1) : [];
  });
  return [...own.filter((path) => posix.isAbsolute(path)), ...parent];
}

/** Whether only words of commands changed: the same instructions, and the launcher is there once for each edit. */
function addsNothingElse(dockerfile: Dockerfile, edits: readonly TextEdit[], launcherPath: string): boolean {
  const after = parseDockerfile(splice(dockerfile.text, edits));
  const keywords = (file: Dockerfile) => file.instructions.map(({ keyword }) => keyword).join();
  const [first, ...rest] = after.stages;
  const commands = stageCommands(after, rest.at(-1) ?? first).flatMap(({ words }) => words.map(({ value }) => value));
  return keywords(after) === keywords(dockerfile) && commands.some((value) => value.includes(launcherPath));
}
