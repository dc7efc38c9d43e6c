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
  /** Close the connection after so many milliseconds, whatever was answered. */
  readonly abortAfterMs?: number;
}

/** Sends requests to the service and nowhere else: each on a fresh connection, with a time limit, and counted. */
export interface Client {
  /**
   * @param path below the service's origin
   * @throws CheckError when there is no answer in time, or it is not one (reset, too large, not HTTP)
   */
  request(path: string, options?: RequestOptions): Promise<Answer>;
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
  /** The processes that serve, as /proc tells; undefined where there is no /proc. */
  workers(): readonly number[] | undefined;
  /** Kills a process. @throws Error when it is not below what we started */
  kill(pid: number, signal: NodeJS.Signals): void;
  /** Ends everything, starts it again in the same way, and waits until it listens. @throws CheckError */
  restart(): Promise<void>;
  /** Ends everything that was started, children included; resolves when they are gone. */
  stop(): Promise<void>;
  /** Absolute path of the file with all that it printed. */
  readonly log: string;
}

/** The service under check. */
export interface Service {
  /** The metrics endpoint. */
  readonly url: URL;
  readonly options: VerifyOptions;
  readonly client: Client;
  readonly metrics: RequestMetrics;
  /** Undefined when it was running already. */
  readonly started: StartedService | undefined;
  /** Why the checks that need rest cannot be judged: other traffic, or several instances behind the URL. */
  readonly unrest: string | undefined;
  /**
   * Scrapes on a fresh connection.
   *
   * @throws CheckError when the answer is no exposition
   */
  scrape(): Promise<Exposition>;
  /** Waits, unless the run is cancelled. @throws CancelledError */
  pause(milliseconds: number): Promise<void>;
}
