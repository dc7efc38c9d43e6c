import { field, positionalArguments, stringValue } from '../../languages/python/nodes.js';
import { lineAt, type SyntaxNode } from '../../languages/python/parse.js';
import type { TakenRoute } from '../routes.js';
import type { PythonCode } from './code.js';
import { pythonFiles } from './python-files.js';

/** Methods of an app, a blueprint or an API that register a path. */
const registering = /^(?:route|get|post|put|patch|delete|add_url_rule|add_resource|resource)$/;

/**
 * Where a route of this very path is registered in the target's Python code. A path that is put together at run time, by
 * a blueprint's prefix for instance, is not seen.
 */
export function findPythonRoute(code: PythonCode, metricsPath: string): TakenRoute | undefined {
  for (const path of pythonFiles(code.files)) {
    if (!code.files.read(path)?.includes(metricsPath)) continue;
    const source = code.read(path);
    const call = source?.root.descendantsOfType('call').find((node) => registers(node, metricsPath));
    if (source !== undefined && call !== undefined) return { path, line: lineAt(source.text, call.startIndex) };
  }
  return undefined;
}

function registers(call: SyntaxNode, metricsPath: string): boolean {
  const method = field(call, 'function');
  if (method?.type !== 'attribute' || !registering.test(field(method, 'attribute')?.text ?? '')) return false;
  return positionalArguments(call).some((argument) => stringValue(argument)?.replace(/(.)\/$/, '$1') === metricsPath);
}
