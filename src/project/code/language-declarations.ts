/**
 * What TypeScript has to know of JavaScript's own objects to follow a metric through arrays, maps, promises and the like:
 * a small part of its library, whose whole takes longer to read than most targets.
 */
export const languageDeclarations = `
interface SymbolConstructor { readonly iterator: unique symbol; readonly asyncIterator: unique symbol }
declare var Symbol: SymbolConstructor;
interface IteratorResult<T> { value: T; done?: boolean }
interface Iterator<T, R = any, N = any> { next(value?: N): IteratorResult<T> }
interface Iterable<T, R = any, N = any> { [Symbol.iterator](): Iterator<T, R, N> }
interface IterableIterator<T, R = any, N = any> extends Iterator<T, R, N> { [Symbol.iterator](): IterableIterator<T, R, N> }
interface IteratorObject<T, R = any, N = any> extends Iterator<T, R, N> { [Symbol.iterator](): IteratorObject<T, R, N> }
interface ReadonlyArray<T> {
  readonly [index: number]: T; readonly length: number; [Symbol.iterator](): IterableIterator<T>;
  forEach(f: (item: T, index: number) => void): void; map<U>(f: (item: T, index: number) => U): U[];
  flatMap<U>(f: (item: T) => U[]): U[]; filter(f: (item: T) => any): T[]; find(f: (item: T) => any): T;
  reduce<U>(f: (sum: U, item: T) => U, start: U): U; includes(item: T): boolean; join(by?: string): string;
  slice(from?: number, to?: number): T[]; at(index: number): T; concat(...more: any[]): T[];
}
interface Array<T> extends ReadonlyArray<T> { [index: number]: T; push(...items: T[]): number; pop(): T; shift(): T }
interface Promise<T> {
  then<U = T>(f: (value: T) => U | Promise<U>, r?: (error: any) => any): Promise<U>;
  catch(f: (error: any) => any): Promise<T>; finally(f: () => void): Promise<T>;
}
interface PromiseLike<T> { then<U = T>(f: (value: T) => U): PromiseLike<U> }
interface PromiseConstructor {
  new <T>(f: (resolve: (value: T) => void, reject: (error: any) => void) => void): Promise<T>;
  resolve<T>(value: T): Promise<T>; all<T>(values: T[]): Promise<T[]>;
}
declare var Promise: PromiseConstructor;
interface Map<K, V> {
  get(key: K): V; set(key: K, value: V): this; has(key: K): boolean; values(): IterableIterator<V>;
  entries(): IterableIterator<[K, V]>; forEach(f: (value: V, key: K) => void): void;
  [Symbol.iterator](): IterableIterator<[K, V]>;
}
interface MapConstructor { new <K = any, V = any>(entries?: Iterable<[K, V]>): Map<K, V> }
declare var Map: MapConstructor;
interface WeakMap<K, V> { get(key: K): V; set(key: K, value: V): this; has(key: K): boolean }
interface WeakMapConstructor { new <K = any, V = any>(): WeakMap<K, V> }
declare var WeakMap: WeakMapConstructor;
interface Set<T> { add(item: T): this; has(item: T): boolean; forEach(f: (item: T) => void): void; [Symbol.iterator](): IterableIterator<T> }
interface SetConstructor { new <T = any>(items?: Iterable<T>): Set<T> }
declare var Set: SetConstructor;
interface ObjectConstructor {
  keys(of: object): string[]; values<T>(of: { [key: string]: T }): T[]; entries<T>(of: { [key: string]: T }): [string, T][];
  assign<A, B>(a: A, b: B): A & B; freeze<T>(of: T): T; fromEntries<T>(entries: Iterable<[string, T]>): { [key: string]: T };
}
declare var Object: ObjectConstructor;
interface Object {} interface Function {} interface CallableFunction extends Function {} interface NewableFunction extends Function {}
interface IArguments {} interface Boolean {} interface Number {} interface String {} interface RegExp {}
interface TemplateStringsArray extends ReadonlyArray<string> {}
type Record<K extends string | number | symbol, T> = { [P in K]: T };
type Partial<T> = { [P in keyof T]?: T[P] };
type Required<T> = { [P in keyof T]-?: T[P] };
type Readonly<T> = { readonly [P in keyof T]: T[P] };
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Exclude<T, U> = T extends U ? never : T;
type Extract<T, U> = T extends U ? T : never;
type Omit<T, K> = { [P in Exclude<keyof T, K>]: T[P] };
type NonNullable<T> = T & {};
type Awaited<T> = T extends Promise<infer U> ? Awaited<U> : T;
type ReturnType<T> = T extends (...args: any) => infer R ? R : any;
type Parameters<T> = T extends (...args: infer P) => any ? P : never;
type InstanceType<T> = T extends new (...args: any) => infer R ? R : any;
declare function require(id: 'prom-client' | '@prometheus-io/client'): typeof import('prom-client');
declare function require(id: 'express'): typeof import('express');
declare function require(id: 'express-prom-bundle'): typeof import('express-prom-bundle');
declare function require(id: 'express-prometheus-middleware'): typeof import('express-prometheus-middleware');
declare function require(id: string): any;
`;
