import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import type { Monitoring } from '../../../src/monitoring/monitoring.js';
import { ruleFiles } from '../../../src/monitoring/prometheus/rules.js';
import {
  type Place,
  prometheusConfig,
  prometheusFiles,
  sampleLimit,
  scrapeSnippet,
  tokenFile,
} from '../../../src/monitoring/prometheus/scrape-config.js';
import { requireDebianPackage } from '../../support/debian-package.js';
import { startApp } from '../../support/running-app.js';
import { isDebians, prometheusBinary } from './support/binaries.js';
import { awkwardTags, monitoringOf } from './support/monitorings.js';
import { startServer } from './support/server.js';
import { runPromtool, temporaryFolder, write } from './support/written.js';

const promtool = await prometheusBinary('promtool');
const prometheus = await prometheusBinary('prometheus');
const pushgateway = await requireDebianPackage('prometheus-pushgateway', 'prometheus-pushgateway');

describe.skipIf(promtool === undefined)('the configuration', () => {
  /** Checks a configuration with promtool, in a folder that has what it names. */
  async function check(text: string, tag = 'shop'): Promise<void> {
    const folder = await temporaryFolder();
    const rules = ruleFiles(monitoringOf({ application: tag }))[0]?.text ?? '';
    await write(folder, [
      { path: 'prometheus.yml', text },
      { path: `rules/${tag}.rules.yml`, text: rules },
      { path: tokenFile, text: 'secret' },
      { path: 'remote-write-token', text: 'secret' },
    ]);
    const { ok, said } = await runPromtool(promtool ?? '', folder, 'check', 'config', 'prometheus.yml');
    expect(ok, `${said}\n${text}`).toBe(true);
    expect(said).toContain('1 rule files found');
  }

  it.each([false, true])('is valid, with a token: %s', async (token) => {
    await check(prometheusConfig(monitoringOf({ token })));
    await check(scrapeSnippet(monitoringOf({ token })));
  });

  it.each(awkwardTags)('keeps the tag %s a text', async (application) => {
    for (const text of [
      prometheusConfig(monitoringOf({ application })),
      scrapeSnippet(monitoringOf({ application })),
    ]) {
      await check(text, application);
      // Prometheus reads YAML 1.1 in most, Kubernetes and others 1.2.
      for (const version of ['1.1', '1.2'] as const) {
        const [job] = parse(text, { version }).scrape_configs;
        expect(job.job_name).toBe(application);
        expect(job.static_configs[0].labels.application).toBe(application);
      }
    }
  });

  it('has a token in a file only when there is one', () => {
    const [job] = parse(prometheusConfig(monitoringOf({ token: true }))).scrape_configs;
    expect(job.authorization).toEqual({ type: 'Bearer', credentials_file: tokenFile });
    expect(prometheusConfig(monitoringOf({ token: false }))).not.toContain(tokenFile);
  });

  it('scrapes where it is told to, with the token that it is told of', () => {
    const place = { target: 'app:3000', tokenFile: '/run/secrets/metrics-token' };
    for (const write of [prometheusConfig, scrapeSnippet]) {
      const [job] = parse(write(monitoringOf({ token: true }), place)).scrape_configs;
      expect(job.static_configs[0].targets).toEqual(['app:3000']);
      expect(job.authorization.credentials_file).toBe('/run/secrets/metrics-token');
    }
  });

  it('says how to check it: not for files that are in the container only', async () => {
    const place = { tokenFile: '/run/secrets/metrics-token' };
    const texts = {
      'prometheus.yml': prometheusConfig(monitoringOf({ token: true }), place),
      'beside.yml': prometheusConfig(monitoringOf({ token: true })),
      'open.yml': prometheusConfig(monitoringOf(), place),
    };
    expect(texts['beside.yml']).toContain('# Check it: promtool check config monitoring/prometheus/prometheus.yml\n');
    expect(texts['open.yml']).toContain('# Check it: promtool check config monitoring/prometheus/prometheus.yml\n');
    const folder = await temporaryFolder();
    await write(folder, [{ path: 'monitoring/prometheus/prometheus.yml', text: texts['prometheus.yml'] }]);
    const [, words = ''] = /^# Check it: promtool (.*)$/m.exec(texts['prometheus.yml']) ?? [];
    const { ok, said } = await runPromtool(promtool ?? '', folder, ...words.split(' '));
    expect(ok, said).toBe(true);
    expect(words).toContain('--syntax-only');
    // Without that word it is refused.
    const whole = words.replace('--syntax-only ', '').split(' ');
    expect((await runPromtool(promtool ?? '', folder, ...whole)).said).toContain('metrics-token');
  });

  it.each(awkwardTags)('reads what jobs pushed, where a gateway runs; else it is prepared: %s', async (application) => {
    const monitoring = monitoringOf({ application });
    const job = {
      job_name: `${application}-pushgateway`,
      honor_labels: true,
      static_configs: [{ targets: ['pushgateway:9091'] }],
    };
    const gateway = { target: 'pushgateway:9091', runs: true };
    for (const text of [prometheusConfig(monitoring, { gateway }), scrapeSnippet(monitoring, { gateway })]) {
      await check(text, application);
      const [, pushed, ...others] = parse(text).scrape_configs;
      expect([pushed, ...others]).toEqual([expect.objectContaining(job)]);
    }
    const prepared = prometheusConfig(monitoring, { gateway: { ...gateway, runs: false } });
    expect(parse(prepared)).toEqual(parse(prometheusConfig(monitoring)));
    const taken = prepared.replace(/^ {2}# (- job_name:.*(?:\n {2}# .*)*)/m, (lines) =>
      lines.replace(/^ {2}# /gm, '  '),
    );
    await check(taken, application);
    expect(parse(taken).scrape_configs).toHaveLength(2);
    expect(parse(taken).scrape_configs[1]).toEqual(job);
    expect(prometheusConfig(monitoring)).not.toContain('pushgateway');
  });

  const blocks = ['dns_sd_configs', 'kubernetes_sd_configs', 'alerting', 'remote_write'];
  it.each(blocks.flatMap((block) => awkwardTags.map((tag) => [block, tag] as const)))(
    'is valid with its commented %s, for the tag %s',
    async (block, application) => {
      const text = withBlock(prometheusConfig(monitoringOf({ application })), block);
      const config = parse(text);
      const [job] = config.scrape_configs;
      expect(config[block] ?? job[block], text).toBeDefined();
      if (block.endsWith('_sd_configs')) {
        expect(job.static_configs).toBeUndefined();
        expect(job.relabel_configs.at(-1)).toEqual({ target_label: 'application', replacement: application });
      }
      await check(isDebians ? withoutKubernetes(text) : text, application);
    },
  );

  it.each([
    ['api:3000', 'api'],
    ['host.docker.internal:3000', 'app'],
  ])('finds several containers by the name of the service: %s', (target, name) => {
    const text = withBlock(prometheusConfig(monitoringOf(), { target }), 'dns_sd_configs');
    expect(parse(text).scrape_configs[0].dns_sd_configs[0].names).toEqual([name]);
    expect(text).toContain(`"tasks.${name}" in Swarm`);
  });

  it('is the same text each time, and seeded', () => {
    const twice = [prometheusFiles(monitoringOf()), prometheusFiles(monitoringOf())];
    expect(twice[0]).toEqual(twice[1]);
    expect(twice[0]?.map(({ path, kind }) => [path, kind])).toEqual([
      ['monitoring/prometheus/prometheus.yml', 'seeded'],
    ]);
  });
});

/** Debian's Prometheus is built without Kubernetes; what comes after the discovery can be checked with another one. */
function withoutKubernetes(text: string): string {
  return text.replace('kubernetes_sd_configs:\n      - role: pod', 'file_sd_configs:\n      - files: [pods.json]');
}

/** Makes a commented block part of the file, in place of `static_configs` where it is another discovery. */
function withBlock(text: string, block: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === `# ${block}:`);
  expect(start, `${block} in\n${text}`).toBeGreaterThan(0);
  const indent = (lines[start] ?? '').indexOf('#');
  const isComment = (line: string | undefined) => line?.startsWith(`${' '.repeat(indent)}# `) === true;
  for (let at = start; isComment(lines[at]); at++) {
    const plain = (lines[at] ?? '').replace('# ', '');
    // The next block begins with a sentence.
    if (/^ *[A-Z]/.test(plain)) break;
    lines[at] = plain;
  }
  const from = lines.indexOf('    static_configs:');
  if (indent > 0) lines.splice(from, 5);
  return lines.join('\n');
}

describe.skipIf(prometheus === undefined)('a real Prometheus with the configuration', () => {
  it.each(['1e3', 'a.b-c'])(
    'scrapes the service as %s, with its token, and keeps its own labels',
    async (application) => {
      const port = await listen((authorization) =>
        authorization === 'Bearer secret' ? { body: `own_total{application="${application}"} 1\n` } : { status: 401 },
      );
      const monitoring = { ...monitoringOf({ application, token: true }), port };
      const folder = await temporaryFolder();
      await write(folder, [
        { path: 'prometheus.yml', text: fast(monitoring) },
        { path: tokenFile, text: 'secret\n' },
      ]);
      const server = await startServer(prometheus ?? '', folder);
      const own = await server.until(`own_total{application="${application}"}`);
      expect(own[0]?.metric).toEqual({
        __name__: 'own_total',
        application,
        instance: `localhost:${port}`,
        job: application,
      });
      const [up] = await server.until(`up{application="${application}"}`);
      expect(up?.value[1]).toBe('1');
      expect(await server.query(`scrape_samples_post_metric_relabeling{application="${application}"}`)).toHaveLength(1);
    },
  );

  it.skipIf(pushgateway === undefined)('reads what a job pushed, with the labels of the push', async () => {
    const folder = await temporaryFolder();
    const gateway = await startApp({
      command: ['sh', '-c', `exec '${pushgateway}' --web.listen-address=127.0.0.1:$PORT --persistence.file=pushed`],
      cwd: folder,
    });
    onTestFinished(() => gateway.stop());
    const url = `http://127.0.0.1:${gateway.port}/metrics/job/nightly/application/shop`;
    const pushed = await fetch(url, { method: 'POST', body: 'batch_job_success 1\n' });
    expect(pushed.status).toBe(200);
    const place = { gateway: { target: `127.0.0.1:${gateway.port}`, runs: true } };
    await write(folder, [{ path: 'prometheus.yml', text: fast(monitoringOf(), place) }]);
    const server = await startServer(prometheus ?? '', folder);
    const [sample] = await server.until('batch_job_success');
    expect(sample?.metric).toEqual({ __name__: 'batch_job_success', application: 'shop', job: 'nightly' });
    // The gateway counts for no instance of the service.
    await server.until('up{job="shop-pushgateway"} == 1');
    expect(await server.query('up{application="shop",job!="shop"}')).toEqual([]);
  });

  it('takes the pods of the application that run, each once', async () => {
    const port = await listen(() => ({ body: 'own_total 1\n' }));
    const monitoring = { ...monitoringOf({ application: 'a.b-c' }), port };
    const pod = (application: string, phase: string, containerPort: string) => ({
      targets: [`127.0.0.1:${containerPort}`],
      labels: {
        __meta_kubernetes_pod_label_app_kubernetes_io_name: application,
        __meta_kubernetes_pod_phase: phase,
        __meta_kubernetes_pod_ip: '127.0.0.1',
        __meta_kubernetes_namespace: 'shops',
        __meta_kubernetes_pod_name: 'a-b-c-1',
      },
    });
    const pods = [pod('a.b-c', 'Running', '1'), pod('a.b-c', 'Running', '2'), pod('a.b-c', 'Succeeded', '1')];
    const folder = await temporaryFolder();
    await write(folder, [
      { path: 'prometheus.yml', text: withoutKubernetes(withBlock(fast(monitoring), 'kubernetes_sd_configs')) },
      { path: 'pods.json', text: JSON.stringify([...pods, pod('axb-c', 'Running', '1')]) },
    ]);
    const server = await startServer(prometheus ?? '', folder);
    const up = await server.until('up');
    expect(up.map(({ metric, value }) => ({ ...metric, value: value[1] }))).toEqual([
      {
        __name__: 'up',
        application: 'a.b-c',
        instance: `127.0.0.1:${port}`,
        job: 'a.b-c',
        namespace: 'shops',
        pod: 'a-b-c-1',
        value: '1',
      },
    ]);
  });

  it('refuses a scrape that brings too many samples', async () => {
    const port = await listen(() => ({
      body: Array.from({ length: sampleLimit + 1 }, (_, index) => `many{n="${index}"} 1\n`).join(''),
    }));
    const folder = await temporaryFolder();
    await write(folder, [{ path: 'prometheus.yml', text: fast({ ...monitoringOf(), port }) }]);
    const server = await startServer(prometheus ?? '', folder);
    const [up] = await server.until('up{application="shop"}');
    expect(up?.value[1]).toBe('0');
    // The number that the alert reads is there although nothing was kept.
    const [samples] = await server.until('scrape_samples_post_metric_relabeling{application="shop"}');
    expect(Number(samples?.value[1])).toBeGreaterThan(sampleLimit * 0.8);
    expect(await server.query('count(many)')).toEqual([]);
  });
});

/** The configuration, with a scrape each second. */
function fast(monitoring: Monitoring, place: Place = {}): string {
  return prometheusConfig(monitoring, place)
    .replaceAll('interval: 15s', 'interval: 1s')
    .replace('timeout: 10s', 'timeout: 1s');
}

/** A metrics endpoint on a free port, until the test ends. */
async function listen(
  answer: (authorization: string | undefined) => { status?: number; body?: string },
): Promise<number> {
  const server = createServer((request, response) => {
    const { status = 200, body = '' } = answer(request.headers.authorization);
    response.writeHead(status, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
  });
  server.listen(0);
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await sleep(0);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
