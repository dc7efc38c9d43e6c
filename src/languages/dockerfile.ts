import { createRequire } from 'node:module';
import type * as Ast from 'dockerfile-ast';
import { type ShellWord, shellCommands } from './shell-words.js';

/** An instruction, and where it stands: from its keyword to the end of its last line, continuations included. */
export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** As it is written. */
  readonly written: string;
  readonly start: number;
  readonly end: number;
  readonly hasHeredoc: boolean;
}

/** A build stage: from one FROM to the next. */
export interface Stage {
  readonly name: string | undefined;
  /** The image's name, or another stage's, as it is written. */
  readonly from: string;
  /** The stage of this file that it is built on. */
  readonly parent: Stage | undefined;
  /** FROM is the first. */
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  readonly text: string;
  readonly escapeCharacter: string;
  /** All of them, in their order; those before the first FROM too. */
  readonly instructions: readonly Instruction[];
  /** At least one. */
  readonly stages: readonly [Stage, ...Stage[]];
}

/** What an instruction's arguments say: a list of words as JSON, or a line for the shell. */
export interface Arguments {
  readonly form: 'exec' | 'shell';
  /** `--from=build`, as they are written. */
  readonly flags: readonly string[];
  /** Without the flags, in one line, without comments; the words of the exec form stand in it as JSON strings. */
  readonly text: string;
  /** The word or words of each command; the exec form is one command. Positions are the file's. */
  readonly commands: readonly (readonly ShellWord[])[];
}

const keywords = new Set(
  (
    'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME ' +
    'WORKDIR'
  ).split(' '),
);

/** Loaded when there is a Dockerfile, not before: it costs more than the rest of a run. */
const load = createRequire(import.meta.url);

/**
 * Reads a Dockerfile.
 *
 * @throws SyntaxError, with the line, for what BuildKit would not build, or would read differently from the parser here
 */
export function parseDockerfile(text: string): Dockerfile {
  if (/\r(?!\n)/.test(text)) throw new SyntaxError('a line ends in a carriage return alone');
  const { DockerfileParser } = load('dockerfile-ast') as typeof Ast;
  const ast = DockerfileParser.parse(text);
  const offsets = lineOffsets(text);
  const instructions = ast.getInstructions().map((instruction) => readInstruction(text, offsets, instruction));
  const [first] = instructions;
  if (first === undefined || !['FROM', 'ARG'].includes(first.keyword)) throw new SyntaxError('it has no FROM');
  const escapeCharacter = ast.getEscapeCharacter();
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') stages.push(startStage(text, escapeCharacter, instruction, stages));
    else (stages.at(-1)?.instructions as Instruction[] | undefined)?.push(instruction);
  }
  const [stage, ...others] = stages;
  if (stage === undefined) throw new SyntaxError('it has no FROM');
  return { text, escapeCharacter, instructions, stages: [stage, ...others] };
}

function readInstruction(text: string, offsets: readonly number[], instruction: Ast.Instruction): Instruction {
  const { start, end } = instruction.getRange();
  const keyword = instruction.getKeyword();
  const line = `line ${start.line + 1}`;
  if (!keywords.has(keyword)) throw new SyntaxError(`${line}: ${keyword} is no instruction`);
  if (instruction.getArguments().length === 0) throw new SyntaxError(`${line}: ${keyword} has no arguments`);
  const heredocs = 'getHeredocs' in instruction ? (instruction as Ast.Run).getHeredocs() : [];
  if (heredocs.some((heredoc) => heredoc.getDelimiterRange() === null))
    throw new SyntaxError(`${line}: a here-document does not end`);
  const range = { start: offsetOf(offsets, start), end: offsetOf(offsets, end) };
  // A byte order mark belongs to the first line for the parser, to nothing for Docker.
  if (text[range.start] === '\uFEFF') range.start += 1;
  return { keyword, written: instruction.getInstruction(), ...range, hasHeredoc: heredocs.length > 0 };
}

function startStage(text: string, escapeCharacter: string, from: Instruction, before: readonly Stage[]): Stage {
  const words = logicalText(text, escapeCharacter, from).text.split(/\s+/).slice(1).filter(Boolean);
  const [image = '', as, name] = words.filter((word) => !word.startsWith('--'));
  return {
    name: as?.toLowerCase() === 'as' ? name : undefined,
    from: image,
    parent: stageNamed(before, image),
    instructions: [from],
  };
}

/** The stage that a name or a number in FROM or `--from` means; names are the same in upper and lower case. */
export function stageNamed(stages: readonly Stage[], name: string): Stage | undefined {
  const named = stages.findLast((stage) => stage.name?.toLowerCase() === name.toLowerCase());
  return named ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined);
}

/** A stage and those that it is built on, itself first. */
export function lineage(stage: Stage | undefined): Stage[] {
  return stage === undefined ? [] : [stage, ...lineage(stage.parent)];
}

/** The image that a stage is built on in the end, as it is written. */
export function rootImage({ parent, from }: Stage): string {
  return parent === undefined ? from : rootImage(parent);
}

/**
 * The arguments of CMD, ENTRYPOINT, COPY, ADD and the like.
 *
 * @throws SyntaxError for what looks like the exec form and is not valid JSON: Docker hands that to the shell
 */
export function readArguments({ text, escapeCharacter }: Dockerfile, instruction: Instruction): Arguments {
  const logical = logicalText(text, escapeCharacter, instruction);
  const head = /^\S+\s*((?:--[\w-]+(?:=\S*)?\s+)*)/.exec(logical.text);
  const begin = head?.[0].length ?? 0;
  const rest = logical.text.slice(begin).trimEnd();
  const flags = (head?.[1] ?? '').split(/\s+/).filter(Boolean);
  const place = (word: ShellWord): ShellWord => ({
    value: word.value,
    start: logical.offsets[begin + word.start] ?? 0,
    // One past the last character: a continuation may follow that.
    end: (logical.offsets[begin + word.end - 1] ?? 0) + 1,
  });
  const isExec = rest.startsWith('[');
  const commands = isExec ? [jsonWords(rest)] : shellCommands(rest);
  return { form: isExec ? 'exec' : 'shell', flags, text: rest, commands: commands.map((words) => words.map(place)) };
}

function jsonWords(text: string): ShellWord[] {
  const values: unknown = JSON.parse(text);
  const strings = [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)];
  if (!Array.isArray(values) || values.length !== strings.length || values.some((value) => typeof value !== 'string'))
    throw new SyntaxError('the exec form is a list of strings');
  return strings.map((match, index) => ({
    value: String(values[index]),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

interface LogicalText {
  readonly text: string;
  /** For each character, where it stands in the file. */
  readonly offsets: readonly number[];
}

/** An instruction as Docker reads it: lines joined at the escape character; comments and empty lines between them gone. */
function logicalText(
  text: string,
  escapeCharacter: string,
  { start, end }: Pick<Instruction, 'start' | 'end'>,
): LogicalText {
  const result: string[] = [];
  const offsets: number[] = [];
  let offset = start;
  for (const line of text.slice(start, end).split(/(?<=\n)/)) {
    const isComment = offset > start && /^\s*(#|$)/.test(line);
    const body = isComment ? '' : withoutContinuation(line.replace(/\r?\n$/, ''), escapeCharacter);
    for (let index = 0; index < body.length; index += 1) {
      result.push(body[index] ?? '');
      offsets.push(offset + index);
    }
    offset += line.length;
  }
  return { text: result.join(''), offsets };
}

function withoutContinuation(line: string, escapeCharacter: string): string {
  const trimmed = line.trimEnd();
  return trimmed.endsWith(escapeCharacter) ? trimmed.slice(0, -1) : line;
}

function lineOffsets(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

function offsetOf(offsets: readonly number[], { line, character }: { line: number; character: number }): number {
  return (offsets[line] ?? 0) + character;
}

/** Where new lines go that are to stand before an instruction: above the comments that belong to it. */
export function placeBefore(dockerfile: Dockerfile, instruction: Instruction): number {
  const { text, instructions } = dockerfile;
  const previous = instructions[instructions.indexOf(instruction) - 1];
  let place = lineStart(text, instruction.start);
  while (place > (previous?.end ?? 0)) {
    const above = lineStart(text, place - 1);
    if (above < (previous?.end ?? 0) || !/^[ \t]*#/.test(text.slice(above, place))) break;
    place = above;
  }
  return place;
}

function lineStart(text: string, position: number): number {
  return position <= 0 ? 0 : text.lastIndexOf('\n', position - 1) + 1;
}
