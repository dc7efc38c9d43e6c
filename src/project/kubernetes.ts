import { createRequire } from 'node:module';
import { posix } from 'node:path';
import type * as Yaml from 'yaml';
import { type ChartPorts, chartPorts, podKinds } from './chart-ports.js';
import { imageName } from './compose-services.js';
import { type Folders, foldersThere, namesIn } from './deployment.js';
import { asList, asObject } from './plain-data.js';
import { readIfText } from './source-files.js';

/** A port of a container. */
export interface ContainerPort {
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: string;
}

/** What runs pods: a Deployment or the like, as plain YAML says it. */
export interface Workload {
  /** The manifest, relative to the target. */
  readonly path: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** The labels by which its pods are found. */
  readonly labels: Readonly<Record<string, string>>;
  readonly images: readonly string[];
  /** What its containers are told to listen to, by their variable PORT. */
  readonly portVariable: number | undefined;
  /** Of all containers of a pod. */
  readonly ports: readonly ContainerPort[];
}

/** A Helm chart of the target's own. */
export interface Chart {
  /** Relative to the target. */
  readonly folder: string;
  readonly name: string;
  /** The named template that gives the labels by which its pods are found, as `helm create` writes one. */
  readonly selectorTemplate: string | undefined;
  /** Otherwise the lines below `matchLabels`, as the templates of all that runs its pods have them. */
  readonly selectorLines: readonly string[];
  /** The ports of the containers in its templates. */
  readonly ports: ChartPorts;
}

/** What the target shows of Kubernetes. */
export interface Kubernetes {
  readonly workloads: readonly Workload[];
  readonly charts: readonly Chart[];
  /** Kustomize's files, relative to the target. */
  readonly kustomizations: readonly string[];
  /** Manifests that restrict who reaches pods. */
  readonly networkPolicies: readonly string[];
}

/** Where manifests are kept; each is looked through with what is below it. */
const folders = [
  ...['k8s', '.k8s', 'kube', 'kubernetes', 'manifests', 'deploy', 'deployment', 'deployments', 'infra', 'ops'],
  ...['helm', 'chart', 'charts', 'kustomize', 'config', 'gitops', '.'],
];
const deepest = 4;
/** A bound against folders that are something else. */
const mostFiles = 400;

const kinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'ReplicaSet']);

/** Read when there is a manifest, not before. */
const load = createRequire(import.meta.url);

/** Looks through the folders in which manifests are usually kept. */
export function findKubernetes(files: Folders): Kubernetes {
  const ofCharts = namesIn(files, '.').filter(
    (name) => !name.includes('.') && readIfText(files, `${name}/Chart.yaml`) !== undefined,
  );
  const places = [...new Set([...foldersThere(files, folders), ...ofCharts])];
  const paths = [...new Set(places.flatMap((folder) => yamlBelow(files, folder, folder === '.' ? 0 : deepest)))];
  const chartFiles = paths.filter((path) => posix.basename(path) === 'Chart.yaml');
  const inCharts = chartFiles.map((path) => `${posix.dirname(path)}/`);
  const charts = chartFiles.filter(
    (path) => !inCharts.some((folder) => path.startsWith(folder) && path !== `${folder}Chart.yaml`),
  );
  const plain = paths.filter((path) => !inCharts.some((folder) => path.startsWith(folder)));
  return {
    workloads: plain.flatMap((path) => workloadsIn(files, path)),
    charts: charts.flatMap((path) => readChart(files, path)),
    kustomizations: plain.filter((path) => /^[kK]ustomization(\.ya?ml)?$/.test(posix.basename(path))),
    networkPolicies: paths.filter((path) => /^kind:\s*NetworkPolicy\b/m.test(readIfText(files, path) ?? '')),
  };
}

/** YAML files of a folder and, as deep as that, of those in it. */
function yamlBelow(files: Folders, folder: string, depth: number): string[] {
  const found: string[] = [];
  for (const name of namesIn(files, folder)) {
    const path = posix.join(folder, name);
    if (/\.ya?ml$|^Kustomization$/.test(name)) found.push(path);
    else if (depth > 0 && !name.includes('.') && name !== 'node_modules') {
      found.push(...yamlBelow(files, path, depth - 1));
    }
    if (found.length > mostFiles) break;
  }
  return found;
}

function workloadsIn(files: Folders, path: string): Workload[] {
  const text = readIfText(files, path) ?? '';
  if (!/^kind:\s*["']?[A-Z]/m.test(text)) return [];
  return documentsOf(text).flatMap((document) => readWorkload(path, document) ?? []);
}

function documentsOf(text: string): Record<string, unknown>[] {
  const { parseAllDocuments } = load('yaml') as typeof Yaml;
  try {
    const documents = [...parseAllDocuments(text, { logLevel: 'silent' })];
    return documents.flatMap((one) => ('toJS' in one && one.errors.length === 0 ? [asObject(one.toJS())] : []));
  } catch {
    return []; // an alias without its anchor
  }
}

function readWorkload(path: string, document: Record<string, unknown>): Workload | undefined {
  if (!kinds.has(String(document['kind']))) return undefined;
  const metadata = asObject(document['metadata']);
  const spec = asObject(document['spec']);
  const template = asObject(spec['template']);
  const pod = asObject(template['spec']);
  const matched = strings(asObject(spec['selector'])['matchLabels']);
  const containers = asList(pod['containers']).map(asObject);
  if (containers.length === 0) return undefined;
  return {
    path,
    name: String(metadata['name'] ?? ''),
    namespace: typeof metadata['namespace'] === 'string' ? metadata['namespace'] : undefined,
    labels: Object.keys(matched).length > 0 ? matched : strings(asObject(template['metadata'])['labels']),
    portVariable: containers.flatMap(({ env }) => asList(env).flatMap((one) => portVariable(asObject(one)) ?? []))[0],
    images: containers.flatMap(({ image }) => (typeof image === 'string' ? [image] : [])),
    ports: containers.flatMap(({ ports }) => asList(ports).flatMap((port) => readPort(asObject(port)) ?? [])),
  };
}

function portVariable({ name, value }: Record<string, unknown>): number | undefined {
  return name === 'PORT' && /^\d{1,5}$/.test(String(value)) ? Number(value) : undefined;
}

function readPort({ name, containerPort, protocol }: Record<string, unknown>): ContainerPort | undefined {
  if (typeof containerPort !== 'number') return undefined;
  return {
    name: typeof name === 'string' ? name : undefined,
    port: containerPort,
    protocol: typeof protocol === 'string' ? protocol : 'TCP',
  };
}

function readChart(files: Folders, path: string): Chart[] {
  const [about = {}] = documentsOf(readIfText(files, path) ?? '');
  const { name, type } = about;
  if (typeof name !== 'string' || type === 'library') return [];
  const folder = posix.dirname(path);
  const texts = templatesBelow(files, `${folder}/templates`, deepest).map((one) => readIfText(files, one) ?? '');
  const templates = texts.flatMap((text) =>
    [...text.matchAll(/\{\{-?\s*define\s+"([\w.-]+\.selectorLabels)"/g)].map((match) => match[1] ?? ''),
  );
  const [first = [], ...others] = texts.flatMap((text) => (podKinds.test(text) ? [matchedLabels(text)] : []));
  return [
    {
      folder,
      name,
      selectorTemplate: templates[0],
      selectorLines: first.filter((line) => others.every((lines) => lines.includes(line))),
      ports: chartPorts(texts),
    },
  ];
}

function templatesBelow(files: Folders, folder: string, depth: number): string[] {
  return namesIn(files, folder).flatMap((name) => {
    const path = posix.join(folder, name);
    if (/\.(?:ya?ml|tpl)$/.test(name)) return [path];
    return depth > 0 && !name.includes('.') ? templatesBelow(files, path, depth - 1) : [];
  });
}

/** The lines below the first `matchLabels`, without their indentation; none where variables make them mean something only there. */
function matchedLabels(template: string): string[] {
  const lines = template.split(/\r?\n/);
  const at = lines.findIndex((line) => /^\s*matchLabels:\s*$/.test(line));
  const indentation = (line: string) => line.length - line.trimStart().length;
  const below = at < 0 ? [] : lines.slice(at + 1);
  const end = below.findIndex((line) => indentation(line) <= indentation(lines[at] ?? ''));
  const labels = (end < 0 ? below : below.slice(0, end)).map((line) => line.trim()).filter((line) => line !== '');
  const isPlain = (line: string) => /^["']?[\w./-]+["']?:\s*\S/.test(line) && !line.includes('$');
  return labels.every(isPlain) ? labels : [];
}

/**
 * The workload that runs the app: the only one, or the one that has its name or its image's.
 *
 * @param names the application tag and the package's name
 */
export function appWorkload({ workloads }: Kubernetes, names: readonly string[]): Workload | undefined {
  const isNamed = ({ name, images }: Workload) => names.includes(name) || images.map(imageName).some(isName);
  const isName = (name: string) => names.includes(name);
  const named = workloads.filter(isNamed);
  const [first, ...others] = named.length > 0 ? named : workloads;
  // An overlay's manifest of the same name (Kustomize's patches) is the same workload.
  return first !== undefined && others.every(({ name }) => name === first.name) ? first : undefined;
}

function strings(value: unknown): Record<string, string> {
  const entries = Object.entries(asObject(value));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
