import { ts } from 'ts-morph';
import { walk } from '../../languages/typescript/walk.js';
import { objectOf, propertyOf } from './constants.js';
import { declarationsOf, functionAround } from './functions.js';
import { reachedFrom } from './import-closure.js';
import { isOurDeclaration, type Program } from './program.js';
import { isElsewhere } from './registers.js';
import type { Sources } from './sources.js';

const starter = 'collectDefaultMetrics';
const wirer = 'instrument';

/**
 * The calls that start the client's default metrics in its default registry, under their own names, where that may be
 * after the generated code has started them: the client refuses a second time. A module that is loaded before the app is
 * wired starts them first, and the generated code leaves it at that.
 *
 * @param generated paths of the generated files
 */
export function lateStarts(program: Program, sources: Sources, generated: ReadonlySet<string>): ts.CallExpression[] {
  const starts = callsOf(starter, program).filter(
    (call) => !generated.has(program.pathOf(call)) && isStarter(call, program) && isInDefault(call, program),
  );
  if (starts.length === 0) return [];
  const wirings = callsOf(wirer, program).filter((call) => isWiring(call, program, generated));
  return starts.filter((call) => functionAround(call) !== undefined || isAfter(call, wirings, program, sources));
}

function callsOf(name: string, program: Program): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  for (const file of program.files) {
    if (!file.text.includes(name)) continue;
    walk(file, (node) => {
      if (ts.isCallExpression(node)) found.push(node);
    });
  }
  return found;
}

/** By its type, which leads through imports and modules that pass it on. */
function isStarter({ expression }: ts.CallExpression, { checker }: Program): boolean {
  const { symbol } = checker.getTypeAtLocation(expression);
  return symbol?.name === starter && (symbol.declarations ?? []).some(isOurDeclaration);
}

function isInDefault({ arguments: [given] }: ts.CallExpression, program: Program): boolean {
  const options = given && objectOf(given, program);
  if (options === undefined) return true;
  const register = propertyOf(options, 'register', program);
  const isPrefixed = propertyOf(options, 'prefix', program) !== undefined;
  return !isPrefixed && !(register !== undefined && isElsewhere(register, program));
}

function isWiring({ expression }: ts.CallExpression, program: Program, generated: ReadonlySet<string>): boolean {
  return declarationsOf(expression, program).some(
    (one) => ts.isFunctionDeclaration(one) && one.name?.text === wirer && generated.has(program.pathOf(one)),
  );
}

/** Below the wiring in its file, or in a file that imports that one. */
function isAfter(
  call: ts.CallExpression,
  wirings: readonly ts.CallExpression[],
  program: Program,
  sources: Sources,
): boolean {
  const path = program.pathOf(call);
  const reached = reachedFrom(path, sources);
  return wirings.some((wiring) => {
    const place = program.pathOf(wiring);
    return place === path ? call.pos > wiring.pos : reached.has(place);
  });
}
