import { RefusedError } from '../../errors.js';
import { eolOf, insertFirst, insertLast } from '../../languages/python/insert.js';
import { stringValue } from '../../languages/python/nodes.js';
import { type PythonParser, syntaxProblem } from '../../languages/python/parse.js';
import { bindingsIn, freeName } from '../../languages/python/scope.js';
import { splice, type TextEdit } from '../../languages/splice.js';
import { readGunicornConfig } from '../../project/python/gunicorn.js';
import type { GunicornEdits } from './generate.js';

/** The hooks that the metrics need; a config's own ones of these names are kept, and run after ours. */
const hooks = ['on_starting', 'post_fork', 'post_worker_init', 'child_exit'];

/** The names that our lines bind in the config. */
const ownNames = ['_os', '_runpy', '_metrics'] as const;

/**
 * The edits that give an existing gunicorn config what the metrics need: lines before everything that it does, and one
 * behind everything.
 *
 * @param added what is put in; with line feeds, which become the file's own line endings
 * @throws RefusedError when the file is not Python, deals with the metrics' folder itself, or has a hook that cannot be kept; with
 * the lines to add by hand
 */
export function editGunicornConfig(parser: PythonParser, path: string, text: string, added: GunicornEdits): TextEdit[] {
  const source = parser.parse(text);
  const snippet = `${added.head.trimEnd()}\n\n# … what is there …\n\n${added.tail.trimEnd()}\n`;
  const refusal = (reason: string) =>
    new RefusedError(`${path}: ${reason}.`, 'Add the lines below by hand.', [{ path, reason, snippet }]);
  const problem = syntaxProblem(source);
  if (problem !== undefined) throw refusal(`line ${problem.line} is not valid Python 3: ${problem.message}`);
  if (readGunicornConfig(source).sharesMetrics) throw refusal('its code deals with PROMETHEUS_MULTIPROC_DIR itself');
  const bound = bindingsIn(source.root);
  const named = hooks.find((name) =>
    bound.get(name)?.some((binding) => binding.kind === 'value' && stringValue(binding.value) !== undefined),
  );
  if (named !== undefined) throw refusal(`its ${named} is given as a string, and could not be kept`);
  const taken = ownNames.find((name) => freeName(source.root, [name]) !== name);
  if (taken !== undefined) throw refusal(`it uses the name ${taken}, which our lines need`);

  const inStyle = (lines: string) => lines.trim().replaceAll('\n', eolOf(source));
  const first = insertFirst(source, inStyle(added.head));
  if ('reason' in first) throw refusal(`line ${first.line}: ${first.reason}`);
  const edits = [first, insertLast(source, inStyle(added.tail))];
  const after = syntaxProblem(parser.parse(splice(text, edits)));
  if (after !== undefined) throw refusal(`line ${after.line} of the edited file would not be valid: ${after.message}`);
  return edits;
}
