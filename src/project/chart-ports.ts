/** A port of a container, as a template says it: by a name, by a number, or by both. */
export interface ChartPort {
  readonly name: string | undefined;
  /** Undefined where only the chart's values tell. */
  readonly port: number | undefined;
  readonly protocol: string;
}

/** The ports of the containers that a chart's templates make. */
export interface ChartPorts {
  readonly ports: readonly ChartPort[];
  /** Whether these are all: every one could be read, and none comes from the values or from a template elsewhere. */
  readonly isWhole: boolean;
}

/** In a template's text: it makes pods. */
export const podKinds = /^kind:\s*["']?(?:Deployment|StatefulSet|DaemonSet|Rollout)\b/m;

/** Actions that put in ports, or whole containers, which are not in the text. */
const putIn = /\b(?:toYaml|toJson|include|template|tpl|range|with)\b.*(?:ports|containers|sidecar)/i;

/**
 * Reads the ports out of the texts of a chart's templates, which are no YAML before Helm has made it of them.
 *
 * @param templates the texts of all of them
 */
export function chartPorts(templates: readonly string[]): ChartPorts {
  const files = templates.map((text) => ({ lines: linesOf(text), hasPods: podKinds.test(text) }));
  const found = files.flatMap(({ lines }) =>
    lines.flatMap((line, at) => (/containerPort["']?\s*:/.test(outsideActions(line)) ? [portAt(lines, at)] : [])),
  );
  const pods = files.filter(({ hasPods }) => hasPods);
  return {
    ports: found.filter((port) => port !== undefined),
    isWhole: !found.includes(undefined) && pods.length > 0 && pods.every(({ lines }) => showsPorts(lines)),
  };
}

/** Without comments and blank lines. */
function linesOf(text: string): string[] {
  const withoutComments = text.replace(/\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/g, '');
  return withoutComments.split(/\r?\n/).filter((line) => !/^\s*(?:#|$)/.test(line));
}

/** What a value of the chart is called says nothing about the key that it stands at. */
function outsideActions(line: string): string {
  return line.replace(/\{\{.*?\}\}/g, '{{}}');
}

/** Whether a workload's template has its containers and their ports in its own text. */
function showsPorts(lines: readonly string[]): boolean {
  const actions = lines.flatMap((line) => line.match(/\{\{.*?\}\}/g) ?? []);
  const containers = lines.flatMap((line, at) => (/^\s*containers:/.test(line) ? [lines[at + 1] ?? ''] : []));
  const inOneLine = lines.some((line) => /^\s*(?:-\s+)?(?:ports|containers):\s*(?!\[\s*\]|#)\S/.test(line));
  return (
    !inOneLine &&
    !actions.some((action) => putIn.test(action)) &&
    containers.length > 0 &&
    containers.every((line) => /^\s*- /.test(line))
  );
}

/** The item of a list that this line belongs to; undefined where it is not plainly name, number and protocol. */
function portAt(lines: readonly string[], at: number): ChartPort | undefined {
  const column = keyColumn(lines[at] ?? '');
  const first = lines.findLastIndex((line, index) => index <= at && (isItem(line) || keyColumn(line) !== column));
  const next = lines.findIndex((line, index) => index > at && (isItem(line) || keyColumn(line) !== column));
  const item = lines.slice(first, next < 0 ? undefined : next);
  const pairs = item.map((line) => /^\s*(?:-\s+)?(\w+):\s*(.*?)\s*(?:\s#.*)?$/.exec(line)?.slice(1, 3) ?? ['', '']);
  const known = ['name', 'containerPort', 'protocol', 'hostPort', 'hostIP'];
  // After an action, a line in the same column still is the item's: there on a condition.
  const after = next < 0 ? undefined : lines.slice(next).find((line) => !/^\s*\{\{/.test(line));
  const goesOn = after !== undefined && !isItem(after) && keyColumn(after) === column;
  if (!isItem(item[0] ?? '') || goesOn || !pairs.every(([key = '']) => known.includes(key))) return undefined;
  const { name, containerPort, protocol = 'TCP' } = Object.fromEntries(pairs) as Readonly<Record<string, string>>;
  return portOf(plain(name), plain(containerPort), plain(protocol));
}

function portOf(name: string | undefined, number: string | undefined, protocol: string | undefined) {
  const port = number !== undefined && /^\d{1,5}$/.test(number) ? Number(number) : undefined;
  if (protocol === undefined || (name === undefined && port === undefined)) return undefined;
  return { name, port, protocol };
}

/** A scalar that stands there as it is, without its quotes. */
function plain(value = ''): string | undefined {
  return /^(["']?)([\w-]+)\1$/.exec(value)?.[2];
}

function isItem(line: string): boolean {
  return /^\s*-\s/.test(line);
}

/** Where the line's key begins: in an item's first line after the dash. */
function keyColumn(line: string): number {
  return /^\s*(?:-\s+)?/.exec(line)?.[0].length ?? 0;
}
