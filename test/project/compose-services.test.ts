import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { appServices, type ComposeService, imageName, readCompose } from '../../src/project/compose-services.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

const read = (texts: Texts) => readCompose(new Workspace(makeFolder(texts)));

/** The only service of a compose file with these lines. */
function serviceOf(lines: string): ComposeService | undefined {
  return read({ 'compose.yaml': `services:\n  api:\n${lines.replace(/^/gm, '    ')}\n` })?.services[0];
}

describe('readCompose', () => {
  test('takes the file that Compose takes, with its override', () => {
    const text = 'services:\n  a: {}\n';
    const all: Texts = {
      'docker/compose.yaml': text,
      'docker-compose.prod.yml': text,
      'docker-compose.yml': text,
      'docker-compose.override.yml': 'services:\n  b: { image: redis }\n  a: { image: x }\n',
      'compose.yaml': 'services:\n  c: {}\n',
    };
    // The two need not have a name or an ending in common: compose-go's WithDefaultConfigPath.
    expect(read(all)?.files).toEqual(['compose.yaml', 'docker-compose.override.yml']);
    const { 'compose.yaml': _, ...older } = all;
    expect(read(older)).toMatchObject({
      files: ['docker-compose.yml', 'docker-compose.override.yml'],
      services: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'redis' },
      ],
    });
    expect(read({ 'docker/compose.yaml': text })?.files).toEqual(['docker/compose.yaml']);
    expect(read({ 'docker-compose.dev.yml': text })?.files).toEqual(['docker-compose.dev.yml']);
    expect(read({})).toBeUndefined();
  });

  test.each([
    ['compose.yaml', 'compose.override.yml'],
    ['compose.yml', 'compose.override.yaml'],
    ['docker-compose.yml', 'docker-compose.override.yaml'],
    ['docker-compose.yaml', 'compose.override.yaml'],
    ['docker/compose.yaml', 'docker/compose.override.yml'],
  ])('Compose puts over %s: %s', (main, override) => {
    const files = read({
      [main]: 'services:\n  a: { image: one }\n',
      [override]: 'services:\n  a: { image: two }\n',
    });
    expect(files).toMatchObject({ files: [main, override], services: [{ image: 'two' }], variants: [] });
  });

  test('of several that Compose could put over it, the first; over a file that has to be named, none', () => {
    const text = 'services:\n  a: { image: x }\n';
    const two = { 'compose.override.yaml': text, 'compose.override.yml': text };
    expect(read({ 'compose.yaml': text, ...two })?.files).toEqual(['compose.yaml', 'compose.override.yml']);
    expect(read({ 'compose.dev.yml': text, 'compose.override.yml': text })?.files).toEqual(['compose.dev.yml']);
  });

  test('knows which port of the machine leads where, and all places at which something is mounted', () => {
    expect(serviceOf('ports: ["9095:9090", 8080]')).toMatchObject({ published: [{ container: 9090, host: 9095 }] });
    const volumes =
      'volumes: ["./g/:/etc/a/", "/srv/b:/etc/b:ro", "data:/c", /d, { type: bind, source: ../e, target: /e }]';
    expect(serviceOf(`${volumes}\nconfigs: [{ source: x, target: /f.yaml }, y]`)).toMatchObject({
      mountPoints: ['/etc/a', '/etc/b', '/c', '/d', '/e', '/f.yaml'],
      mounts: [
        { source: 'g', target: '/etc/a' },
        { source: '../e', target: '/e' },
      ],
    });
  });

  test('puts lists of the override after those of the file', () => {
    const merged = read({
      'compose.yaml': 'services:\n  a:\n    image: one\n    ports: ["1000:1000"]\n',
      'compose.override.yaml': 'services:\n  a:\n    image: two\n    ports: ["2000:2000"]\n',
    });
    expect(merged?.services).toMatchObject([{ image: 'two', ports: [1000, 2000] }]);
  });

  test.each([
    ['ports: ["3000:8080"]', [8080], [3000]],
    ['ports: ["127.0.0.1:3000:8080/tcp"]', [8080], [3000]],
    ['ports: [8080]', [8080], []],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
    ['ports: ["${HOST_PORT:-3000}:${PORT:-8080}"]', [8080], [3000]],
    ['ports:\n  - target: 8080\n    published: "3000"', [8080], [3000]],
    ['ports: ["3000-3005:3000-3005"]', [], []],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
    ['ports: ["${PORT}:${PORT}"]', [], []],
    ['expose: ["8080"]', [8080], []],
    ['image: x', [], []],
  ])('ports: %s', (lines, ports, hostPorts) => {
    expect(serviceOf(lines)).toMatchObject({ ports, hostPorts });
  });

  test.each([
    ['environment: { PORT: 5000 }\nports: ["80:8080"]', 5000],
    ['environment:\n  - PORT=5000\n  - A=b', 5000],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
    ['environment:\n  PORT: ${PORT}', undefined],
    ['environment: { DB_PORT: 5432 }', undefined],
  ])('its variable PORT: %s', (lines, portVariable) => {
    expect(serviceOf(lines)).toMatchObject({ portVariable });
  });

  test('puts in what .env says, as Compose does', () => {
    const compose =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
      'services:\n  a:\n    image: "${REGISTRY:-x}/shop:$TAG"\n    ports: ["80:${APP_PORT}", "1:${NONE-2}"]\n';
    const env = '# ours\nexport TAG="v1"\nAPP_PORT=4000\n';
    expect(read({ 'docker/compose.yaml': compose, 'docker/.env': env })?.services[0]).toMatchObject({
      image: 'x/shop:v1',
      ports: [4000, 2],
    });
  });

  test('follows extends and include, with paths from where they stand', () => {
    const { services } =
      read({
        'compose.yaml': `include: [infra/db.yaml, { path: loop.yaml }]
services:
  api:
    extends: { file: docker/common.yaml, service: base }
    environment: [B=2]
  worker: { extends: api, command: node worker.js }
`,
        'docker/common.yaml':
          'services:\n  base: { build: .., environment: { PORT: 4000 }, profiles: [app], volumes: [..:/app] }\n',
        'infra/db.yaml': 'services:\n  db: { build: . }\n',
        'loop.yaml': 'include: [loop.yaml]\n',
      }) ?? {};
    expect(services).toMatchObject([
      { name: 'db', context: 'infra' },
      { name: 'api', context: '.', portVariable: 4000, profiles: ['app'], mounts: [{ source: '.', target: '/app' }] },
      { name: 'worker', context: '.', portVariable: 4000 },
    ]);
  });

  test('leaves alone what is made for tests', () => {
    const text = 'services:\n  sut: { build: . }\n';
    expect(read({ 'docker-compose.test.yml': text, 'compose.e2e.yaml': text })).toBeUndefined();
    expect(read({ 'docker-compose.contest.yml': text })).toBeDefined();
  });

  test('tells the files that only complete the services from those that are a whole', () => {
    const all: Texts = {
      'docker-compose.yml': 'services:\n  api: { build: . }\n',
      'docker-compose.dev.yml': 'services:\n  api: { command: npm run dev }\n',
      'docker-compose.postgres.yml': 'services:\n  api: { build: . }\n  db: { image: postgres }\n',
      'docker-compose.tools.yml': 'services:\n  adminer: { image: adminer }\n',
      'docker/compose.yml': 'services:\n  api: { command: x }\n',
    };
    expect(read(all)?.variants).toEqual(['docker-compose.dev.yml']);
  });

  test.each([
    ['build: .', '.', undefined],
    ['build:\n  context: ./\n  dockerfile: docker/api.Dockerfile', '.', 'docker/api.Dockerfile'],
    ['build: ./worker', 'worker', undefined],
    ['build: {}', '.', undefined],
    ['image: x', undefined, undefined],
  ])('build: %s', (lines, context, dockerfile) => {
    expect(serviceOf(lines)).toMatchObject({ context, dockerfile });
  });

  test('reads paths from the folder of the file', () => {
    const text = 'services:\n  api: { build: { context: .., dockerfile: docker/Dockerfile } }\n';
    expect(read({ 'docker/compose.yaml': text })?.services[0]).toMatchObject({
      context: '.',
      dockerfile: 'docker/Dockerfile',
    });
  });

  test.each([
    ['networks: [a, b]', ['a', 'b'], false],
    ['networks:\n  a: {}\n  b:\n    aliases: [x]', ['a', 'b'], false],
    ['network_mode: host', [], true],
    ['image: x', [], false],
  ])('networks: %s', (lines, networks, usesHostNetwork) => {
    expect(serviceOf(lines)).toMatchObject({ networks, usesHostNetwork });
  });

  test('knows YAML: anchors, merge keys, comments', () => {
    const text = 'x-base: &base # common\n  build: .\nservices:\n  api:\n    <<: *base\n    ports: ["1:2"]\n';
    expect(read({ 'compose.yaml': text })?.services).toMatchObject([{ name: 'api', context: '.', ports: [2] }]);
  });

  test.each(['services: [', 'services:\n  - a\n', '', 'services: *none\n', 'a: b: c\n', '- 1\n'])(
    '%j has no services',
    (text) => {
      expect(read({ 'compose.yaml': text })?.services ?? []).toEqual([]);
    },
  );
});

describe('appServices', () => {
  /** The names of the services that could be the app. */
  function found(services: string, dockerfile?: string): string[] | undefined {
    const project = read({ 'compose.yaml': `services:\n${services.replace(/^/gm, '  ')}\n` });
    return project && appServices(project, ['shop', 'shop-api'], dockerfile).map(({ name }) => name);
  }

  test.each([
    ['a: { build: . }\ndb: { image: postgres }', ['a']],
    ['a: { build: ./a }\nb: { build: . }', ['b']],
    ['a: { image: "ghcr.io/acme/shop-api:1" }\nb: { image: redis }', ['a']],
    ['a: { build: . }\nb: { build: ., ports: ["80:80"] }', ['b']],
    ['a: { build: ., ports: ["1:1"] }\nshop: { build: ., ports: ["2:2"] }', ['shop']],
    ['a: { build: . }\nweb: { build: . }', ['web']],
    ['a: { build: . }\nb: { build: . }', ['a', 'b']],
    ['a: { image: "node:22", volumes: [".:/app"] }\ndb: { image: postgres, volumes: [".:/x"] }', ['a']],
    ['a: { image: "node:22", volumes: [".:/app"] }\nb: { build: . }', ['b']],
    ['a: { build: . }\nb: { build: ., environment: { PORT: 3000 } }', ['b']],
    ['a: { image: "node:22", volumes: ["./web:/app"] }', []],
    ['db: { image: postgres }', []],
  ])('%s: %j', (services, names) => {
    expect(found(services)).toEqual(names);
  });

  test('the Dockerfile tells', () => {
    const services = 'a: { build: . }\nb: { build: { context: ., dockerfile: api.Dockerfile } }';
    expect(found(services, 'api.Dockerfile')).toEqual(['b']);
    expect(found(services, 'Dockerfile')).toEqual(['a']);
  });
});

test.each([
  ['redis', 'redis'],
  ['redis:8', 'redis'],
  ['ghcr.io/acme/shop:1.2', 'shop'],
  ['localhost:5000/shop', 'shop'],
  ['shop@sha256:abc', 'shop'],
])('imageName of %s', (image, name) => {
  expect(imageName(image)).toBe(name);
});
