import { describe, expect, it } from 'vitest';
import { parseSource } from '../../../src/languages/typescript/parse.js';
import { firstImportPosition } from '../../../src/languages/typescript/prologue.js';

/** The position is marked with `|` in the text. */
function position(marked: string, path = 'app.ts') {
  const text = marked.replace('|', '');
  const found = firstImportPosition(parseSource(path, text));
  return { ...found, marked: `${text.slice(0, found.offset)}|${text.slice(found.offset)}` };
}

describe('firstImportPosition', () => {
  it.each([
    "|import 'a';\n",
    "\uFEFF|import 'a';\n",
    "#!/usr/bin/env node\n|import 'a';\n",
    "\uFEFF#!/usr/bin/env node\r\n|import 'a';\r\n",
    "#!/usr/bin/env node\n\n|// Load a\nimport 'a';\n",
    "'use strict';\n|import 'a';\n",
    "'use strict'\n\n|import 'a';\n",
    "'use strict'; |import 'a';\n",
    "/* c */ 'use strict'; 'use other';\n\n|foo();\n",
    "// header\n\n|import 'a';\n",
    "|// about a\nimport 'a';\n",
    "// header\n\n|// about a\n// more\nimport 'a';\n",
    "// app.ts\n|import 'a';\n",
    "// Copyright me\n// MIT\n|import 'a';\n",
    "/* MIT License */\n|import 'a';\n",
    "/*! kept */\n|import 'a';\n",
    "/** @file x */\n|import 'a';\n",
    "/**\n * The app.\n */\n|import 'a';\n",
    "/**\n * The app.\n */\n|const a = require('a');\n",
    '|/**\n * Adds.\n */\nfunction add() {}\n',
    "|/** One line. */\nimport 'a';\n",
    "// @ts-check\n|import 'a';\n",
    "/* eslint-env node */ |import 'a';\n",
    "/* eslint-disable no-console */\n|// eslint-disable-next-line x\nimport 'a';\n",
    "// @ts-check\n|// @ts-ignore\nimport 'a';\n",
    "/* global io */\n|import 'a';\n",
    '/// <reference types="node" />\n|import \'a\';\n',
    "|/* short */ import 'a';\n",
    "|  import 'a';\n",
    "\n\n|import 'a';\n",
    '|',
    '\uFEFF|',
    '// only a comment\n|',
    "'use strict';\n|",
  ])('%j', (marked) => {
    expect(position(marked)).toMatchObject({ marked, breakBefore: false, breakAfter: true });
  });

  it.each(['// only a comment|', "'use strict'|", '#!/usr/bin/env node|', "import 'dotenv/config'|"])(
    'asks for a line break before it in %j',
    (marked) => {
      expect(position(marked)).toMatchObject({ marked, breakBefore: true, breakAfter: false });
    },
  );

  it.each([
    "import 'dotenv/config';\n|import 'a';\n",
    "import 'dotenv/config'; // first\r\n|import 'a';\r\n",
    "import 'dotenv/config'; |import 'a';\n",
    "import 'dotenv/config'; /* x */ |import 'a';\n",
    "'use strict';\nrequire('newrelic');\n\n|const a = require('a');\n".replace('\n\n|', '\n|\n'),
    "require('dd-trace').init()\n|require('a')\n",
    "require('dd-trace').init()\n|;[1].map(f)\n",
    "import '@opentelemetry/auto-instrumentations-node/register';\n|import 'a';\n",
    "import './instrumentation.js';\n|import 'a';\n",
    "import '../lib/tracing';\n|import 'a';\n",
    "import { sdk } from './otel';\nsdk.start();\n|import 'a';\n",
    "import './env';\n|import 'a';\n",
    "|import { port } from './env';\nimport 'a';\n",
    "|import './tracing-view';\nimport 'a';\n",
    "import 'reflect-metadata';\nimport 'source-map-support/register';\n|import 'a';\n",
    "require('express-async-errors');\n|require('a');\n",
    "require('module-alias/register');\n|require('a');\n",
    "require('tsconfig-paths/register');\n|require('a');\n",
    "require('@babel/register')({ presets: [] });\n|require('a');\n",
    "require = require('esm')(module);\n|require('a');\n",
    "const apm = require('elastic-apm-node').start({\n  active: true,\n});\n|require('a');\n",
    "import * as Sentry from '@sentry/node';\nSentry.init({});\n|import 'a';\n",
    "import type { T } from 't';\nimport 'dotenv/config';\n|import 'a';\n",
    "const path = require('path');\nconst file = path.join('a');\nrequire('dotenv').config({ path: file });\n|require('a');\n",
    "import fs from 'node:fs';\nimport 'dotenv/config';\n|import 'a';\n",
    "|import fs from 'node:fs';\nimport 'a';\nimport 'dotenv/config';\n",
    "|const config = require('./config');\nrequire('dotenv').config();\n",
    "if (x) {\n  require('dotenv').config();\n}\n|require('a');\n",
    "|import dotenv from 'dotenv-view-of-mine-not';\nimport 'a';\n".replace('dotenv-view-of-mine-not', 'my-dotenv'),
    "import dotenv from 'dotenv';\n|import 'a';\n\ndotenv.config();\n",
  ])('goes after what must stay first: %j', (marked) => {
    expect(position(marked).marked).toBe(marked);
  });
});
