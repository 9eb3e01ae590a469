import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Fact } from '../../engine/core/event.ts';
import type { Fault } from '../../engine/fault.ts';
import { createJournal, readJournal, reopenJournal } from '../../engine/runtime/journal.ts';
import { faultOf } from '../helpers/fault.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const program = fileURLToPath(new URL('../fixtures/runtime/write-journal.ts', import.meta.url));
const note = (text: string): Fact => ({ type: 'note-added', operator: 'admin', text });
const now = (): Date => new Date('2026-11-22T14:02:33.000Z');
const durable = { durable: true };

let folder: string;
let path: string;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'journal.jsonl');
});

/** A journal of three notes, closed. */
function threeNotes(): void {
  const journal = createJournal(path, now);
  journal.append([note('sets'), note('bricks')], durable);
  journal.append([note('users')], { durable: false });
  journal.close();
}

const texts = (): readonly string[] => readJournal(path).events.map((event) => (event.type === 'note-added' ? event.text : event.type));

describe('a journal', () => {
  test('is one canonical object a line, with number, time and the SHA-256 of the line before', () => {
    threeNotes();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const sha256 = (line: string | undefined): string =>
      createHash('sha256')
        .update(line ?? '')
        .digest('hex');
    expect(lines[0]).toBe(
      `{"at":"2026-11-22T14:02:33.000Z","operator":"admin","prev":"${'0'.repeat(64)}","seq":1,"text":"sets","type":"note-added"}`,
    );
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([1, 2, 3]);
    expect(JSON.parse(lines[1] ?? '').prev).toBe(sha256(lines[0]));
    expect(JSON.parse(lines[2] ?? '').prev).toBe(sha256(lines[1]));
    expect(readJournal(path)).toMatchObject({ head: sha256(lines[2]), torn: 0, bytes: Buffer.byteLength(readFileSync(path)) });
  });

  test('gives back the events that reading gives, and its head is that of the file', () => {
    const journal = createJournal(path, now);
    const events = journal.append([note('é\u2028 \u{1f9f1}'), { type: 'run-stopped', because: 'operator' }], durable);
    expect(readJournal(path).events).toEqual(events);
    expect(readJournal(path).head).toBe(journal.head());
    journal.close();
  });

  test('takes a text that ends in half a character', () => {
    const journal = createJournal(path, now);
    const [event] = journal.append([note('\u{1f9f1}'.slice(0, 1))], durable);
    journal.close();
    expect(event).toMatchObject({ text: '\ufffd' });
    expect(readJournal(path).events).toEqual([event]);
  });

  test('takes halves of characters for what they are, and words that look like one for words', () => {
    const journal = createJournal(path, now);
    const written = ['\udc00 begins', 'a \ud800 b', '\\ud83d', '\\\\udc00 \ud83d', '\u{1f9f1}'].map((text) => journal.append([note(text)], durable));
    journal.close();
    expect(texts()).toEqual(['\ufffd begins', 'a \ufffd b', '\\ud83d', '\\\\udc00 \ufffd', '\u{1f9f1}']);
    expect(readJournal(path).events).toEqual(written.flat());
  });

  test('never goes back in time, also when the clock is set back, and after it was reopened', () => {
    const times = ['2026-11-22T14:02:33.000Z', '2026-11-22T14:02:32.000Z', '2026-11-22T14:02:34.000Z'].map((time) => new Date(time)).values();
    const clock = (): Date => times.next().value ?? now();
    const journal = createJournal(path, clock);
    for (const text of ['sets', 'bricks', 'users']) journal.append([note(text)], durable);
    journal.close();
    const again = reopenJournal(path, readJournal(path), now);
    again.append([note('late')], durable);
    again.close();
    expect(readJournal(path).events.map(({ at }) => at.slice(17, 19))).toEqual(['33', '33', '34', '34']);
  });

  test('of another run is never overwritten', () => {
    threeNotes();
    const fault = faultOf(() => createJournal(path, now));
    expect(fault.exit).toBe('record');
    expect(texts()).toEqual(['sets', 'bricks', 'users']);
  });

  test('can be read by its owner only', () => {
    threeNotes();
    expect(execFileSync('ls', ['-l', path], { encoding: 'utf8' })).toMatch(/^-rw-------/);
  });
});

describe('a last line that was not written to its end', () => {
  test.for([1, 20, 100])('is dropped and reported when %i bytes of it are missing', (missing) => {
    threeNotes();
    const whole = readFileSync(path).length;
    truncateSync(path, whole - missing);
    const text = readJournal(path);
    expect(texts()).toEqual(['sets', 'bricks']);
    expect(text.bytes + text.torn).toBe(whole - missing);
    expect(text.torn).toBeGreaterThan(0);
  });

  test('is measured in bytes, also when it ends inside a character', () => {
    threeNotes();
    const { bytes } = readJournal(path);
    appendFileSync(path, Buffer.from('{"at":"é', 'utf8').subarray(0, -1));
    expect(readJournal(path)).toMatchObject({ bytes, torn: 8 });
  });

  test('is cut off before the journal goes on', () => {
    threeNotes();
    appendFileSync(path, '{"at":"2026');
    const journal = reopenJournal(path, readJournal(path), now);
    journal.append([note('resumed')], durable);
    journal.close();
    expect(texts()).toEqual(['sets', 'bricks', 'users', 'resumed']);
    expect(readJournal(path)).toMatchObject({ torn: 0, head: journal.head() });
  });

  test('can be the first one: the journal then has no events', () => {
    writeFileSync(path, '{"at":"2026');
    expect(readJournal(path)).toMatchObject({ events: [], torn: 11, bytes: 0 });
  });
});

describe('a journal that was changed is refused, with the number of the line', () => {
  const change = (edit: (lines: string[]) => string[]): Fault => {
    threeNotes();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    writeFileSync(path, `${edit(lines).join('\n')}\n`);
    return faultOf(() => readJournal(path));
  };

  test.for<[string, (lines: string[]) => string[], string]>([
    ['when a line was edited', ([one = '', ...rest]) => [one.replace('sets', 'bets'), ...rest], ':2: the hash of the line before does not match'],
    ['when a line was removed', ([one = '', , three = '']) => [one, three], ':2: expected event 2, found 3'],
    ['when lines were swapped', ([one = '', two = '', three = '']) => [two, one, three], ':1: expected event 1, found 2'],
    ['when a line was added', ([one = '', ...rest]) => [one, one, ...rest], ':2: expected event 2, found 1'],
    ['when a line is empty', ([one = '', ...rest]) => [one, '', ...rest], ':2: this is not JSON'],
    ['when a line is no object', ([one = '', ...rest]) => [one, '7', ...rest], ':2: this is not an event'],
    [
      'when the last line says something twice',
      ([one = '', two = '', three = '']) => [one, two, three.replace('"seq"', '"seq":3,"seq"')],
      ':3: this is not how',
    ],
    ['when the last line has a blank more', ([one = '', two = '', three = '']) => [one, two, three.replace(':', ': ')], ':3: this is not how'],
  ])('%s', ([, edit, message]) => {
    const fault = change(edit);
    expect(fault.exit).toBe('record');
    expect(fault.message).toContain(`journal.jsonl${message}`);
  });

  test('when a byte that is not UTF-8 took the place of a replacement character', () => {
    const journal = createJournal(path, now);
    journal.append([note('\ufffd'), note('bricks')], durable);
    journal.close();
    const bytes = readFileSync(path);
    const at = bytes.indexOf(Buffer.from('\ufffd'));
    writeFileSync(path, Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]));
    expect(faultOf(() => readJournal(path)).message).toContain(':1: this is not UTF-8');
  });

  test('when it cannot be read at all', () => {
    mkdirSync(path);
    const fault = faultOf(() => readJournal(path));
    expect(fault).toMatchObject({ exit: 'record' });
    expect(fault.message).toContain('cannot be read: EISDIR');
  });
});

describe('two engines that go on with one run', () => {
  test('do not break its chain: the one that finds more than it left is refused', () => {
    threeNotes();
    const first = reopenJournal(path, readJournal(path), now);
    const second = reopenJournal(path, readJournal(path), now);
    second.append([note('second')], durable);
    const fault = faultOf(() => first.append([note('first')], durable));
    expect(fault).toMatchObject({ exit: 'record' });
    expect(fault.message).toContain('another engine goes on with this run');
    second.append([note('second again')], durable);
    first.close();
    second.close();
    expect(texts()).toEqual(['sets', 'bricks', 'users', 'second', 'second again']);
  });

  test('do not cut off a line that the other one has just written', () => {
    threeNotes();
    appendFileSync(path, '{"at":"2026');
    const stale = readJournal(path);
    reopenJournal(path, stale, now).append([note('second')], durable);
    expect(faultOf(() => reopenJournal(path, stale, now)).message).toContain('another engine goes on with this run');
    expect(texts()).toEqual(['sets', 'bricks', 'users', 'second']);
  });
});

/** What a process says that wrote a journal of 40 notes. */
type Said = { readonly taken: number; readonly faults: readonly string[] };

function write(command: string, args: readonly string[]): Said {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** After a failure nothing more is taken, each refusal is a fault that says why, and what was taken reads back: no more and no less. */
function expectValidPrefix({ taken, faults }: Said, why: string): void {
  expect(faults).toHaveLength(40 - taken);
  for (const fault of faults) expect(fault).toMatch(new RegExp(`^record: The record cannot be written: ${why}`));
  expect(texts()).toHaveLength(taken);
  expect(readJournal(path).torn).toBe(0);
}

function mounted(at: string, options: string): boolean {
  return userInfo().uid === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at]).status === 0;
}

describe('when the record cannot be written', () => {
  test('because the disk is full, what was written reads back as a valid prefix and goes on when there is room', ({ skip }) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    if (!mounted(disk, 'size=8k')) skip('mounting a small disk takes root and a machine that permits it');
    try {
      path = join(disk, 'journal.jsonl');
      const filler = join(disk, 'filler');
      writeFileSync(filler, 'x');
      const said = write(process.execPath, [program, path, '40']);
      expect(said.taken).toBeGreaterThan(5);
      expectValidPrefix(said, 'ENOSPC');
      rmSync(filler);
      const journal = reopenJournal(path, readJournal(path), now);
      journal.append([note('room again')], durable);
      journal.close();
      expect(texts()).toHaveLength(said.taken + 1);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  test('because a file may not grow any more, what was written reads back as a valid prefix', () => {
    const said = write('bash', ['-c', 'ulimit -f 4; exec "$@"', 'bash', process.execPath, program, path, '40']);
    expect(said.taken).toBeGreaterThan(5);
    expectValidPrefix(said, 'EFBIG');
  });

  // One sync of the folder, then a write and a sync for each note.
  test.for([2, 3, 4, 5, 40, 41])('because write or sync %i fails, that note is not on record and nothing follows it', (n) => {
    const said = write(process.execPath, [program, path, '40', String(n)]);
    expect(said.taken).toBe(Math.floor((n - 2) / 2));
    expectValidPrefix(said, 'EIO');
  });

  test('because the folder is not there, it says so and what to do', () => {
    const fault = faultOf(() => createJournal(join(folder, 'gone', 'journal.jsonl'), now));
    expect(fault).toMatchObject({ exit: 'record' });
    expect(fault.message).toContain('The record cannot be written: ENOENT');
    expect(fault.hint).toContain(join(folder, 'gone'));
    expect(fault.hint).toContain('runbook resume');
  });

  test('because the folder is read-only, it says so', ({ skip }) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const root = userInfo().uid === 0;
    // Root may write everywhere but on a disk that is mounted read-only.
    if (!root) chmodSync(disk, 0o500);
    else if (!mounted(disk, 'ro')) skip('mounting a disk is not permitted here');
    try {
      const fault = faultOf(() => createJournal(join(disk, 'journal.jsonl'), now));
      expect(fault.exit).toBe('record');
      expect(fault.message).toMatch(/^The record cannot be written: (EROFS|EACCES)/);
    } finally {
      if (root) execFileSync('umount', [disk]);
    }
  });
});

test('a journal of 100,000 events reads back', { timeout: 60_000 }, () => {
  const journal = createJournal(path, now);
  for (let number = 0; number < 100; number++)
    journal.append(
      Array.from({ length: 1000 }, (_, index) => note(`brick ${number}.${index}`)),
      { durable: false },
    );
  journal.close();
  expect(readJournal(path).events).toHaveLength(100_000);
});
