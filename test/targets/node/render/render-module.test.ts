import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultStyle, type TextStyle } from '../../../../src/languages/style.js';
import { parseSource, syntaxErrors } from '../../../../src/languages/typescript/parse.js';
import { type RenderOptions, renderModule } from '../../../../src/targets/node/render/render-module.js';
import { tokensOf, transpiled } from './tokens.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const templates = join(root, 'templates/node');
const madeUp = readFileSync(new URL('made-up.ts.txt', import.meta.url), 'utf8');
const sources = [
  { name: 'made up', source: madeUp },
  ...readdirSync(templates)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name, source: readFileSync(join(templates, name), 'utf8') })),
];

/** Two blank lines, one at an end of the file or of a block, blanks at the end of a line, a lost closing bracket. */
const hole = /\n\n\n|^\n|\n\n$|[ \t]\n|\{\n\n|\n\n\}|\n {2}\} from/;

const esm: RenderOptions = { language: 'js', module: 'esm', specifierExtension: '.js', style: defaultStyle };
const cjs: RenderOptions = { ...esm, module: 'cjs', specifierExtension: '' };
const foreignStyle: TextStyle = { eol: '\r\n', indent: '\t', quote: '"', semicolons: false };

/** Tokens without what a style may choose. */
function plainTokens(path: string, text: string): string[] {
  return tokensOf(path, text.replaceAll('\r\n', '\n').replaceAll(/(?<=[`\n])[\t ]+/g, ''))
    .filter((token) => token !== ';')
    .map((token) => (/^'([^"\\]|\\[^'"])*'$/.test(token) ? `"${token.slice(1, -1)}"` : token));
}

describe.each(sources)('$name', ({ source }) => {
  it('as JavaScript has the tokens that TypeScript gives', () => {
    expect(tokensOf('a.js', renderModule(source, esm))).toEqual(tokensOf('a.js', transpiled(source)));
  });

  it('as JavaScript has no hole where types were', () => {
    expect(renderModule(source, esm)).not.toMatch(hole);
    expect(renderModule(source, cjs)).not.toMatch(hole);
  });

  it('stays as it is in TypeScript and the canonical style', () => {
    expect(renderModule(source, { ...esm, language: 'ts' })).toBe(source);
  });

  it.each<Partial<RenderOptions>>([
    { language: 'ts' },
    { language: 'js', module: 'esm' },
    { language: 'js', module: 'cjs', specifierExtension: '.cjs' },
  ])('in another style has the same tokens, and parses: %j', (options) => {
    const path = options.language === 'ts' ? 'a.ts' : 'a.js';
    const styled = renderModule(source, { ...esm, ...options, style: foreignStyle });
    expect(syntaxErrors(parseSource(path, styled))).toEqual([]);
    expect(plainTokens(path, styled)).toEqual(plainTokens(path, renderModule(source, { ...esm, ...options })));
    expect(styled).not.toMatch(/[^\r]\n/);
  });

  it('in a style without semicolons means the same to the parser', () => {
    const shape = (text: string): string[] => parseSource('a.js', text).statements.map((node) => node.kind.toString());
    const styled = renderModule(source, { ...esm, style: foreignStyle });
    expect(shape(styled)).toEqual(shape(renderModule(source, esm)));
  });
});

describe('CommonJS', () => {
  const render = (source: string, options: Partial<RenderOptions> = {}): string =>
    renderModule(source, { ...cjs, useStrict: false, ...options });

  it.each<[string, string]>([
    ["import { a, b as c } from './x.js';\n", "const { a, b: c } = require('./x');\n"],
    ["import * as os from 'node:os';\n", "const os = require('node:os');\n"],
    ["import './x.js';\n", "require('./x');\n"],
    ["import { type T } from './x.js';\nimport type { U } from './y.js';\n\nf();\n", 'f();\n'],
    ['export function f() {}\n', 'function f() {}\n\nmodule.exports = { f };\n'],
    ['export async function f() {}\n', 'async function f() {}\n\nmodule.exports = { f };\n'],
    ['export const a = 1,\n  b = 2;\n', 'const a = 1,\n  b = 2;\n\nmodule.exports = { a, b };\n'],
    ['class A {}\n\nexport { A, A as B };\n', 'class A {}\n\nmodule.exports = { A, B: A };\n'],
    ["export { a, b as c } from './x.js';\n", "const { a, b: c } = require('./x');\n\nmodule.exports = { a, c };\n"],
    [
      "import { a as local } from './x.js';\n\nexport { a, b } from './x.js';\n",
      "const { a: local } = require('./x');\n\nconst { b } = require('./x');\n\nmodule.exports = { a: local, b };\n",
    ],
  ])('%j', (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it('lists many names one a line', () => {
    const names = Array.from({ length: 20 }, (_, index) => `aLongName${index}`);
    const text = render(names.map((name) => `export const ${name} = 1;\n`).join(''));
    expect(text).toContain(`\nmodule.exports = {\n${names.map((name) => `  ${name},\n`).join('')}};\n`);
  });

  it("begins with 'use strict', below the header", () => {
    const header = '// A header.\n// Second line.\n';
    expect(renderModule(`${header}\nf();\n`, cjs)).toBe(`${header}\n'use strict';\n\nf();\n`);
    expect(renderModule(`/** About f. */\nf();\n`, cjs)).toBe(`'use strict';\n\n/** About f. */\nf();\n`);
    expect(renderModule(`${header}\n/** About f. */\nf();\n`, cjs)).toBe(
      `${header}\n'use strict';\n\n/** About f. */\nf();\n`,
    );
    expect(renderModule('f();\n', { ...cjs, style: foreignStyle })).toBe('"use strict"\r\n\r\nf()\r\n');
  });

  it('shows examples in comments in its own way', () => {
    const source = "//   import { a as b } from './x.js';\n//   export const c = b('d');\n\nf();\n";
    expect(render(source)).toBe("//   const { a: b } = require('./x');\n//   const c = b('d');\n\nf();\n");
    expect(render(source, { module: 'esm', specifierExtension: '.mjs', style: foreignStyle })).toBe(
      '//   import { a as b } from "./x.mjs"\r\n//   export const c = b("d")\r\n\r\nf()\r\n',
    );
  });

  it.each([
    "import a from './x.js';",
    'export default 1;',
    "export * from './x.js';",
    "export * as x from './x.js';",
    'export let a = 1;',
    'export const { a } = b;',
    'f(import.meta.url);',
    'await f();',
  ])('is refused for %s', (source) => {
    expect(() => render(source)).toThrow(TypeError);
  });
});

describe('types', () => {
  it.each([
    'enum A { B }',
    'namespace A { f(); }',
    'class A { constructor(private a: string) {} }',
    "import a = require('a');",
  ])('that mean something at run time are refused: %s', (source) => {
    expect(() => renderModule(source, esm)).toThrow(TypeError);
  });

  it('go with their comment and one blank line', () => {
    const source =
      '/** A. */\nf();\n\n/** T. */\ntype T = 1; // trailing\n\n// U\ninterface U {}\ntype V = 2;\n\n/** G. */\ng();\n';
    expect(renderModule(source, esm)).toBe('/** A. */\nf();\n\n/** G. */\ng();\n');
  });

  it('take their parentheses along where nothing else needs them', () => {
    const source = '(a as T).b;\nnew (f() as T)();\n(a?.b as T).c;\n((a as T) as U)();\n(a + b as T).c;\n';
    expect(renderModule(source, esm)).toBe('a.b;\nnew (f())();\n(a?.b).c;\na();\n(a + b).c;\n');
  });

  it('let parameters come back into one line', () => {
    const source = 'function f(\n  a: string,\n  b: number,\n): void {}\n';
    expect(renderModule(source, esm)).toBe('function f(a, b) {}\n');
  });
});

describe('relative specifiers', () => {
  it.each<[RenderOptions['specifierExtension'], string]>([
    ['', './x'],
    ['.mjs', './x.mjs'],
    ['.ts', './x.ts'],
  ])('end with %j', (specifierExtension, specifier) => {
    const source =
      "import { a } from './x.js';\nimport { b } from 'b.js';\nlet t: typeof import('./x.js');\nawait import('./x.js');\n";
    expect(renderModule(source, { ...esm, language: 'ts', specifierExtension })).toBe(
      source.replaceAll('./x.js', specifier),
    );
  });
});

describe('the real templates, rendered, run in Node', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'render-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const boot = `
    const app = instrument(express());
    app.get('/users/:id', (req, res) => res.send('ok'));
    const server = app.listen(0, '127.0.0.1', async () => {
      const url = 'http://127.0.0.1:' + server.address().port;
      await fetch(url + '/users/1');
      console.log(await (await fetch(url + '/metrics')).text());
      process.exit(0);
    });\n`;

  it.each<[string, Partial<RenderOptions>, string, string]>([
    [
      'ES modules',
      { module: 'esm', specifierExtension: '.mjs' },
      '.mjs',
      "import { instrument } from './metrics/index.mjs';\nimport express from 'express';",
    ],
    [
      'CommonJS',
      { module: 'cjs', specifierExtension: '' },
      '.js',
      "const { instrument } = require('./metrics');\nconst express = require('express');",
    ],
    [
      'CommonJS in .cjs',
      { module: 'cjs', specifierExtension: '.cjs' },
      '.cjs',
      "const { instrument } = require('./metrics/index.cjs');\nconst express = require('express');",
    ],
  ])('%s', async (name, options, extension, load) => {
    const app = join(folder, name.replaceAll(' ', '-'));
    mkdirSync(join(app, 'metrics'), { recursive: true });
    for (const file of readdirSync(templates).filter((template) => template.endsWith('.ts'))) {
      const text = renderModule(readFileSync(join(templates, file), 'utf8'), {
        ...esm,
        ...options,
        style: foreignStyle,
      });
      writeFileSync(join(app, 'metrics', file.replace(/\.ts$/, extension)), text);
    }
    writeFileSync(join(app, `app${extension}`), load + boot);
    const { stdout } = await execa(process.execPath, [join(app, `app${extension}`)], { timeout: 30_000 });
    expect(stdout).toMatch(/^http_requests_total\{.*route="\/users\/:id".*\} 1$/m);
  });
});
