/** Makes dist/: the compiled engine, and beside it the shell scripts that it starts. */

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('engine/kernels', 'dist/kernels', { recursive: true, filter: (path) => !path.endsWith('.ts') });
chmodSync('dist/cli.js', 0o755);
