import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/errors.js';
import { planFor } from './plan-for.js';

const served = 'FROM node:20\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n';
const developed = served.replace('"node", "server.js"', '"npx", "nodemon", "server.js"');
const other = served.replace('server.js', 'worker.js');
const line = 'ENV PROMETHEUS_MULTIPROC_DIR=/dev/shm\n';

describe('the choice of a Dockerfile', () => {
  it.each([
    ['the only one', { Dockerfile: served }, 'Dockerfile'],
    ['the one that runs the service', { Dockerfile: other, 'docker/api.Dockerfile': served }, 'docker/api.Dockerfile'],
    ['not the one for development', { Dockerfile: served, 'Dockerfile.dev': developed }, 'Dockerfile'],
    ['that one where there is no other', { 'Dockerfile.dev': developed, 'worker.dockerfile': other }, 'Dockerfile.dev'],
    ['not an ignore file', { Dockerfile: served, 'Dockerfile.dockerignore': 'node_modules\n' }, 'Dockerfile'],
    ['a Containerfile', { Containerfile: served }, 'Containerfile'],
  ])('%s', (_, files, expected) => {
    const { workspace, manual } = planFor(files);
    expect(manual).toEqual([]);
    const edited = [...workspace.planned.drafts].filter(([, draft]) => draft.kind === 'edited');
    expect(edited.map(([path]) => path)).toEqual([expected]);
    expect(workspace.read(expected)).toContain(line);
  });

  it('leaves it to the user where several run the service, and takes the named one', () => {
    const files = { Dockerfile: served, 'docker/Dockerfile': served };
    const { workspace, manual } = planFor(files);
    expect([workspace.read('Dockerfile'), workspace.read('docker/Dockerfile')]).toEqual([served, served]);
    expect(manual).toEqual([
      {
        path: 'Dockerfile',
        reason: 'several run the service: Dockerfile, docker/Dockerfile; name one with --dockerfile <path>',
        snippet: expect.stringContaining(line.trim()),
      },
    ]);
    const named = planFor(files, { answers: { dockerfile: 'docker/Dockerfile' } });
    expect(named.workspace.read('docker/Dockerfile')).toContain(line);
    expect([named.workspace.read('Dockerfile'), named.manual]).toEqual([served, []]);
  });

  it('says when the named one is not there', () => {
    expect(() => planFor({ Dockerfile: served }, { answers: { dockerfile: 'Dockerfile.prod' } })).toThrow(UsageError);
  });

  it('has nothing to say of other services', () => {
    expect(planFor({ Dockerfile: other }).manual).toEqual([]);
    expect(planFor({}).manual).toEqual([]);
  });

  it('can be left out, and asked for where there is none', () => {
    const skipped = planFor({ Dockerfile: served }, { answers: { skip: ['dockerfile'] } });
    expect([skipped.workspace.read('Dockerfile'), skipped.manual]).toEqual([served, []]);
    const asked = planFor({ Dockerfile: other }, { answers: { with: ['dockerfile'] } });
    expect(asked.manual.map(({ snippet }) => snippet)).toEqual([expect.stringContaining(line.trim())]);
  });

  it('takes the ignore file that belongs to the Dockerfile before the other', () => {
    const files = { 'a.Dockerfile': served, '.dockerignore': 'metrics\n', 'a.Dockerfile.dockerignore': '*.md\n' };
    expect(planFor(files).manual).toEqual([]);
    expect(planFor({ 'a.Dockerfile': served, '.dockerignore': 'metrics\n' }).manual).toEqual([
      expect.objectContaining({ path: '.dockerignore', snippet: '!metrics' }),
    ]);
  });
});

describe('compose files', () => {
  const set = served.replace('CMD', 'ENV PROMETHEUS_MULTIPROC_DIR=/var/lib/metrics\nCMD');
  const compose = (more: string) =>
    `name: shop\nservices:\n    db:\n        image: postgres\n        read_only: true\n    api:\n        build: .\n${more}volumes: {}\n`;

  it('get a folder in memory where the image says another one and the file system is read-only', () => {
    const { manual, workspace } = planFor({ Dockerfile: set, 'compose.yaml': compose('        read_only: true\n') });
    expect(manual).toEqual([
      {
        path: 'compose.yaml',
        reason: 'api is read-only, and its metrics are kept in /var/lib/metrics',
        snippet: '        tmpfs:\n          - /var/lib/metrics',
      },
    ]);
    expect(workspace.read('Dockerfile')).toBe(set);
  });

  it.each([
    ['writable', ''],
    ['with that folder', '        read_only: true\n        tmpfs:\n            - /var/lib/metrics:size=16m\n'],
    ['with a folder above it', '        read_only: "true"\n        volumes: ["data:/var/lib"]\n'],
  ])('need nothing where the service is %s', (_, more) => {
    expect(planFor({ Dockerfile: set, 'docker-compose.yml': compose(more) }).manual).toEqual([]);
  });

  it('need nothing with our folder: /dev/shm stays writable', () => {
    expect(planFor({ Dockerfile: served, 'compose.yml': compose('        read_only: true\n') }).manual).toEqual([]);
  });
});
