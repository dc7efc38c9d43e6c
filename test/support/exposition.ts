/**
 * A strict parser of Prometheus' text exposition format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/): what it takes, Prometheus takes. It is stricter in two
 * points: a series may occur once only, and all samples of a family stand together below its `# TYPE`.
 */

import type { Exposition, Family, Sample } from '../../src/checks/exposition.js';

export type { Exposition, Family, Sample };

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const TYPES: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};
/** What Go's strconv.ParseFloat takes of it, in any case: prom-client 15.1.3 writes NaN as `Nan`. */
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|nan)$/i;

/** Throws an Error that names the line and what is wrong with it. */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end with a line feed');
  const parser = new Parser();
  text
    .slice(0, -1)
    .split('\n')
    .forEach((line, index) => {
      try {
        parser.line(line);
      } catch (error) {
        throw new Error(`line ${index + 1}: ${(error as Error).message}: ${line}`);
      }
    });
  return { families: parser.families, samples: parser.samples };
}

/** All samples of that name whose labels include the given ones. */
export function samplesOf(exposition: Exposition, name: string, labels: Record<string, string> = {}): Sample[] {
  return exposition.samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
}

/** Sum over all samples of that name whose labels include the given ones; 0 when there is none. */
export function sumOf(exposition: Exposition, name: string, labels: Record<string, string> = {}): number {
  return samplesOf(exposition, name, labels).reduce((sum, sample) => sum + sample.value, 0);
}

class Parser {
  readonly families = new Map<string, Family>();
  readonly samples: Sample[] = [];
  readonly #helps = new Map<string, string>();
  readonly #series = new Set<string>();
  #family: Family | undefined;

  line(line: string): void {
    if (line === '') return;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, keyword, name = '', rest = ''] = comment;
      if (METRIC_NAME.exec(name)?.[0] !== name) throw new Error('not a metric name');
      if (keyword === 'HELP') this.#help(name, rest);
      else this.#type(name, rest);
    } else if (!line.startsWith('#')) {
      this.#sample(line);
    }
  }

  #help(name: string, help: string): void {
    if (this.#helps.has(name)) throw new Error('a second HELP');
    if (!/^(?:[^\\]|\\[\\n])*$/.test(help)) throw new Error('an unknown escape sequence');
    this.#helps.set(name, help);
  }

  #type(name: string, type: string): void {
    if (!TYPES.has(type)) throw new Error('an unknown type');
    if (this.families.has(name)) throw new Error('a second TYPE');
    this.#family = { name, type, help: this.#helps.get(name) };
    this.families.set(name, this.#family);
  }

  #sample(line: string): void {
    const name = METRIC_NAME.exec(line)?.[0];
    if (name === undefined) throw new Error('not a sample');
    const family = this.#family;
    if (family === undefined || !(SUFFIXES[family.type] ?? ['']).some((suffix) => family.name + suffix === name)) {
      throw new Error('not below its TYPE');
    }
    const { labels, rest } = parseLabels(line.slice(name.length));
    const [value = '', timestamp, ...more] = rest.replace(/^[ \t]+/, '').split(/[ \t]+/);
    if (!NUMBER.test(value)) throw new Error('not a number');
    if (more.length > 0 || (timestamp !== undefined && !/^-?\d+$/.test(timestamp))) throw new Error('text after it');
    const series = JSON.stringify([name, Object.entries(labels).sort()]);
    if (this.#series.has(series)) throw new Error('the same series a second time');
    this.#series.add(series);
    this.samples.push({ name, labels, value: Number(value.replace(/inf$/i, 'Infinity')) });
  }
}

function parseLabels(text: string): { labels: Record<string, string>; rest: string } {
  const labels: Record<string, string> = {};
  if (!text.startsWith('{')) return { labels, rest: text };
  let rest = text.slice(1);
  while (!rest.startsWith('}')) {
    const name = LABEL_NAME.exec(rest)?.[0];
    if (name === undefined || Object.hasOwn(labels, name)) throw new Error('not a label, or one given twice');
    const quoted = /^="((?:[^"\\]|\\[\\"n])*)"/.exec(rest.slice(name.length));
    if (quoted === null) throw new Error(`not a value for ${name}`);
    labels[name] = (quoted[1] ?? '').replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
    rest = rest.slice(name.length + quoted[0].length);
    if (rest.startsWith(',')) rest = rest.slice(1);
    else if (!rest.startsWith('}')) throw new Error('no comma between labels');
  }
  return { labels, rest: rest.slice(1) };
}
