import { posix } from 'node:path';
import { insertAt, type TextEdit } from './splice.js';
import { majorityEol } from './style.js';

/** A line of a requirements file that names a package. */
export interface Requirement {
  /** Normalised: lower case, dashes (https://packaging.python.org/en/latest/specifications/name-normalization/). */
  readonly name: string;
  /** What stands behind the name and its extras, without marker, options and comment: `==2.3`, `>=2,<4`. */
  readonly specifier: string;
  /** UTF-16 offsets, from the name to the end of its last line, line ending excluded. */
  readonly start: number;
  readonly end: number;
}

export interface RequirementsFile {
  readonly requirements: readonly Requirement[];
  /** The files named with `-r`, relative to the file. */
  readonly includes: readonly string[];
  /** The files of constraints, named with `-c`: what they say of a version holds, and installs nothing. */
  readonly constraints: readonly string[];
  /** Whether packages are pinned by their hashes: then pip installs none without one. */
  readonly hashed: boolean;
}

/** The range of versions that a new dependency asks for. */
export interface VersionRange {
  /** The oldest version that works: `0.16`. */
  readonly least: string;
  /** The first version that is too new: `1`. */
  readonly below: string;
  /** The version that stands where a project names one, pinned or as what others are compatible with: `0.25.0`. */
  readonly pinned: string;
}

/** Reads a requirements file; lines that make no sense to it are left alone, as pip would stumble over them anyway. */
export function parseRequirements(text: string): RequirementsFile {
  const requirements: Requirement[] = [];
  const named = { '-r': [] as string[], '-c': [] as string[] };
  for (const { start, end } of logicalLines(text)) {
    const line = text.slice(start, end).replace(/\\\r?\n/g, ' ');
    const indent = /^\s*/.exec(line)?.[0].length ?? 0;
    const [, option = '', file] = /^\s*(-r|--requirement|-c|--constraint)[ =]?\s*(\S+)/.exec(line) ?? [];
    if (file !== undefined) named[/^--?c/.test(option) ? '-c' : '-r'].push(posix.normalize(file));
    const [, name, specifier = ''] =
      /^\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(line.replace(/(^|\s)#.*$/, '')) ?? [];
    if (name === undefined || !/^(?:$|[;(@=<>!~]|--)/.test(specifier)) continue;
    const range = specifier.replace(/(?:;|\s--).*$/, '').trim();
    requirements.push({ name: normalName(name), specifier: range, start: start + indent, end });
  }
  return {
    requirements,
    includes: named['-r'],
    constraints: named['-c'],
    hashed: /^\s*(?:[^#]*\s)?--hash[=\s]/m.test(text),
  };
}

/** Lines of pip: joined at a backslash; comments cannot be continued. */
function logicalLines(text: string): { start: number; end: number }[] {
  const lines: { start: number; end: number }[] = [];
  const pattern = /[^\n]*(?:\n|$)/g;
  let open: number | undefined;
  for (const match of text.matchAll(pattern)) {
    if (match[0] === '') continue;
    const bom = match.index === 0 && text.startsWith('\uFEFF') ? 1 : 0;
    const end = match.index + match[0].replace(/\r?\n$/, '').length;
    const start = open ?? match.index + bom;
    const continues = /\\\r?\n$/.test(match[0]) && !/^\s*#/.test(match[0]);
    if (continues) open = start;
    else {
      lines.push({ start, end });
      open = undefined;
    }
  }
  if (open !== undefined) lines.push({ start: open, end: text.length });
  return lines;
}

/** A package's name as PyPI compares it. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/**
 * The edit that adds a package, in the file's manner: pinned where it pins (there, a range would be the only version that
 * moves by itself), with `~=` where it uses that, else as a range; in its place where the file is sorted, else behind the
 * last one.
 *
 * @param range undefined where something else says the version
 * @returns nothing to do when the package is there, in whatever version
 */
export function addRequirement(text: string, name: string, range: VersionRange | undefined): TextEdit[] {
  const { requirements } = parseRequirements(text);
  if (requirements.some((one) => one.name === normalName(name))) return [];
  const eol = majorityEol(text) ?? '\n';
  const specifiers = requirements.map(({ specifier }) => specifier);
  const line = name + (range === undefined ? '' : specifierLike(specifiers, range));
  const previous = placeFor(requirements, normalName(name));
  if (previous !== undefined) return [insertAt(endWithComments(text, previous), eol + line)];
  const [first] = requirements;
  if (first !== undefined) return [insertAt(first.start, line + eol)];
  const endsLine = /(?:^\uFEFF?|\n)$/.test(text);
  return [insertAt(text.length, (endsLine ? '' : eol) + line + (endsLine ? eol : ''))];
}

/** The specifier that goes with the others: `==1.2`, `~=1.2`, `>=1.2,<2`. */
export function specifierLike(others: readonly string[], { least, below, pinned }: VersionRange): string {
  const count = (pattern: RegExp) => others.filter((other) => pattern.test(other)).length;
  const exact = count(/^\(?\s*={2,3}\s*[^*]+$/);
  const compatible = count(/^\(?\s*~=/);
  const free = others.length - exact - compatible;
  if (exact > 0 && exact >= compatible && exact > free) return `==${pinned}`;
  return compatible > 0 && compatible > free ? `~=${pinned}` : `>=${least},<${below}`;
}

/** The requirement behind which a new one goes; undefined where it becomes the first. */
function placeFor(requirements: readonly Requirement[], name: string): Requirement | undefined {
  const names = requirements.map((one) => one.name);
  const isSorted = names.length > 2 && names.every((one, index) => index === 0 || (names[index - 1] ?? '') <= one);
  return isSorted ? requirements.findLast((one) => one.name < name) : requirements.at(-1);
}

/** pip-compile and uv note below a package, indented, what needs it. */
function endWithComments(text: string, { end }: Requirement): number {
  return end + (/^(?:\r?\n[ \t]+#[^\r\n]*)*/.exec(text.slice(end))?.[0].length ?? 0);
}
