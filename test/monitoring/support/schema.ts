import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { expect } from 'vitest';

type Name = 'compose-spec' | 'podmonitors' | 'prometheusrules';

const folder = new URL('../schemas/', import.meta.url);
const validators = new Map<Name, ReturnType<Ajv['compile']>>();

/** Expects a value to fit a schema of the folder `schemas`; each says where it is from. */
export function expectToFit(name: Name, value: unknown): void {
  const fits = validators.get(name) ?? compile(name);
  validators.set(name, fits);
  expect(fits(value) ? [] : fits.errors, JSON.stringify(value, null, 2)).toEqual([]);
}

function compile(name: Name) {
  const schema = JSON.parse(readFileSync(fileURLToPath(new URL(`${name}.json`, folder)), 'utf8')) as object;
  // Formats of Go's numbers and durations are Kubernetes' own.
  return new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
}
