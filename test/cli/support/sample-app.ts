import type { Texts } from './folders.js';

/** A small Express service, without its node_modules: planning needs none. */
export const sampleApp: Texts = {
  '.gitignore': 'node_modules/\n',
  'package.json': manifestOf({}),
  'app.js': `const express = require('express');

const app = express();
app.get('/', (request, response) => response.send('hello'));

app.listen(process.env.PORT || 3000);
`,
};

/** package.json of the sample app, with these fields over it. */
export function manifestOf(fields: Readonly<Record<string, unknown>>): string {
  const manifest = {
    name: '@acme/shop-api',
    version: '1.0.0',
    private: true,
    main: 'app.js',
    scripts: { start: 'node app.js' },
    dependencies: { express: '^5.0.0' },
    ...fields,
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
