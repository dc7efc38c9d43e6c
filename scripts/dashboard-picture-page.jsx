// The page that dashboard-picture.mjs photographs: the panels of a dashboard with the answers of Prometheus, drawn with
// Grafana's components. Heatmap and states over time, which Grafana keeps in plug-ins, are drawn here.
import { createTheme, dateTime, FieldType, getDisplayProcessor, toDataFrame } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { BigValue, GlobalStyles, PanelChrome, Table, ThemeContext, TimeSeries } from '@grafana/ui';
import { createRoot } from 'react-dom/client';

const { dashboard, answers, from, to, rows, width } = window.input;
const theme = createTheme({ colors: { mode: 'dark' } });
const timeRange = { from: dateTime(from), to: dateTime(to), raw: { from: dateTime(from), to: dateTime(to) } };

// Grafana's grid: https://github.com/grafana/grafana/blob/main/public/app/core/constants.ts
const CELL = 30;
const GAP = 8;
const COLUMN = (width - GAP) / 24;

/** The panels of the rows that are drawn, moved up to follow each other. */
function chosenPanels() {
  const chosen = [];
  let isChosen = false;
  let y = 0;
  let top = 0;
  for (const panel of dashboard.panels) {
    if (panel.type === 'row') {
      isChosen = rows.includes(panel.title);
      y = Math.max(0, ...chosen.map(({ gridPos }) => gridPos.y + gridPos.h));
      top = panel.gridPos.y;
    }
    if (isChosen) chosen.push({ ...panel, gridPos: { ...panel.gridPos, y: y + panel.gridPos.y - top } });
  }
  return chosen;
}

function nameOf({ legendFormat }, { metric }) {
  return legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '');
}

function seriesOf({ id, targets }) {
  return targets.flatMap((target, index) =>
    answers[id][index].map((one) => ({ name: nameOf(target, one), metric: one.metric, values: one.values })),
  );
}

function numberField(name, values, { defaults, overrides }) {
  const own = overrides.find(({ matcher }) => matcher.options === name)?.properties ?? [];
  const config = { ...defaults, displayName: name };
  for (const { id, value } of own) {
    if (id === 'custom.cellOptions') config.custom = { ...config.custom, cellOptions: value };
    else config[id] = value;
  }
  const field = { name, type: FieldType.number, values, config };
  return withDisplay(field);
}

function withDisplay(field) {
  field.display = getDisplayProcessor({ field, theme });
  return field;
}

/** What a query answered, as a chart takes it. */
function frameOf({ name, values }, seriesIndex, { fieldConfig }) {
  const numbers = values.map(([, value]) => Number(value));
  const field = numberField(name, numbers, fieldConfig);
  const finite = numbers.filter(Number.isFinite);
  const [min, max] = [Math.min(...finite), Math.max(...finite)];
  field.state = { seriesIndex, range: { min, max, delta: max - min } };
  const times = values.map(([at]) => at * 1000);
  const time = withDisplay({ name: 'Time', type: FieldType.time, values: times, config: {} });
  return { fields: [time, withDisplay(field)], length: values.length };
}

function Lines({ panel, width: w, height: h }) {
  const frames = seriesOf(panel).map((one, index) => frameOf(one, index, panel));
  const legend = { ...panel.options.legend, displayMode: 'list', calcs: [] };
  return <TimeSeries {...{ frames, timeRange, legend }} width={w} height={h} timeZone="utc" options={panel.options} />;
}

function Numbers({ panel, width: w, height: h }) {
  const { graphMode, colorMode } = panel.options;
  const all = seriesOf(panel);
  const textMode = all.length > 1 ? 'value_and_name' : panel.options.textMode;
  return (
    <div style={{ display: 'flex', gap: 4 }}>
      {all.map((one, index) => {
        const [x, y] = frameOf(one, index, panel).fields;
        const value = { ...y.display(y.values.filter(Number.isFinite).at(-1)), title: one.name };
        const sparkline = graphMode === 'area' ? { x, y } : undefined;
        const box = { width: w / all.length - 4, height: h };
        return <BigValue key={one.name} {...{ value, sparkline, theme, graphMode, colorMode, textMode }} {...box} />;
      })}
    </div>
  );
}

function Routes({ panel, width: w, height: h }) {
  const [{ options }] = panel.transformations.filter(({ id }) => id === 'organize');
  const label = Object.keys(options.indexByName).find((name) => options.indexByName[name] === 0);
  const names = panel.targets.map(({ refId }) => options.renameByName[`Value #${refId}`]);
  const maps = answers[panel.id].map((series) => new Map(series.map((one) => [one.metric[label], one.values[0][1]])));
  const keys = [...maps[0].keys()].sort((a, b) => maps[0].get(b) - maps[0].get(a));
  const routes = withDisplay({ name: 'Route', type: FieldType.string, values: keys, config: {} });
  const columns = names.map((name, index) =>
    numberField(
      name,
      keys.map((key) => Number(maps[index].get(key))),
      panel.fieldConfig,
    ),
  );
  return <Table data={toDataFrame({ fields: [routes, ...columns] })} width={w} height={h} columnMinWidth={100} />;
}

/** Rectangles whose colour says how many requests fell into a bucket. */
function Heatmap({ panel, width: w, height: h }) {
  const bounds = seriesOf(panel).sort(
    (a, b) => Number(a.metric.le.replace('+Inf', 'Infinity')) - Number(b.metric.le.replace('+Inf', 'Infinity')),
  );
  const valueAt = (index, time) => Number(bounds[index]?.values.find(([at]) => at === time)?.[1] ?? 0);
  const times = [...new Set(bounds.flatMap(({ values }) => values.map(([at]) => at)))]
    .sort((a, b) => a - b)
    .filter((_, index) => index % 2 === 0);
  const counts = bounds.map((_, index) =>
    times.map((time) => Math.max(0, valueAt(index, time) - (index > 0 ? valueAt(index - 1, time) : 0))),
  );
  const most = Math.max(...counts.flat());
  const [left, bottom] = [56, 22];
  const [cellWidth, cellHeight] = [(w - left) / times.length, (h - bottom) / bounds.length];
  const format = getDisplayProcessor({ field: { type: FieldType.number, config: { unit: 's' } }, theme });
  const text = (value) => {
    const { text: t, suffix = '' } = format(value);
    return t + suffix;
  };
  return (
    <svg width={w} height={h} role="img" aria-label={panel.title}>
      {counts.flatMap((row, y) =>
        row.map((count, x) => (
          <rect
            key={`${x},${y}`}
            x={left + x * cellWidth}
            y={h - bottom - (y + 1) * cellHeight}
            width={cellWidth - 0.5}
            height={cellHeight - 1}
            fill="#ff9830"
            opacity={count <= 1e-9 ? 0 : 0.08 + 0.92 * (count / most) ** 0.5}
          />
        )),
      )}
      {bounds.map(({ metric }, y) => (
        <text
          key={metric.le}
          x={left - 6}
          y={h - bottom - (y + 0.5) * cellHeight + 4}
          textAnchor="end"
          fontSize={11}
          fill={theme.colors.text.secondary}
        >
          {metric.le === '+Inf' ? '+Inf' : text(Number(metric.le))}
        </text>
      ))}
      {[0, 1, 2, 3, 4].map((minute) => (
        <text
          key={minute}
          x={left + ((minute + 0.5) / 5) * (w - left)}
          y={h - 4}
          textAnchor="middle"
          fontSize={11}
          fill={theme.colors.text.secondary}
        >
          {dateTime(from + (minute + 0.5) * ((to - from) / 5))
            .utc()
            .format('HH:mm:ss')}
        </text>
      ))}
    </svg>
  );
}

/** A bar for each series, green where it is 1 and red where it is not. */
function States({ panel, width: w }) {
  return seriesOf(panel).map(({ name, values }) => (
    <div key={name} style={{ width: w, display: 'flex', alignItems: 'center', height: 28, gap: 8 }}>
      <span style={{ width: 120, fontSize: 11 }}>{name}</span>
      {values.map(([at, value]) => (
        <span
          key={at}
          style={{ flex: 1, height: 24, marginLeft: -8, background: value === '1' ? '#73bf69' : '#f2495c' }}
        />
      ))}
    </div>
  ));
}

const KINDS = { timeseries: Lines, stat: Numbers, table: Routes, heatmap: Heatmap, 'state-timeline': States };

function Cell({ panel }) {
  const { x, y, w, h } = panel.gridPos;
  const box = { width: w * COLUMN - GAP, height: h * (CELL + GAP) - GAP };
  const style = { position: 'absolute', left: GAP + x * COLUMN, top: GAP + y * (CELL + GAP), ...box };
  if (panel.type === 'row')
    return <h2 style={{ ...style, fontSize: 16, margin: 0, lineHeight: '30px' }}>{panel.title}</h2>;
  const Kind = KINDS[panel.type];
  return (
    <div style={style}>
      <PanelChrome title={panel.title} {...box}>
        {(innerWidth, innerHeight) => <Kind panel={panel} width={innerWidth} height={innerHeight} />}
      </PanelChrome>
    </div>
  );
}

const panels = chosenPanels();
const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * (CELL + GAP) + GAP;
const background = theme.colors.background.canvas;
const page = (
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <div data-height={height} style={{ height, width, position: 'relative', background }}>
      {panels.map((panel) => (
        <Cell key={panel.id} panel={panel} />
      ))}
    </div>
  </ThemeContext.Provider>
);

initPluginTranslations('picture').finally(() => createRoot(document.getElementById('root')).render(page));
