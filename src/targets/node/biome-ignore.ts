import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { insertProperty } from '../../languages/json.js';
import { insertAt, type TextEdit } from '../../languages/splice.js';
import type { Workspace } from '../../plan/workspace.js';
import type { Manifest } from '../../project/manifest.js';
import { readIfText } from '../../project/source-files.js';

const configs = ['biome.json', 'biome.jsonc', '.biome.json', '.biome.jsonc'];

/**
 * Keeps Biome away from generated files that cannot say so themselves, where the project uses it: JSON has no comments.
 * https://biomejs.dev/reference/configuration/#filesincludes
 *
 * @param paths relative to the target
 */
export function ignoreInBiome(workspace: Workspace, manifest: Manifest, paths: readonly string[]): void {
  const range = manifest.devDependencies['@biomejs/biome'] ?? manifest.dependencies['@biomejs/biome'];
  const config = configs.find((path) => readIfText(workspace, path) !== undefined);
  if (range === undefined || config === undefined) return;
  const isFirst = /^\D*1(\.|$)/.test(range);
  const text = workspace.read(config) ?? '';
  const edits = isFirst
    ? added(text, config, 'ignore', paths, [])
    : added(
        text,
        config,
        'includes',
        paths.map((path) => `!${path}`),
        ['**'],
      );
  if (edits !== undefined) workspace.edit(config, edits);
  else {
    const snippet = paths.map((path) => JSON.stringify(isFirst ? path : `!${path}`)).join(',\n');
    workspace.manual({
      path: config,
      reason: `its check of these files would fail; add them to files.${isFirst ? 'ignore' : 'includes'}`,
      snippet,
    });
  }
}

/**
 * Edits that add patterns to a list in `files`, or make one.
 *
 * @param first what the list begins with when it is made
 * @returns undefined when it is not sure how
 */
function added(
  text: string,
  name: string,
  key: string,
  patterns: readonly string[],
  first: readonly string[],
): TextEdit[] | undefined {
  const bom = text.startsWith('\uFEFF') ? 1 : 0;
  const tree = parseTree(text.slice(bom), [], { allowTrailingComma: true });
  const list = tree === undefined ? undefined : findNodeAtLocation(tree, ['files', key]);
  if (list === undefined) {
    try {
      return insertProperty(text, ['files'], key, [...first, ...patterns], name);
    } catch {
      return undefined; // comments, or something else than an object
    }
  }
  const last = list.children?.at(-1);
  if (list.type !== 'array' || last === undefined) return undefined;
  const gap = gapBetween(text.slice(bom), list);
  const lines = patterns.map((pattern) => `,${gap}${JSON.stringify(pattern)}`).join('');
  return [insertAt(bom + last.offset + last.length, lines)];
}

/** What stands before the list's first element: a line break with indentation, or nothing, for which a space stands. */
function gapBetween(text: string, list: Node): string {
  const [first] = list.children ?? [];
  const before = text.slice(list.offset + 1, first?.offset);
  return /^\s*\n\s*$/.test(before) ? before : ' ';
}
