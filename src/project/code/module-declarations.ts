/**
 * What TypeScript has to know of the packages whose objects the rules look for: which expression is a metric, a registry,
 * an app. The names are those of the packages' public interfaces; everything the rules do not ask for is left open.
 */

const promClient = `
export declare class Registry<T = any> {
  constructor(...options: any[]); readonly contentType: string;
  metrics(): Promise<string>; clear(): void; resetMetrics(): void; getMetricsAsJSON(): Promise<any>; getMetricsAsArray(): any;
  registerMetric(metric: any): void; getSingleMetric<L extends string = string>(name: string): any; removeSingleMetric(name: string): void;
  setDefaultLabels(labels: object): void; static merge(registries: any[]): Registry; readonly 'a registry': T;
}
export declare class AggregatorRegistry<T = any> extends Registry<T> {
  clusterMetrics(done?: any): Promise<string>; static aggregate(all: any, type?: any): Registry; static setRegistries(all: any): void;
}
/** What the official client, prom-client's successor, calls it, and its like for worker threads. */
export declare class ClusterRegistry<T = any> extends AggregatorRegistry<T> {}
export declare class WorkerRegistry<T = any> extends AggregatorRegistry<T> { workerMetrics(): Promise<string>; addWorker(worker: any): void }
/** What a timer's start gives: called with the labels that are known at its end. */
export interface EndTimer { (labels?: any): number }
interface Metric {
  inc(labels?: any, value?: any): void; dec(labels?: any, value?: any): void; set(labels?: any, value?: any): void;
  observe(labels?: any, value?: any): void; startTimer(labels?: any): EndTimer; setToCurrentTime(labels?: any): void;
  labels(...values: any[]): this; remove(...values: any[]): void; reset(): void; zero(labels: any): void; get(): Promise<any>;
  readonly name: string; readonly help: string;
}
export interface Counter<T extends string = string> extends Metric { readonly 'a counter': T }
export interface Gauge<T extends string = string> extends Metric { readonly 'a gauge': T }
export interface Histogram<T extends string = string> extends Metric { readonly 'a histogram': T }
export interface Summary<T extends string = string> extends Metric { readonly 'a summary': T }
export declare class Counter<T extends string = string> { constructor(options: any, ...more: any[]) }
export declare class Gauge<T extends string = string> { constructor(options: any, ...more: any[]) }
export declare class Histogram<T extends string = string> { constructor(options: any, ...more: any[]) }
export declare class Summary<T extends string = string> { constructor(options: any, ...more: any[]) }
export declare class Pushgateway<T = any> { constructor(...options: any[]); [key: string]: any }
export declare const register: Registry;
export declare const globalRegistry: Registry;
export declare function collectDefaultMetrics(options?: any): any;
export declare function linearBuckets(start: number, width: number, count: number): number[];
export declare function exponentialBuckets(start: number, factor: number, count: number): number[];
export interface CounterConfiguration<T extends string = string> { name: string; help: string; [key: string]: any }
export interface GaugeConfiguration<T extends string = string> { name: string; help: string; [key: string]: any }
export interface HistogramConfiguration<T extends string = string> { name: string; help: string; [key: string]: any }
export interface SummaryConfiguration<T extends string = string> { name: string; help: string; [key: string]: any }
export type Metric_<T extends string = string> = Counter<T> | Gauge<T> | Histogram<T> | Summary<T>;
export { Metric_ as Metric };
export type LabelValues<T extends string = string> = { [name: string]: any };
`;

const express = `
declare function create(): create.Application;
declare namespace create {
  interface Routes { use(...handlers: any[]): this; get(...handlers: any[]): this; post(...handlers: any[]): this; [key: string]: any }
  interface Application extends Routes { (req: any, res: any, next?: any): any; listen(...args: any[]): any }
  interface Express extends Application {}
  interface Router extends Routes { (req: any, res: any, next: any): any }
  interface IRouter extends Router {}
  function Router(options?: any): Router;
  interface Request<A = any, B = any, C = any, D = any, E = any> { params: A; body: C; query: D; [key: string]: any }
  interface Response<A = any, B = any> { on(event: string, listener: any): this; [key: string]: any }
  interface NextFunction { (error?: any): void }
  interface RequestHandler<A = any, B = any, C = any, D = any, E = any> { (req: Request<A, B, C, D, E>, res: Response, next: NextFunction): any }
  interface ErrorRequestHandler<A = any, B = any, C = any, D = any> { (error: any, req: Request, res: Response, next: NextFunction): any }
}
export = create;
`;

const expressPromBundle = `
declare function bundle(options?: any): bundle.Middleware;
declare namespace bundle {
  interface Middleware { (req: any, res: any, next: any): any; readonly 'measures requests': true; readonly promClient: typeof import('prom-client') }
  const promClient: typeof import('prom-client');
  function clusterMetrics(): (req: any, res: any) => any;
  function normalizePath(req: any, options?: any): string;
}
export = bundle;
`;

const expressPrometheusMiddleware = `
declare function middleware(options?: any): middleware.Middleware;
declare namespace middleware {
  interface Middleware { (req: any, res: any, next: any): any; readonly 'measures requests': true }
}
export = middleware;
`;

const nestjsPrometheus = `
/** Serves the default registry at /metrics. */
export declare class PrometheusModule { static register(options?: any): any; static registerAsync(options?: any): any }
export declare function InjectMetric(name: string): any;
export declare function makeCounterProvider(options: any): any;
export declare function makeGaugeProvider(options: any): any;
export declare function makeHistogramProvider(options: any): any;
export declare function makeSummaryProvider(options: any): any;
`;

/** Declarations by the specifier that code imports. */
export const moduleDeclarations: Readonly<Record<string, string>> = {
  'prom-client': promClient,
  '@prometheus-io/client': promClient,
  express,
  'express-prom-bundle': expressPromBundle,
  'express-prometheus-middleware': expressPrometheusMiddleware,
  '@willsoto/nestjs-prometheus': nestjsPrometheus,
};

/** Those by which code shows that it measures: a target without any of them has no fault to be found. */
const measuringModules = Object.keys(moduleDeclarations).filter((name) => name !== 'express');

const quoted = new RegExp(`['"\`](?:${measuringModules.map((name) => name.replace(/[/-]/g, '\\$&')).join('|')})['"\`]`);

/** Whether a source text names a package that measures, as its import does. */
export function namesMeasuringModule(text: string): boolean {
  return quoted.test(text);
}
