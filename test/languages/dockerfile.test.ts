import { describe, expect, it } from 'vitest';
import {
  lineage,
  parseDockerfile,
  placeBefore,
  readArguments,
  rootImage,
  stageNamed,
} from '../../src/languages/dockerfile.js';

/** The last instruction's arguments. */
function argumentsOf(text: string) {
  const dockerfile = parseDockerfile(text);
  const last = dockerfile.instructions.at(-1);
  if (last === undefined) throw new Error('there is none');
  return readArguments(dockerfile, last);
}

describe('parseDockerfile', () => {
  it('finds instructions and where they stand', () => {
    const text = '# syntax=docker/dockerfile:1\nARG A\nfrom node:20\nRUN a \\\n  # note\n  b\n\nCMD ["x"] \n';
    const { instructions } = parseDockerfile(text);
    expect(instructions.map(({ keyword, start, end }) => [keyword, text.slice(start, end)])).toEqual([
      ['ARG', 'ARG A'],
      ['FROM', 'from node:20'],
      ['RUN', 'RUN a \\\n  # note\n  b'],
      ['CMD', expect.stringMatching(/^CMD \["x"\] ?$/)],
    ]);
  });

  it('takes here-documents whole', () => {
    const text = 'FROM node\nRUN <<A cat && <<-"B" cat\nCMD one\nA\n\tFROM two\n\tB\nCMD three\n';
    const { instructions, stages } = parseDockerfile(text);
    expect(instructions.map(({ keyword, hasHeredoc }) => [keyword, hasHeredoc])).toEqual([
      ['FROM', false],
      ['RUN', true],
      ['CMD', false],
    ]);
    expect(stages).toHaveLength(1);
  });

  it('tells stages, their names and what they are built on', () => {
    const text = 'FROM --platform=$BUILDPLATFORM node:20 as Base\nRUN a\nFROM base AS build\nFROM 1\nFROM scratch\n';
    const { stages } = parseDockerfile(text);
    expect(stages.map(({ name, from }) => [name, from])).toEqual([
      ['Base', 'node:20'],
      ['build', 'base'],
      [undefined, '1'],
      [undefined, 'scratch'],
    ]);
    expect(lineage(stages[2]).map((stage) => stages.indexOf(stage))).toEqual([2, 1, 0]);
    expect(stages.map(rootImage)).toEqual(['node:20', 'node:20', 'node:20', 'scratch']);
    expect(stageNamed(stages, 'BUILD')).toBe(stages[1]);
    expect(stageNamed(stages, '3')).toBe(stages[3]);
    expect(stageNamed(stages, 'alpine')).toBeUndefined();
  });

  it('leaves a byte order mark out of the first instruction', () => {
    expect(parseDockerfile('\uFEFFFROM node\r\nCMD a\r\n').instructions[0]?.start).toBe(1);
  });

  it.each([
    ['', 'it has no FROM'],
    ['# nothing\n', 'it has no FROM'],
    ['ARG A=1\n', 'it has no FROM'],
    ['RUN a\nFROM node\n', 'it has no FROM'],
    ['FROM node\nCOMMAND a\n', 'line 2: COMMAND is no instruction'],
    ['FROM node\n\nCMD\n', 'line 3: CMD has no arguments'],
    ['FROM node\nRUN <<END\na\n', 'line 2: a here-document does not end'],
    ['FROM node\rCMD a\r', 'carriage return alone'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseDockerfile(text)).toThrow(SyntaxError);
    expect(() => parseDockerfile(text)).toThrow(reason);
  });
});

describe('readArguments', () => {
  it.each([
    ['FROM a\nCMD ["node", "a b.js"]', 'exec', [['node', 'a b.js']]],
    ['FROM a\nCMD ["node", \\\n # why\n  "a\\"\\u0062.js"]', 'exec', [['node', 'a"b.js']]],
    ['# escape=`\nFROM a\nCMD [ "C:\\\\node.exe" , `\r\n "x" ]', 'exec', [['C:\\node.exe', 'x']]],
    ['FROM a\nCMD a && \\\n\n  # note\n  b \\\n', 'shell', [['a'], ['b']]],
    ['FROM a\nENTRYPOINT []', 'exec', [[]]],
  ])('%j', (text, form, commands) => {
    const read = argumentsOf(text);
    expect(read.form).toBe(form);
    expect(read.commands.map((words) => words.map(({ value }) => value))).toEqual(commands);
  });

  it('says where words stand, across continuations', () => {
    const text = 'FROM a\r\nCMD node \\\r\n  # x\r\n  "a b.js" \\\r\n  --port=1\r\n';
    const words = argumentsOf(text).commands.flat();
    expect(words.map(({ start, end }) => text.slice(start, end))).toEqual(['node', '"a b.js"', '--port=1']);
  });

  it('keeps flags apart', () => {
    const { flags, text } = argumentsOf('FROM a\nCOPY --from=b --chown=c:d \\\n  --link e f/ g');
    expect([flags, text]).toEqual([['--from=b', '--chown=c:d', '--link'], 'e f/ g']);
  });

  it.each(["['node']", '["node"', '["node" "a"]', '["a"] && b', '[1]', '[["a"]]'])(
    'refuses the exec form %j',
    (text) => {
      expect(() => argumentsOf(`FROM a\nCMD ${text}`)).toThrow(SyntaxError);
    },
  );
});

describe('placeBefore', () => {
  it.each([
    ['FROM a\n|CMD b', 'no comment'],
    ['FROM a\n|# one\n  # two\nCMD b', 'comments that belong to it'],
    ['FROM a\n# far\n\n|# near\nCMD b', 'a comment that is apart'],
    ['FROM a\nRUN x \\\n  # in it\n  y\n|CMD b', 'a comment in a continuation'],
    ['FROM a\nRUN <<E\n# in it\nE\n|# of it\nCMD b', 'a comment in a here-document'],
    ['FROM a\r\n|# one\r\n\tCMD b', 'CRLF and a tab'],
  ])('%j: %s', (marked) => {
    const text = marked.replace('|', '');
    const dockerfile = parseDockerfile(text);
    const command = dockerfile.instructions.at(-1);
    expect(command && placeBefore(dockerfile, command)).toBe(marked.indexOf('|'));
  });
});
