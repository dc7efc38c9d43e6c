import { posix } from 'node:path';

/** Words of a shell, and programs, that start the program which their arguments name. */
const launchers = new Set(
  (
    'then else do if elif while until ! { time exec command builtin nohup setsid nice ionice env sudo su-exec gosu runuser ' +
    'setuidgid chpst chroot timeout stdbuf taskset numactl flock tini dumb-init catchsegv screen start-stop-daemon sh bash dash ash zsh ' +
    'poetry uv uvx pipenv pdm hatch rye conda mamba micromamba pixi ddtrace-run newrelic-admin opentelemetry-instrument ' +
    'scout-apm splunk-py-trace watchmedo dockerize doppler chamber infisical aws-vault op dotenv honcho xvfb-run'
  ).split(' '),
);

/** The program, also as distributions name it: Debian's `gunicorn3`, Fedora's `gunicorn-3` and `gunicorn-3.12`. */
const gunicorn = /^gunicorn(?:-?3(?:\.\d+)?)?$/;

/** What these launchers do, too, with a package of that name; and what launchers may be given that only names a file. */
const others =
  /^(?:install|add|remove|uninstall|sync|lock|show|search|which|type|echo|printf|kill|pkill|killall|pgrep|grep|systemctl|service|man|mkdir|chown|chmod|chgrp|touch|rm|cp|mv|ln|ls|cat|tail|head|cd|test|\[|pip3?)$/;

/**
 * The position of the word that starts gunicorn in a command: the first one (`gunicorn app:app`), one behind launchers
 * (`exec gunicorn`, `poetry run gunicorn`, `sudo -u web gunicorn`), `--`, or a script that is given the command to run
 * (`./entrypoint.sh gunicorn app:app`), or a module of Python (`python -m gunicorn`).
 *
 * @returns -1 when the command does not start it: `mkdir -p /var/log/gunicorn`
 */
export function gunicornWord(words: readonly string[]): number {
  const names = words.map((word) => posix.basename(word));
  const first = words.findIndex((word) => !/^\w+=/.test(word));
  const found = names.findIndex((name, at) => first !== -1 && at >= first && gunicorn.test(name));
  // A user or a group may be called so, too: `gosu gunicorn gunicorn app:app`.
  const index = found !== -1 && gunicorn.test(names[found + 1] ?? '') ? found + 1 : found;
  if (index <= first) return index;
  const before = names.slice(first, index);
  const isLaunched = launchers.has(before[0] ?? '') || isPython(before[0]) || mayRun(words[first] ?? '');
  const isBehindEnd = words[index - 1] === '--';
  if ((!isLaunched && !isBehindEnd) || before.some((name) => others.test(name))) return -1;
  return isRunByPython(words.slice(first, index)) ? index : -1;
}

/** Python runs gunicorn as a module, or the file of that name; another script only has the word as an argument. */
function isRunByPython(before: readonly string[]): boolean {
  const python = before.findLastIndex(isPython);
  const given = before.slice(python + 1);
  return python === -1 || given.at(-1) === '-m' || given.every((word) => word.startsWith('-'));
}

function isPython(word: string | undefined): boolean {
  return /^python[\d.]*$/.test(posix.basename(word ?? ''));
}

/** A script of the user's own, or what a variable names; not a program of the system. */
function mayRun(program: string): boolean {
  return /^\$|\.sh$|entrypoint$/.test(program) || (program.includes('/') && !/^(?:\/usr)?\/s?bin\//.test(program));
}
