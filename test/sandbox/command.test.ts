import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shapes } from '../../engine/commands/json-shapes.ts';
import { actionOf, sandbox } from '../../engine/commands/sandbox.ts';
import { takeStage } from '../../engine/runtime/lock.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { stateFolder } from '../../engine/runtime/root.ts';
import { faultOf } from '../helpers/fault.ts';
import { details, project } from './rig.ts';

/** What the command prints. */
async function printed(root: string, words: string, json = false): Promise<string> {
  let text = '';
  await sandbox(typed(words), {
    project: openProject(root),
    json,
    write: (part) => {
      text += part;
    },
  });
  return text;
}

/** The action of a line as it is typed behind `runbook sandbox`. */
function typed(words: string): ReturnType<typeof actionOf> {
  const [action = '', fault, state] = words.split(' ');
  return actionOf(action, { fault, state, table: undefined });
}

/** How the control plane was told to be. */
async function settings(root: string): Promise<unknown> {
  return JSON.parse(readFileSync(join((await details(root)).folder, 'control-plane', 'settings.json'), 'utf8'));
}

describe('runbook sandbox', () => {
  it('lists every fault without starting anything, and switches one by name', async () => {
    const root = project();
    writeFileSync(
      join(root, 'runbook.yaml'),
      'stages:\n  dev: {}\n  local: { sandbox: true, delays: 0, database: { name: lego, cluster: "lego-api-{stage}" } }\n',
    );
    const listed = await printed(root, 'faults');
    expect(listed.match(/^○ off {2}[a-z-]+: /gm)).toHaveLength(15);
    expect(listed).toContain('snapshot-quota: The account has as many manual snapshots');
    expect(await printed(root, 'status')).toMatch(/^There is no sandbox/);
    expect(await printed(root, 'fault throttled on')).toBe(
      'Fault throttled is on. The next 5 calls are answered Throttling.\nEnds it: the calls themselves: the 6th goes through.\n',
    );
    expect(await printed(root, 'faults')).toContain('● on   throttled: ');
    expect(await settings(root)).toMatchObject({ cluster: 'lego-api-local', database: 'lego', delays: 0 });
    expect(await printed(root, 'fault throttled off')).toBe('Fault throttled is off.\n');
    await printed(root, 'reset');
  });

  it('is neither stopped nor deleted while a run holds a stage of it', async () => {
    const root = project();
    writeFileSync(join(root, 'runbook.yaml'), 'stages:\n  local: { sandbox: true, delays: 0 }\n');
    const state = stateFolder(openProject(root));
    const lock = takeStage(state, 'local', { run: 'r1', operator: 'admin', at: '2026-11-22T12:00:00.000Z' });
    await expect(printed(root, 'stop')).rejects.toThrow('The sandbox is not stopped: run r1 of admin uses it on stage local');
    await expect(printed(root, 'reset')).rejects.toThrow('The sandbox is not deleted: run r1');
    lock.release();
    expect(await printed(root, 'stop')).toBe('The sandbox is not running.\n');
  });

  it('tells what it takes where the words are wrong', () => {
    expect(faultOf(() => typed('faults throttled')).message).toBe('sandbox faults takes no name; found "throttled".');
    expect(faultOf(() => typed('fault throttled')).message).toBe('sandbox fault wants the name of a fault, and on or off.');
    expect(faultOf(() => typed('fault throtled on'))).toMatchObject({ exit: 'usage', hint: 'Did you mean throttled?' });
    expect(faultOf(() => typed('begin')).message).toContain('Unknown action "begin". There is: status, start,');
  });

  it('says in plain words what is there, what it did and what comes next', async () => {
    const root = project();
    expect(await printed(root, 'status')).toBe(
      'There is no sandbox for this project. A run on a sandbox stage makes it, and so does: runbook sandbox start\n',
    );
    expect(await printed(root, 'stop')).toBe('The sandbox is not running.\n');
    expect(await printed(root, 'start')).toMatch(/^Making a PostgreSQL \d+\.\d+ for this project\nThe sandbox is running\. /);
    const { pid, folder } = await details(root);
    const lines = (await printed(root, 'status')).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^The sandbox is running\\. PostgreSQL \\d+\\.\\d+, process ${pid}, since \\d{4}-.*Z$`)),
      expect.stringMatching(/^ {2}database {2}app on 127\.0\.0\.1:\d+, user app$/),
      expect.stringMatching(/^ {2}psql {6}PGPASSFILE='?\S+\/pgpass'? psql -h 127\.0\.0\.1 -p \d+ -U app app$/),
      expect.stringMatching(/^ {2}aws {7}http:\/\/127\.0\.0\.1:\d+, process \d+$/),
      expect.stringMatching(new RegExp(`^ {2}files {5}${folder} \\(\\d+ MB\\)$`)),
      expect.stringMatching(/^ {2}log {7}\S+\/log$/),
      '',
    ]);
    expect(await printed(root, 'stop')).toBe('Sandbox stopped. Its data is kept; the next run starts it again.\n');
    expect(await printed(root, 'status')).toMatch(/^The sandbox is stopped\. PostgreSQL \d+\n {2}files {5}\S+ \(\d+ MB\)\n$/);
    expect(await printed(root, 'reset')).toBe('Sandbox deleted, with all its data. The next run makes a new one.\n');
  });

  it('gives one JSON object with --json, which never holds the password', async () => {
    const root = project();
    expect(JSON.parse(await printed(root, 'status', true))).toEqual({ version: 1, sandbox: { running: false } });
    const started = await printed(root, 'start', true);
    expect(shapes.sandbox.parse(JSON.parse(started)).sandbox).toMatchObject({
      running: true,
      database: { host: '127.0.0.1', database: 'app', user: 'app' },
      pid: expect.any(Number),
      controlPlane: { running: true, endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: expect.any(Number) },
      clusters: [],
    });
    expect(started).not.toContain('"password"');
    for (const ignored of ['first', 'again'])
      expect(shapes.sandbox.parse(JSON.parse(await printed(root, 'stop', true))).sandbox, ignored).toMatchObject({ running: false, clusters: [] });
    expect(JSON.parse(await printed(root, 'reset', true))).toEqual({ version: 1, sandbox: { running: false } });
  });
});
