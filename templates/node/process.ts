// What belongs to the process, however often these modules are evaluated in it (hot reload, test runners that reset
// modules, two packages that both have this folder).

const KEY: symbol = Symbol.for('add-prom-metrics/1');

/** The one value of this name in the process; made at the first call. */
export function shared<T>(name: string, create: () => T): T {
  const values: Map<string, unknown> = Reflect.get(globalThis, KEY) || new Map<string, unknown>();
  Reflect.set(globalThis, KEY, values);
  if (!values.has(name)) values.set(name, create());
  return values.get(name) as T;
}

const warned = shared('warned', () => new Set<string>());

/** Reports a fault of the metrics as a process warning, once for each topic. Never throws. */
export function warnOnce(topic: string, error: unknown): void {
  if (warned.has(topic)) return;
  warned.add(topic);
  const reason = error instanceof Error ? error.message : String(error);
  process.emitWarning(`${topic}: ${reason} (reported once)`, 'MetricsWarning');
}

/** Whether METRICS_DISABLED is set to 1 or true. */
export function isDisabled(): boolean {
  return /^(1|true)$/i.test(process.env['METRICS_DISABLED'] || '');
}
