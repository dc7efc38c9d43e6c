import { posix } from 'node:path';
import { lineage, parseDockerfile, readArguments, type Stage } from '../../languages/dockerfile.js';
import { type ShellWord, shellCommands } from '../../languages/shell-words.js';
import { stageCommands } from '../../languages/stage-command.js';
import { readUnit, serviceValues } from '../../languages/systemd.js';
import { type Folders, findDeployment } from '../deployment.js';
import { readIfText } from '../source-files.js';
import { composeCommands } from './compose-commands.js';

/** A command that a file of the target says is run. */
export interface StartCommand {
  readonly path: string;
  readonly by: 'procfile' | 'dockerfile' | 'compose' | 'systemd' | 'script' | 'platform';
  /** Their positions are the file's where `editable`, else they mean nothing. */
  readonly words: readonly ShellWord[];
  /** How words are written: for a shell, or as JSON strings. */
  readonly form: 'shell' | 'exec';
  readonly editable: boolean;
  /** The folder of the target that it runs in; undefined where that cannot be told. */
  readonly folder: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The commands by which the target's services are started, those of the files that say it most plainly first: Procfile,
 * Dockerfiles, compose files, systemd's units, platforms' files, shell scripts. A script that a command calls comes right
 * after it.
 */
export function startCommands(files: Folders): StartCommand[] {
  const { dockerfiles, composeFiles, units, procfile } = findDeployment(files);
  const own = environmentFiles(files);
  const found = [
    ...(procfile === undefined ? [] : procfileCommands(files, procfile)),
    ...dockerfiles.flatMap((path) => dockerCommands(files, path)),
    ...composeFiles.flatMap((path) => composeCommands(path, readIfText(files, path) ?? '')),
    ...units.flatMap((path) => unitCommands(files, path)),
    ...platformCommands(files),
  ].flatMap(inner);
  const called = found.flatMap((command) => [command, ...calledScripts(files, command)]);
  const seen = new Set(called.map(({ path }) => path));
  const scripts = scriptPaths(files).filter((path) => !seen.has(path));
  const all = [...called, ...scripts.flatMap((path) => scriptCommands(files, path, '.', {}))];
  return all.map((command) => ({ ...command, environment: { ...own, ...command.environment } }));
}

function procfileCommands(files: Folders, path: string): StartCommand[] {
  const text = readIfText(files, path) ?? '';
  const lines = [...text.matchAll(/^([\w-]+)[ \t]*:[ \t]*(.*)$/gm)];
  // Of the processes, `web` is the one that gets HTTP.
  const ordered = lines.sort((a, b) => Number(b[1] === 'web') - Number(a[1] === 'web'));
  return ordered.flatMap((line) => {
    const command = line[2] ?? '';
    const offset = line.index + line[0].length - command.length;
    return shellLines(command, offset, { path, by: 'procfile', editable: true, folder: '.', environment: {} });
  });
}

function dockerCommands(files: Folders, path: string): StartCommand[] {
  try {
    const dockerfile = parseDockerfile(readIfText(files, path) ?? '');
    const stage = dockerfile.stages.at(-1) ?? dockerfile.stages[0];
    const environment = stageEnvironment(dockerfile, stage);
    const common = {
      path,
      by: 'dockerfile',
      editable: true,
      folder: stageFolder(files, dockerfile, stage),
      environment,
    } as const;
    const commands = stageCommands(dockerfile, stage).map(({ form, words }) => ({ ...common, form, words }));
    return followFolders(commands);
  } catch {
    return []; // one that cannot be read says nothing; whoever edits it explains that
  }
}

type Dockerfile = ReturnType<typeof parseDockerfile>;

function stageEnvironment(dockerfile: Dockerfile, stage: Stage): Record<string, string> {
  const instructions = lineage(stage)
    .reverse()
    .flatMap((one) => one.instructions);
  const pairs = instructions
    .filter(({ keyword }) => keyword === 'ENV' || keyword === 'ARG')
    .flatMap((instruction): (readonly [string, string])[] => {
      const words = readArguments(dockerfile, instruction)
        .commands.flat()
        .map(({ value }) => value);
      const [first = '', second] = words;
      return first.includes('=') ? words.flatMap(assignment) : second === undefined ? [] : [[first, second]];
    });
  return Object.fromEntries(pairs);
}

function assignment(word: string): (readonly [string, string])[] {
  const match = /^(\w+)=(.*)$/s.exec(word);
  return match?.[1] === undefined ? [] : [[match[1], match[2] ?? '']];
}

/** The target's folder that is the working directory of a stage: seen from where COPY puts the target, or parts of it. */
function stageFolder(files: Folders, dockerfile: Dockerfile, stage: Stage): string | undefined {
  const environment = stageEnvironment(dockerfile, stage);
  const fill = (text: string) => text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => environment[name] ?? whole);
  let current = '/';
  const copies: { source: string; target: string }[] = [];
  for (const instruction of lineage(stage)
    .reverse()
    .flatMap((one) => one.instructions)) {
    if (!['WORKDIR', 'COPY', 'ADD'].includes(instruction.keyword)) continue;
    const { commands, flags } = readArguments(dockerfile, instruction);
    const words = commands.flat().map(({ value }) => fill(value));
    const target = words.at(-1) ?? '.';
    if (instruction.keyword === 'WORKDIR') current = posix.resolve(current, target);
    else if (!flags.some((flag) => flag.startsWith('--from'))) {
      copies.push(...words.slice(0, -1).map((source) => ({ source, target: posix.resolve(current, target) })));
    }
  }
  const isFile = ({ source }: { readonly source: string }) => readIfText(files, posix.normalize(source)) !== undefined;
  // A folder tells more than a file, which may have been taken out of one.
  const ordered = [...copies.filter((copy) => !isFile(copy)), ...copies.filter(isFile)];
  const folders = ordered.flatMap(({ source, target }) =>
    folderSeenFrom(files, current, posix.normalize(source), target),
  );
  return folders[0];
}

/**
 * `COPY . /srv` seen from /srv/app is app; `COPY app /srv/app` seen from /srv is the target itself, and so it is from
 * where `COPY app.py ./` puts that file.
 */
function folderSeenFrom(files: Folders, current: string, source: string, target: string): string[] {
  if (source.startsWith('..')) return [];
  if (readIfText(files, source) !== undefined) {
    const place = posix.basename(target) === posix.basename(source) ? posix.dirname(target) : target;
    return source.endsWith('.py') && place === current ? [posix.dirname(source)] : [];
  }
  const below = posix.relative(target, current);
  if (!below.startsWith('..')) return [posix.join(source.replace(/^\//, ''), below)];
  const above = posix.relative(current, target);
  return !above.startsWith('..') && posix.normalize(source.replace(/\/$/, '')) === above ? ['.'] : [];
}

function unitCommands(files: Folders, path: string): StartCommand[] {
  const directives = readUnit(readIfText(files, path) ?? '');
  const directory = serviceValues(directives, 'WorkingDirectory').at(-1);
  const words = serviceValues(directives, 'Environment').flatMap((value) => shellCommands(value).flat());
  const environment = Object.fromEntries(words.flatMap(({ value }) => assignment(value)));
  const folder = directory === undefined ? undefined : folderAtEnd(files, directory);
  return serviceValues(directives, 'ExecStart').flatMap((value) =>
    shellLines(withoutShell(value.replace(/^[@\-:+!|]+/, '')), 0, {
      path,
      by: 'systemd',
      editable: false,
      folder,
      environment,
    }),
  );
}

/** A command of a unit as a shell would take it: systemd runs no shell, so what means something to one is escaped. */
function withoutShell(value: string): string {
  return value.replace(/"[^"]*"|'[^']*'|[()&|;]/g, (part) => (part.length === 1 ? `\\${part}` : part));
}

/** A directory of some machine: the folder of the target that its end names, else the target itself. */
function folderAtEnd(files: Folders, directory: string): string {
  const steps = directory.split('/').filter(Boolean);
  const ends = steps.map((_, index) => steps.slice(index).join('/'));
  return ends.find((end) => !end.includes('%') && files.exists(end) && readIfText(files, end) === undefined) ?? '.';
}

/** App Engine's app.yaml, Render's render.yaml and supervisor's files, by the line that holds the command. */
function platformCommands(files: Folders): StartCommand[] {
  const lines: readonly (readonly [RegExp, RegExp])[] = [
    [/^app\.ya?ml$/, /^entrypoint:[ \t]*(.*)$/gm],
    [/^render\.ya?ml$/, /^\s*startCommand:[ \t]*(.*)$/gm],
    [/^supervisor.*\.(?:conf|ini)$|^.*supervisord?\.conf$/, /^command[ \t]*=[ \t]*(.*)$/gm],
  ];
  const folders = ['.', 'deploy', 'conf', 'config', 'docker', 'etc', 'supervisor'];
  const paths = folders.flatMap((folder) => listed(files, folder).map((name) => posix.join(folder, name)));
  return paths.flatMap((path) =>
    lines
      .filter(([name]) => name.test(posix.basename(path)))
      .flatMap(([, pattern]) => [...(readIfText(files, path) ?? '').matchAll(pattern)])
      .flatMap((line) =>
        shellLines((line[1] ?? '').replace(/^(["'])(.*)\1$/, '$2'), 0, {
          path,
          by: 'platform',
          editable: false,
          folder: '.',
          environment: {},
        }),
      ),
  );
}

/** The scripts of the target that a command runs: `./boot.sh`, `sh docker/start`. */
function calledScripts(files: Folders, { words, folder = '.', environment }: StartCommand): StartCommand[] {
  const paths = words.flatMap(({ value }) => scriptNamed(files, value, folder) ?? []);
  return paths.flatMap((path) => scriptCommands(files, path, folder, environment));
}

function scriptNamed(files: Folders, word: string, folder: string): string | undefined {
  if (!/^[\w./-]+$/.test(word)) return undefined;
  const steps = word.split('/').filter((step) => step !== '' && step !== '.');
  const ends = steps.map((_, index) => steps.slice(index).join('/'));
  const candidates = [posix.join(folder, word), ...ends];
  return candidates.find((path) => !path.startsWith('..') && isShellScript(files, path));
}

function isShellScript(files: Folders, path: string): boolean {
  const text = readIfText(files, path);
  return text !== undefined && (path.endsWith('.sh') || /^#!.*\b(?:ba|da|a|z)?sh\b/.test(text));
}

function scriptPaths(files: Folders): string[] {
  const folders = ['.', 'bin', 'scripts', 'script', 'docker', 'deploy', 'deployment', 'compose', 'ops'];
  return folders.flatMap((folder) =>
    listed(files, folder)
      .map((name) => posix.join(folder, name))
      .filter((path) => /\.sh$|^[^.]+$/.test(posix.basename(path)) && isShellScript(files, path)),
  );
}

function scriptCommands(
  files: Folders,
  path: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): StartCommand[] {
  const text = readIfText(files, path) ?? '';
  return shellLines(text, 0, { path, by: 'script', editable: true, folder, environment }).flatMap(inner);
}

type Frame = Omit<StartCommand, 'words' | 'form'>;

/** The commands of a shell text, with `cd` followed and variables that are set on the way known. */
export function shellLines(text: string, offset: number, frame: Frame): StartCommand[] {
  // What a substitution runs is no command of its own here; its place is kept.
  const whole = text.replace(/\$\([^()]*(?:\([^()]*\)[^()]*)*\)/g, (inside) => inside.replace(/[\s()&|;<>]/g, '_'));
  const commands = shellCommands(whole).map((words) =>
    // A backslash at a line's end joins lines: it is no word.
    words
      .filter(({ value }) => value.trim() !== '' || value === '')
      .map(({ value, start, end }) => ({ value, start: start + offset, end: end + offset })),
  );
  return followFolders(commands.map((words) => ({ ...frame, form: 'shell' as const, words })));
}

function followFolders(commands: readonly StartCommand[]): StartCommand[] {
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
function inner(command: StartCommand): StartCommand[] {
  const index = command.words.findIndex(({ value }) => /^-\w*c$/.test(value));
  const program = posix.basename(command.words[Math.max(0, index - 1)]?.value ?? '');
  const line = index < 1 || !/^(?:ba|da|a|z)?sh$|^su$/.test(program) ? undefined : command.words[index + 1];
  if (line === undefined) return [command];
  // Only where nothing is escaped do positions in the value tell positions in the file.
  const isPlain = line.end - line.start === line.value.length + 2;
  return shellLines(line.value, line.start + 1, { ...command, editable: command.editable && isPlain });
}

/** Variables of files that people load: they hold wherever the service runs. */
function environmentFiles(files: Folders): Record<string, string> {
  const texts = ['.flaskenv', '.env'].map((path) => readIfText(files, path) ?? '');
  const lines = texts.flatMap((text) => text.split(/\r?\n/));
  return Object.fromEntries(
    lines.flatMap((line) => assignment(line.replace(/^\s*(?:export\s+)?/, '').replace(/=["'](.*)["']\s*$/, '=$1'))),
  );
}

function listed(files: Folders, folder: string): string[] {
  try {
    return files.list(folder);
  } catch {
    return []; // a file of that name, or a folder that cannot be read
  }
}
