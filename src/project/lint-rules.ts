import type { Manifest } from './manifest.js';
import { type Files, readIfText } from './source-files.js';

/** ESLint rules about the order of imports that would complain about an import of ours that has to come first. */
const orderRules = [
  'import/order',
  'import/first',
  'import-x/order',
  'simple-import-sort/imports',
  'perfectionist/sort-imports',
  'sort-imports',
] as const;

const configFiles = [
  'eslint.config.js',
  'eslint.config.mjs',
  'eslint.config.cjs',
  'eslint.config.ts',
  '.eslintrc',
  '.eslintrc.js',
  '.eslintrc.cjs',
  '.eslintrc.json',
  '.eslintrc.yml',
  '.eslintrc.yaml',
];

/**
 * The import-order rules that the target's ESLint configuration names, or has through a shared configuration known to
 * set them (Airbnb's). Only those are worth a directive: ESLint can be told to complain about needless ones.
 */
export function importOrderRules(files: Files, manifest: Manifest): string[] {
  const texts = configFiles.flatMap((path) => readIfText(files, path) ?? []);
  texts.push(JSON.stringify(manifest.eslintConfig));
  if ('eslint-config-airbnb-base' in manifest.devDependencies || 'eslint-config-airbnb' in manifest.devDependencies) {
    texts.push(texts.some((text) => text.includes('airbnb')) ? 'import/order' : '');
  }
  return orderRules.filter((rule) => texts.some((text) => isNamed(rule, text)));
}

/** Packages with the rules about ESLint's own directives, and the name under which they are switched on. */
const commentRules: Readonly<Record<string, string>> = {
  '@eslint-community/eslint-plugin-eslint-comments': '@eslint-community/eslint-comments',
  'eslint-plugin-eslint-comments': 'eslint-comments',
  '@antfu/eslint-config': 'eslint-comments',
};

/** The name of the plugin that would complain of a blanket `eslint-disable`, where the target uses it. */
export function commentRulesPlugin({ devDependencies, dependencies }: Manifest): string | undefined {
  const found = Object.keys(commentRules).find((name) => name in devDependencies || name in dependencies);
  return found === undefined ? undefined : commentRules[found];
}

/** Whether Biome sorts the imports of this project, which it does unless told otherwise. Before 2, it could not be told. */
export function sortsWithBiome({ devDependencies, dependencies }: Manifest): boolean {
  const range = devDependencies['@biomejs/biome'] ?? dependencies['@biomejs/biome'] ?? '';
  return Number(/\d+/.exec(range)?.[0] ?? 0) >= 2;
}

/** A rule counts where it stands whole (`sort-imports` is also the end of a plugin's rule) and not in a comment. */
function isNamed(rule: string, text: string): boolean {
  const named = new RegExp(`(?<![\\w/-])${rule}(?![\\w/-])`);
  return text.split('\n').some((line) => !/^\s*(\/\/|\*|#)/.test(line) && named.test(line));
}
