import { describe, expect, it } from 'vitest';
import { candidateApps, findExpressApps } from '../../../../src/targets/node/express/find-app.js';

/** The calls found, as written. */
function calls(text: string, path = 'app.ts'): string[] {
  return findExpressApps(path, text).map(({ start, end }) => text.slice(start, end));
}

function only(text: string, path = 'app.ts') {
  const apps = findExpressApps(path, text);
  expect(apps).toHaveLength(1);
  return apps[0];
}

describe('findExpressApps finds the call', () => {
  it.each<[string, string]>([
    ["import express from 'express'; express();", 'express()'],
    ["import * as express from 'express'; express();", 'express()'],
    ["import * as e from 'express'; e.default();", 'e.default()'],
    ["import { default as web } from 'express'; web();", 'web()'],
    ["import express, { Router } from 'express'; Router(); express();", 'express()'],
    ["import express = require('express'); express();", 'express()'],
    ["const express = require('express'); express();", 'express()'],
    ['const express = require(`express`); express();', 'express()'],
    ["const express = require('express').default; express();", 'express()'],
    ["const { default: e, Router } = require('express'); Router(); e();", 'e()'],
    ["var a = 1, x = require('express'); x();", 'x()'],
    ["let x; x = require('express'); x();", 'x()'],
    ["let x; try { x = require('express') } catch {} function f() { return x() }", 'x()'],
    ["let e; ({ default: e } = await import('express')); e();", 'e()'],
    ["require('express')();", "require('express')()"],
    ["require('express').default();", "require('express').default()"],
    ["(0, require('express').default)();", "(0, require('express').default)()"],
    ["const express_1 = __importDefault(require('express')); (0, express_1.default)();", '(0, express_1.default)()'],
    ["const express_1 = tslib_1.__importDefault(require('express')); express_1.default();", 'express_1.default()'],
    ["var _e = _interopRequireDefault(require('express')); (0, _e['default'])();", "(0, _e['default'])()"],
    ["const e = (0, tslib_1.__importStar)(require('express')); e();", 'e()'],
    ["const { default: express } = await import('express'); express();", 'express()'],
    ["const express = (await import('express')).default; express();", 'express()'],
    ["import('express').then((m) => m.default());", 'm.default()'],
    ["import express from 'express'; const alias = express; alias();", 'alias()'],
    ["import express from 'express'; new express();", 'new express()'],
    ["import express from 'express'; new express;", 'new express'],
    ["import express from 'express'; express<Locals>();", 'express<Locals>()'],
    ["import express from 'express'; (express as any)();", '(express as any)()'],
    ["import express from 'express'; const a = express()!.use(x) as App;", 'express()'],
    ["import express from 'express'; expressWs(express());", 'express()'],
    ["var app, express = module.exports = require('express'); app = express();", 'express()'],
  ])('%s', (text, expected) => {
    expect(calls(text)).toEqual([expected]);
  });
});

describe('findExpressApps leaves alone', () => {
  it.each([
    "import express from 'express'; express.Router(); express.json(); express.static('x');",
    "import { Router } from 'express'; Router();",
    "import { express } from 'my-express'; express();",
    "import express from 'express'; function f(express) { return express() }",
    "import express from 'express'; { const express = () => 1; express() }",
    "import express from 'express'; try {} catch (express) { express() }",
    "import express from 'express'; class A { express() {} m() { return this.express() } }",
    "module.exports = (express) => express(); require('express');",
    "const express = require('./express'); express();",
    "const x = require('express').Router; x();",
    'let express; express = express; express();',
    "import type express from './express'; declare function express(): void; express();",
    "// const express = require('express'); express()",
    'const s = "require(\'express\')()";',
  ])('%s', (text) => {
    expect(calls(text)).toEqual([]);
  });

  it('does so in JavaScript and in files without extension, too', () => {
    const text = "const express = require('express');\nfunction f(express) { express() }\nexpress();\n";
    for (const path of ['a.js', 'a.mjs', 'a.cjs', 'bin/www', 'a.tsx', 'a.mts', 'a.cts']) {
      expect(findExpressApps(path, text)).toMatchObject([{ line: 3 }]);
    }
  });

  it('takes other specifiers when told to', () => {
    const text = "import express from 'express4'; express();";
    expect(findExpressApps('a.ts', text)).toEqual([]);
    expect(findExpressApps('a.ts', text, ['express4'])).toHaveLength(1);
  });
});

describe('findExpressApps describes', () => {
  const load = "const express = require('express');\n";

  it.each<[string, string | undefined]>([
    ['const app = express();', 'app'],
    ['var a = b = express();', 'a'],
    ['var app = module.exports = express();', 'app'],
    ['app = express();', 'app'],
    ['module.exports = express();', 'module.exports'],
    ['exports.app = express();', 'exports.app'],
    ['class A { constructor() { this.app = express() } }', 'this.app'],
    ['class A { app = express() }', 'this.app'],
    ['const x = { app: express() };', 'app'],
    ['const app = express() as Application;', 'app'],
    ['const app = express().use(a).set("b", c);', 'app'],
    ['const server = express().use(a).listen(1);', undefined],
    ['export default express();', undefined],
    ['const make = () => express();', undefined],
  ])('the name in %s', (text, name) => {
    expect(only(load + text)?.name).toBe(name);
  });

  it.each<[string, string | undefined]>([
    ['const app = express();', undefined],
    ['function createApp() { return express() }', 'createApp'],
    ['const createApp = async () => { const app = express(); return app };', 'createApp'],
    ['exports.create = function () { return express() };', 'exports.create'],
    ['class A { constructor() { this.app = express() } }', 'A.constructor'],
    ['class A { static create() { return express() } }', 'A.create'],
    ['start(() => { express() });', undefined],
    ['function main() { start(() => { express() }) }', 'main'],
  ])('the function in %s', (text, name) => {
    expect(only(load + text)?.inFunction).toBe(name);
  });

  it('the place', () => {
    expect(only(`${load}\n\n  app = express();`)).toMatchObject({ line: 4, start: 46, end: 55 });
    expect(only(`\uFEFF${load}app = express();`)).toMatchObject({ line: 2, start: 43, end: 52 });
  });

  it.each<[string, { mounted?: boolean; listens?: boolean; exported?: boolean }]>([
    ['const app = express(); app.listen(1);', { listens: true }],
    ['const app = express(); http.createServer(app);', { listens: true }],
    ['const app = express(); https.createServer({ key }, app).listen(1);', { listens: true }],
    ['const app = express(); new Foo(app); server.on("request", app);', { listens: true }],
    ['const app = express(); new http.Server(app).listen(1);', { listens: true }],
    ['express().get("/", f).listen(1);', { listens: true }],
    ['class A { app = express(); go() { this.app.listen(1) } }', { listens: true }],
    ['class A { app = express() } class B { go() { this.app.listen(1) } }', {}],
    ['const app = express(); function f(app) { app.listen(1) }', {}],
    ['const app = express(); module.exports = app;', { exported: true }],
    ['const app = express(); module.exports = { x: 1, app };', { exported: true }],
    ['const app = express(); export { app as server };', { exported: true }],
    ['export const app = express();', { exported: true }],
    ['export default express();', { exported: true }],
    ['const f = () => express();', { exported: true }],
    ['const app = express(); parent.use("/x", app);', { mounted: true }],
    ['const app = express(); parent.use(vhost("x", app));', { mounted: true }],
    ['parent.use("/x", express().get("/", f));', { mounted: true }],
    ['const app = express(); app.use("/x", other);', {}],
  ])('the use in %s', (text, expected) => {
    const { mounted, listens, exported } = only(load + text) ?? {};
    expect({ mounted, listens, exported }).toEqual({ mounted: false, listens: false, exported: false, ...expected });
  });
});

describe('candidateApps', () => {
  const names = (text: string): unknown[] =>
    candidateApps(findExpressApps('app.js', `const express = require('express');\n${text}`)).map((app) => app.name);

  it.each<[string, string[]]>([
    ['const a = express(), b = express(); b.use(a);', ['b']],
    ['const a = express(), b = express(); b.listen(1);', ['a', 'b']],
    ['const a = express(); function f() { const b = express(); return b }', ['a', 'b']],
    ['const a = express(), b = express(); a.listen(1); b.listen(2);', ['a', 'b']],
    ['const a = express(), b = express();', ['a', 'b']],
    ['const a = express(); const b = express(); a.use(b); module.exports = { a, b };', ['a']],
    ['const a = express(); parent.use(a);', ['a']],
  ])('%s', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });
});
