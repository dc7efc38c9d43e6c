import { posix } from 'node:path';
import { parse } from 'jsonc-parser';
import type { NodeProject } from '../../../project/node-project.js';
import { readIfText } from '../../../project/source-files.js';

type Facts = Pick<NodeProject, 'files' | 'manifest' | 'typescript'>;

/** They follow imports from the entry and leave out what nothing imports, such as the launcher. */
const bundlers =
  /\b(?:esbuild|webpack|rollup|rolldown|vite|tsup|tsdown|ncc|parcel|rspack|unbuild|microbundle|bun build|snowpack)\b/;

/**
 * Whether the package's build compiles file by file, so that a new source file has its place in the output without being
 * imported: TypeScript's compiler for what tsconfig includes, Babel and SWC for a folder.
 *
 * @param source the new file, relative to the target
 */
export function buildsEveryFile({ files, manifest, typescript }: Facts, source: string): boolean {
  const scripts = Object.values(manifest.scripts).join('\n');
  if (bundlers.test(scripts)) return false;
  if (/\b(?:babel|swc)\b.*\s(?:-d|--out-dir)\b/.test(scripts)) return true;
  if (!/\b(?:tsc|tspc|nest build)\b/.test(scripts) || typescript.path === undefined) return false;
  return includes(readIfText(files, typescript.path) ?? '', posix.relative(posix.dirname(typescript.path), source));
}

/** Where a build puts a source file, as tsconfig tells or by habit; the source itself where there is nothing to compile. */
export function builtPath({ typescript: { outDir = 'dist', rootDir } }: Facts, source: string): string {
  if (compiled(source) === source) return source;
  const root = rootDir ?? (source.startsWith('src/') ? 'src' : '.');
  return compiled(posix.join(outDir, posix.relative(root, source)));
}

/** The name under which a source file is compiled. */
export function compiled(path: string): string {
  return path.replace(/\.([mc]?)tsx?$/, '.$1js');
}

/** TypeScript's rule: `files` alone are those files, `include` is patterns or folders, without both it is everything. */
function includes(tsconfig: string, source: string): boolean {
  const json: unknown = parse(tsconfig, [], { allowTrailingComma: true });
  const config = typeof json === 'object' && json !== null ? { ...json } : {};
  const { files, include } = config as Record<string, unknown>;
  if (!Array.isArray(include)) return !Array.isArray(files);
  return include.some((pattern) => typeof pattern === 'string' && matches(posix.normalize(pattern), source));
}

function matches(pattern: string, source: string): boolean {
  const [fixed = ''] = pattern.split(/[*?]/);
  const folder = fixed === pattern ? `${pattern.replace(/\/$/, '')}/` : fixed.slice(0, fixed.lastIndexOf('/') + 1);
  const isDeep = fixed === pattern || pattern.includes('**');
  return (folder === './' || source.startsWith(folder)) && (isDeep || !source.slice(folder.length).includes('/'));
}
