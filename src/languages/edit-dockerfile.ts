import {
  type Arguments,
  type Dockerfile,
  type Instruction,
  lineage,
  parseDockerfile,
  placeBefore,
  readArguments,
  type Stage,
} from './dockerfile.js';
import { insertAt, splice, type TextEdit } from './splice.js';
import { majorityEol } from './style.js';

/** Value of a variable that a stage sets with ENV, itself or through the stages that it is built on; as it is written. */
export function environmentValue(dockerfile: Dockerfile, stage: Stage, name: string): string | undefined {
  const env = lineage(stage).flatMap(({ instructions }) =>
    instructions.filter(({ keyword }) => keyword === 'ENV').reverse(),
  );
  for (const instruction of env) {
    const value = valueIn(readArguments(dockerfile, instruction), name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Of `ENV a=b c=d`, or of the older `ENV a b`. */
function valueIn({ commands, text }: Arguments, name: string): string | undefined {
  const words = commands.flat().map(({ value }) => value);
  if (!words[0]?.includes('=')) return words[0] === name ? text.replace(/^\S+\s+/, '') : undefined;
  return words.findLast((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

/**
 * The edit that sets a variable in a stage, with a comment: before the command that it is for, so that no layer above is
 * built anew, and at the stage's end where the command is another image's.
 *
 * @param value without characters that mean something in a Dockerfile
 */
export function setEnvironment(dockerfile: Dockerfile, stage: Stage, assignment: string, comment: string): TextEdit {
  const { text } = dockerfile;
  const command = stage.instructions.find(({ keyword }) => keyword === 'CMD' || keyword === 'ENTRYPOINT');
  const neighbour = command ?? stage.instructions.at(-1);
  const eol = majorityEol(text) ?? '\n';
  const indent = neighbour === undefined ? '' : indentOf(text, neighbour);
  const lines = [`${indent}# ${comment}`, `${indent}${inCaseOf(neighbour, 'ENV')} ${assignment}`];
  if (command !== undefined) {
    const place = placeBefore(dockerfile, command);
    const isApart = /\n[ \t]*\r?\n$/.test(text.slice(0, place));
    return insertAt(place, [...lines, ...(isApart ? ['', ''] : [''])].join(eol));
  }
  const end = lineEnd(text, neighbour?.end ?? 0);
  return insertAt(end, ['', ...lines].join(eol));
}

/** The edit that puts a line behind an instruction. */
export function lineAfter({ text }: Dockerfile, instruction: Instruction, line: string): TextEdit {
  const eol = majorityEol(text) ?? '\n';
  return insertAt(lineEnd(text, instruction.end), eol + indentOf(text, instruction) + line);
}

/** A keyword in upper or lower case, as another instruction's. */
export function inCaseOf(instruction: Instruction | undefined, keyword: string): string {
  const isLower = instruction !== undefined && /^[a-z]/.test(instruction.written);
  return isLower ? keyword.toLowerCase() : keyword;
}

/**
 * Whether edits do what they are meant to: every instruction that was there reads as before, and there are as many new
 * ones as lines were added.
 */
export function addsInstructions(dockerfile: Dockerfile, edits: readonly TextEdit[], count: number): boolean {
  const after = readSafely(splice(dockerfile.text, edits));
  if (after === undefined || after.instructions.length !== dockerfile.instructions.length + count) return false;
  const texts = after.instructions.map((one) => after.text.slice(one.start, one.end));
  let found = 0;
  for (const text of texts) {
    const next = dockerfile.instructions[found];
    if (next !== undefined && dockerfile.text.slice(next.start, next.end) === text) found += 1;
  }
  return found === dockerfile.instructions.length;
}

function readSafely(text: string): Dockerfile | undefined {
  try {
    return parseDockerfile(text);
  } catch {
    return undefined;
  }
}

function indentOf(text: string, { start }: Instruction): string {
  const line = start === 0 ? 0 : text.lastIndexOf('\n', start - 1) + 1;
  return text.slice(line, start).replace('\uFEFF', '');
}

/** The end of the line in which a position is, without its line ending. */
function lineEnd(text: string, position: number): number {
  const length = text.slice(position).search(/\r?\n/);
  return length === -1 ? text.length : position + length;
}
