import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { RefusedError } from '../../src/errors.js';
import type { Answers } from '../../src/wizard/answers.js';
import type { Texts } from '../cli/support/folders.js';
import { prometheusBinary } from '../monitoring/prometheus/support/binaries.js';
import { runPromtool, temporaryFolder, write } from '../monitoring/prometheus/support/written.js';
import { plan } from './support/planned-monitoring.js';

const promtool = await prometheusBinary('promtool');

const targetOf = (text: string) => parse(text).scrape_configs[0].static_configs[0].targets[0];

const byDefault = [
  'monitoring/prometheus/prometheus.yml',
  'monitoring/prometheus/rules/shop.rules.yml',
  'monitoring/prometheus/rules/tests/shop.test.yml',
  'monitoring/grafana/dashboards/shop.json',
  'monitoring/grafana/provisioning/datasources/prometheus.yaml',
  'monitoring/grafana/provisioning/dashboards/dashboards.yaml',
  'monitoring/README.md',
];
const compose = 'services:\n  api:\n    build: .\n    environment: { PORT: 8080 }\n';
const dockerfile = 'FROM node\nEXPOSE 5000\nCMD ["node", "app.js"]\n';
const deployment = `kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    spec:
      containers:
        - image: shop
          ports: [{ name: web, containerPort: 8000 }]
`;

describe('planMonitoring', () => {
  it('plans configuration, rules, dashboard and their explanation by default, for this machine', () => {
    const planned = plan();
    expect(planned.files).toEqual(byDefault);
    expect(planned).toMatchObject({ manual: [], start: undefined, port: { port: 4000, path: 'app.js' } });
    expect(targetOf(planned.text('monitoring/prometheus/prometheus.yml'))).toBe('localhost:4000');
  });

  it.each([
    ['prometheus', byDefault.filter((path) => !path.endsWith('prometheus.yml'))],
    ['rules', byDefault.filter((path) => !path.includes('/rules/'))],
    ['grafana', byDefault.filter((path) => !path.includes('/grafana/'))],
  ] as const)('without %s', (part, files) => {
    const planned = plan({}, { skip: [part] });
    expect(planned.files).toEqual(files);
    for (const path of byDefault.filter((one) => !files.includes(one))) {
      expect(planned.text('monitoring/README.md')).not.toContain(path);
    }
  });

  it('plans nothing at all, when that is asked for', () => {
    expect(
      plan({ 'compose.yaml': compose }, { skip: ['prometheus', 'rules', 'grafana', 'compose', 'kubernetes'] }),
    ).toMatchObject({
      files: [],
      manual: [],
    });
  });

  it('keeps the token out of git where it lies in the repository', () => {
    const path = 'monitoring/prometheus/.gitignore';
    expect(plan({}, { metricsToken: true }).text(path)).toBe('metrics-token\n');
    expect(plan().files).not.toContain(path);
    expect(plan({ 'compose.yaml': compose }, { metricsToken: true }).files).not.toContain(path);
  });

  it('names in the README every other file, and no other', () => {
    const everything: Texts = { 'compose.yaml': compose, 'k8s/app.yaml': deployment };
    const { files, text } = plan(everything, { metricsPort: 9464 });
    const named = [...text('monitoring/README.md').matchAll(/^\| `([^`]+)` \| .* \|$/gm)].map((match) => match[1]);
    expect(named).toEqual(files.slice(0, -1));
    expect(files).toHaveLength(13);
  });

  describe('compose', () => {
    it('scrapes the service of the user by its name, at its port in the container', () => {
      const { files, text, start, port } = plan({ 'compose.yaml': compose, Dockerfile: 'FROM node\n' });
      expect(files).toContain('compose.monitoring.yaml');
      expect(targetOf(text('monitoring/prometheus/prometheus.yml'))).toBe('api:8080');
      expect(start?.command.join(' ')).toBe('docker compose -f compose.yaml -f compose.monitoring.yaml up');
      expect(text('monitoring/README.md')).toContain('docker compose -f compose.yaml -f compose.monitoring.yaml up');
      // By hand, the service is started without the container's environment.
      expect(port).toEqual({ port: 4000, path: 'app.js' });
    });

    it('believes compose before the image: what is published, or a variable PORT, is where the service listens', () => {
      const image = { Dockerfile: 'FROM node\nEXPOSE 3000\nENV PORT=3000\n' };
      const variable = plan({ ...image, 'compose.yaml': compose }, {}, 'Dockerfile');
      expect(targetOf(variable.text('monitoring/prometheus/prometheus.yml'))).toBe('api:8080');
      const ports = 'services: { api: { build: ., ports: ["9229:9229", "80:8081"] } }\n';
      const published = plan({ ...image, 'compose.yaml': ports }, {}, 'Dockerfile');
      expect(targetOf(published.text('monitoring/prometheus/prometheus.yml'))).toBe('api:8081');
    });

    it('says with which other file the service is whole', () => {
      const { manual, text } = plan({
        'compose.yaml': compose,
        'compose.prod.yaml': 'services: { api: { command: npm start } }\n',
      });
      expect(manual).toEqual([
        expect.objectContaining({
          path: 'compose.monitoring.yaml',
          snippet: 'docker compose -f compose.yaml -f compose.prod.yaml -f compose.monitoring.yaml up',
        }),
      ]);
      expect(text('compose.monitoring.yaml')).toContain('compose.prod.yaml');
    });

    it('is of its own where the user has none and asks for it', () => {
      const { text } = plan({ Dockerfile: dockerfile }, { with: ['compose'] }, 'Dockerfile');
      expect(parse(text('compose.monitoring.yaml')).services.app.build).toBe('.');
      expect(targetOf(text('monitoring/prometheus/prometheus.yml'))).toBe('app:5000');
    });

    it('reaches the machine where the service is in no container', () => {
      const { text } = plan({ 'compose.yaml': 'services: { db: { image: postgres } }\n' });
      expect(targetOf(text('monitoring/prometheus/prometheus.yml'))).toBe('host.docker.internal:4000');
    });

    it('says so when several services could be the app', () => {
      const { manual } = plan({ 'compose.yaml': 'services: { a: { build: . }, b: { build: . } }\n' });
      expect(manual).toEqual([
        expect.objectContaining({
          path: 'compose.monitoring.yaml',
          reason: expect.stringContaining('(a, b); it is made for a'),
        }),
      ]);
    });

    it('starts nothing that the user starts', () => {
      const theirs = `${compose}  prometheus: { image: prom/prometheus }\n  grafana: { image: grafana/grafana }\n`;
      expect(plan({ 'compose.yaml': theirs }).files).not.toContain('compose.monitoring.yaml');
      const one = plan({ 'compose.yaml': `${compose}  grafana: { image: grafana/grafana }\n` });
      expect(Object.keys(parse(one.text('compose.monitoring.yaml')).services)).toEqual(['prometheus']);
    });

    it('mounts what there is', () => {
      const { text, files } = plan({ 'compose.yaml': compose });
      const { services } = parse(text('compose.monitoring.yaml'));
      const mounted = [...services.prometheus.volumes, ...services.grafana.volumes]
        .map((volume: string) => volume.split(':')[0] ?? '')
        .filter((path: string) => path.startsWith('./'));
      expect(mounted).toHaveLength(3);
      for (const path of mounted)
        expect(
          files.some((file) => `./${file}`.startsWith(`${path}/`)),
          path,
        ).toBe(true);
    });
  });

  describe('with a Prometheus of its own', () => {
    const own = 'scrape_configs: []\n';

    it('is a snippet beside it and an exact instruction', () => {
      const { files, manual, text } = plan({ 'ops/prometheus.yml': own });
      expect(files).toContain('monitoring/prometheus/scrape-shop.yml');
      expect(files).not.toContain('monitoring/prometheus/prometheus.yml');
      expect(manual).toEqual([expect.objectContaining({ path: 'ops/prometheus.yml' })]);
      const added = parse(manual[0]?.snippet ?? '');
      expect(added).toEqual(parse(text('monitoring/prometheus/scrape-shop.yml')));
      expect(added.rule_files).toEqual(['../monitoring/prometheus/rules/*.rules.yml']);
      expect(added.scrape_configs[0].static_configs[0].targets).toEqual(['localhost:4000']);
    });

    it('finds the service by its name where compose starts both', () => {
      const theirs = `${compose}  prometheus: { image: prom/prometheus }\n`;
      const { text, manual } = plan({ 'prometheus.yml': own, 'compose.yaml': theirs });
      expect(targetOf(text('monitoring/prometheus/scrape-shop.yml'))).toBe('api:8080');
      // Its container sees what is mounted, and under the path by which the configuration names it.
      expect(manual.map(({ path }) => path)).toEqual(['prometheus.yml', 'compose.yaml']);
      const [volume = ''] = parse(manual[1]?.snippet ?? '').volumes;
      const [, mounted = ''] = volume.split(':');
      expect(volume).toBe('./monitoring/prometheus/rules:/etc/prometheus-rules/shop:ro');
      expect(parse(manual[0]?.snippet ?? '').rule_files).toEqual([`${mounted}/*.rules.yml`]);
    });

    it.each([
      ['networks: [back]', 'networks: [front]', ['back']],
      ['networks: [back]', 'restart: always', ['default', 'back']],
      ['restart: always', 'networks: [front]', ['default']],
      ['networks: [back, front]', 'networks: [front]', undefined],
    ])('joins them where they do not meet: %s, %s', (app, prometheus, networks) => {
      const services = `services:
  api: { build: ., ${app} }
  prometheus: { image: prom/prometheus, ${prometheus} }
`;
      const { manual } = plan({ 'prometheus.yml': own, 'compose.yaml': services });
      expect(parse(manual[1]?.snippet ?? '').networks).toEqual(networks);
    });

    it('says so when its configuration lies elsewhere, and writes none that nobody reads', () => {
      const { files, manual } = plan({ 'compose.yaml': `${compose}  prometheus: { image: acme/prometheus }\n` });
      expect(files).not.toContain('monitoring/prometheus/prometheus.yml');
      expect(manual[0]).toMatchObject({
        path: 'compose.yaml',
        reason: expect.stringContaining('configuration of its service prometheus was not found'),
      });
    });
  });

  it('leaves a Grafana alone that is provisioned already', () => {
    const { files, manual } = plan({ 'grafana/provisioning/datasources/all.yml': 'apiVersion: 1\n' });
    expect(files.filter((path) => path.includes('grafana'))).toEqual(['monitoring/grafana/dashboards/shop.json']);
    expect(manual).toEqual([
      expect.objectContaining({ path: 'grafana/provisioning', snippet: expect.stringContaining('providers:') }),
      expect.objectContaining({ path: 'grafana/provisioning', snippet: expect.stringContaining('datasources:') }),
    ]);
  });

  const provider = 'provisioning/dashboards/dashboards.yaml';
  const source = 'provisioning/datasources/prometheus.yaml';
  const grafanaFolder = '/etc/grafana/provisioning';

  it.each([
    ['', [source, provider], []],
    // Named volumes and folders elsewhere cover what is below them, too.
    [', volumes: ["data:/var/lib/grafana"]', [source, provider], []],
    [`, volumes: ["./g.yml:${grafanaFolder}/datasources/g.yml"]`, [provider], [source]],
    [`, volumes: ["../gp:${grafanaFolder}"]`, [], [provider, source]],
    [`, volumes: ["/srv/gp:${grafanaFolder}/"]`, [], [provider, source]],
    [', volumes: ["etc:/etc/grafana"]', [], [provider, source]],
    [`, volumes: ["../d:${grafanaFolder}/dashboards"]`, [source], [provider]],
    [`, configs: [{ source: g, target: ${grafanaFolder}/datasources/g.yml }]`, [provider], [source]],
  ])('shows its dashboard to a Grafana that the user starts%s', (more, mounts, copied) => {
    const theirs = `${compose}  grafana: { image: grafana/grafana${more} }\n`;
    const { files, manual, text } = plan({ 'compose.yaml': theirs });
    const [step, ...copies] = manual.filter(({ reason }) => reason.includes('grafana'));
    const volumes: string[] = parse(step?.snippet ?? '').volumes;
    const folder = 'monitoring/grafana';
    expect(volumes).toEqual([
      ...mounts.map((path) => `./${folder}/${path}:${grafanaFolder}/${path.split('/')[1]}/shop.yaml:ro`),
      `./${folder}/dashboards:/etc/grafana-dashboards/shop:ro`,
    ]);
    expect(copies.map(({ path }) => path)).toEqual(copied.map((path) => `${folder}/${path}`));
    for (const path of [source, provider]) expect(files).toContain(`${folder}/${path}`);
    expect(parse(text(`${folder}/${provider}`)).providers[0].options.path).toBe('/etc/grafana-dashboards/shop');
    // Two defaults end its start.
    expect(parse(text(`${folder}/${source}`)).datasources[0].isDefault).toBe(false);
  });

  describe('Kubernetes', () => {
    const monitorOf = (planned: ReturnType<typeof plan>) =>
      parse(planned.text('monitoring/kubernetes/podmonitor.yaml')).spec;

    it('takes labels and the name of the port from the manifest', () => {
      const planned = plan({ 'k8s/app.yaml': deployment });
      expect(planned.manual).toEqual([]);
      expect(monitorOf(planned).selector.matchLabels).toEqual({ app: 'shop' });
      expect(monitorOf(planned).podMetricsEndpoints[0].port).toBe('web');
      expect(planned.text('monitoring/README.md')).toContain('prometheus.io/port: "8000"');
    });

    it('keeps its port apart from that of compose', () => {
      const { text, manual } = plan({ 'k8s/app.yaml': deployment.replace('name: web, ', ''), 'compose.yaml': compose });
      expect(targetOf(text('monitoring/prometheus/prometheus.yml'))).toBe('api:8080');
      expect(manual).toEqual([expect.objectContaining({ snippet: '- name: http\n  containerPort: 8000' })]);
      expect(text('monitoring/README.md')).toContain('prometheus.io/port: "8000"');
    });

    it('takes the variable PORT of a container that declares no port', () => {
      const env = deployment.replace(/ports: .*/, 'env: [{ name: PORT, value: "7777" }]');
      const { manual } = plan({ 'k8s/app.yaml': env, Dockerfile: 'EXPOSE 3000\n' }, {}, 'Dockerfile');
      expect(manual).toEqual([expect.objectContaining({ snippet: '- name: http\n  containerPort: 7777' })]);
    });

    it('asks for a name where the port has none', () => {
      const { manual } = plan({ 'k8s/app.yaml': deployment.replace('name: web, ', '') });
      expect(manual).toEqual([
        {
          path: 'k8s/app.yaml',
          reason: expect.stringContaining("the container's port 8000 needs a name"),
          snippet: '- name: http\n  containerPort: 8000',
        },
      ]);
    });

    it("asks for the metrics' own port, and keeps the application's open", () => {
      const planned = plan({ 'k8s/app.yaml': deployment }, { metricsPort: 9464 });
      expect(planned.manual).toEqual([
        expect.objectContaining({ path: 'k8s/app.yaml', snippet: '- name: metrics\n  containerPort: 9464' }),
      ]);
      expect(monitorOf(planned).podMetricsEndpoints[0].port).toBe('metrics');
      const { ingress } = parse(planned.text('monitoring/kubernetes/networkpolicy.yaml')).spec;
      expect(ingress[0]).toEqual({ ports: [{ port: 8000, protocol: 'TCP' }] });
      expect(ingress[1].ports).toEqual([{ port: 9464, protocol: 'TCP' }]);
    });

    const metricsOnly = deployment.replace(/ports: .*/, 'ports: [{ name: metrics, containerPort: 9464 }]');

    it("does not take the metrics' port for the application's, where the pod names no other", () => {
      const planned = plan({ 'k8s/app.yaml': metricsOnly }, { metricsPort: 9464 });
      const { ingress } = parse(planned.text('monitoring/kubernetes/networkpolicy.yaml')).spec;
      expect(ingress.map(({ ports }: { ports: unknown }) => ports)).toEqual([
        [{ port: 4000, protocol: 'TCP' }],
        [{ port: 9464, protocol: 'TCP' }],
      ]);
      expect(planned.manual).toEqual([]);
      // Nor in compose, nor in an image.
      const elsewhere = { 'compose.yaml': 'services: { api: { build: ., ports: ["9464:9464"] } }\n' };
      const image = { Dockerfile: 'FROM node\nEXPOSE 9464\n', ...elsewhere };
      const { start, text } = plan(image, { metricsPort: 9464 }, 'Dockerfile');
      expect(start).toBeDefined();
      expect(targetOf(text('monitoring/prometheus/prometheus.yml'))).toBe('api:9464');
      const own = plan(image, { metricsPort: 9464, with: ['kubernetes'] }, 'Dockerfile');
      expect(own.text('monitoring/README.md')).toContain('prometheus.io/port: "9464"');
      expect(own.port.port).toBe(4000);
    });

    it("writes no policy where the application's port is a guess", () => {
      const { files, manual } = plan(
        { 'k8s/app.yaml': metricsOnly },
        { metricsPort: 9464 },
        undefined,
        'app.listen(p)',
      );
      expect(files).not.toContain('monitoring/kubernetes/networkpolicy.yaml');
      expect(manual).toEqual([
        expect.objectContaining({
          path: 'k8s/app.yaml',
          reason: expect.stringContaining('no NetworkPolicy is written'),
        }),
      ]);
      const given = plan(
        { 'k8s/app.yaml': metricsOnly },
        { metricsPort: 9464, port: 7000 },
        undefined,
        'app.listen(p)',
      );
      expect(given.text('monitoring/kubernetes/networkpolicy.yaml')).toContain('port: 7000');
    });

    const chartOf = (ports: string): Texts => ({
      'chart/Chart.yaml': 'name: shop\n',
      'chart/templates/a.yaml': `kind: Deployment
spec:
  selector:
    matchLabels:
      app: x
  template:
    spec:
      containers:
        - image: x
          ports:
${ports.replace(/^/gm, '            ')}
`,
    });
    const metrics = '- name: metrics\n  containerPort: 9464';

    it.each([
      ['- name: http\n  containerPort: {{ .Values.port }}', [{ port: 'http', protocol: 'TCP' }]],
      [
        '- name: http\n  containerPort: 4000\n- containerPort: 8443\n  name: https\n- containerPort: 9000\n  protocol: UDP',
        [
          { port: 'http', protocol: 'TCP' },
          { port: 'https', protocol: 'TCP' },
          { port: 9000, protocol: 'UDP' },
        ],
      ],
      [
        '- name: admin\n  containerPort: 8081',
        [
          { port: 4000, protocol: 'TCP' },
          { port: 'admin', protocol: 'TCP' },
        ],
      ],
    ])('a policy in a chart keeps all of its ports open: %j', (ports, open) => {
      const { text, manual } = plan(chartOf(`${ports}\n${metrics}`), { metricsPort: 9464 });
      expect(manual).toEqual([]);
      const policy = text('chart/templates/monitoring.yaml')
        .split('---\n')
        .find((one) => /NetworkPolicy/.test(one));
      const spec = parse(policy?.slice(policy.indexOf('  policyTypes:')) ?? '');
      expect(spec.ingress.map((entry: { ports: unknown }) => entry.ports)).toEqual([
        open,
        [{ port: 9464, protocol: 'TCP' }],
      ]);
    });

    it('a chart whose ports cannot all be read gets no policy, and a step that says so', () => {
      const ports = `- name: http\n  containerPort: 80\n{{- toYaml .Values.ports | nindent 12 }}\n${metrics}`;
      const { text, manual } = plan(chartOf(ports), { metricsPort: 9464 });
      expect(text('chart/templates/monitoring.yaml')).not.toContain('NetworkPolicy');
      expect(manual).toEqual([
        expect.objectContaining({ path: 'chart/templates', reason: expect.stringContaining('not all ports') }),
      ]);
      expect(parse(manual[0]?.snippet ?? '').spec.ingress[1].ports).toEqual([{ port: 9464, protocol: 'TCP' }]);
    });

    it('writes no policy beside one that is there: they add up', () => {
      const policy = 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n';
      const { files, manual } = plan({ 'k8s/app.yaml': deployment, 'k8s/policy.yaml': policy }, { metricsPort: 9464 });
      expect(files).not.toContain('monitoring/kubernetes/networkpolicy.yaml');
      expect(manual.map(({ path }) => path)).toEqual(['k8s/app.yaml', 'k8s/policy.yaml']);
      expect(parse(manual[1]?.snippet ?? '')[0].ports).toEqual([{ port: 9464, protocol: 'TCP' }]);
    });

    it('says where the token goes', () => {
      const { manual } = plan({ 'k8s/app.yaml': deployment }, { metricsToken: true });
      expect(manual).toEqual([
        expect.objectContaining({ path: 'k8s/app.yaml', snippet: expect.stringContaining('name: shop-metrics-token') }),
      ]);
    });

    it('says what to add to a kustomization: the one beside the manifest', () => {
      const { manual } = plan({
        'deploy/a/kustomization.yaml': 'resources: []\n',
        'k8s/base/app.yaml': deployment,
        'k8s/base/kustomization.yaml': 'resources: [app.yaml]\n',
      });
      expect(manual).toEqual([
        expect.objectContaining({
          path: 'k8s/base/kustomization.yaml',
          snippet: 'resources:\n  - ../../monitoring/kubernetes',
        }),
      ]);
    });

    it('without a manifest, when asked for, says what has to be fitted', () => {
      const planned = plan({}, { with: ['kubernetes'] });
      expect(planned.manual).toEqual([
        expect.objectContaining({
          path: 'monitoring/kubernetes/podmonitor.yaml',
          snippet: '- name: http\n  containerPort: 4000',
        }),
      ]);
      expect(plan({}, { with: ['kubernetes'], metricsPort: 9464 }).files).not.toContain(
        'monitoring/kubernetes/networkpolicy.yaml',
      );
    });

    it('goes into the chart where there is one', () => {
      const { files, manual } = plan({
        'chart/Chart.yaml': 'name: shop\n',
        'chart/templates/a.yaml':
          'kind: Deployment\nspec:\n  selector:\n    matchLabels:\n      app: x\nports:\n  - name: http\n    containerPort: 1\n',
      });
      expect(files.filter((path) => path.startsWith('chart/'))).toEqual([
        'chart/templates/monitoring.yaml',
        'chart/monitoring/rules.yaml',
        'chart/monitoring/shop.json',
      ]);
      expect(manual).toEqual([]);
    });

    it('says so when a chart does not show how its pods are found', () => {
      const { manual, text } = plan({
        'chart/Chart.yaml': 'name: shop\n',
        'chart/templates/a.yaml': '  - name: http\n    containerPort: 1\n',
      });
      expect(manual).toEqual([
        expect.objectContaining({
          path: 'chart/templates/monitoring.yaml',
          reason: expect.stringContaining('selector'),
        }),
      ]);
      expect(text('chart/templates/monitoring.yaml')).toContain('app.kubernetes.io/name: "shop"');
    });
  });

  describe('a name that is taken', () => {
    it('is refused, all of them at once, with the parts that can be left out', () => {
      const texts = {
        'monitoring/prometheus/rules/shop.rules.yml': 'groups: []\n',
        'monitoring/grafana/dashboards/shop.json': '{}\n',
      };
      const refused = (given: Partial<Answers> = {}) => {
        try {
          return plan(texts, given).files;
        } catch (error) {
          return error;
        }
      };
      const error = refused();
      expect(error).toBeInstanceOf(RefusedError);
      expect(error).toMatchObject({
        message:
          'monitoring/prometheus/rules/shop.rules.yml, monitoring/grafana/dashboards/shop.json exist already and were not written by this tool.',
        hint: expect.stringContaining('--skip rules grafana'),
        manual: [
          { path: 'monitoring/prometheus/rules/shop.rules.yml' },
          { path: 'monitoring/grafana/dashboards/shop.json' },
        ],
      });
      expect(refused({ skip: ['rules', 'grafana'] })).toContain('monitoring/prometheus/prometheus.yml');
    });

    it('shows what would have been there, when that can be read', () => {
      expect(() => plan({ 'monitoring/prometheus/prometheus.yml': 'a: b\n' })).toThrow(
        expect.objectContaining({
          manual: [expect.objectContaining({ snippet: expect.stringContaining('job_name: shop') })],
        }),
      );
    });

    const chart = {
      'chart/Chart.yaml': 'name: shop\n',
      'chart/templates/a.yaml': 'kind: Deployment\nports:\n  - name: http\n    containerPort: 1\n',
    };

    it.each([
      [{ 'compose.yaml': compose, 'compose.monitoring.yaml': 'services: {}\n' }, 'compose', 'image:'],
      [{ 'k8s/a.yaml': deployment, 'monitoring/kubernetes/podmonitor.yaml': 'a: b\n' }, 'kubernetes', 'PodMonitor'],
      [{ ...chart, 'chart/templates/monitoring.yaml': 'a: b\n' }, 'kubernetes', 'kind: PodMonitor'],
    ] as const)('%j', (texts, part, shown) => {
      const path = Object.keys(texts).find((one) => one.includes('monitoring')) ?? '';
      expect(() => plan(texts)).toThrow(
        expect.objectContaining({
          message: `${path} exists already and was not written by this tool.`,
          hint: expect.stringContaining(`--skip ${part};`),
          manual: [{ path, reason: expect.any(String), snippet: expect.stringContaining(shown) }],
        }),
      );
      expect(plan(texts, { skip: [part] }).files).not.toContain(path);
    });

    it('names a dashboard and rules of a chart, which are too long to be shown', () => {
      const taken = { 'chart/monitoring/rules.yaml': 'a: b\n', 'chart/monitoring/shop.json': '{}\n' };
      expect(() => plan({ ...chart, ...taken })).toThrow(
        expect.objectContaining({
          manual: Object.keys(taken).map((path) => expect.objectContaining({ path, snippet: '' })),
        }),
      );
    });

    it('moves the README aside', () => {
      expect(plan({ 'monitoring/README.md': '# Ours\n' }).files).toContain('monitoring/METRICS.md');
    });

    it('also where a file has the name of the folder', () => {
      expect(() => plan({ monitoring: 'a file' })).toThrow(RefusedError);
    });
  });

  it('takes the port that was given before all that was found', () => {
    const given = { port: 7000 };
    expect(targetOf(plan({}, given).text('monitoring/prometheus/prometheus.yml'))).toBe('localhost:7000');
    const inCompose = plan({ 'compose.yaml': compose }, given);
    expect(targetOf(inCompose.text('monitoring/prometheus/prometheus.yml'))).toBe('api:7000');
    expect(targetOf(plan({}, { metricsPort: 9464 }).text('monitoring/prometheus/prometheus.yml'))).toBe(
      'localhost:9464',
    );
  });
});

const both = [false, true] as const;
const combinations = both.flatMap((several) =>
  both.flatMap((metricsToken) =>
    both.flatMap((inCompose) =>
      [undefined, 90, 99.999].flatMap((slo) =>
        [undefined, 1].map((sloLatency) => ({ several, metricsToken, inCompose, slo, sloLatency })),
      ),
    ),
  ),
);

/** What the configuration's header says: a secret that Compose makes is not here. */
function checkCommand(config = ''): string[] {
  return /^# Check it: promtool (.*)$/m.exec(config)?.[1]?.split(' ') ?? [];
}

describe.skipIf(promtool === undefined)('promtool', () => {
  it.each(combinations.map((one) => [JSON.stringify(one), one] as const))(
    'takes configuration and rules, and the rules pass their tests: %s',
    async (_, { several, metricsToken, inCompose, slo, sloLatency }) => {
      const { texts } = plan(inCompose ? { 'compose.yaml': compose } : {}, {
        ...(several ? { workers: 4, redis: true, prefix: 'x_', metricsPort: 9464 } : {}),
        metricsToken,
        ...(slo === undefined ? {} : { slo }),
        ...(sloLatency === undefined ? {} : { sloLatency }),
      });
      const folder = await temporaryFolder();
      const files = [...texts].map(([path, text]) => ({ path, text }));
      await write(folder, [...files, { path: 'monitoring/prometheus/metrics-token', text: 'secret' }]);
      // Tests replay three days; they pass or not by the objective alone.
      const tests = 'monitoring/prometheus/rules/tests/shop.test.yml';
      const isTested = several && metricsToken && inCompose && sloLatency === 1;
      for (const command of [
        checkCommand(texts.get('monitoring/prometheus/prometheus.yml')),
        ['check', 'rules', 'monitoring/prometheus/rules/shop.rules.yml'],
        ...(isTested ? [['test', 'rules', tests]] : []),
      ]) {
        const { ok, said } = await runPromtool(promtool ?? '', folder, ...command);
        expect(ok, said).toBe(true);
      }
    },
  );
});
