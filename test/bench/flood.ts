/** What 50 MB of output in one step cost: the built command line in a real terminal, once; prints figures. */

import { existsSync, readFileSync } from 'node:fs';
import { floodBytes, makeFlood } from '../helpers/flood.ts';
import { cli } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/wait.ts';

using project = makeFlood();
project.write({ enough: '' });
using terminal = openTerminal(['node', cli, 'run', 'tower', '--stage', 'dev'], { cwd: project.root, env: { NO_COLOR: '' } });
await terminal.answer('Run this on DEV?', 'y');
await terminal.shows('running');
const begun = { at: performance.now(), ...terminal.sent() };
let peak = 0;
await until('the end of the run', () => {
  peak = Math.max(peak, peakMemory(terminal.pid));
  return terminal.screen().includes('Next:  runbook');
});
const seconds = (performance.now() - begun.at) / 1000;
const { bytes, redraws } = terminal.sent();
const written = floodBytes(project);
const sent = bytes - begun.bytes;
process.stdout.write(`output of the step        ${(written / 1e6).toFixed(1)} MB
until the run has ended   ${seconds.toFixed(1)} s
sent to the terminal      ${(sent / 1e3).toFixed(1)} kB, ${((100 * sent) / written).toFixed(3)} %
redraws                   ${((redraws - begun.redraws) / seconds).toFixed(1)} per second
peak memory of the engine ${peak === 0 ? 'not known here' : `${(peak / 1024).toFixed(0)} MB`}
`);

/** The most memory that a process has had, in kB; 0 where the system does not tell. */
function peakMemory(pid: number): number {
  const path = `/proc/${pid}/status`;
  return existsSync(path) ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 0) : 0;
}
