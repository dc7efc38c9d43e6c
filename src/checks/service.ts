import type { Exposition } from './exposition.js';

/** What `verify` was told on the command line, or by the record. */
export interface VerifyOptions {
  /** Requests that `exact` sends. */
  readonly requests: number;
  /** A path with `{id}` in it, or a plain one; undefined when none was given. */
  readonly targetPath: string | undefined;
  /** A path that takes a second or more to answer. */
  readonly slowPath: string | undefined;
  /** A path whose request ends in an error. */
  readonly errorPath: string | undefined;
  readonly killWorker: boolean;
  /** Base URL of a Prometheus that scrapes the service. */
  readonly prometheus: string | undefined;
  readonly scrapeIntervalSeconds: number;
  /** Worker processes as the record says; undefined without one. */
  readonly workers: number | undefined;
  readonly redis: boolean;
  /** Absolute path of the target. */
  readonly dir: string;
}

export interface Answer {
  /** 0 when the request was given up by us. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Seconds until the end of the body. */
  readonly seconds: number;
}

export interface RequestOptions {
  readonly method?: string;
  /** Close the connection after so many milliseconds, whatever was answered: the answer's status is 0 then. */
  readonly abortAfterMs?: number;
  /** Give up, with a CheckError, after so many milliseconds; default: 5,000. */
  readonly timeoutMs?: number;
}

/** Sends requests to the service and nowhere else: each on a fresh connection, with a time limit, and counted. */
export interface Client {
  /**
   * Sends a request to the service (not to the metrics endpoint, which may be on another port: see `Service.scrape`).
   *
   * @param path below the service's address
   * @throws CheckError when there is no answer in time, or it is not one (reset, too large, not HTTP), or the number of
   *   requests that one run may send is used up
   */
  request(path: string, options?: RequestOptions): Promise<Answer>;
  /**
   * Fetches the metrics endpoint, as Prometheus does it, and gives the answer whatever it is.
   *
   * @param options.bare without the token of METRICS_TOKEN
   * @throws CheckError as `request`
   */
  fetchMetrics(options?: { readonly bare?: boolean; readonly timeoutMs?: number }): Promise<Answer>;
  /** The requests sent so far, those of scrapes included. */
  readonly sent: number;
}

/** The metrics that stand for requests: named by the record, found by shape, or told by flags. */
export interface RequestMetrics {
  /** The counter; a histogram's `_count` where there is no counter of its own. */
  readonly counter: string;
  readonly histogram: string | undefined;
  readonly inProgress: string | undefined;
  readonly exceptions: string | undefined;
  /** The label that names the route, as far as there is one. */
  readonly routeLabel: string | undefined;
  readonly statusLabel: string | undefined;
  /** How they were found, for the report. */
  readonly foundBy: string;
}

/** A service that was started by us; all of its processes are below `pid`. */
export interface StartedService {
  readonly pid: number;
  /** When it began to listen, the last time it was started, as performance.now() tells the time (milliseconds). */
  readonly listensSince: number;
  /** The processes that serve, as /proc tells; undefined where there is no /proc. */
  workers(): readonly number[] | undefined;
  /** Kills a process. @throws Error when it is not below what we started */
  kill(pid: number, signal: NodeJS.Signals): void;
  /**
   * Ends everything, starts it again in the same way, and waits until it listens.
   *
   * @param env variables that it gets this time, besides those it always gets
   * @throws CheckError when it does not listen
   */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends everything that was started, children included; resolves when they are gone. */
  stop(): Promise<void>;
  /** Absolute path of the file with all that it printed; it stays there until it is removed. */
  readonly log: string;
  /** Removes the log, with its folder. */
  removeLog(): void;
}

/**
 * Where some requests are counted: the series of their path, or, where they were answered otherwise than those by which
 * these were found, all but the series of others. A limiter answers before a route is known, so that its answers are
 * counted elsewhere.
 */
export interface CountedSeries {
  /** The counter's total. */
  total(exposition: Exposition): number;
  /** The total of the histogram's `_count`; undefined without a histogram. */
  count(exposition: Exposition): number | undefined;
  /** Their labels, without those of process and status; empty for all series. */
  readonly labels: readonly Readonly<Record<string, string>>[];
  /** The labels of series that are among these and not ours. */
  readonly without: readonly Readonly<Record<string, string>>[];
}

/** The service under check. */
export interface Service {
  /** The metrics endpoint. */
  readonly url: URL;
  readonly options: VerifyOptions;
  readonly client: Client;
  /**
   * The metrics that stand for requests.
   *
   * @throws CheckError (the getter) when none were found, or the endpoint did not answer
   */
  readonly metrics: RequestMetrics;
  /** The path that requests go to where a check does not say otherwise: the target path with an id, or `/`. */
  readonly path: string;
  /** Undefined when it was running already. */
  readonly started: StartedService | undefined;
  /** Whether it was to be started, and did not come to listen: then it is not there, and `started` neither. */
  readonly startFailed: boolean;
  /** Why the checks that need rest cannot be judged: other traffic, or several instances behind the URL. */
  readonly unrest: string | undefined;
  /** What showed that several registries answer behind the URL; undefined when one did. */
  readonly several: string | undefined;
  /** Whether the service is on this machine, as far as its address tells. */
  readonly local: boolean;
  /** Whether several registries behind the URL are known to be workers of one service, and not instances of it. */
  readonly oneInstance: boolean;
  /** How long after its answer a request may be counted, in milliseconds; 0 where that is at once. */
  readonly countedAfterMs: number;
  /** The series that requests to `path` go to which are answered with these statuses. */
  seriesOf(statuses: Iterable<number>): CountedSeries;
  /** The counter's total on the series of `path`, or of all series where those could not be told apart. */
  pathTotal(exposition: Exposition): number;
  /**
   * By how much the counter rose on the one series that rose most, of all but those that move by themselves or because
   * somebody scrapes: the one that some requests to a single path went to, also where probes go to another.
   */
  largestRise(before: Exposition, after: Exposition): number;
  /**
   * Scrapes on a fresh connection.
   *
   * @throws CheckError when the answer is no exposition
   */
  scrape(): Promise<Exposition>;
  /** Aborted, with the reason, when the run is cancelled or the check's time is over. */
  readonly signal: AbortSignal;
  /** Waits. @throws CancelledError when the run is cancelled; CheckError when the check's time is over */
  pause(milliseconds: number): Promise<void>;
}
