import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The files below `monitoring/` that something can be checked about; paths are absolute. */
export interface MonitoringFiles {
  /** Configurations of Prometheus. */
  readonly configs: readonly string[];
  /** Recording and alerting rules. */
  readonly rules: readonly string[];
  /** Tests of rules. */
  readonly tests: readonly string[];
  readonly dashboards: readonly Dashboard[];
}

export interface Dashboard {
  readonly file: string;
  /** Each query with the title of its panel. */
  readonly queries: readonly { readonly panel: string; readonly expression: string }[];
  /** What a variable stands for when everything is chosen, by its name. */
  readonly variables: Readonly<Record<string, string>>;
}

const mostFiles = 500;
/**
 * What Prometheus has no such key for, and its neighbours have: Promtail (server, clients, positions), what Grafana
 * provisions and Kubernetes applies (apiVersion), Mimir's rules (namespace).
 */
const foreignKeys = ['server', 'clients', 'positions', 'apiVersion', 'namespace'];
/** Of PromQL and LogQL. */
const strings = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;

/** Finds them by what is in them; undefined when there is no such folder. */
export function findMonitoringFiles(dir: string): MonitoringFiles | undefined {
  const paths = filesBelow(join(dir, 'monitoring'));
  if (paths === undefined) return undefined;
  const yaml = paths
    .filter((path) => /\.ya?ml$/.test(path))
    .map((path) => ({ path, document: documentIn(path) }))
    .filter(({ document }) => !foreignKeys.some((key) => key in document));
  const having = (...keys: string[]) => yaml.filter(({ document }) => keys.every((key) => key in document));
  const pathsOf = (files: typeof yaml) => files.map(({ path }) => path);
  return {
    configs: pathsOf(having('scrape_configs')),
    rules: pathsOf(having('groups').filter(({ document }) => !hasLogQl(document))),
    tests: pathsOf(having('rule_files', 'tests')),
    dashboards: paths.filter((path) => path.endsWith('.json')).flatMap((path) => dashboardIn(path) ?? []),
  };
}

function filesBelow(root: string): string[] | undefined {
  try {
    const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort().slice(0, mostFiles);
    return paths.map((path) => join(root, path));
  } catch {
    return undefined; // not there, or not readable
  }
}

/** What is at the top; nothing for what is no mapping, or a template of something else. */
function documentIn(path: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = parse(readFileSync(path, 'utf8'), { logLevel: 'silent' });
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Rules for Loki look like those for Prometheus, but for the pipes in their queries, which PromQL has not. */
function hasLogQl({ groups }: Readonly<Record<string, unknown>>): boolean {
  const rules = listOf(groups).flatMap((group) => listOf(group['rules']));
  return rules.some(({ expr }) => /\|[=~]|\|\s*[a-z]/.test(String(expr ?? '').replace(strings, '')));
}

function listOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}

interface RawPanel {
  readonly title?: string;
  readonly panels?: readonly RawPanel[];
  readonly targets?: readonly { readonly expr?: string }[];
}

interface RawVariable {
  readonly name?: string;
  readonly type?: string;
  readonly query?: unknown;
  readonly allValue?: string | null;
  readonly current?: { readonly value?: unknown };
}

interface RawDashboard {
  readonly panels?: readonly RawPanel[];
  readonly templating?: { readonly list?: readonly RawVariable[] };
}

function dashboardIn(file: string): Dashboard | undefined {
  let raw: RawDashboard;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8')) as RawDashboard;
  } catch {
    return undefined;
  }
  if (!Array.isArray(raw?.panels)) return undefined;
  const panels = raw.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  const queries = panels.flatMap(({ title = '', targets = [] }) =>
    targets.flatMap(({ expr }: { readonly expr?: string }) =>
      expr === undefined || expr === '' ? [] : [{ panel: title, expression: expr }],
    ),
  );
  const variables = (raw.templating?.list ?? []).map((one) => [one.name ?? '', allOf(one)] as const);
  return { file, queries, variables: Object.fromEntries(variables) };
}

function allOf({ type, query, allValue, current }: RawVariable): string {
  if (type === 'constant') return String(query ?? '');
  if (type === 'query') return allValue ?? '.*';
  return String(current?.value ?? '');
}

/** Wide enough for the traffic of this run: at rest, a ratio of rates is no number. */
const rateSeconds = 300;

/** An expression as Grafana sends it, over the last hour, with everything chosen. */
export function filledIn(
  expression: string,
  variables: Readonly<Record<string, string>>,
  intervalSeconds: number,
): string {
  const builtIn: Readonly<Record<string, string>> = {
    __rate_interval: `${Math.max(rateSeconds, 4 * intervalSeconds)}s`,
    __interval: `${intervalSeconds}s`,
    __range: '1h',
    __range_s: '3600',
  };
  return expression.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]/g, (all, ...names: (string | undefined)[]) => {
    const name = names.slice(0, 3).find((one) => typeof one === 'string') ?? '';
    return builtIn[name] ?? variables[name] ?? all;
  });
}
