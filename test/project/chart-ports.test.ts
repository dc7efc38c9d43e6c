import { describe, expect, test } from 'vitest';
import { chartPorts } from '../../src/project/chart-ports.js';

/** A Deployment as a chart has it, with these lines below its container's ports, and others after them. */
function deployment(ports: string, after = ''): string {
  return `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: shop
          ports:
${ports.replace(/^/gm, '            ')}
${after}`;
}

const tcp = (name: string | undefined, port: number | undefined) => ({ name, port, protocol: 'TCP' });
const http = '- name: http\n  containerPort: {{ .Values.service.port }}';

describe('chartPorts', () => {
  test.each([
    ['a name', http, [tcp('http', undefined)]],
    ['the number first', '- containerPort: 8443\n  name: https', [tcp('https', 8443)]],
    ['no name', `${http}\n- containerPort: 9000`, [tcp('http', undefined), tcp(undefined, 9000)]],
    ['UDP', '- name: dns\n  containerPort: 53\n  protocol: UDP', [{ name: 'dns', port: 53, protocol: 'UDP' }]],
    ['quotes', '- name: "http"\n  containerPort: "80" # the app', [tcp('http', 80)]],
    ['a comment between', '- name: http\n  # the app\n  containerPort: 80', [tcp('http', 80)]],
    [
      'one that is there on a condition',
      `${http}\n{{- if .Values.debug }}\n- name: debug\n  containerPort: 9229\n{{- end }}`,
      [tcp('http', undefined), tcp('debug', 9229)],
    ],
    ['a number of a name that a value gives', '- name: {{ .Values.name }}\n  containerPort: 80', [tcp(undefined, 80)]],
  ])('%s', (_, lines, ports) => {
    const resources = '          resources:\n            {{- toYaml .Values.resources | nindent 12 }}\n';
    expect(chartPorts([deployment(lines, resources)])).toEqual({ ports, isWhole: true });
  });

  test.each([
    ['neither name nor number', deployment('- containerPort: {{ .Values.port }}')],
    ['a protocol that a value gives', deployment('- containerPort: 80\n  protocol: {{ .Values.protocol }}')],
    ['a key on a condition', deployment('- containerPort: 80\n{{- if .Values.udp }}\n  protocol: UDP\n{{- end }}')],
    ['a loop', deployment('{{- range .Values.ports }}\n- name: {{ .name }}\n  containerPort: {{ .port }}\n{{- end }}')],
    ['more of the values', deployment(`${http}\n{{- toYaml .Values.extraPorts | nindent 12 }}`)],
    ['ports in one line', deployment(http).replace(/ports:[\s\S]*/, 'ports: [{ name: http, containerPort: 80 }]\n')],
    ['ports that are all values', deployment(http).replace(/ports:[\s\S]*/, 'ports: {{ .Values.ports | toJson }}\n')],
    [
      'sidecars',
      deployment(http, '        {{- with .Values.sidecars }}\n        {{- toYaml . }}\n        {{- end }}\n'),
    ],
    ['containers from elsewhere', 'kind: Deployment\n      containers:\n        {{- include "shop.one" . }}\n'],
    ['a key that is not known', deployment('- name: http\n  containerPort: 80\n  appProtocol: h2c')],
    [
      'a second workload whose containers come from a value',
      `${deployment(http)}---\n      containers:\n        {{ .Values.all }}\n`,
    ],
    ['no workload', 'kind: Service\nspec:\n  ports:\n    - port: 80\n'],
  ])('does not take for the whole: %s', (_, template) => {
    expect(chartPorts([template]).isWhole).toBe(false);
  });

  test('is not misled by a Service, or by what a value is called', () => {
    const service = 'kind: Service\nspec:\n  ports:\n    - port: {{ .Values.containerPort }}\n      targetPort: http\n';
    const ranged =
      'kind: Service\nspec:\n  ports:\n    {{- range .Values.ports }}\n    - port: {{ . }}\n    {{- end }}\n';
    expect(chartPorts([deployment(http), service, ranged])).toEqual({ ports: [tcp('http', undefined)], isWhole: true });
  });
});
