import type { Monitoring, Objective } from '../../monitoring.js';
import { budgetOf, burnAlertName, burnRates, thresholdOf } from '../burn-rate.js';
import { type Indicator, indicators, unmatchedRoute } from '../objective.js';
import type { AlertRule } from '../rule.js';
import { evaluationMinutes, type Firing, type RuleTest, ruleTest } from './case.js';
import { type Requests, scraped, traffic } from './traffic.js';

/** Longer than the slowest alert waits. */
const minutes = 195;
/** Long enough for the alerts that page. */
const soon = 30;
/** Many enough that the smallest share of them is more than a single one. */
const busy = 600_000;

/** Cases of the objective's alerts: each burn rate, bursts that come and go, what counts, and what must stay silent. */
export function objectiveCases(monitoring: Monitoring, alerts: readonly AlertRule[]): RuleTest[] {
  const { objective, catalogue } = monitoring;
  const test = (name: string, requests: readonly Requests[], firing: ReadonlyMap<number, Firing>, alert?: string) => {
    const series = [scraped(monitoring, Math.max(...firing.keys())), ...traffic(monitoring, requests)];
    return ruleTest(monitoring, alerts, name, series, firing, alert);
  };
  const always = (status: number, more: Partial<Requests> = {}, perMinute = busy): Requests => {
    return { status, phases: [{ minutes: soon, perMinute }], ...more };
  };
  const allMiss = (indicator: Indicator) => new Map([[soon, reached(indicator, 1, soon, objective)]]);
  const route = unmatchedRoute(catalogue);
  const half = budgetOf(objective) / 2;
  return [
    test('healthy: half of the error budget is spent', missing(half, half), silent(soon, minutes)),
    test('idle: no request at all', [always(200, {}, 0), always(500, {}, 0)], silent(soon)),
    test('the only request of a night fails', singleError, silent(10, 15, 30, 120, minutes)),
    ...indicators.flatMap((indicator) => [
      ...steps(objective).map(({ share, lasting }) => {
        const name = `${indicator}: ${Number((share * 100).toPrecision(3))} % of the requests miss the objective`;
        const requests = indicator === 'availability' ? missing(share, 0) : missing(0, share);
        return test(name, requests, new Map([[lasting, reached(indicator, share, lasting, objective)]]));
      }),
      test(`${indicator}: a burst begins and ends`, burst(indicator), ...burstFiring(indicator)),
    ]),
    test(
      'errors are not diluted by requests for no route',
      [always(500), always(404, { route }, busy * 1000)],
      allMiss('availability'),
    ),
    test('errors of the clients are none of the service', [always(200), always(404)], silent(soon)),
    test('errors in front of the routes count', [always(500, { route })], allMiss('availability')),
    // Flask does not hear of a client that has gone away.
    ...(catalogue.flavour === 'node'
      ? [
          test('clients that wait and give up: slow, but no error', [always(499, { slow: 1 })], allMiss('latency')),
          test('clients that give up at once: neither slow nor an error', [always(499)], silent(soon)),
        ]
      : []),
  ];
}

function silent(...when: readonly number[]): ReadonlyMap<number, Firing> {
  return new Map(when.map((minute) => [minute, {}]));
}

const singleError: readonly Requests[] = [
  { status: 200, phases: [{ minutes, perMinute: 0 }] },
  {
    status: 500,
    phases: [
      { minutes: 7, perMinute: 0 },
      { minutes: 1, perMinute: 1 },
      { minutes: minutes - 8, perMinute: 0 },
    ],
  },
];

/** Requests of which these shares fail, or, of the others, are slow. */
function missing(failed: number, slow: number): Requests[] {
  return [
    { status: 200, slow, phases: [{ minutes, perMinute: busy * (1 - failed) }] },
    { status: 500, phases: [{ minutes, perMinute: busy * failed }] },
  ];
}

/** For each burn rate, a share of misses that only it and the slower ones are reached by, for as long as it waits. */
function steps(objective: Objective): { share: number; lasting: number }[] {
  return burnRates.flatMap((rate, index) => {
    const threshold = thresholdOf(rate.factor, objective);
    const faster = burnRates[index - 1];
    const next = faster === undefined ? 1 : thresholdOf(faster.factor, objective);
    return threshold === next
      ? []
      : [{ share: (threshold + next) / 2, lasting: rate.forMinutes + 15 - (rate.forMinutes % 5) }];
  });
}

/** The alerts of a share of misses that has lasted for so many minutes. */
function reached(indicator: Indicator, share: number, lasted: number, objective: Objective): Firing {
  const rates = burnRates.filter((rate) => {
    return thresholdOf(rate.factor, objective) < share && rate.forMinutes + 2 * evaluationMinutes <= lasted;
  });
  return Object.fromEntries(rates.map((rate) => [burnAlertName(indicator, rate), 1]));
}

const burstBegins = 60;
const burstEnds = 135;

/** All is well; then every request misses the objective; then all is well again. */
function burst(indicator: Indicator): Requests[] {
  const phases = (well: number, burst: number) => [
    { minutes: burstBegins, perMinute: well },
    { minutes: burstEnds - burstBegins, perMinute: burst },
    { minutes: 30, perMinute: well },
  ];
  const missed = indicator === 'availability' ? { status: 500 } : { status: 200, route: '/slow', slow: 1 };
  return [
    { status: 200, phases: phases(busy, 0) },
    { ...missed, phases: phases(0, busy) },
  ];
}

/** The fastest alert fires in the burst, and ends soon after it. */
function burstFiring(indicator: Indicator): [ReadonlyMap<number, Firing>, string] {
  const alert = burnAlertName(indicator, burnRates[0]);
  return [
    new Map<number, Firing>([
      [burstBegins, {}],
      [burstEnds, { [alert]: 1 }],
      [burstEnds + 10, {}],
    ]),
    alert,
  ];
}
