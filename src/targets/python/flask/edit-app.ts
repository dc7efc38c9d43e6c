import { RefusedError } from '../../../errors.js';
import {
  insertImport,
  type NewImport,
  printImport,
  statementAfter,
  type Unplaceable,
} from '../../../languages/python/insert.js';
import { dottedName, field, statementOf } from '../../../languages/python/nodes.js';
import {
  type PythonParser,
  type PythonSource,
  type SyntaxNode,
  syntaxProblem,
} from '../../../languages/python/parse.js';
import { freeName } from '../../../languages/python/scope.js';
import { insertAt, splice, type TextEdit } from '../../../languages/splice.js';
import { assignedName, type FlaskApp } from './find-app.js';

/** What an edit needs to know that the file itself does not tell. */
export interface EditOptions {
  /** The generated module as the file imports it: `metrics`, `.metrics`, `shop.metrics`. */
  readonly module: string;
  /** Whether an imported module is the project's own; imports of ours stand with those. */
  readonly isOwn?: (module: string) => boolean;
}

/**
 * The edits that instrument an application: the import of `instrument`, and its call on the line behind the statement that
 * creates the app, before anything else is registered with it. An app that is created within a larger expression
 * (`return Flask(__name__)`) gets the call around it: `instrument` returns what it is given.
 *
 * @throws RefusedError when the file is not valid Python 3, or the lines cannot be placed surely; with the lines to add by
 * hand
 */
export function editApp(
  parser: PythonParser,
  text: string,
  app: Pick<FlaskApp, 'path' | 'start' | 'end'>,
  options: EditOptions,
): TextEdit[] {
  const source = parser.parse(text);
  const local = freeName(source.root, ['instrument', 'instrument_metrics']);
  const added: NewImport = { module: options.module, name: 'instrument', local };
  const call = source.root.descendantForIndex(app.start, app.end);
  const name = call === null ? undefined : assignedName(call);
  const refusal = ({ line, reason }: Unplaceable) => refuse(app.path, line, reason, snippetFor(added, app, text, name));
  const problem = syntaxProblem(source);
  if (problem !== undefined) throw refusal({ line: problem.line, reason: `not valid Python 3: ${problem.message}` });
  if (call?.type !== 'call') throw new TypeError(`there is no call at ${app.start} of ${app.path}`);

  const edits = [insertImport(source, added, call, options.isOwn), ...wiring(source, call, local)];
  const [unplaceable] = edits.filter((edit) => 'reason' in edit);
  if (unplaceable !== undefined) throw refusal(unplaceable);
  const placed = edits.filter((edit) => 'offset' in edit);
  const after = syntaxProblem(parser.parse(splice(text, placed)));
  if (after === undefined) return placed;
  throw refusal({ line: after.line, reason: `the edited file would not be valid: ${after.message}` });
}

function wiring(source: PythonSource, call: SyntaxNode, callee: string): (TextEdit | Unplaceable)[] {
  const statement = statementOf(call);
  const name = wholeAssignment(statement, call);
  if (name !== undefined) return [statementAfter(source, statement, `${callee}(${name})`)];
  return [insertAt(call.startIndex, `${callee}(`), insertAt(call.endIndex, ')')];
}

/** The name that a statement, which is nothing but an assignment of the call, gives the app. */
function wholeAssignment(statement: SyntaxNode, call: SyntaxNode): string | undefined {
  if (statement.type !== 'expression_statement') return undefined;
  let value = call;
  while (value.parent?.type === 'parenthesized_expression') value = value.parent;
  let name: string | undefined;
  while (value.parent?.type === 'assignment' && field(value.parent, 'right')?.id === value.id) {
    value = value.parent;
    name = dottedName(field(value, 'left')) ?? name;
  }
  return value.parent?.id === statement.id ? name : undefined;
}

function snippetFor(
  added: NewImport,
  { start, end }: Pick<FlaskApp, 'start' | 'end'>,
  text: string,
  name = 'app',
): string {
  const creation = `${name} = ${text.slice(start, end).replace(/\r\n/g, '\n')}`;
  return `${printImport(added)}\n\n${creation}\n${added.local}(${name})\n`;
}

function refuse(path: string, line: number, reason: string, snippet: string): RefusedError {
  return new RefusedError(
    `${path}, line ${line}: ${reason}.`,
    'Put it right and run the command again, or add the lines below by hand.',
    [{ path, reason: `line ${line}: ${reason}`, snippet }],
  );
}
