// Loaded into the CLI with --import: presses Ctrl-C at the nth time that a file gets its name, while it is written.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

let count = 0;
for (const name of ['rename', 'link', 'unlink']) {
  const original = fs[name];
  fs[name] = async (...args) => {
    count += 1;
    if (count === Number(process.env.SIGNAL_AT)) {
      process.kill(process.pid, process.env.SIGNAL ?? 'SIGINT');
      await sleep(20);
    }
    return original(...args);
  };
}
syncBuiltinESMExports();
