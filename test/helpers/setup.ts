import { execFileSync } from 'node:child_process';

/** Tests of the command line and of attempts run the built engine, so it is built once before all of them. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
