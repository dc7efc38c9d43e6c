import { posix } from 'node:path';
import {
  type Dockerfile,
  type Instruction,
  lineage,
  readArguments,
  type Stage,
  stageNamed,
} from '../../languages/dockerfile.js';
import { inCaseOf } from '../../languages/edit-dockerfile.js';

/** What has to be in the image, relative to the build context. */
export interface Wanted {
  /** The generated folder. */
  readonly folder: string;
  /** The file beside it, which uses it. */
  readonly entry: string;
  /** Where the entry's code is when it was built outside (`dist/server.js`): a folder that comes whole brings ours too. */
  readonly built: readonly string[];
}

/**
 * How the folder gets into a stage: with a folder around it; not, because files are copied one by one; or nobody can
 * tell.
 */
export type Arrival =
  | { readonly by: 'folder' }
  | { readonly by: 'file'; readonly copy: Instruction; readonly line: string | undefined }
  | { readonly by: 'unknown' };

interface CopyOf {
  readonly instruction: Instruction;
  readonly form: 'exec' | 'shell';
  readonly flags: readonly string[];
  /** The `--from` flag's value. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

/**
 * Follows COPY and ADD from a stage back to the build context.
 *
 * @throws SyntaxError for an exec form that is not valid
 */
export function arrivalOf(dockerfile: Dockerfile, stage: Stage, wanted: Wanted): Arrival {
  const copies = lineage(stage).flatMap(({ instructions }) =>
    instructions
      .filter(({ keyword }) => keyword === 'COPY' || keyword === 'ADD')
      .map((one) => readCopy(dockerfile, one)),
  );
  const fromContext = copies.filter(({ from }) => from === undefined);
  if (fromContext.some(({ sources }) => sources.some((source) => bringsFolder(source, wanted))))
    return { by: 'folder' };
  const single = fromContext.find(({ sources }) => sources.some((source) => names(source, wanted.entry)));
  if (single) return { by: 'file', copy: single.instruction, line: copyLine(single, wanted) };
  return arrivalFromStage(dockerfile, copies, wanted);
}

/** Through `COPY --from=build`: as it got into that stage, provided that the folder is taken on from there. */
function arrivalFromStage(dockerfile: Dockerfile, copies: readonly CopyOf[], wanted: Wanted): Arrival {
  const passing = copies.flatMap((copy) => {
    const stage = copy.from === undefined ? undefined : stageNamed(dockerfile.stages, copy.from);
    if (stage === undefined || stage.instructions.includes(copy.instruction)) return [];
    const arrival = arrivalOf(dockerfile, stage, wanted);
    return arrival.by === 'unknown' ? [] : [{ copy, arrival }];
  });
  const lacking = passing.find(({ arrival }) => arrival.by === 'file');
  if (lacking) return lacking.arrival;
  const single = passing.find(({ copy }) => copy.sources.some((source) => isBelow(source, wanted.entry)));
  if (single) return { by: 'file', copy: single.copy.instruction, line: copyLine(single.copy, wanted) };
  return {
    by: passing.some(({ copy }) => copy.sources.some((source) => mayHold(source, wanted))) ? 'folder' : 'unknown',
  };
}

/** Whether an absolute path in an image ends in a path of the context. */
function isBelow(source: string, path: string): boolean {
  return `/${source}`.endsWith(`/${path}`);
}

/**
 * Whether what is taken on from a build can have the folder in it: not installed packages, not single files. One file that
 * was built has it when it is a bundle, and nobody can tell.
 */
function mayHold(source: string, { entry }: Wanted): boolean {
  if (/(^|\/)(node_modules|package[^/]*\.json|[^/]*lock[^/]*)\/?$/.test(source)) return false;
  return stem(source) !== stem(entry) || !/\.[cm]?js$/.test(source);
}

function readCopy(dockerfile: Dockerfile, instruction: Instruction): CopyOf {
  const { form, flags, text, commands } = readArguments(dockerfile, instruction);
  // In the shell form words are separated by spaces and nothing else: no shell reads them. Docker takes quotes away.
  const plain = text.split(/\s+/).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
  const words = form === 'exec' ? commands.flat().map(({ value }) => value) : plain;
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
  return { instruction, form, flags, from, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
}

function bringsFolder(source: string, { folder, built }: Wanted): boolean {
  const path = inContext(source);
  if (/[*?[$]/.test(path)) return false;
  return [folder, ...built.filter((file) => file !== path)].some(
    (inside) => path === '.' || `${inside}/`.startsWith(`${path}/`),
  );
}

/** Whether a source is the file, by its name or a pattern. */
function names(source: string, file: string): boolean {
  const path = inContext(source);
  if (!/[*?]/.test(path)) return path === file;
  const pattern = path
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${pattern}$`).test(file);
}

/** Docker reads paths from the context's root, with or without a slash before them. */
function inContext(source: string): string {
  const path = posix.normalize(source.replace(/^\/+/, '') || '.').replace(/(?<=.)\/$/, '');
  return path;
}

/**
 * The line that copies the folder as another one copies the file beside it.
 *
 * @returns undefined when it is not sure where the file goes
 */
function copyLine(
  { instruction, form, flags, sources, target }: CopyOf,
  { folder, entry }: Wanted,
): string | undefined {
  const own = sources.find((source) => names(source, entry) || isBelow(source, entry)) ?? '';
  const directory = targetFolder(target, sources, own);
  const unusual = flags.some((flag) => !/^--(chown|chmod|link|from)\b/.test(flag));
  if (directory === undefined || unusual || instruction.hasHeredoc || instruction.keyword !== 'COPY') return undefined;
  const name = posix.basename(folder);
  const source = posix.join(posix.dirname(own), name);
  const words = [own.startsWith('./') ? `./${source}` : source, `${directory}${name}`];
  const isPlain = words.every((word) => /^[\w@%+=:,./${}-]+$/.test(word));
  if (form === 'shell' && !isPlain) return undefined;
  const list = form === 'exec' ? `[${words.map((word) => JSON.stringify(word)).join(', ')}]` : words.join(' ');
  return [inCaseOf(instruction, 'COPY'), ...flags, list].join(' ');
}

/** The folder that a COPY's files go to, with a slash at its end. */
function targetFolder(target: string, sources: readonly string[], own: string): string | undefined {
  if (target.endsWith('/')) return target;
  if (target === '.') return './';
  if (sources.length > 1) return `${target}/`;
  const isRenamed = posix.basename(target) !== posix.basename(own);
  if (isRenamed || /[*?]/.test(own)) return undefined;
  return target.slice(0, target.length - posix.basename(target).length) || './';
}

function stem(path: string): string {
  return posix.basename(path).replace(/\.[cm]?[jt]sx?$/, '');
}
