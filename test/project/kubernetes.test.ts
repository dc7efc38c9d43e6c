import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { appWorkload, findKubernetes } from '../../src/project/kubernetes.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

const find = (texts: Texts) => findKubernetes(new Workspace(makeFolder(texts)));
const nothing = { workloads: [], charts: [], kustomizations: [], networkPolicies: [] };

function deployment(name: string, image = 'x', kind = 'Deployment'): string {
  return `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: ${name}
spec:
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name}, version: "2" }
    spec:
      containers:
        - name: ${name}
          image: ${image}
          ports: [{ name: http, containerPort: 8000 }, { containerPort: 8125, protocol: UDP }]
        - name: sidecar
          image: envoy
          ports: [{ name: admin, containerPort: 9901 }]
`;
}

describe('findKubernetes', () => {
  test('reads a workload: labels, ports of all containers, images', () => {
    const { workloads } = find({ 'k8s/app.yaml': `${deployment('shop', 'acme/shop:1')}---\nkind: Service\n` });
    expect(workloads).toEqual([
      {
        path: 'k8s/app.yaml',
        name: 'shop',
        namespace: undefined,
        labels: { app: 'shop' },
        images: ['acme/shop:1', 'envoy'],
        ports: [
          { name: 'http', port: 8000, protocol: 'TCP' },
          { name: undefined, port: 8125, protocol: 'UDP' },
          { name: 'admin', port: 9901, protocol: 'TCP' },
        ],
      },
    ]);
  });

  test.each(['k8s/a.yaml', 'deploy/prod/k8s/a.yml', 'deployment.yaml', '.k8s/a.yaml', 'infra/a/b/c/a.yaml'])(
    'in %s',
    (path) => {
      expect(find({ [path]: deployment('shop') }).workloads).toMatchObject([{ path, name: 'shop' }]);
    },
  );

  test.each(['StatefulSet', 'DaemonSet', 'Rollout'])('a %s runs pods, too', (kind) => {
    expect(find({ 'k8s/a.yaml': deployment('shop', 'x', kind) }).workloads).toHaveLength(1);
  });

  test.each([
    ['another kind', deployment('shop', 'x', 'Service')],
    ['no YAML', 'kind: Deployment\n  a: [\n'],
    ['a template', 'kind: Deployment\nmetadata:\n  name: {{ .Values.name }}\n{{- if x }}\n'],
    ['a patch without containers', 'kind: Deployment\nmetadata: { name: a }\nspec: { replicas: 3 }\n'],
    ['an unknown alias', 'kind: Deployment\nspec: *none\n'],
    ['a compose file', 'services: {}\n'],
  ])('%s is no workload', (_, text) => {
    expect(find({ 'k8s/a.yaml': text })).toEqual(nothing);
  });

  test('packages that are installed are not looked through', () => {
    expect(find({ 'node_modules/x/k8s/a.yaml': deployment('a'), 'src/k8s.yaml': deployment('b') })).toEqual(nothing);
  });

  test.each([
    [
      '      app: "{{ .Chart.Name }}-selector"\n      version: "current"',
      ['app: "{{ .Chart.Name }}-selector"', 'version: "current"'],
    ],
    ['      app.kubernetes.io/name: shop\n  template:', ['app.kubernetes.io/name: shop']],
    ['      {{- include "shop.matchLabels" . | nindent 6 }}', []],
    ['      app: {{ $name }}', []],
    ['      {{- range .Values.labels }}\n      a: {{ . }}\n      {{- end }}', []],
  ])('the labels of a chart without a template for them: %j', (lines, selectorLines) => {
    const template = `kind: Deployment\nspec:\n  selector:\n    matchLabels:\n${lines}\n  replicas: 1\n`;
    const { charts } = find({
      'chart/Chart.yaml': 'name: shop\n',
      'chart/templates/a-policy.yaml': 'kind: NetworkPolicy\nspec:\n  podSelector:\n    matchLabels:\n      a: b\n',
      'chart/templates/app.yaml': template,
    });
    expect(charts).toMatchObject([{ selectorTemplate: undefined, selectorLines }]);
  });

  test('the labels that all workloads of a chart have', () => {
    const template = (version: string) =>
      `kind: Deployment\nspec:\n  selector:\n    matchLabels:\n      app: "{{ .Chart.Name }}"\n      version: ${version}\n`;
    const { charts } = find({
      'chart/Chart.yaml': 'name: shop\n',
      'chart/templates/a.yaml': template('base'),
      'chart/templates/b.yaml': template('current'),
    });
    expect(charts).toMatchObject([{ selectorLines: ['app: "{{ .Chart.Name }}"'] }]);
  });

  test("reads charts, and not what is in them as manifests; a chart's own dependencies are not the target's", () => {
    const chart = {
      'deploy/chart/Chart.yaml': 'apiVersion: v2\nname: shop\n',
      'deploy/chart/templates/_helpers.tpl': '{{- define "shop.selectorLabels" -}}\na: b\n{{- end }}\n',
      'deploy/chart/templates/deployment.yaml': 'ports:\n  - name: http\n    containerPort: {{ .Values.port }}\n',
      'deploy/chart/crds/a.yaml': deployment('crd'),
      'deploy/chart/charts/redis/Chart.yaml': 'apiVersion: v2\nname: redis\n',
    };
    expect(find(chart)).toEqual({
      ...nothing,
      charts: [
        {
          folder: 'deploy/chart',
          name: 'shop',
          selectorTemplate: 'shop.selectorLabels',
          selectorLines: [],
          ports: { ports: [{ name: 'http', port: undefined, protocol: 'TCP' }], isWhole: false },
        },
      ],
    });
    expect(find({ 'charts/lib/Chart.yaml': 'name: lib\ntype: library\n' }).charts).toEqual([]);
    expect(find({ 'my-application/Chart.yaml': 'name: shop\n' }).charts).toMatchObject([{ folder: 'my-application' }]);
    expect(find({ 'src/deploy.yaml': 'kind: Deployment\n', 'src/x/Chart.yaml': 'name: x\n' }).charts).toEqual([]);
  });

  test("looks through a chart's folders of templates", () => {
    const { charts } = find({
      'chart/Chart.yaml': 'name: shop\n',
      'chart/templates/api/deployment.yaml': deployment('shop'),
    });
    expect(charts).toMatchObject([{ selectorLines: [], ports: { isWhole: false } }]);
    const plain = deployment('shop').replace(/ports: .*/g, 'ports:\n            - containerPort: 80');
    const others = find({ 'chart/Chart.yaml': 'name: shop\n', 'chart/templates/api/deployment.yaml': plain });
    expect(others.charts).toMatchObject([{ ports: { isWhole: true, ports: [{ port: 80 }, { port: 80 }] } }]);
  });

  test("names Kustomize's files and network policies", () => {
    const found = find({
      'k8s/base/kustomization.yaml': 'resources: []\n',
      'k8s/overlays/a/Kustomization': 'resources: []\n',
      'k8s/policy.yaml': 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n',
    });
    expect(found).toMatchObject({
      kustomizations: ['k8s/base/kustomization.yaml', 'k8s/overlays/a/Kustomization'],
      networkPolicies: ['k8s/policy.yaml'],
    });
  });
});

describe('appWorkload', () => {
  const nameOf = (texts: Texts) => appWorkload(find(texts), ['shop'])?.name;

  test('the only one', () => expect(nameOf({ 'k8s/a.yaml': deployment('a') })).toBe('a'));
  test('the one of its name', () =>
    expect(nameOf({ 'k8s/a.yaml': deployment('a'), 'k8s/b.yaml': deployment('shop') })).toBe('shop'));
  test('the one of its image', () =>
    expect(nameOf({ 'k8s/a.yaml': deployment('a'), 'k8s/b.yaml': deployment('b', 'ghcr.io/x/shop:1') })).toBe('b'));
  test('the same in an overlay', () =>
    expect(nameOf({ 'k8s/base/a.yaml': deployment('shop'), 'k8s/prod/a.yaml': deployment('shop') })).toBe('shop'));
  test('nobody can tell', () =>
    expect(nameOf({ 'k8s/a.yaml': deployment('a'), 'k8s/b.yaml': deployment('b') })).toBeUndefined());
});
