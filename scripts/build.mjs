// Compiles src/ to dist/. Templates are not built: they are shipped as they are and rendered at run time.
import { rmSync } from 'node:fs';
import { run } from './run.mjs';

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
await run('npx', ['--no-install', 'tsc', '-p', 'tsconfig.build.json']);
