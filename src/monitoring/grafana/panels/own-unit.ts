// Prometheus' names end in their unit, a counter's in "_total" after it: https://prometheus.io/docs/practices/naming/.

/** Grafana's units by the last word of a name, and those of their growth per second. */
const UNITS: Readonly<Record<string, readonly [unit: string, perSecond: string]>> = {
  seconds: ['s', 'percentunit'],
  milliseconds: ['ms', 'ms'],
  ms: ['ms', 'ms'],
  bytes: ['bytes', 'Bps'],
  bits: ['bits', 'bps'],
  ratio: ['percentunit', 'percentunit'],
  percent: ['percent', 'percent'],
  celsius: ['celsius', 'celsius'],
  volts: ['volt', 'volt'],
  amperes: ['amp', 'amp'],
  joules: ['joule', 'watt'],
  meters: ['lengthm', 'velocityms'],
  metres: ['lengthm', 'velocityms'],
  grams: ['massg', 'massg'],
  requests: ['short', 'reqps'],
};

/** The unit of a gauge's value, or of what a histogram or summary observes. */
export function unitOf(name: string): string {
  return UNITS[lastWord(name)]?.[0] ?? 'short';
}

/** The unit of a counter's growth: "cps", counts per second, where the name says nothing. */
export function unitPerSecond(name: string): string {
  return UNITS[lastWord(name)]?.[1] ?? 'cps';
}

function lastWord(name: string): string {
  return (
    name
      .replace(/_total$/, '')
      .split('_')
      .at(-1) ?? ''
  );
}
