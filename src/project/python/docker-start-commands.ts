import { posix } from 'node:path';
import { lineage, parseDockerfile, readArguments, type Stage } from '../../languages/dockerfile.js';
import { stageCommands, startedStage } from '../../languages/stage-command.js';
import type { Folders } from '../deployment.js';
import { readIfText } from '../source-files.js';
import { assignment, followFolders } from './shell-lines.js';
import type { StartCommand } from './start-command.js';

/** What the image of a Dockerfile runs. */
export function dockerCommands(files: Folders, path: string): StartCommand[] {
  try {
    const dockerfile = parseDockerfile(readIfText(files, path) ?? '');
    const stage = startedStage(dockerfile);
    const last = dockerfile.stages.at(-1) ?? stage;
    const environment = stageEnvironment(dockerfile, stage);
    const common = {
      path,
      by: 'dockerfile',
      editable: true,
      // The code may come with a later stage.
      folder: stageFolder(files, dockerfile, stage) ?? stageFolder(files, dockerfile, last),
      environment,
    } as const;
    const commands = stageCommands(dockerfile, stage).map(({ form, words }) => ({
      ...common,
      form,
      words: form === 'exec' ? words : words.map((word) => ({ ...word, written: writtenIn(dockerfile, word) })),
    }));
    return followFolders(commands);
  } catch {
    return []; // one that cannot be read says nothing; whoever edits it explains that
  }
}

function writtenIn({ text }: Dockerfile, { start, end }: { readonly start: number; readonly end: number }): string {
  return text.slice(start, end);
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
