import { readFileSync, statSync } from 'fs';
import { declarations } from './declarations.js';
import type { SlotFiles } from './slots.js';
import { attempt, isAlive, parseKey } from './slots.js';

/** A gauge of one process; `aggregator` says how it is put together with those of others, as in the client. */
export interface GaugeValues {
  readonly name: string;
  readonly help: string;
  readonly aggregator: string;
  readonly values: readonly { readonly labels: object; readonly value: number | string }[];
}

/** A gauges file. */
export interface Gauges {
  readonly owner: string;
  readonly gauges: readonly GaugeValues[];
}

/** What the header of a metric says. */
export interface Header {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

interface Family extends Header {
  readonly series: Map<string, Series>;
  /** The values of a gauge's series, and how they become one. */
  readonly gauges: Map<string, number[]>;
  aggregator: string;
}

/** One exposed series of a counter, histogram or summary: the sum of its rows in the slots. */
interface Series {
  readonly labels: string;
  bounds: readonly number[];
  /** A counter's value; for a histogram a count for each bucket (not cumulative), that of +Inf, and the sum. */
  sums: Float64Array;
  /** What stands before each value, made at the first rendering. */
  texts: readonly string[];
  /** Whether a slot has it: a slot that somebody removed may have been the only one. */
  found: boolean;
}

/** What the same line in several keys files says; without a series when its type is not the one here. */
interface Kind {
  readonly series: Series | undefined;
  readonly bounds: readonly number[];
}

interface Row {
  readonly kind: Kind;
  readonly first: number;
}

/** A keys file, which only grows: its rows, and how far it was read. */
interface KeysFile {
  readonly id: string;
  readonly rows: Row[];
  offset: number;
}

/** Whether all processes share: it is 0 when some of the counts are shown nowhere, or for one process only. */
export const UP: Header = {
  name: declarations.multiprocessUp.name,
  type: 'gauge',
  help: declarations.multiprocessUp.help,
};

// A start time, a percentile or a heap cannot be added up: these gauges are told apart by the label `worker`.
const PER_WORKER = /^(process|nodejs)_/;
const NEWLINE = 10;

/** Adds up the slots of a run. It keeps what it parsed: a later reading costs little more than the cells. */
export class Merger {
  declare private readonly labels: Record<string, string>;
  declare private readonly families: Map<string, Family>;
  declare private readonly files: Map<string, KeysFile>;
  /** Lines without their first cell: other slots have the same ones, which need not be parsed again. */
  declare private readonly kinds: Map<string, Kind>;

  constructor(labels: Record<string, string>) {
    this.labels = labels;
    this.families = new Map();
    this.files = new Map();
    this.kinds = new Map();
  }

  /**
   * The exposition; `own` are the gauges of this process, whose slot is `path`, and `declared` its metrics, which are
   * named also when they have no series yet.
   */
  merge(slots: readonly SlotFiles[], path: string, own: Gauges, declared: readonly Header[]): string {
    for (const header of declared) this.family(header);
    for (const { gauges, series } of this.families.values()) {
      gauges.clear();
      for (const one of series.values()) {
        one.sums.fill(0);
        one.found = false;
      }
    }
    // All keys before any value: a new one may change the bounds that values are added up in.
    const rows = slots.map(({ path }) => this.readRows(path));
    let healthy = true;
    slots.forEach((slot, index) => {
      if (addCells(slot.path, rows[index] || []) > 0) healthy = false;
      const gauges = slot.path === path ? own : livingGauges(slot.path);
      if (gauges) for (const gauge of gauges.gauges) this.addGauge(gauge, slot.worker);
    });
    const up = { aggregator: 'first', values: [{ labels: {}, value: Number(healthy) }] };
    this.addGauge(Object.assign(up, UP), '');
    return [...this.families.values()].map(renderFamily).join('\n');
  }

  /** Undefined for what has another type here: two releases may run at once, and this process's own is right. */
  private family({ name, type, help }: Header): Family | undefined {
    const family = this.families.get(name) || {
      name,
      type,
      help,
      series: new Map(),
      gauges: new Map(),
      aggregator: '',
    };
    this.families.set(name, family);
    return family.type === type ? family : undefined;
  }

  private readRows(path: string): Row[] {
    // A file that was made again starts anew (an inode alone may be used again).
    const { ino, birthtimeMs, size } = statSync(`${path}.keys`);
    const id = `${ino}-${birthtimeMs}`;
    const known = this.files.get(path);
    const file = known && known.id === id ? known : { id, rows: [], offset: 0 };
    this.files.set(path, file);
    if (size > file.offset) this.readKeys(file, readFileSync(`${path}.keys`).subarray(file.offset));
    return file.rows;
  }

  private readKeys(file: KeysFile, bytes: Buffer): void {
    let complete = false;
    for (const line of bytes.toString().split('\n')) {
      const comma = line.indexOf(',');
      const kind = this.kinds.get(line.slice(comma)) || this.kindOf(line, comma);
      complete = kind !== undefined;
      if (kind && kind.series) file.rows.push({ kind, first: Number(line.slice(1, comma)) });
    }
    // The last line may be about to be written, and is read again. A torn one before it never becomes whole.
    file.offset += complete ? bytes.length : Math.max(0, bytes.lastIndexOf(NEWLINE));
  }

  private kindOf(line: string, comma: number): Kind | undefined {
    const key = parseKey(line);
    if (!key) return undefined;
    const [, name, type, help, labels] = key;
    const bounds = key[5] || [];
    const family = this.family({ name, type, help });
    const series = family && seriesOf(family, Object.assign({}, this.labels, labels), bounds);
    const kind = { series, bounds };
    this.kinds.set(line.slice(comma), kind);
    return kind;
  }

  private addGauge({ name, help, aggregator, values }: GaugeValues, worker: string): void {
    const family = this.family({ name, type: 'gauge', help });
    if (!family) return;
    const common = Object.assign({}, this.labels, PER_WORKER.test(name) ? { worker } : {});
    family.aggregator = PER_WORKER.test(name) ? 'first' : aggregator;
    for (const { labels, value } of values) {
      const text = labelText(Object.assign({}, common, labels));
      family.gauges.set(text, (family.gauges.get(text) || []).concat(Number(value)));
    }
  }
}

/** Only what lives has gauges. */
function livingGauges(path: string): Gauges | undefined {
  const gauges = attempt(() => JSON.parse(readFileSync(`${path}.gauges`, 'utf8')) as Gauges);
  return gauges && isAlive(gauges.owner) ? gauges : undefined;
}

function seriesOf(family: Family, labels: object, bounds: readonly number[]): Series {
  const text = labelText(labels);
  const series = family.series.get(text) || {
    labels: text,
    bounds,
    sums: emptySums(family, bounds),
    texts: [],
    found: false,
  };
  family.series.set(text, series);
  // Two releases with different buckets: united, both can be added up, because the counts are not cumulative.
  if (bounds.some((bound) => !series.bounds.includes(bound))) {
    const united = [...new Set([...series.bounds, ...bounds])].sort((one, other) => one - other);
    Object.assign(series, { bounds: united, sums: emptySums(family, united), texts: [] });
  }
  return series;
}

function emptySums({ type }: Family, bounds: readonly number[]): Float64Array {
  return new Float64Array(type === 'counter' ? 1 : bounds.length + 2);
}

/** Gives how much of the process is not in its files. */
function addCells(path: string, rows: readonly Row[]): number {
  // A copy, because floats have to be aligned in their buffer.
  const { buffer, length } = new Uint8Array(readFileSync(`${path}.cells`));
  const cells = new Float64Array(buffer, 0, length >> 3);
  for (const { kind, first } of rows) if (kind.series) addRow(kind.series, kind.bounds, cells, first);
  return cells[0] || 0;
}

/** Adds a row with these bounds, all of which the series has. */
function addRow(series: Series, bounds: readonly number[], cells: Float64Array, first: number): void {
  const { sums } = series;
  series.found = true;
  const more = series.bounds.length - bounds.length;
  for (let i = 0; i < sums.length - more; i++) {
    const bound = more > 0 ? bounds[i] : undefined;
    const place = bound === undefined ? i + more : series.bounds.indexOf(bound);
    sums[place] = (sums[place] as number) + (cells[first + i] || 0);
  }
}

function renderFamily(family: Family): string {
  let text = renderHeader(family);
  for (const series of family.series.values()) if (series.found) text += renderSeries(family, series);
  for (const [labels, values] of family.gauges) {
    const value = aggregate(family.aggregator, values);
    if (value !== undefined) text += `${family.name}{${labels}} ${numberText(value)}\n`;
  }
  return text;
}

function renderSeries({ name, type }: Family, series: Series): string {
  const { labels, bounds, sums } = series;
  if (series.texts.length === 0) {
    const buckets = [...bounds, '+Inf'].map((le) => `${name}_bucket{${labels},le="${le}"} `);
    series.texts =
      type === 'counter'
        ? [`${name}{${labels}} `]
        : [...buckets, `${name}_sum{${labels}} `, `${name}_count{${labels}} `];
  }
  const { texts } = series;
  if (type === 'counter') return `${texts[0]}${numberText(sums[0] as number)}\n`;
  // The count is made of the buckets, so it is always that of +Inf. Quantiles cannot be put together: of a summary,
  // which is a histogram without bounds here, only the sum and the count are shown.
  const last = bounds.length;
  let text = '';
  let count = 0;
  for (let i = 0; i <= last; i++) {
    count += sums[i] as number;
    if (type === 'histogram') text += `${texts[i]}${count}\n`;
  }
  return `${text}${texts[last + 1]}${numberText(sums[last + 1] as number)}\n${texts[last + 2]}${count}\n`;
}

function aggregate(how: string, values: readonly number[]): number | undefined {
  if (how === 'omit') return undefined;
  if (how === 'first') return values[0];
  if (how === 'min') return Math.min(...values);
  if (how === 'max') return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return how === 'average' ? sum / values.length : sum;
}

/** The two lines before a metric's series. */
export function renderHeader({ name, type, help }: Header): string {
  return `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n`;
}

/** Sorted, because another process may have given them in another order. */
function labelText(labels: object): string {
  const entries = Object.entries(labels).filter(([, value]) => value !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, value]) => `${name}="${escapeText(String(value)).replace(/"/g, `\\"`)}"`).join(',');
}

function escapeText(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

function numberText(value: number): string {
  return value === Infinity ? '+Inf' : String(value).replace('Infinity', 'Inf');
}
