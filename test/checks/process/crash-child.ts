// Run in a process of its own: starts a service, and then ends in one of the ways in which a program ends.
import { startService } from '../../../src/checks/process/start.js';

const [, , way, command = '', cwd = '', url = ''] = process.argv;

await startService(command, { cwd, url: new URL(url), signal: new AbortController().signal });
process.stdout.write('started\n');
if (way === 'exits') process.exit(7);
setTimeout(() => {
  throw new Error('a fault of ours');
}, 200);
