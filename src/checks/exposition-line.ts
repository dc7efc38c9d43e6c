import type { Sample } from './exposition.js';

/** What is wrong with a line. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
}

const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const quotedText = /"((?:[^"\\]|\\.)*)"/y;
const blanks = /[ \t]*/y;
const word = /[^ \t]+/y;
/** What Go's strconv.ParseFloat takes in decimal, in any case; Prometheus forbids the rest of it. */
const number = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i;

/** Reads one sample's line from left to right. */
export class LineScanner {
  readonly #line: string;
  readonly #strict: boolean;
  #at = 0;

  /** @param strict by the rules of OpenMetrics */
  constructor(line: string, strict: boolean) {
    this.#line = line;
    this.#strict = strict;
  }

  /** @throws SyntaxFault */
  sample(): Sample {
    let name = this.#take(metricName);
    this.#take(blanks);
    const { labels, quotedName } = this.#line[this.#at] === '{' ? this.#labels() : { labels: {} };
    name ??= quotedName;
    if (name === undefined) throw new SyntaxFault('not a metric name');
    const value = this.#value();
    this.#rest();
    return { name, labels, value };
  }

  #labels(): { labels: Record<string, string>; quotedName?: string } {
    const labels: Record<string, string> = {};
    let quotedName: string | undefined;
    this.#at += 1;
    this.#take(blanks);
    while (this.#line[this.#at] !== '}') {
      const [name, value] = this.#label();
      if (value === undefined) {
        if (quotedName !== undefined) throw new SyntaxFault('a second metric name between the braces');
        quotedName = name;
      } else {
        if (Object.hasOwn(labels, name)) throw new SyntaxFault(`the label ${name} a second time`);
        labels[name] = value;
      }
      this.#comma();
    }
    this.#at += 1;
    return quotedName === undefined ? { labels } : { labels, quotedName };
  }

  /** A label; since Prometheus 3 also the metric's name, of any characters, in quotes: it has no value. */
  #label(): [name: string, value: string | undefined] {
    const quoted = this.#quoted();
    const name = quoted ?? this.#take(labelName);
    if (name === undefined) throw new SyntaxFault('not a label name');
    this.#take(blanks);
    if (this.#line[this.#at] !== '=') {
      if (quoted !== undefined) return [quoted, undefined];
      throw new SyntaxFault(`no "=" after the label ${name}`);
    }
    this.#at += 1;
    this.#take(blanks);
    const value = this.#quoted();
    if (value === undefined) throw new SyntaxFault(`no quoted value for the label ${name}`);
    return [name, value];
  }

  #comma(): void {
    this.#take(blanks);
    if (this.#line[this.#at] === ',') {
      this.#at += 1;
      this.#take(blanks);
    } else if (this.#line[this.#at] !== '}') {
      throw new SyntaxFault('no comma between labels, or no "}" after them');
    }
  }

  #value(): number {
    this.#take(blanks);
    const text = this.#take(word);
    if (text === undefined) throw new SyntaxFault('no value');
    if (!number.test(text)) throw new SyntaxFault(`${JSON.stringify(text.slice(0, 40))} is not a number`);
    const [, sign = '', digits = ''] = /^([+-]?)(.*)$/.exec(text) ?? [];
    if (/^inf/i.test(digits)) return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return Number(text);
  }

  /** What may follow the value: a timestamp, and in OpenMetrics an exemplar. */
  #rest(): void {
    const rest = this.#line.slice(this.#at);
    const allowed = this.#strict
      ? /^(?: -?\d+(?:\.\d*)?(?:e[+-]?\d+)?)?(?: # \{.*\} \S+(?: \S+)?)?$/i
      : /^(?:[ \t]+-?\d+)?[ \t]*$/;
    if (!allowed.test(rest)) throw new SyntaxFault('more than a timestamp after the value');
  }

  /** The text between quotes, its escapes undone; what is no escape stays as it is. */
  #quoted(): string | undefined {
    const text = this.#take(quotedText);
    if (text === undefined) return undefined;
    const inner = text.slice(1, -1);
    if (!inner.includes('\\')) return inner;
    return inner.replace(/\\([\\"n])/g, (_, character: string) => (character === 'n' ? '\n' : character));
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    return found;
  }
}
