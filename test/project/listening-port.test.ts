import { describe, expect, test } from 'vitest';
import { dockerfilePort, listeningPort, type PortSources } from '../../src/project/listening-port.js';

type Texts = Readonly<Record<string, string>>;

function portIn(texts: Texts, sources: PortSources = {}) {
  const files = { read: (path: string) => texts[path], exists: (path: string) => path in texts };
  return listeningPort(files, sources);
}

const inCode = (...texts: string[]) =>
  portIn({}, { reached: texts.map((text, index) => ({ path: `src/${index}.js`, text })) });

describe('listeningPort', () => {
  test('takes what is nearest to where the service runs', () => {
    const texts: Texts = { Dockerfile: 'FROM node\nEXPOSE 8080\n', '.env': 'PORT=5000\n' };
    const all: PortSources = {
      dockerfiles: ['Dockerfile'],
      published: [{ port: 4000, path: 'compose.yaml' }],
      scripts: { start: 'PORT=6000 node app.js' },
      reached: [{ path: 'app.js', text: 'app.listen(7000)' }],
    };
    expect(portIn(texts, all)).toEqual({ port: 4000, path: 'compose.yaml' });
    expect(portIn(texts, { ...all, published: [] })).toEqual({ port: 8080, path: 'Dockerfile' });
    expect(portIn(texts, { scripts: all.scripts ?? {} })).toEqual({ port: 5000, path: '.env' });
    expect(portIn({}, { scripts: all.scripts ?? {}, reached: all.reached ?? [] })).toMatchObject({ port: 6000 });
    expect(portIn({}, { reached: all.reached ?? [] })).toEqual({ port: 7000, path: 'app.js' });
    expect(portIn({})).toEqual({ port: 3000, path: undefined });
  });

  test.each([
    ['the one that the image says', [9229, 4000, 8080], 8080],
    ['the first that is no debugger', [9229, 4000, 5000], 4000],
    ['the only one', [9229], 9229],
  ])('of what is published: %s', (_, ports, port) => {
    const published = ports.map((one) => ({ port: one, path: 'compose.yaml' }));
    expect(portIn({ Dockerfile: 'EXPOSE 8080\n' }, { dockerfiles: ['Dockerfile'], published }).port).toBe(port);
  });

  test.each([
    ['PORT=5000', 5000],
    ['# PORT=1\nHOST=x\r\nexport PORT = "5001" # ours\r\n', 5001],
    ["  PORT='5002'  ", 5002],
    ['DB_PORT=5432', 3000],
    ['PORT=', 3000],
    ['PORT=70000', 3000],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dotenv has such
    ['PORT=${OTHER}', 3000],
  ])('.env.example with %j', (text, port) => {
    expect(portIn({ '.env.example': text }).port).toBe(port);
  });

  test.each([
    ['app.listen(process.env.PORT || 3001);', 3001],
    ["app.listen(Number(process.env['PORT'] ?? '3002'));", 3002],
    ["const port = parseInt(process.env.PORT || '3003', 10);", 3003],
    ["app.set('port', process.env.PORT || 3004);", 3004],
    ['process.env.PORT || process.env.OPENSHIFT_NODEJS_PORT || 3015', 3015],
    ['const { HOST, PORT = 3005 } = process.env;', 3005],
    ['const { PORT: port = "3006", NODE_ENV } = process.env;', 3006],
    ['server.listen(3007, () => {});', 3007],
    ["app.listen({ host: '0.0.0.0', port: 3008 });", 3008],
    ['const PORT: number = 3009;\napp.listen(PORT);', 3009],
    ['env.SERVER_PORT ?? 3010', 3010],
    ['const port = parseInt(process.env.PORT, 10) || 3011;', 3011],
    ['const port = Number(process.env.PORT) || 3012;', 3012],
    ['parseInt(process.env.PORT, 10)', 3000],
    ['process.env.DB_PORT || 5432; process.env.REDIS_PORT ?? 6379', 3000],
    ['({ db: process.env.DB_PORT || 5432, port: process.env.APP_PORT || 3013 })', 3013],
    ['app.listen(process.env.PORT);', 3000],
    ['app.listen(0);', 3000],
    ['app.listen(99999);', 3000],
    ["get('PORT', 3000)", 3000],
  ])('in code: %s', (text, port) => {
    expect(inCode(text).port).toBe(port);
  });

  test('what stands in for the variable counts before a number that something else listens to', () => {
    expect(inCode('admin.listen(9000)', 'app.listen(process.env.PORT || 3001)')).toEqual({
      port: 3001,
      path: 'src/1.js',
    });
  });

  test('tests do not say where the service listens', () => {
    const reached = ['test/app.js', 'src/app.test.ts', 'src/__tests__/a.js'].map((path) => ({
      path,
      text: 'app.listen(4000)',
    }));
    expect(portIn({}, { reached })).toEqual({ port: 3000, path: undefined });
  });
});

describe('dockerfilePort', () => {
  test.each([
    ['FROM node\nEXPOSE 8080', 8080],
    ['FROM node\nexpose 8080/tcp', 8080],
    ['FROM node\nENV NODE_ENV=production \\\n    PORT=8081\nEXPOSE 9', 8081],
    ['FROM node\nENV PORT 8082', 8082],
    ['FROM node AS base\nEXPOSE 8083\nFROM base\nCMD ["node", "a.js"]', 8083],
    ['FROM nginx\nEXPOSE 80\nFROM node\nEXPOSE 8084', 8084],
    ['FROM node\r\nEXPOSE 8085\r\n', 8085],
    // Which of several is the app's, nobody can tell; nor what a variable holds.
    ['FROM node\nEXPOSE 8080 9229', undefined],
    ['FROM node\nEXPOSE 8125/udp', undefined],
    ['FROM node\nEXPOSE $PORT', undefined],
    ['FROM node\nENV SUPPORT=1', undefined],
    ['', undefined],
  ])('%j: %j', (text, port) => {
    expect(dockerfilePort(text)).toBe(port);
  });
});
