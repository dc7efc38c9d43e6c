import { ts } from 'ts-morph';
import type { Serving } from '../code/serving.js';
import type { Facts } from '../facts.js';
import type { Rule } from '../rule.js';

/** What happens to the numbers is measured in docs/multi-process.md. */
export const registryPerWorker: Rule = {
  id: 'registry-per-worker',
  title: 'a registry in each worker, and none that adds them up',
  severity: 'error',
  why: 'A scrape reaches one worker at random and sees its counters only: the totals jump up and down, and rate() and increase() take each fall for a reset.',
  mend: 'Serve the sum of all workers: add-prom-metrics does so exactly, under cluster and PM2; an AggregatorRegistry in the primary does under cluster, as long as no worker dies.',
  *find(facts) {
    const { renderings, serving, program } = facts;
    for (const { node, by } of renderings) {
      const path = program.pathOf(node);
      const several = serving.find(({ runs }) => runs(path));
      if (by !== 'metrics' || several === undefined || addsUp(several, facts)) continue;
      // A job that pushes renders nothing that is scraped.
      if (facts.pushing.has(path) || isOurs(node) || isInPrimary(node) || hasOwnPort(several, facts)) continue;
      yield { node, message: `each process that ${named(several)} starts answers with its own registry` };
    }
  },
};

/** `ecosystem.config.js:7`. */
export function named({ path, line }: Serving): string {
  return line === undefined ? path : `${path}:${line}`;
}

/** Whether the code that runs in these processes brings their metrics together; other services of the target do not count. */
export function addsUp({ runs }: Serving, { aggregators, renderings, program }: Facts): boolean {
  const others = renderings.filter(({ by }) => by !== 'metrics').map(({ node }) => node);
  return [...aggregators, ...others].some((node) => runs(program.pathOf(node)));
}

/** The files that `add` writes share the counts between the processes. */
function isOurs(node: ts.Node): boolean {
  return /^\/\/ Made by add-prom-metrics /m.test(node.getSourceFile().text.slice(0, 600));
}

/** In the branch of cluster's primary there is one registry. */
function isInPrimary(node: ts.Node): boolean {
  for (let inner = node; inner.parent !== undefined; inner = inner.parent) {
    const { parent } = inner;
    if (!ts.isIfStatement(parent)) continue;
    const condition = parent.expression.getText();
    const isPrimary = /^[\w.]*\bis(?:Primary|Master)\b/.test(condition);
    const isWorker = /^[\w.]*\bisWorker\b|^!\s*[\w.]*\bis(?:Primary|Master)\b/.test(condition);
    if (isPrimary && parent.thenStatement === inner) return true;
    if (isWorker && parent.elseStatement === inner) return true;
  }
  return false;
}

/** A port for each worker makes each a target of its own: then nothing has to be added up in the service. */
function hasOwnPort(several: Serving, { program }: Facts): boolean {
  return program.files.some(
    (file) =>
      several.runs(program.pathOf(file)) &&
      /\bport\b[^\n;]*(?:NODE_APP_INSTANCE|INSTANCE_ID|worker\??\.id)|listen\([^)]*(?:NODE_APP_INSTANCE|worker\??\.id)/i.test(
        file.text,
      ),
  );
}
