import { randomBytes } from 'node:crypto';
import { type Check, CheckError, type Finding } from './check.js';
import { countOf, distinct, isProcessLabel, labelsKey, sumOf } from './counts.js';
import type { Exposition, Sample } from './exposition.js';
import { fail, pass, skip, warn } from './finding.js';
import { requireAnswers, scrapeTimes, sendAll } from './load.js';
import type { Service } from './service.js';

const ids = 200;
const unknownUrls = 200;
const unknownUrlsName = 'unknown URLs';
/** Methods that Node's parser lets through (http.METHODS) and hardly any route knows; they are sent to unknown URLs only. */
const rareMethods = ['PROPFIND', 'PROPPATCH', 'MKCOL', 'MKACTIVITY', 'REPORT', 'CHECKOUT', 'NOTIFY', 'UNSUBSCRIBE'];
/** Methods that nobody knows: Node's parser answers them 400 by itself, Python's servers hand them on. */
const inventedMethods = 8;
/** For each of the trials: a slow service gets fewer. */
const longestMs = 4_000;
/** Some wait for the rest of what they do not know. */
const methodMs = 2_000;
const settleMs = 300;
/** New label sets that a few hundred requests may make: some statuses, for some methods, in some processes. */
const mostNew = 30;

export const cardinality: Check = {
  id: 'cardinality',
  title: 'Nothing from a request becomes a label',
  expected: `${ids} ids, ${unknownUrls} unknown URLs and odd methods make a few series, bounded by routes and statuses`,
  needsRest: false,
  disturbs: false,
  cannotRun: ({ several, oneInstance, unrest }) => (several === undefined || oneInstance ? undefined : unrest),
  async run(service) {
    const nonce = randomBytes(4).toString('hex');
    const before = await union(service);
    const trials = [...trialsOf(service, nonce)];
    const tried: Tried[] = [];
    for (const trial of trials) {
      const load = await sendAll(service, trial.tasks, { longestMs });
      // A server may close the connection on a method that it does not know: that makes no label.
      const isRefused = trial.mayBeRefused && load.statuses.size === 0;
      if (!isRefused) requireAnswers(load);
      tried.push({ ...trial, isRefused, statuses: load.statuses, tasks: trial.tasks.slice(0, load.sent) });
    }
    await service.pause(settleMs + service.countedAfterMs);
    const after = await union(service);
    const finding = judged(service, tried, before, after);
    const counter = counterOf(service);
    if (finding.status !== 'pass') return finding;
    const limited = tried.find(({ what, statuses }) => what === unknownUrlsName && isAll(statuses, [429]));
    if (limited !== undefined) {
      return skip(
        `a limiter answered all ${numberOf(limited)} (429): no route saw them. Raise its limit for the check`,
      );
    }
    return counter === undefined || hasMoved(counter, before, after)
      ? finding
      : skip(notReached(counter, service.options));
  },
};

/** Undefined where there is none: that is for `exposed` to say. */
function counterOf(service: Service): string | undefined {
  try {
    return service.metrics.counter;
  } catch (error) {
    if (error instanceof CheckError) return undefined;
    throw error;
  }
}

/** What did not reach the counter says nothing of its labels. */
function hasMoved(counter: string, before: readonly Exposition[], after: readonly Exposition[]): boolean {
  const most = (all: readonly Exposition[]) => Math.max(...all.map((exposition) => sumOf(exposition, counter)));
  return most(after) > most(before);
}

function notReached(counter: string, { targetPath }: Service['options']): string {
  const way = targetPath?.includes('{id}') ? '' : "; give it a path that is counted: --target-path '/x/{id}'";
  return `none of these requests moved ${counter}: what answers them is in front of what counts, or counts nothing${way}`;
}

interface Trial {
  readonly what: string;
  readonly tasks: readonly { readonly path: string; readonly method?: string; readonly timeoutMs?: number }[];
  /** The values that must not become labels. */
  readonly values: readonly string[];
  readonly remedy: string;
  /** Bounded by the parser: a nuisance, not a danger. */
  readonly bounded: boolean;
  readonly mayBeRefused: boolean;
}

interface Tried extends Trial {
  readonly isRefused: boolean;
  readonly statuses: ReadonlyMap<number, number>;
}

/** What a limiter or a login answers in front of the routes. */
const turnedAway: readonly number[] = [401, 403, 429];

function isAll(statuses: ReadonlyMap<number, number>, these: readonly number[]): boolean {
  return statuses.size > 0 && [...statuses.keys()].every((status) => these.includes(status));
}

function numberOf({ what, tasks }: Trial): string {
  return `${tasks.length} ${what}`;
}

/** "200 ids (429 × 120)" */
function triedText(trial: Tried): string {
  if (trial.isRefused) return `${numberOf(trial)} (refused)`;
  const away = [...trial.statuses].filter(([status]) => turnedAway.includes(status));
  const text = away.map(([status, times]) => `${status} × ${times}`).join(', ');
  return text === '' ? numberOf(trial) : `${numberOf(trial)} (${text})`;
}

function* trialsOf({ options: { targetPath } }: Service, nonce: string): Generator<Trial> {
  if (targetPath?.includes('{id}')) {
    // Digits, because many routes take nothing else; this many are in no other label.
    const values = Array.from({ length: ids }, (_, index) => `${7_310_000_000 + index * 7}`);
    yield {
      what: 'ids',
      values,
      tasks: values.map((value) => ({ path: targetPath.replaceAll('{id}', value) })),
      remedy:
        'the path, or a parameter of it, is a label: take the pattern of the route (req.route.path, request.url_rule)',
      bounded: false,
      mayBeRefused: false,
    };
  }
  const unknown = Array.from({ length: unknownUrls }, (_, index) => `/no-such-${nonce}-${index}`);
  yield {
    what: unknownUrlsName,
    values: unknown.map((path) => path.slice(1)),
    tasks: unknown.map((path) => ({ path })),
    remedy: 'what no route knows gets its own path as a label: give all of it one value, such as "<unmatched>"',
    bounded: false,
    mayBeRefused: false,
  };
  const invented = Array.from({ length: inventedMethods }, (_, index) => `X${nonce.toUpperCase()}${index}`);
  const at = (method: string) => ({ method, path: `/no-such-${nonce}`, timeoutMs: methodMs });
  yield {
    what: 'invented methods',
    values: invented,
    tasks: invented.map(at),
    remedy: 'the method is taken as it comes: let all but the well-known ones be "_OTHER"',
    bounded: false,
    mayBeRefused: true,
  };
  yield {
    what: 'rare methods',
    values: rareMethods,
    tasks: rareMethods.map(at),
    remedy:
      'the method is taken as it comes: let all but the well-known ones be "_OTHER" (Node\'s parser lets 35 through)',
    bounded: true,
    mayBeRefused: true,
  };
}

/** Some scrapes as one: with a registry for each worker, each shows a part. */
function union(service: Service): Promise<Exposition[]> {
  return scrapeTimes(service, service.several === undefined ? 1 : 20);
}

/** Why there is nothing to say of ids; empty where there is. */
function idsNotTried(trials: readonly Tried[]): string {
  const ids = trials.find(({ what }) => what === 'ids');
  if (ids === undefined) return ' (ids not tried: --target-path has no {id})';
  return isAll(ids.statuses, turnedAway) ? ' (of ids nothing is known: no route saw one)' : '';
}

function judged(
  service: Service,
  trials: readonly Tried[],
  before: readonly Exposition[],
  after: readonly Exposition[],
): Finding {
  const old = new Set(before.flatMap(({ samples }) => samples.map(seriesOf)));
  const fresh = after.flatMap(({ samples }) => samples.filter((sample) => !old.has(seriesOf(sample))));
  const series = distinct(fresh.map(seriesOf)).length;
  const tried = `${trials.map(triedText).join(', ')}: ${countOf(series, 'new series')}`;
  const measured = tried + idsNotTried(trials);
  const found = trials.map((trial) => ({ trial, sample: leak(trial, fresh) }));
  const bad = found.filter(({ sample }) => sample !== undefined);
  const worst = bad.find(({ trial }) => !trial.bounded) ?? bad[0];
  if (worst?.sample !== undefined) {
    const figures = `${measured}; such as ${worst.sample.name}{${leakedLabel(worst.trial, worst.sample)}}`;
    const hint = `Each such request makes new series for good, memory and query time grow with what strangers send, and sum by (route) falls apart: ${worst.trial.remedy}.`;
    return worst.trial.bounded || (isFlaskExporter(service) && isMethods(worst.trial))
      ? warn(figures, wayOut(service, hint))
      : fail(figures, hint);
  }
  const crowded = crowdedName(fresh);
  if (crowded !== undefined) {
    return fail(
      `${measured}; ${countOf(crowded.sets, 'label set')} of ${crowded.name} are new`,
      'Something that differs from request to request became a label, though not as it was sent (a hash, a length, a time): queries get slower with every request, and sum by (route) falls apart. Take it out.',
    );
  }
  return pass(measured);
}

function isMethods(trial: Trial): boolean {
  return trial.what.includes('methods');
}

/** A known limit of prometheus_flask_exporter: the label is the method as it came. */
function isFlaskExporter({ metrics }: Service): boolean {
  return metrics.counter.startsWith('flask_http_');
}

function wayOut(service: Service, hint: string): string {
  if (!isFlaskExporter(service)) return hint;
  return `${hint} prometheus_flask_exporter has no setting for it: refuse unknown methods at the proxy, or use plain prometheus_client (--client prometheus_client).`;
}

function seriesOf({ name, labels }: Sample): string {
  return name + labelsKey(labels, isProcessLabel);
}

function leak({ values }: Trial, fresh: readonly Sample[]): Sample | undefined {
  const known = new Set(values.map((value) => value.toLowerCase()));
  return fresh.find(({ labels }) => Object.values(labels).some((value) => holdsOne(known, value)));
}

/** Some write methods in small letters. */
function holdsOne(known: ReadonlySet<string>, label: string): boolean {
  const text = label.toLowerCase();
  return known.has(text) || (text.length > 6 && [...known].some((one) => text.includes(one)));
}

function leakedLabel({ values }: Trial, { labels }: Sample): string {
  const known = new Set(values.map((one) => one.toLowerCase()));
  const [label, value] = Object.entries(labels).find(([, text]) => holdsOne(known, text)) ?? [];
  return `${label}="${value}"`;
}

/** A metric with more new label sets than statuses explain; buckets and quantiles of one set count once. */
function crowdedName(fresh: readonly Sample[]): { name: string; sets: number } | undefined {
  const sets = new Map<string, Set<string>>();
  for (const { name, labels } of fresh) {
    const own = sets.get(name) ?? new Set();
    sets.set(
      name,
      own.add(labelsKey(labels, (label) => isProcessLabel(label) || label === 'le' || label === 'quantile')),
    );
  }
  const [name, largest] = [...sets].sort(([, a], [, b]) => b.size - a.size)[0] ?? [];
  return name !== undefined && largest !== undefined && largest.size > mostNew
    ? { name, sets: largest.size }
    : undefined;
}
