import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { RefusedError } from '../../../src/errors.js';
import { type PythonParser, pythonParser } from '../../../src/languages/python/parse.js';
import { splice } from '../../../src/languages/splice.js';
import { editGunicornConfig } from '../../../src/targets/python/gunicorn-config.js';

let parser: PythonParser;
beforeAll(async () => {
  parser = await pythonParser();
});

const added = { head: '# Ours.\nimport os as _os\n_metrics = 1\n', tail: '# Last.\nglobals().update({})\n' };
const edit = (text: string) => splice(text, editGunicornConfig(parser, 'gunicorn.conf.py', text, added));
const head = '# Ours.\nimport os as _os\n_metrics = 1\n';
const tail = '# Last.\nglobals().update({})';

const texts: Readonly<Record<string, readonly [string, string]>> = {
  plain: ['workers = 4\n', `${head}\nworkers = 4\n\n${tail}\n`],
  header: [
    '#!/usr/bin/env python\n# Config of the shop.\n\n# How many.\nworkers = 4\n',
    `#!/usr/bin/env python\n# Config of the shop.\n\n${head}\n# How many.\nworkers = 4\n\n${tail}\n`,
  ],
  docstring: [
    '"""Config."""\nfrom __future__ import annotations\nimport os\n',
    `"""Config."""\nfrom __future__ import annotations\n\n${head}\nimport os\n\n${tail}\n`,
  ],
  'no final newline': ['workers = 4', `${head}\nworkers = 4\n\n${tail}`],
  'ends in a block': [
    'def child_exit(server, worker):\n    pass\n    # end',
    `${head}\n\ndef child_exit(server, worker):\n    pass\n    # end\n\n${tail}`,
  ],
  crlf: ['workers = 4\r\n', `${head}\nworkers = 4\n\n${tail}\n`.replaceAll('\n', '\r\n')],
  'byte order mark': ['\uFEFFworkers = 4\n', `\uFEFF${head}\nworkers = 4\n\n${tail}\n`],
  empty: ['', `${head}${tail}\n`],
  comments: ['# nothing set\n', `# nothing set\n\n${head}\n${tail}\n`],
};

describe('editGunicornConfig', () => {
  it.each(Object.entries(texts))('%s', (_, [before, after]) => {
    expect(edit(before)).toBe(after);
  });

  it('makes files that Python compiles', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'apm-gunicorn-'));
    try {
      const paths = Object.entries(texts).map(([name, [before]]) => {
        const path = join(folder, `${name}.py`);
        writeFileSync(path, edit(before));
        return path;
      });
      await execa('python3', ['-m', 'py_compile', ...paths], { timeout: 60_000 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each([
    ['bind: 0.0.0.0:80\nworkers 4\n', 'line 1 is not valid Python 3'],
    ['[gunicorn]\nworkers = = 4\n', 'is not valid Python 3'],
    ['import os\nos.environ["PROMETHEUS_MULTIPROC_DIR"] = "/x"\n', 'deals with PROMETHEUS_MULTIPROC_DIR itself'],
    ['child_exit = "shop.hooks.child_exit"\n', 'its child_exit is given as a string'],
    ['_os = 1\n', 'uses the name _os'],
    ['"""Config."""; workers = 4\n', 'shares its line'],
  ])('refuses %j with the lines to add', (text, reason) => {
    const attempt = () => edit(text);
    expect(attempt).toThrow(RefusedError);
    expect(attempt).toThrow(reason);
    try {
      attempt();
    } catch (error) {
      const [step] = (error as RefusedError).manual;
      expect(step?.snippet).toContain('globals().update({})');
    }
  });
});
