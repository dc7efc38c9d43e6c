import { reference } from './links.js';
import type { Link, Mapping, Overrides, Panel, Query, Threshold, Transformation } from './model.js';

/** The data source that the dashboard's variable names. */
export const DATASOURCE = { type: 'prometheus', uid: reference('datasource') } as const;

export interface Size {
  /** In 24ths of the page. */
  readonly w: number;
  /** In Grafana's rows of 30 pixels and their gap. */
  readonly h: number;
}

/** What is to be said of a panel of any kind. */
export interface Description {
  /** Never given to another panel, so that links to it and a diff of the file hold. */
  readonly id: number;
  readonly title: string;
  readonly description: string;
  /** https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  readonly unit: string;
  readonly size: Size;
  readonly queries: readonly Query[];
  readonly thresholds?: readonly Threshold[];
  readonly mappings?: readonly Mapping[];
  readonly links?: readonly Link[];
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** Shown where there is no value. */
  readonly noValue?: string;
  readonly overrides?: Overrides;
}

/** Labels as a legend shows them. */
export function legend(labels: readonly string[]): string {
  return labels.map((label) => `{{${label}}}`).join(' ');
}

/** A query over the time that is shown. */
export function series(expr: string, legendFormat: string): Query {
  return { refId: '', datasource: DATASOURCE, editorMode: 'code', expr, legendFormat, range: true, instant: false };
}

/** A query at the end of the time that is shown. */
export function latest(expr: string, legendFormat: string): Query {
  return { ...series(expr, legendFormat), range: false, instant: true };
}

/** Steps of a threshold: the first colour holds from the least value on. */
export function steps(first: string, ...others: readonly (readonly [from: number, color: string])[]): Threshold[] {
  return [{ color: first, value: null }, ...others.map(([value, color]) => ({ color, value }))];
}

/** Lines over time. Thresholds, where there are some, are drawn as dashed lines. */
export function lines(description: Description & { readonly stacked?: boolean }): Panel {
  const { thresholds, stacked = false } = description;
  return {
    ...common(description, 'palette-classic', {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: stacked ? 30 : 10,
      showPoints: 'auto',
      spanNulls: false,
      stacking: { group: 'A', mode: stacked ? 'normal' : 'none' },
      thresholdsStyle: { mode: thresholds === undefined ? 'off' : 'dashed' },
    }),
    type: 'timeseries',
    options: {
      legend: { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: ['lastNotNull', 'max'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

/** One number; `trend` draws its course behind it; `names` shows the legend instead of the value. */
export function number(description: Description & { readonly trend?: boolean; readonly names?: boolean }): Panel {
  const { trend = false, names = false } = description;
  return {
    ...common<never>(description, 'thresholds'),
    type: 'stat',
    options: {
      graphMode: trend ? 'area' : 'none',
      colorMode: 'value',
      justifyMode: 'auto',
      textMode: names ? 'name' : 'auto',
      wideLayout: true,
      showPercentChange: false,
      percentChangeColorMode: 'standard',
      orientation: 'auto',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  };
}

/** Buckets of a histogram over time; the query gives one series for each `le`. */
export function heatmap(description: Description): Panel {
  const { unit, queries } = description;
  return {
    ...common({ ...description, queries: queries.map((query) => ({ ...query, format: 'heatmap' })) }, 'thresholds', {
      hideFrom: { legend: false, tooltip: false, viz: false },
    }),
    type: 'heatmap',
    options: {
      calculate: false,
      color: { mode: 'scheme', scheme: 'Oranges', fill: 'dark-orange', exponent: 0.5, steps: 64, reverse: false },
      rowsFrame: { layout: 'auto' },
      cellGap: 1,
      cellValues: { unit: 'reqps' },
      filterValues: { le: 1e-9 },
      showValue: 'never',
      yAxis: { unit, axisPlacement: 'left', reverse: false },
      legend: { show: true },
      tooltip: { mode: 'single', yHistogram: true, showColorScale: false },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
    },
  };
}

/** A table whose columns are joined from queries at the end of the time shown, sorted by one of them. */
export function table(
  description: Description & {
    readonly transformations: readonly Transformation[];
    readonly sortBy: string;
  },
): Panel {
  const { queries, transformations, sortBy } = description;
  return {
    ...common({ ...description, queries: queries.map((query) => ({ ...query, format: 'table' })) }, 'thresholds', {
      align: 'auto',
      inspect: false,
    }),
    type: 'table',
    transformations,
    options: { frameIndex: 0, showHeader: true, cellHeight: 'sm', sortBy: [{ displayName: sortBy, desc: true }] },
  };
}

/** States over time, one line for each series. */
export function states(description: Description): Panel {
  return {
    ...common(description, 'thresholds', { fillOpacity: 70, lineWidth: 0 }),
    type: 'state-timeline',
    options: {
      showValue: 'auto',
      rowHeight: 0.9,
      mergeValues: true,
      alignValue: 'left',
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'single', sort: 'none' },
    },
  };
}

/** Words and colours for 1 and 0. */
export function oneOrZero(one: string, zero: string): Mapping[] {
  return [
    {
      type: 'value',
      options: { '0': { text: zero, color: 'red', index: 0 }, '1': { text: one, color: 'green', index: 1 } },
    },
  ];
}

type Mode = 'thresholds' | 'palette-classic';

function common<const Custom = never>(description: Description, colorMode: Mode, custom?: Custom) {
  const { id, title, size, unit, queries, thresholds = steps('green'), overrides = [], links } = description;
  const { min, max, decimals, noValue, mappings } = description;
  return {
    id,
    title,
    description: description.description,
    gridPos: { ...size, x: 0, y: 0 },
    datasource: DATASOURCE,
    targets: queries.map((query, index) => ({ ...query, refId: String.fromCharCode(65 + index) })),
    ...(links === undefined ? {} : { links }),
    fieldConfig: {
      defaults: {
        unit,
        ...(decimals === undefined ? {} : { decimals }),
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        ...(noValue === undefined ? {} : { noValue }),
        ...(mappings === undefined ? {} : { mappings }),
        color: { mode: colorMode },
        thresholds: { mode: 'absolute', steps: thresholds },
        ...(custom === undefined ? {} : { custom }),
      },
      overrides,
    },
  } as const;
}
