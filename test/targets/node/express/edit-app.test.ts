import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../../src/errors.js';
import { splice, type TextEdit } from '../../../../src/languages/splice.js';
import { parseSource, syntaxErrors } from '../../../../src/languages/typescript/parse.js';
import { editApp } from '../../../../src/targets/node/express/edit-app.js';
import { editStart } from '../../../../src/targets/node/express/edit-start.js';
import { type ExpressApp, findExpressApps } from '../../../../src/targets/node/express/find-app.js';
import { defaultOptions } from './edit-cases.js';

const options = defaultOptions('app.js');

function firstApp(path: string, text: string): ExpressApp {
  const [app] = findExpressApps(path, text);
  if (app === undefined) throw new Error('no application found');
  return app;
}

function refusalOf(act: () => unknown): RefusedError {
  try {
    act();
  } catch (error) {
    if (error instanceof RefusedError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('editApp', () => {
  const broken = "const express = require('express');\nconst app = express();\napp.get('/', (req, res => res.end());\n";

  it('refuses a file with syntax errors: names the line, prints the lines to add', () => {
    const error = refusalOf(() => editApp('src/app.js', broken, firstApp('src/app.js', broken), options));
    expect(error.message).toMatch(/^src\/app\.js: line 3 is not valid/);
    expect(error.manual).toEqual([
      {
        path: 'src/app.js',
        reason: expect.stringContaining('line 3'),
        snippet: "const { instrument } = require('./metrics');\nconst app = instrument(express());\n",
      },
    ]);
  });

  it('refuses when the edited file would not parse', () => {
    const text = 'const express = require("express");\nconst app = express();\n';
    const app = { ...firstApp('app.js', text), end: text.length };
    const error = refusalOf(() => editApp('app.js', text, app, options));
    expect(error.message).toContain('the edited file would not parse');
    expect(error.manual[0]?.snippet).toContain('require("./metrics")');
  });

  it('refuses a start file with syntax errors, with its one line', () => {
    const error = refusalOf(() => editStart('bin/www', "var app = require('../app';\nrun();\n", options));
    expect(error.manual[0]?.snippet).toBe("require('./metrics');\n");
  });
});

/** Lines of a file, each with an ending of its own. */
const lineBreak = fc.constantFrom('\n', '\r\n');
const comment = fc.constantFrom(
  '',
  '// Copyright 2024',
  '// a comment',
  '/* a block */',
  '/**\n * Module dependencies.\n */',
  '/* eslint-env node */',
  '// @ts-check',
);
const start = fc.record({
  bom: fc.constantFrom('', '\uFEFF'),
  shebang: fc.constantFrom('', '#!/usr/bin/env node'),
  header: fc.array(comment, { maxLength: 3 }),
  directive: fc.constantFrom('', "'use strict'", '"use strict";'),
  leading: fc.constantFrom(
    '',
    "require('dotenv').config()",
    "require('newrelic'); // first",
    "const p = require('path');",
  ),
  own: fc.array(comment, { maxLength: 2 }),
});
const body = fc.constantFrom(
  [
    "const express = require('express')",
    'const app = express()',
    "app.get('/', (q, s) => s.send(`a\n  b`))",
    'app.listen(0)',
  ],
  ['var express = require("express");', 'module.exports = express();'],
  ["require('express')().listen(0) // 😀 é"],
  [';(async () => {', "\tconst { default: e } = await import('express')", '\te()', '})()'],
  ["import express from 'express'", '', '/* the app */ export default /* x */ express(/* y */) /* z */'],
);
const file = fc
  .record({ start, body, breaks: fc.array(lineBreak, { minLength: 24, maxLength: 24 }), final: fc.boolean() })
  .map(({ start: { bom, shebang, header, directive, leading, own }, body: code, breaks, final }) => {
    const lines = [
      ...(shebang ? [shebang] : []),
      ...header,
      ...(directive ? [directive] : []),
      leading,
      ...own,
      ...code,
    ];
    const text = lines.map((line, index) => line + (breaks[index] ?? '\n')).join('');
    return bom + (final ? text : text.replace(/\r?\n$/, ''));
  });

function without(text: string, edits: readonly TextEdit[]): string {
  let shift = 0;
  const removals = edits.map((edit) => {
    const removal = { offset: edit.offset + shift, length: edit.text.length, text: '' };
    shift += edit.text.length;
    return removal;
  });
  return splice(text, removals);
}

describe('any mix of byte order mark, shebang, comments, directives, line endings', () => {
  it('keeps every character outside of the insertions, and parses', () => {
    fc.assert(
      fc.property(file, (text) => {
        const edits = editApp('app.js', text, firstApp('app.js', text), options);
        const edited = splice(text, edits);
        expect(edits.map((edit) => edit.length)).toEqual([0, 0, 0]);
        expect(without(edited, edits)).toBe(text);
        expect(syntaxErrors(parseSource('app.js', edited))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('puts the import before every module but the leading ones, and leaves directives and shebang where they work', () => {
    fc.assert(
      fc.property(file, (text) => {
        const edited = splice(text, editApp('app.js', text, firstApp('app.js', text), options));
        const before = edited.slice(0, edited.search(/metrics/));
        expect(before).not.toMatch(/\(['"]express['"]\)|from 'express'/);
        expect(before.includes('use strict')).toBe(text.includes('use strict'));
        expect(before.includes('dotenv')).toBe(text.includes('dotenv'));
        expect(before.includes('newrelic')).toBe(text.includes('newrelic'));
        expect(edited.startsWith(/^\uFEFF?(#!.*)?/.exec(text)?.[0] ?? '')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('uses the line ending of the majority', () => {
    fc.assert(
      fc.property(file, (text) => {
        const [edit] = editApp('app.js', text, firstApp('app.js', text), options);
        const windows = text.split('\r\n').length - 1;
        const unix = text.split('\n').length - 1 - windows;
        expect(edit?.text.includes('\r\n')).toBe(windows > unix);
      }),
      { numRuns: 300 },
    );
  });
});
