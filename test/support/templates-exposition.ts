/** The samples of one scrape: a line without its value, such as `up{job="a"}`, and the value. */
export type Samples = ReadonlyMap<string, number>;

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (\\S+)$`);
const HELP = new RegExp(`^# HELP (${NAME}) (?:[^\\\\]|\\\\[\\\\n])*$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const VALUE = /^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|NaN|[-+]?Inf)$/i;

/**
 * Reads an exposition strictly, every line: https://prometheus.io/docs/instrumenting/exposition_formats/. Throws on a line
 * that is none, a series that occurs twice, and a sample outside the block of its metric.
 */
export function parseExposition(text: string): Samples {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  let metric = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '' || HELP.test(line)) continue;
    const [, name, type] = TYPE.exec(line) ?? [];
    if (name === undefined || type === undefined) {
      addSample(samples, line, metric, types.get(metric));
      continue;
    }
    if (types.has(name)) throw new Error(`a second TYPE: ${line}`);
    types.set(name, type);
    metric = name;
  }
  return samples;
}

function addSample(samples: Map<string, number>, line: string, metric: string, type: string | undefined): void {
  const [, name, , value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined || !VALUE.test(value)) throw new Error(`not a sample: ${line}`);
  if (!suffixesOf(type).some((suffix) => name === metric + suffix)) throw new Error(`outside of its metric: ${line}`);
  const series = line.slice(0, line.lastIndexOf(' '));
  if (samples.has(series)) throw new Error(`twice: ${line}`);
  samples.set(series, Number(value.replace('Inf', 'Infinity')));
}

function suffixesOf(type: string | undefined): readonly string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'];
  return type === 'summary' ? ['', '_sum', '_count'] : [''];
}

/** The values of one metric by its label values in the order asked for, such as `GET /users/:id 200`; zeros left out. */
export function counts(samples: Samples, metric: string, labels: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [series, value] of samples) {
    if (!series.startsWith(`${metric}{`) || value === 0) continue;
    const key = labels.map((label) => labelValue(series, label)).join(' ');
    found[key] = (found[key] ?? 0) + value;
  }
  return found;
}

/** The value of the one series that has these labels (others may be there too); undefined when there is none. */
export function sampleValue(
  samples: Samples,
  name: string,
  labels: Readonly<Record<string, string>>,
): number | undefined {
  const wanted = Object.entries(labels);
  const found = [...samples].filter(
    ([series]) =>
      series.startsWith(`${name}{`) && wanted.every(([label, value]) => labelValue(series, label) === value),
  );
  if (found.length > 1) throw new Error(`${found.length} series of ${name} have ${JSON.stringify(labels)}`);
  return found[0]?.[1];
}

function labelValue(series: string, label: string): string {
  const value = new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`).exec(series)?.[1] ?? '';
  return value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
