import { execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { cpSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Proof, planFrom, prove } from '../../engine/runtime/proof.ts';
import { type RecordFiles, recordAt } from '../../engine/runtime/record-files.ts';
import { fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const verifier = fileURLToPath(new URL('../../docs/verify.py', import.meta.url));
const driver = fileURLToPath(new URL('../fixtures/verify/mutations.py', import.meta.url));
const python = spawnSync('python3', ['--version']).status === 0;

const inputs = '## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n| box | Which box | `text` | røt \u{1f9f1} |\n\n';
const look = fence('bash step=look-for-box risk=medium timeout=1m', 'echo "bøx of $BOX \u{1f9f1}" && test -e box');
const count = fence('bash step=count risk=low retries=1 capture=total', 'test -e once || { : > once; exit 3; }; echo 42');
const tidy = runbookOf(`${inputs}## Tidy up\n\n### Look\n\n${look}\n### Count\n\n${count}`, 'playbook: ../playbooks/lost.md\n');
const lost = `---\nkind: playbook\n---\n\n# Lost\n\nSomething is not there.\n\n## Symptoms\n\n| Step | Error | Go to | Then |\n| --- | --- | --- | --- |\n| \`look-for-box\` | \`exit 1\` | [No box](#no-box) | retry |\n\n## No box\n\n### Make one\n\n${fence('bash step=make-box risk=medium timeout=1m', ': > box')}`;

let project: TestProject;
/** A run that failed, was led into its playbook, recovered and repeated a step; and one that failed and stopped. */
let recovered: string;
let stopped: string;

beforeAll(async () => {
  project = makeProject({ 'runbook.yaml': 'stages:\n  dev: { on-failure: playbook }\n', 'runbooks/tidy.md': tidy, 'playbooks/lost.md': lost });
  const run = async (...more: readonly string[]): Promise<string> => {
    const before = new Set(globSync('.runbook/runs/*', { cwd: project.root }));
    await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', ...more]);
    const [made = ''] = globSync('.runbook/runs/*', { cwd: project.root }).filter((folder) => !before.has(folder));
    return join(project.root, made);
  };
  stopped = await run();
  recovered = await run('--on-failure', 'playbook');
});

afterAll(() => project[Symbol.dispose]());

const journalOf = (folder: string): Buffer => readFileSync(join(folder, 'journal.jsonl'));
const headOf = (journal: Buffer): string => prove(inFolder(recovered, journal)).head;

/** The lines of a journal, each with its line feed. */
function linesOf(journal: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < journal.length; from += lines.at(-1)?.length ?? 1) lines.push(journal.subarray(from, journal.indexOf(0x0a, from) + 1));
  return lines;
}

/** The record of a folder with another journal in its place. */
function inFolder(folder: string, journal: Buffer, files: RecordFiles = recordAt(folder)): RecordFiles {
  return { ...files, read: (path) => (path === 'journal.jsonl' ? journal : files.read(path)) };
}

function remembered<K, T>(make: (key: K) => T, name: (key: K) => string = String): (key: K) => T {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.get(name(key)) ?? make(key);
    known.set(name(key), found);
    return found;
  };
}

/** Judges journals of a folder whose files are read once: thousands of them in one process. */
function judgeOf(folder: string): (journal: Buffer, head?: string) => Proof {
  const files = recordAt(folder);
  const names = { attempts: files.names('attempts'), files: files.names('files') };
  const steady = { ...files, names: (inside: 'attempts' | 'files') => names[inside], read: remembered(files.read), seal: remembered(files.seal) };
  const plan = planFrom(steady);
  const planOf = remembered(
    ([started, accepted]: Parameters<typeof plan>) => plan(started, accepted),
    ([{ document, procedures, stage, selection, asIs }, accepted]) => JSON.stringify([document, procedures, stage, selection, asIs, accepted]),
  );
  return (journal, head) => prove(inFolder(folder, journal, steady), { planOf: (...of) => planOf(of), ...(head !== undefined && { head }) });
}

/** A change: the bytes from `start` to `end` become `put`. */
type Change = { readonly name: string; readonly start: number; readonly end: number; readonly put: Buffer };

/** Every way in which a journal is changed here; none of them leaves it as it was. `other` is the journal of another run. */
function changesOf(journal: Buffer, other: Buffer): readonly Change[] {
  const lines = linesOf(journal);
  const starts = lines.map((_, index) => lines.slice(0, index).reduce((sum, line) => sum + line.length, 0));
  const changes: Change[] = [];
  const change = (name: string, start: number, end: number, put: Buffer): number => changes.push({ name, start, end, put });
  for (const [at, byte] of journal.entries()) {
    // The lowest bit, or the highest one, which leaves no UTF-8.
    change(`byte ${at}`, at, at + 1, Buffer.from([byte ^ (at % 3 === 0 ? 0x80 : 1)]));
    change(`cut at byte ${at}`, at, journal.length, Buffer.alloc(0));
  }
  for (const [index, line] of lines.entries()) {
    const start = starts[index] ?? 0;
    const after = lines[index + 1];
    change(`line ${index + 1} dropped`, start, start + line.length, Buffer.alloc(0));
    change(`line ${index + 1} doubled`, start, start, line);
    if (after !== undefined) change(`line ${index + 1} swapped`, start, start + line.length + after.length, Buffer.concat([after, line]));
    for (const [at, rest] of linesOf(other).map((_, from) => [from, Buffer.concat(linesOf(other).slice(from))] as const))
      change(`line ${index + 1} and what follows spliced with line ${at + 1} of another run`, start, journal.length, rest);
  }
  return changes;
}

/** How much the second verifier finds of each change, all of them in one process. */
function byPython(folder: string, head: string | undefined, changes: readonly Change[]): readonly number[] {
  const asked = join(temporaryFolder(), 'cases.json');
  const cases = changes.map(({ start, end, put }) => [start, end, put.toString('base64')]);
  writeFileSync(asked, JSON.stringify({ folder, head: head ?? null, cases }));
  return JSON.parse(execFileSync('python3', [driver, verifier, asked], { encoding: 'utf8', maxBuffer: 1e8 }));
}

const changed = (journal: Buffer, { start, end, put }: Change): Buffer => Buffer.concat([journal.subarray(0, start), put, journal.subarray(end)]);

describe('a run with a failure, a playbook, a retry and a capture, and one that stopped', () => {
  test.each([
    ['recovered', () => recovered, 5],
    ['stopped', () => stopped, 1],
  ] as const)('%s: is proved as it was written', (_name, folder, attempts) => {
    const { wrong, proved, head } = prove(recordAt(folder()));
    expect(wrong).toEqual([]);
    expect(proved.map(({ part }) => part)).toEqual(['journal', 'logs', 'blocks', 'documents', 'states']);
    expect(proved[1]?.what).toContain(`${attempts} of ${attempts} attempt`);
    expect(prove(recordAt(folder()), { head }).wrong).toEqual([]);
  });

  test.each([
    ['recovered', () => recovered, () => stopped],
    ['stopped', () => stopped, () => recovered],
  ] as const)('%s: whatever byte or line is changed is found, before the last line also without the head', (_name, folder, other) => {
    const journal = journalOf(folder());
    const judge = judgeOf(folder());
    const { head } = judge(journal);
    const lastLine = journal.lastIndexOf(0x0a, -2) + 1;
    const missed: string[] = [];
    for (const change of changesOf(journal, journalOf(other()))) {
      const { wrong } = judge(changed(journal, change), head);
      const isCut = change.put.length === 0 && change.end === journal.length;
      const without = wrong.filter(({ what }) => !what.startsWith('expected the head'));
      if (wrong.length === 0 || (change.start < lastLine && !isCut && without.length === 0)) missed.push(change.name);
    }
    expect(missed).toEqual([]);
  });

  test.skipIf(!python).each([
    ['recovered', () => recovered, () => stopped],
    ['stopped', () => stopped, () => recovered],
  ] as const)('%s: the second verifier proves it, and finds each of these changes too', (_name, folder, other) => {
    const journal = journalOf(folder());
    const changes = changesOf(journal, journalOf(other()));
    const none: Change = { name: 'as it is', start: 0, end: 0, put: Buffer.alloc(0) };
    const found = byPython(folder(), prove(recordAt(folder())).head, [none, ...changes]);
    expect(found[0]).toBe(0);
    expect(changes.filter((_, index) => found[index + 1] === 0).map(({ name }) => name)).toEqual([]);
    expect(found).toHaveLength(changes.length + 1);
  });
});

/** The journal with its events changed and the chain made anew, as somebody would who knows how. */
function forged(journal: Buffer, edit: (events: Record<string, unknown>[]) => readonly Record<string, unknown>[]): Buffer {
  let prev = '0'.repeat(64);
  const events = edit(linesOf(journal).map((line) => JSON.parse(line.toString('utf8'))));
  const lines = events.map((event, index) => {
    const line = canonicalize({ ...event, seq: index + 1, prev }) ?? '';
    prev = hash('sha256', line);
    return `${line}\n`;
  });
  return Buffer.from(lines.join(''));
}

describe('a journal that was written anew with a chain that holds', () => {
  const wrongOf = (edit: Parameters<typeof forged>[1], head?: string): readonly string[] =>
    prove(inFolder(recovered, forged(journalOf(recovered), edit)), head === undefined ? {} : { head }).wrong.map(
      ({ where, what }) => `${where}: ${what}`,
    );
  const without = (type: string) => (events: Record<string, unknown>[]) => {
    const at = events.findIndex((event) => event.type === type);
    return events.filter((_, index) => index !== at);
  };

  test.each(['step-confirmed', 'attempt-started', 'attempt-ended', 'playbook-entered', 'playbook-left', 'value-given'])(
    'and without a %s is told by the model',
    (type) => {
      expect(wrongOf(without(type))[0]).toMatch(/^journal\.jsonl:\d+: \S+ was not possible here\. |the journal does not speak of it/);
    },
  );

  test('and a run that never failed is told by the states that do not follow', () => {
    const better = wrongOf((events) =>
      events.map((event) => (event.type === 'attempt-ended' ? { ...event, outcome: { kind: 'exited', code: 0 } } : event)),
    );
    expect(better.length).toBeGreaterThan(0);
  });

  test('and a value that was not used, a block that was not confirmed, a time that goes back', () => {
    expect(wrongOf((events) => events.map((event) => ('sha256' in event ? { ...event, sha256: 'f'.repeat(64) } : event)))).not.toEqual([]);
    expect(wrongOf((events) => events.map((event, index) => (index === 3 ? { ...event, at: '2020-01-01T00:00:00.000Z' } : event)))).toEqual([
      expect.stringMatching(/^journal\.jsonl:4: its time, 2020-01-01T00:00:00\.000Z, is before that of the event before it/),
    ]);
    expect(wrongOf((events) => events.map((event, index) => (index === 3 ? { ...event, at: 'now' } : event)))[0]).toContain('"now" is not a time');
  });

  test('and a host that was another one is proved by nothing in it, but by the head', () => {
    const edit: Parameters<typeof forged>[1] = (events) => events.map((event) => ('host' in event ? { ...event, host: 'elsewhere' } : event));
    expect(wrongOf(edit)).toEqual([]);
    expect(wrongOf(edit, headOf(journalOf(recovered)))).toEqual([expect.stringContaining('is of no line in this journal')]);
  });

  test.each<[string, (event: Record<string, unknown>) => Record<string, unknown>]>([
    ['no files', (event) => (event.type === 'run-started' ? { ...event, files: null } : event)],
    ['no log', (event) => (event.type === 'attempt-ended' ? { ...event, log: null } : event)],
    ['a folder elsewhere', (event) => (event.type === 'attempt-started' ? { ...event, folder: '../../etc' } : event)],
    ['requests of no kind', (event) => (event.type === 'attempt-ended' ? { ...event, requests: 1 } : event)],
    ['no type that is known', (event) => ({ ...event, type: 'waved' })],
  ])('and %s is a finding, and nothing is thrown', (_name, edit) => {
    expect(wrongOf((events) => events.map(edit))).not.toEqual([]);
  });
});

describe('a last line with a hash that holds, in another form than the canonical one,', () => {
  /** The same event in other bytes; no line after it has their hash, and nobody gives the head. */
  const forms: readonly (readonly [string, (line: string) => string])[] = [
    ['keys in another order', (line) => line.replace(/^\{"at":("[^"]+"),(.*)\}$/, '{$2,"at":$1}')],
    ['a key that stands there twice', (line) => line.replace('{"at"', '{"at":"","at"')],
    ['a blank', (line) => line.replace(',', ', ')],
    ['a number with a fraction', (line) => line.replace(/"seq":(\d+)/, '"seq":$1.0')],
    ['a number with an exponent', (line) => line.replace(/"seq":(\d+)/, '"seq":$1e0')],
    ['a letter that is escaped', (line) => line.replace('"result"', '"r\\u0065sult"')],
    ['a byte order mark', (line) => `\ufeff${line}`],
    ['a carriage return', (line) => `${line}\r`],
    ['half a character', (line) => line.replace('"finished"', '"\\ud83e"')],
    ['a number that is none', (line) => line.replace(/"seq":\d+/, '"seq":NaN')],
    ['a number without end', (line) => line.replace(/"seq":\d+/, '"seq":1e999')],
  ];
  const changedTo = (form: (line: string) => string): Change => {
    const journal = journalOf(recovered);
    const start = journal.lastIndexOf(0x0a, -2) + 1;
    const put = Buffer.from(form(journal.subarray(start, -1).toString('utf8')));
    expect(put.equals(journal.subarray(start, -1))).toBe(false);
    return { name: '', start, end: journal.length - 1, put };
  };

  test.each(forms)('%s, is found', (_name, form) => {
    const { wrong } = prove(inFolder(recovered, changed(journalOf(recovered), changedTo(form))));
    expect(wrong[0]?.where).toBe(`journal.jsonl:${linesOf(journalOf(recovered)).length}`);
  });

  test.skipIf(!python)('is found by the second verifier', () => {
    expect(
      byPython(
        recovered,
        undefined,
        forms.map(([, form]) => changedTo(form)),
      ).filter((found) => found === 0),
    ).toEqual([]);
  });
});

describe('the files of a record', () => {
  /** A copy of the run folder, changed. */
  function tampered(change: (folder: string) => void): Proof {
    const folder = join(temporaryFolder(), 'run');
    cpSync(recovered, folder, { recursive: true });
    change(folder);
    return prove(recordAt(folder));
  }
  const first = (folder: string, inside: string): string => join(folder, inside, readdirSync(join(folder, inside)).sort()[0] ?? '');

  test.each<[string, (folder: string) => void, RegExp]>([
    [
      'a log that grew',
      (folder) => writeFileSync(join(first(folder, 'attempts'), 'log'), 'more', { flag: 'a' }),
      /^attempts\/01-.*\/log: expected \d+ bytes, found \d+\.$/,
    ],
    ['a log with one byte changed', (folder) => flip(join(first(folder, 'attempts'), 'log')), /^attempts\/01-.*\/log: expected the SHA-256/],
    ['a log that is missing', (folder) => rmSync(join(first(folder, 'attempts'), 'log')), /^attempts\/01-.*\/log: it is missing/],
    ['a block with one byte changed', (folder) => flip(join(first(folder, 'attempts'), 'block')), /^attempts\/01-.*\/block: expected the SHA-256/],
    ['a block that is missing', (folder) => rmSync(join(first(folder, 'attempts'), 'block')), /^attempts\/01-.*\/block: it is missing/],
    [
      'an attempt of which the journal does not speak',
      (folder) => cpSync(first(folder, 'attempts'), join(folder, 'attempts/99-x.1'), { recursive: true }),
      /^attempts\/99-x\.1: the journal does not speak of it/,
    ],
    ['a document with one byte changed', (folder) => flip(first(folder, 'files')), /^files\/[0-9a-f]{64}: it is not what was kept of /],
    ['a document that is missing', (folder) => rmSync(first(folder, 'files')), /^files\/[0-9a-f]{64}: the copy of .* is missing/],
    ['a file that is no copy', (folder) => writeFileSync(join(folder, 'files/notes'), ''), /^files\/notes: it is not what was kept/],
  ])('%s', (_name, change, words) => {
    const { wrong } = tampered(change);
    expect(wrong.map(({ where, what }) => `${where}: ${what}`)[0]).toMatch(words);
    expect(wrong.filter(({ where }) => !where.startsWith('journal'))).toHaveLength(1);
  });

  test('all that is wrong is told, not only the first', () => {
    const { wrong } = tampered((folder) => {
      for (const file of globSync('attempts/*/{log,block}', { cwd: folder })) rmSync(join(folder, file));
    });
    expect(wrong).toHaveLength(10);
  });

  test('a last line that was not written to its end is told, and is nothing wrong', () => {
    const { wrong, unproved } = tampered((folder) => writeFileSync(join(folder, 'journal.jsonl'), '{"at":"2026', { flag: 'a' }));
    expect(wrong).toEqual([]);
    expect(unproved[0]).toContain('the last 11 bytes of the journal');
  });

  test('a journal by itself proves its chain, and says what that leaves open', () => {
    const path = join(temporaryFolder(), 'copy.jsonl');
    cpSync(join(recovered, 'journal.jsonl'), path);
    const { proved, wrong, unproved } = prove(recordAt(path));
    expect(proved.map(({ part }) => part)).toEqual(['journal']);
    expect(wrong).toEqual([]);
    expect(unproved[0]).toContain('the journal stands here by itself');
  });

  test('a mended record is proved by the newer seals, and says what was masked and what the head was before', () => {
    const before = headOf(journalOf(recovered));
    const { wrong, repairs } = tampered((folder) => {
      const log = join(first(folder, 'attempts'), 'log');
      writeFileSync(log, '[masked]\n');
      const seal = { bytes: 9, sha256: hash('sha256', '[masked]\n') };
      const repaired = { type: 'record-repaired', at: '', logs: [{ attempt: 1, log: seal }], events: [2], head: before };
      writeFileSync(
        join(folder, 'journal.jsonl'),
        forged(journalOf(folder), (events) => [
          ...events.map((event) => (event.type === 'value-given' ? { ...event, value: '[masked]' } : event)),
          { ...repaired, at: String(events.at(-1)?.at) },
        ]),
      );
    });
    expect(wrong).toEqual([]);
    expect(repairs).toEqual([{ event: 20, events: [2], logs: [1], files: [], left: [], head: before }]);
  });

  function flip(path: string): void {
    const bytes = readFileSync(path);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  }
});

test('every event that there is stands in the description of the record', () => {
  const types = read('engine/core/event.ts').matchAll(/readonly type: '([a-z-]+)'/g);
  const described = new Set(
    [...read('docs/record.md').matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)?) \| `/gm)].flatMap(([, names = '']) => names.match(/[a-z-]+/g) ?? []),
  );
  expect(Array.from(types, ([, type]) => type).filter((type) => !described.has(type ?? ''))).toEqual([]);
});

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

test('the second verifier has fewer than 60 lines', () => {
  expect(readFileSync(verifier, 'utf8').trimEnd().split('\n').length).toBeLessThan(60);
});
