import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parts } from '../../../../src/languages/python/nodes.js';
import {
  type PythonParser,
  pythonParser,
  type SyntaxNode,
  syntaxProblem,
} from '../../../../src/languages/python/parse.js';
import { splice } from '../../../../src/languages/splice.js';
import { pythonCode } from '../../../../src/project/python/code.js';
import { editApp } from '../../../../src/targets/python/flask/edit-app.js';
import { flaskAppsIn } from '../../../../src/targets/python/flask/find-app.js';
import { filesOf } from '../files.js';

/** Statements of one block, as lines without indentation; `>` is one level. */
const statements = [
  ['x = 1'],
  ['x = 1  # note'],
  ['# only a comment'],
  [''],
  ['text = """', 'app = Flask(__name__)', '  # no comment', '"""'],
  ['import os'],
  ['from shop import (', '>a,', '>b,  # two', ')'],
  ['if x:', '>y = "😀"', '>', '># below', 'else:', '>pass'],
  ['@decorate(1)', 'def f(a, *, b=2) -> int:', '>"""Doc."""', '>return a'],
  ['class C(Base):', '>x: int = 1', '', '>async def m(self):', '>>await x'],
  ['try:', '>import fast', 'except ImportError:', '>fast = None'],
  ['match x:', '>case {"a": 1}:', '>>pass'],
  ['long = 1 + \\', '>2'],
  ['with open(x) as y: pass'],
  ['a = 1; b = 2'],
  ['print(f"{x!r:>{y}}")'],
];
const creations = [
  ['app = Flask(__name__)'],
  ['app: Flask = Flask(__name__)  # the app'],
  ['app = Flask(', '>__name__,  # name', '>static_folder=None,', ')'],
  ['first = app = (Flask(__name__))'],
  ['app = \\', '>Flask(__name__)'],
  ['run(Flask(__name__))'],
  ['if (app := Flask(__name__)): pass'],
];
const heads = [
  [],
  ['#!/usr/bin/env python3', '# Licence'],
  ['"""Doc."""'],
  ['"""Doc."""', 'from __future__ import annotations'],
];
const wrappers = [[], ['def create_app():'], ['class Server:', '>def __init__(self):'], ['if True:', '>try:']];
const closers: Readonly<Record<string, string[]>> = { 'if True:': ['>except Exception:', '>>pass'] };

const file = fc.record({
  head: fc.constantFrom(...heads),
  above: fc.array(fc.constantFrom(...statements), { maxLength: 4 }),
  wrapper: fc.constantFrom(...wrappers),
  before: fc.array(fc.constantFrom(...statements), { maxLength: 3 }),
  creation: fc.constantFrom(...creations),
  after: fc.array(fc.constantFrom(...statements), { maxLength: 3 }),
  below: fc.array(fc.constantFrom(...statements), { maxLength: 3 }),
  eol: fc.constantFrom('\n', '\r\n'),
  indent: fc.constantFrom('    ', '  ', '\t'),
  bom: fc.constantFrom('', '\uFEFF'),
  endsLine: fc.boolean(),
});
type File = typeof file extends fc.Arbitrary<infer T> ? T : never;

function print({ head, above, wrapper, before, creation, after, below, eol, indent, bom, endsLine }: File): string {
  const deeper = (lines: readonly string[]) =>
    // Text within a string, and empty lines, stay where they are.
    lines.map((line) => (line === '' || line.startsWith('  #') ? line : '>'.repeat(wrapper.length) + line));
  const inside = [...before, creation, ...after].flatMap((lines) => (lines[0] === 'text = """' ? ['x = 2'] : lines));
  const lines = [
    ...head,
    ...above.flat(),
    'from flask import Flask',
    ...wrapper,
    ...(wrapper.length === 0 ? [...before.flat(), ...creation, ...after.flat()] : deeper(inside)),
    ...(closers[wrapper[0] ?? ''] ?? []),
    ...below.flat(),
  ];
  const text = lines.map((line) => line.replace(/^>+/, (levels) => indent.repeat(levels.length))).join(eol);
  return bom + text + (endsLine ? eol : '');
}

/** The tree as nested lists of words, without what we insert. */
function words(node: SyntaxNode): unknown[] {
  if (node.type === 'call' && node.text.startsWith('instrument(')) {
    const [given] = parts(node.childForFieldName('arguments') ?? node);
    if (given !== undefined && given.type !== 'identifier') return words(given);
  }
  // The parser counts a carriage return to the comment before it.
  if (node.childCount === 0 || node.type === 'string') return [node.type, node.text.replace(/\r$/, '')];
  return [node.type, ...node.children.filter((child) => !isOurs(child)).map(words)];
}

function isOurs({ type, text }: SyntaxNode): boolean {
  if (type === 'import_from_statement') return text === 'from metrics import instrument';
  return type === 'expression_statement' && /^instrument\((app|first)\)$/.test(text);
}

describe('editApp, on files of all kinds', () => {
  let parser: PythonParser;
  beforeAll(async () => {
    parser = await pythonParser();
  });

  it('inserts lines, and leaves every byte and the rest of the tree as they were', () => {
    fc.assert(
      fc.property(file, (shape) => {
        const text = print(shape);
        const before = parser.parse(text);
        expect(syntaxProblem(before), text).toBeUndefined();
        const [app] = flaskAppsIn(pythonCode(filesOf({ 'app.py': text }), parser), 'app.py');
        if (app === undefined) throw new Error(`no app in ${text}`);
        const edits = editApp(parser, text, app, { module: 'metrics' });
        expect(edits.every(({ length }) => length === 0)).toBe(true);
        const after = splice(text, edits);
        expect(words(parser.parse(after).root), after).toEqual(words(before.root));
        expect(after.length - text.length).toBe(edits.reduce((sum, { text: own }) => sum + own.length, 0));
        if (shape.eol === '\r\n') expect(/(?<!\r)\n/.test(after)).toBe(/(?<!\r)\n/.test(text));
        expect(after.endsWith('\n')).toBe(text.endsWith('\n'));
      }),
      { numRuns: 600 },
    );
  });
});
