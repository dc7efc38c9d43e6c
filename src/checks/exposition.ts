import { LineScanner, SyntaxFault } from './exposition-line.js';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string | undefined;
}

/** What a scrape said. */
export interface Exposition {
  readonly families: ReadonlyMap<string, Family>;
  readonly samples: readonly Sample[];
}

/** Prometheus chooses the parser by the Content-Type. */
export type Format = 'text' | 'openmetrics';

/** A line that Prometheus would refuse, and the whole scrape with it. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, reason: string, text: string) {
    super(`line ${line}: ${reason}: ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`);
    this.line = line;
  }
}

const textTypes: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);
const openMetricsTypes: ReadonlySet<string> = new Set([
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
]);

/** The parser that Prometheus takes for a Content-Type. */
export function formatOf(contentType: string | undefined): Format {
  return /^\s*application\/openmetrics-text\b/i.test(contentType ?? '') ? 'openmetrics' : 'text';
}

/**
 * Reads an exposition, and takes what Prometheus takes (its model/textparse, as of 3.x): families without a TYPE, a last
 * line without a line feed, unknown escapes, Go's spellings of numbers. In OpenMetrics also exemplars and timestamps in
 * seconds; there an empty line is an error, and so is a missing `# EOF`. Samples keep the names they have; a counter's
 * family in OpenMetrics is called without `_total`, and is kept under both names.
 *
 * @throws ExpositionError for the first line that Prometheus would refuse
 */
export function parseExposition(text: string, format: Format = 'text'): Exposition {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const reader = new Reader(format);
  for (const [index, line] of lines.entries()) {
    try {
      reader.read(line);
    } catch (error) {
      if (error instanceof SyntaxFault) throw new ExpositionError(index + 1, error.message, line);
      throw error;
    }
  }
  if (format === 'openmetrics' && !reader.ended) {
    throw new ExpositionError(lines.length, 'the text ends without "# EOF"', lines.at(-1) ?? '');
  }
  return { families: reader.families, samples: reader.samples };
}

class Reader {
  readonly families = new Map<string, Family>();
  readonly samples: Sample[] = [];
  ended = false;
  readonly #strict: boolean;

  constructor(format: Format) {
    this.#strict = format === 'openmetrics';
  }

  read(line: string): void {
    if (this.ended) throw new SyntaxFault('text after "# EOF"');
    const start = this.#strict ? line : line.replace(/^[ \t]+/, '');
    if (start === '') {
      if (this.#strict) throw new SyntaxFault('an empty line');
    } else if (start.startsWith('#')) {
      this.#comment(start);
    } else {
      // Only before a sample: a quirk of Prometheus' lexer, measured.
      if (start !== line) throw new SyntaxFault('spaces before the name');
      this.samples.push(new LineScanner(line, this.#strict).sample());
    }
  }

  #comment(line: string): void {
    if (this.#strict && line === '# EOF') {
      this.ended = true;
      return;
    }
    const [, keyword, name = '', rest = ''] =
      /^#[ \t]+(HELP|TYPE)[ \t]+("(?:[^"\\]|\\.)*"|\S+)[ \t]*(.*)$/.exec(line) ?? [];
    if (keyword === undefined) {
      // The keyword without a name, or something that only OpenMetrics forbids.
      if (/^#[ \t]+(?:HELP|TYPE)[ \t]*$/.test(line)) throw new SyntaxFault('no metric name');
      if (this.#strict && !/^# UNIT \S/.test(line)) throw new SyntaxFault('a comment that OpenMetrics does not have');
      return;
    }
    if (keyword === 'HELP') this.#describe(name, { help: rest });
    else this.#type(name, rest.trimEnd());
  }

  #type(name: string, type: string): void {
    if (!(this.#strict ? openMetricsTypes : textTypes).has(type)) throw new SyntaxFault(`"${type}" is not a type`);
    this.#describe(name, { type });
    if (this.#strict && type === 'counter') this.#describe(`${name}_total`, { type });
  }

  #describe(quoted: string, told: Partial<Family>): void {
    const name = quoted.startsWith('"') ? quoted.slice(1, -1) : quoted;
    const known = this.families.get(name) ?? { name, type: 'untyped', help: undefined };
    this.families.set(name, { ...known, ...told });
  }
}
