import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parseExposition, samplesOf, sumOf } from './exposition.js';

describe('parseExposition', () => {
  it('reads what prom-client writes, with every escape', async () => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const counter = new Counter({
      name: 'c_total',
      help: 'a \\ and\na line',
      labelNames: ['x'],
      registers: [registry],
    });
    const histogram = new Histogram({ name: 'h', help: 'h', buckets: [0.1, 1], registers: [registry] });
    counter.inc({ x: 'a "b" \\ c\nd, e="f"} 1' }, 3);
    counter.inc({ x: '' }, 2.5);
    histogram.observe(0.5);

    const exposition = parseExposition(await registry.metrics());

    expect(samplesOf(exposition, 'c_total', { x: 'a "b" \\ c\nd, e="f"} 1' })).toEqual([
      { name: 'c_total', labels: { x: 'a "b" \\ c\nd, e="f"} 1' }, value: 3 },
    ]);
    expect(sumOf(exposition, 'c_total')).toBe(5.5);
    expect(sumOf(exposition, 'h_bucket', { le: '+Inf' })).toBe(1);
    expect(exposition.families.get('h')?.type).toBe('histogram');
    expect(exposition.families.size).toBeGreaterThan(20);
  });

  it('reads special numbers and timestamps', () => {
    const { samples } = parseExposition('# TYPE g gauge\ng{a="1"} +Inf\ng{a="2"} -Inf 1700000000000\ng{a="3",} 1e-3\n');
    expect(samples.map(({ value }) => value)).toEqual([Infinity, -Infinity, 0.001]);
    expect(parseExposition('# TYPE g gauge\ng NaN\n').samples[0]?.value).toBeNaN();
  });

  it.each([
    ['no line feed at the end', '# TYPE g gauge\ng 1'],
    ['a carriage return', '# TYPE g gauge\ng 1\r\n'],
    ['a series twice', '# TYPE g gauge\ng{a="1",b="2"} 1\ng{b="2",a="1"} 1\n'],
    ['a TYPE twice', '# TYPE g gauge\ng 1\n# TYPE g gauge\n'],
    ['a HELP twice', '# HELP g x\n# HELP g y\n# TYPE g gauge\ng 1\n'],
    ['an unknown type', '# TYPE g gouge\ng 1\n'],
    ['a sample without TYPE', 'g 1\n'],
    ['a sample below another TYPE', '# TYPE g gauge\nh 1\n'],
    ['a histogram without suffix', '# TYPE h histogram\nh 1\n'],
    ['an unescaped quote', '# TYPE g gauge\ng{a="b"c"} 1\n'],
    ['an unknown escape', '# TYPE g gauge\ng{a="\\t"} 1\n'],
    ['a label without value', '# TYPE g gauge\ng{a} 1\n'],
    ['a label given twice', '# TYPE g gauge\ng{a="1",a="2"} 1\n'],
    ['labels that do not end', '# TYPE g gauge\ng{a="1"\n'],
    ['no value', '# TYPE g gauge\ng \n'],
    ['a word as value', '# TYPE g gauge\ng undefined\n'],
    ['text after the value', '# TYPE g gauge\ng 1 2 3\n'],
    ['HTML', '<!DOCTYPE html>\n'],
  ])('refuses %s', (_, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});
