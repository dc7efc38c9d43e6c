// What stands in the built package in place of ts-morph: the TypeScript compiler inside of it, which is all that is used.
// Loaded by require, Node does not search its 10 MB for names to import first; and the wrappers around it are not loaded.
import { createRequire } from 'node:module';

const own = createRequire(import.meta.url);
export const { ts } = createRequire(own.resolve('ts-morph'))('@ts-morph/common');
