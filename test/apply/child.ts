// Run in a process of its own: applies the scene's plan, or recovers, and is killed at a step.
import { recover } from '../../src/apply/recover.js';
import { faultyDisk } from './faulty-disk.js';
import { run } from './scene.js';

const [, , action, root = '', stateDir = '', step = '', torn = ''] = process.argv;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered before kill returns; this is for the compiler.
  throw new Error('still alive');
}

const { disk } = faultyDisk({ step: Number(step), torn: torn === 'torn', fail: die });
if (action === 'recover') await recover(stateDir, disk);
else await run(root, stateDir, disk);
