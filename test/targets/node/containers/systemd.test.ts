import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../../cli/support/folders.js';
import { requireDebianPackage } from '../../../support/debian-package.js';
import { planFor } from './plan-for.js';

const unit = `[Unit]
Description=Shop
After=network.target

[Service]
Type=simple
User=www-data
WorkingDirectory=/srv/shop
ExecStart=/usr/bin/node /srv/shop/server.js
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;

function dropInFor(text: string, path = 'deploy/shop.service'): string | undefined {
  return planFor({ [path]: text }).workspace.read(`${path}.d/10-prometheus.conf`);
}

const analyze = await requireDebianPackage('systemd', 'systemd-analyze');

/** What systemd says of a unit with its drop-in, the program that it starts being there. */
function verify(name: string, text: string, dropIn: string): { exitCode: number | undefined; stderr: string } {
  const root = makeFolder();
  const program = join(root, 'node');
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  const path = join(root, 'units', name);
  mkdirSync(`${path}.d`, { recursive: true });
  writeFileSync(path, text.replaceAll('/usr/bin/node', program));
  writeFileSync(`${path}.d/10-prometheus.conf`, dropIn);
  const instance = join(dirname(path), name.replace('@.', '@one.'));
  const env = { SYSTEMD_UNIT_PATH: `${dirname(path)}:` };
  const { exitCode, stderr } = execaSync(analyze ?? '', ['verify', '--man=no', instance], {
    env,
    reject: false,
    timeout: 60_000,
  });
  return { exitCode, stderr };
}

describe('systemd', () => {
  it('gets a folder of its own for the service, beside its unit', () => {
    expect(dropInFor(unit)).toBe(
      [
        '# Where the worker processes keep their metrics: in memory, of this service only',
        '[Service]',
        'RuntimeDirectory=shop-metrics',
        'RuntimeDirectoryMode=0700',
        'Environment=PROMETHEUS_MULTIPROC_DIR=/run/shop-metrics',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['npm start', 'ExecStart=/usr/bin/npm start'],
    ['a prefix', 'ExecStart=-/usr/bin/node --enable-source-maps server.js'],
    ['continued lines and comments', 'ExecStart=/usr/bin/node \\\n# a note\n  /srv/shop/server.js'],
    ['a cleared list', 'ExecStart=/bin/false\nExecStart=\nExecStart=/usr/bin/env node /srv/shop/server.js'],
    ['CRLF', 'ExecStart=/usr/bin/node /srv/shop/server.js\r'],
  ])('knows a unit of the service by %s', (_, line) => {
    expect(dropInFor(unit.replace(/ExecStart=.*/, line))).toContain('/run/shop-metrics');
  });

  it.each([
    ['another program', unit.replace('server.js', 'worker.js')],
    ['another server', unit.replace(/ExecStart=.*/, 'ExecStart=/usr/sbin/nginx -g "daemon off;"')],
    [
      'a unit that says it itself',
      unit.replace('[Service]', '[Service]\nEnvironment="A=1" "PROMETHEUS_MULTIPROC_DIR=/x"'),
    ],
    ['no commands', '[Unit]\nDescription=x\n'],
  ])('leaves %s alone', (_, text) => {
    const { workspace, manual } = planFor({ 'shop.service': text });
    expect(workspace.exists('shop.service.d')).toBe(false);
    expect(manual).toEqual([]);
  });

  it('keeps the mode of runtime directories that are there: the first of them holds the metrics', () => {
    const lines = dropInFor(
      unit.replace('[Service]', '[Service]\nRuntimeDirectory=shop shop/tmp\nRuntimeDirectoryMode=0755'),
    );
    expect(lines).toContain('Environment=PROMETHEUS_MULTIPROC_DIR=/run/shop\n');
    expect(lines).not.toContain('RuntimeDirectory');
  });

  it('gives each instance of a template its own, and a user unit the one of its user', () => {
    expect(dropInFor(unit, 'shop@.service')).toContain('=/run/shop-metrics-%i\n');
    expect(dropInFor(unit.replace('multi-user', 'default'))).toContain('=%t/shop-metrics\n');
  });

  it('leaves a drop-in of that name to its owner', () => {
    const taken = { 'shop.service': unit, 'shop.service.d/10-prometheus.conf': '[Service]\nNice=1\n' };
    const { workspace, manual } = planFor(taken);
    expect(workspace.read('shop.service.d/10-prometheus.conf')).toBe('[Service]\nNice=1\n');
    expect(manual).toEqual([
      expect.objectContaining({ snippet: expect.stringContaining('RuntimeDirectory=shop-metrics') }),
    ]);
  });

  it('can be left out, and asked for where there is no unit', () => {
    expect(
      planFor({ 'shop.service': unit }, { answers: { skip: ['systemd'] } }).workspace.exists('shop.service.d'),
    ).toBe(false);
    const { manual } = planFor({}, { answers: { with: ['systemd'] } });
    expect(manual.map(({ snippet }) => snippet)).toEqual([expect.stringContaining('=/run/shop-metrics')]);
  });

  describe.skipIf(analyze === undefined)('systemd-analyze verify', () => {
    it.each([
      ['shop.service', unit],
      ['shop@.service', unit],
      ['shop.service', unit.replace('[Service]', '[Service]\nRuntimeDirectory=shop')],
    ])('is content with %s', (name, text) => {
      expect(verify(name, text, dropInFor(text, name) ?? '')).toEqual({ exitCode: 0, stderr: '' });
    });

    it('is content with the launcher in the command', () => {
      const launcher = { program: 'server.js', path: 'metrics/cluster.js' };
      const text = planFor({ 'shop.service': unit }, { launcher }).workspace.read('shop.service.d/10-prometheus.conf');
      expect(text).toContain('/srv/shop/metrics/cluster.js /srv/shop/server.js');
      const local = text?.replace('/usr/bin/node', '/bin/true') ?? '';
      expect(verify('shop.service', unit, local)).toEqual({ exitCode: 0, stderr: '' });
    });

    it('reads the drop-in: a wrong one is named', () => {
      expect(verify('shop.service', unit, '[Service]\nRuntimeDirectry=x\n').stderr).toContain('RuntimeDirectry');
    });
  });
});
