import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import type { TextEdit } from '../../../languages/splice.js';
import type { Workspace } from '../../../plan/workspace.js';

/**
 * Plans edits in the value of a package script: offsets are those of the value, what is inserted is encoded for JSON.
 *
 * @throws RangeError when there is no such script: a programming error
 */
export function editScript(workspace: Workspace, script: string, edits: readonly TextEdit[]): void {
  const text = workspace.read('package.json') ?? '';
  const bom = text.startsWith('\uFEFF') ? 1 : 0;
  const tree = parseTree(text.slice(bom));
  const node = tree && findNodeAtLocation(tree, ['scripts', script]);
  if (node?.type !== 'string') throw new RangeError(`no script ${script}`);
  const start = bom + node.offset + 1;
  const offsets = characterOffsets(text.slice(start, bom + node.offset + node.length - 1));
  const encoded = edits.map(({ offset, length, text: inserted }) => {
    const from = offsets[offset] ?? 0;
    const to = offsets[offset + length] ?? from;
    return { offset: start + from, length: to - from, text: JSON.stringify(inserted).slice(1, -1) };
  });
  workspace.edit('package.json', encoded);
}

/** Where each character of a string's value stands between the quotes of its JSON, and where the last one ends. */
function characterOffsets(written: string): number[] {
  const offsets: number[] = [];
  for (const match of written.matchAll(/\\u[0-9a-fA-F]{4}|\\[\s\S]|[\s\S]/g)) offsets.push(match.index);
  return [...offsets, written.length];
}
