import { type Arguments, type Dockerfile, type Instruction, lineage, readArguments, type Stage } from './dockerfile.js';
import type { ShellWord } from './shell-words.js';

/** A command that a container runs at its start, as words that stand in the Dockerfile. */
export interface StageCommand {
  readonly form: Arguments['form'];
  readonly words: readonly ShellWord[];
}

/**
 * What a container of a stage runs: ENTRYPOINT and CMD, its own or those of the stages that it is built on, by the rules
 * of the Dockerfile reference ("Understand how CMD and ENTRYPOINT interact").
 *
 * @returns no commands where the base image decides
 * @throws SyntaxError for an exec form that is not valid
 */
export function stageCommands(dockerfile: Dockerfile, stage: Stage): StageCommand[] {
  const { entrypoint, cmd } = startInstructions(stage);
  const first = entrypoint && readArguments(dockerfile, entrypoint);
  // The shell form of ENTRYPOINT takes no arguments, so CMD is not used.
  const second = cmd && first?.form !== 'shell' ? readArguments(dockerfile, cmd) : undefined;
  if (first?.form === 'exec' && second?.form === 'exec') {
    const words = [...first.commands, ...second.commands].flat();
    return words.length === 0 ? [] : [{ form: 'exec', words }];
  }
  return [first, second]
    .flatMap((part) => (part?.commands ?? []).map((words) => ({ form: part?.form ?? 'shell', words })))
    .filter(({ words }) => words.length > 0);
}

/**
 * The stage that makes the image which is started: of the last one and those that it is built on, the nearest with a
 * command of its own. A stage built on it that adds none (tests, on top of what serves) takes it over.
 */
export function startedStage({ stages }: Dockerfile): Stage {
  const last = stages.at(-1) ?? stages[0];
  const isStart = ({ keyword }: Instruction) => keyword === 'CMD' || keyword === 'ENTRYPOINT';
  return lineage(last).find(({ instructions }) => instructions.some(isStart)) ?? last;
}

/** The instructions that count: the last of each name; a new ENTRYPOINT makes Docker forget an inherited CMD. */
export function startInstructions(stage: Stage): { entrypoint?: Instruction; cmd?: Instruction } {
  let cmd: Instruction | undefined;
  for (const { instructions } of lineage(stage)) {
    cmd ??= instructions.findLast(({ keyword }) => keyword === 'CMD');
    const entrypoint = instructions.findLast(({ keyword }) => keyword === 'ENTRYPOINT');
    if (entrypoint) return cmd ? { entrypoint, cmd } : { entrypoint };
  }
  return cmd ? { cmd } : {};
}
