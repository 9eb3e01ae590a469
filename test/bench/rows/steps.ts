/** What the engine adds to steps that do next to nothing. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../../helpers/project.ts';
import { compiled, peerOf, programOf, type Row, ratios, timed } from '../measure.ts';

const spawnAndRead = `
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int main(int argc, char **argv) {
  char *command[] = {"bash", "-c", "echo step", NULL}, text[4096];
  for (int left = atoi(argv[1]); left > 0; left--) {
    int ends[2], status;
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe(ends) != 0) return 1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    if (posix_spawnp(&child, "bash", &actions, NULL, command, environ) != 0) return 1;
    close(ends[1]);
    while (read(ends[0], text, sizeof text) > 0);
    close(ends[0]);
    waitpid(child, &status, 0);
    if (status != 0) return 1;
  }
}`;

/** Says at the end how often a file was synced. */
const tellingSyncs =
  "--import=data:text/javascript,import fs from 'node:fs';import {syncBuiltinESMExports} from 'node:module';let n=0;for(const k of ['fsyncSync','fdatasyncSync']){const o=fs[k];fs[k]=(fd)=>{if(/journal/.test(fs.readlinkSync('/proc/self/fd/'+fd)))n+=1;return o(fd)}};syncBuiltinESMExports();process.on('exit',()=>fs.writeFileSync(process.env.SYNCS,String(n)))";

const blocks = (count: number, info: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => fence(info(index), `echo step ${index}`)).join('\n');

/** A project with a runbook `steps-<count>` for each count, and files with the same blocks for other tools. */
function makeSteps(...counts: readonly number[]): TestProject {
  const files = counts.flatMap((count) => {
    const names = Array.from({ length: count }, (_, index) => `step-${index}`);
    const lines = (line: (name: string) => string): string => names.map(line).join('\n');
    return [
      [`runbooks/steps-${count}.md`, runbookOf(`## Go\n\n${blocks(count, (index) => `bash step=go-${index} risk=low`)}`)],
      [`zx-${count}.md`, `# Go\n\n${blocks(count, () => 'bash')}`],
      [`runmd-${count}.md`, `# Go\n\n${lines((name) => fence('javascript --run', `console.log('${name}')`))}`],
      [`Makefile-${count}`, `all: ${names.join(' ')}\n${lines((name) => `${name}:\n\t@bash -c 'echo ${name}'\n`)}`],
      [
        'maidfile.md',
        `## all\n\nRun tasks ${names.map((name) => `\`${name}\``).join(', ')} before this\n\n${lines((name) => `## ${name}\n\n${fence('bash', `echo ${name}`)}`)}`,
      ],
      [
        `playbook-${count}.yml`,
        `- hosts: localhost\n  gather_facts: false\n  tasks:\n${lines((name) => `    - ansible.builtin.command: bash -c 'echo ${name}'`)}\n`,
      ],
      [`steps-${count}.sh`, `${lines((name) => `bash -c 'echo ${name}'`)}\n`],
    ] as const;
  });
  return makeProject(Object.fromEntries(files));
}

const ours = ({ root }: TestProject, count: number): number =>
  timed(['node', cli, 'run', `steps-${count}`, '--stage', 'dev', '--yes'], { cwd: root });

function against(count: number, goal: number): Row {
  return {
    what: `headless run of ${count} trivial steps, journal durable`,
    against: `zx with the same ${count} blocks`,
    goal,
    unit: 'x',
    async measure() {
      const zx = peerOf('zx');
      using project = makeSteps(count);
      return await ratios(
        3,
        () => ours(project, count),
        () => timed([zx, `zx-${count}.md`], { cwd: project.root }),
      );
    },
  };
}

/** Peers without a goal: how the same 20 steps compare. */
function beside(title: string, command: () => readonly string[]): Row {
  return {
    what: 'headless run of 20 trivial steps, journal durable',
    against: title,
    unit: 'x',
    async measure() {
      const line = command();
      using project = makeSteps(20);
      return await ratios(
        5,
        () => ours(project, 20),
        () => timed(line, { cwd: project.root }),
      );
    },
  };
}

export const stepRows: readonly Row[] = [
  against(20, 0.5),
  against(200, 0.6),
  {
    what: 'one more trivial step',
    against: '`posix_spawn` of the same bash with a pipe, in C',
    goal: 3,
    unit: 'x',
    async measure() {
      using project = makeSteps(20, 200);
      const program = compiled(spawnAndRead, join(project.root, 'spawn'));
      return await ratios(
        3,
        () => (ours(project, 200) - ours(project, 20)) / 180,
        () => timed([program, '180']) / 180,
      );
    },
  },
  {
    what: 'durable writes of the journal',
    against: 'steps of a headless run',
    goal: 2,
    unit: 'a step',
    async measure() {
      using project = makeSteps(20, 200);
      const syncs = (count: number): number => {
        const told = join(project.root, 'syncs');
        timed(['node', tellingSyncs, cli, 'run', `steps-${count}`, '--stage', 'dev', '--yes'], { cwd: project.root, env: { SYNCS: told } });
        return Number(readFileSync(told, 'utf8'));
      };
      return [(syncs(200) - syncs(20)) / 180];
    },
  },
  beside('make, a bash for each target', () => [programOf('make'), '-f', 'Makefile-20']),
  beside('maid with the same 20 tasks', () => [peerOf('maid'), 'all']),
  beside('runmd with 20 blocks of JavaScript, in one process', () => [peerOf('runmd'), 'runmd-20.md']),
  beside('ansible-playbook with the same 20 commands, here', () => [
    programOf('ansible-playbook'),
    '-c',
    'local',
    '-i',
    'localhost,',
    'playbook-20.yml',
  ]),
  beside('script, which records a bash with the same 20 commands', () => [programOf('script'), '-qec', 'bash steps-20.sh', 'record']),
];
