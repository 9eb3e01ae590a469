/** What a recorded run proves, offline: its chain, the files that the chain names, and whether each event was possible where it stands. */

import { hash } from 'node:crypto';
import { conform } from '../core/conform.ts';
import type { Event, LogSeal, ServiceRequest } from '../core/event.ts';
import type { Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { Fault, messageOf } from '../fault.ts';
import { type ChainLine, chainLines, origin } from './chain.ts';
import { parseConfig } from './config.ts';
import { planOfRecord } from './prepare.ts';
import type { RecordFiles } from './record-files.ts';
import type { RunStarted } from './run-store.ts';

/** Something that is not as it was recorded: a file of the record, with the line in a journal, and what is wrong with it. */
export type Finding = { readonly where: string; readonly what: string };

/** A part of the record and what is proved of it. */
type Proved = { readonly part: string; readonly what: string };

/** A mending of the record: the events and attempts' logs in which a secret was masked, and the head of the journal before. */
type Repair = {
  readonly event: number;
  readonly events: readonly number[];
  readonly logs: readonly number[];
  readonly files: readonly string[];
  /** Documents whose kept copies hold a secret. */
  readonly left: readonly string[];
  readonly head?: string;
};

/** A request to a service by which its own log knows it. */
type Anchor = ServiceRequest & { readonly attempt: number };

/** What a record proves. It is intact when nothing is wrong. */
export type Proof = {
  readonly run?: string;
  readonly events: number;
  /** SHA-256 of every whole line; the last one is the head. */
  readonly hashes: readonly string[];
  readonly head: string;
  readonly proved: readonly Proved[];
  readonly wrong: readonly Finding[];
  readonly unproved: readonly string[];
  readonly repairs: readonly Repair[];
  readonly requests: readonly Anchor[];
};

/** `head`: the hash that the last line should have. `planOf`: the plan of a run for files that were accepted; by default from their copies. */
export type Asked = { readonly head?: string; readonly planOf?: (started: RunStarted, files: Run['files']) => Plan };

/** Everything that is found, gathered while the parts of the record are looked at. */
type Gathered = { readonly proved: Proved[]; readonly wrong: Finding[]; readonly unproved: string[] };

type Numbered = { readonly number: number; readonly event: Event };

/**
 * Looks at everything in a record. Whatever stands in it is no reason to fail: what cannot be judged is a finding.
 * @throws Fault `record` when one of its files cannot be read.
 */
export function prove(files: RecordFiles, asked: Asked = {}): Proof {
  const found: Gathered = { proved: [], wrong: [], unproved: [] };
  // The folders before the journal: of a run that goes on, the journal speaks of every attempt before it has a folder.
  const attempts = files.names('attempts');
  const bytes = files.read('journal.jsonl') ?? Buffer.alloc(0);
  const lines = [...chainLines([bytes])];
  const events = lines.flatMap(({ number, event }) => (event === undefined ? [] : [{ number, event }]));
  const hashes = lines.map((line) => line.hash);
  chain(found, lines, events);
  torn(found, bytes.length - (lines.at(-1)?.end ?? 0));
  if (asked.head !== undefined) anchored(found, asked.head.toLowerCase(), hashes, events);
  const repairs = guarded(found, () => repairsIn(events)) ?? [];
  if (files.alone) found.unproved.push('Logs, blocks and documents, and with them the states of the run: the journal stands here by itself.');
  else {
    guarded(found, () => attemptFiles(found, files, { events, attempts }));
    guarded(found, () => copies(found, files, events));
    guarded(found, () => states(found, files, { events, masked: repairs.some((repair) => repair.events.length > 0), planOf: asked.planOf }));
    guarded(found, () => bundled(found, files));
  }
  const first = events[0]?.event;
  const requests = guarded(found, () => requestsIn(events)) ?? [];
  const about = { events: events.length, hashes, head: hashes.at(-1) ?? origin, repairs, requests };
  return { ...(first?.type === 'run-started' && { run: String(first.run) }), ...about, ...found };
}

/** The shape of an event is only known where the chain holds: elsewhere anything may be missing in it. */
function guarded<T>(found: Gathered, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Fault) throw error;
    found.wrong.push({ where: 'journal.jsonl', what: `an event does not have what events of its type have: ${messageOf(error)}` });
    return undefined;
  }
}

function chain({ proved, wrong }: Gathered, lines: readonly ChainLine[], events: readonly Numbered[]): void {
  if (lines.length === 0) wrong.push({ where: 'journal.jsonl', what: 'there is no whole line in it.' });
  const problems = [...lines.flatMap((line) => line.wrong.map((what) => ({ number: line.number, what }))), ...backInTime(events)];
  wrong.push(...problems.sort((a, b) => a.number - b.number).map(({ number, what }) => ({ where: `journal.jsonl:${number}`, what })));
  const [first, last] = [events[0], events.at(-1)];
  if (problems.length > 0 || first === undefined || last === undefined) return;
  proved.push({
    part: 'journal',
    what: `${plural(lines.length, 'event')}, ${first.event.at} to ${last.event.at}: each one names the hash of the one before, in canonical form, numbered without a gap, never back in time`,
  });
}

function backInTime(events: readonly Numbered[]): readonly { readonly number: number; readonly what: string }[] {
  return events.flatMap(({ number, event: { at } }, index) => {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at)) return [{ number, what: `"${at}" is not a time as the engine writes it.` }];
    const before = events[index - 1]?.event.at ?? '';
    return before > at ? [{ number, what: `its time, ${at}, is before that of the event before it, ${before}.` }] : [];
  });
}

function torn({ unproved }: Gathered, bytes: number): void {
  if (bytes > 0)
    unproved.push(
      `What the last ${plural(bytes, 'byte')} of the journal were to be: they have no line feed, so that line was not written to its end.`,
    );
}

function anchored({ proved, wrong }: Gathered, head: string, hashes: readonly string[], events: readonly Numbered[]): void {
  if (hashes.at(-1) === head) {
    proved.push({ part: 'head', what: 'the hash that was given is that of the last line: nothing was cut off, added or written anew' });
    return;
  }
  const at = hashes.indexOf(head);
  const repair = events.find(({ event }) => event.type === 'record-repaired' && event.head === head);
  const what =
    at >= 0
      ? `the hash that was given is that of line ${at + 1}: ${plural(hashes.length - at - 1, 'event')} came after it.`
      : repair !== undefined
        ? `the hash that was given is that of the journal before it was repaired (event ${repair.number}).`
        : `the hash that was given is of no line in this journal: its tail was cut, or it was written anew.`;
  wrong.push({ where: 'journal.jsonl', what: `expected the head ${head}, found ${hashes.at(-1) ?? 'none'}: ${what}` });
}

function repairsIn(events: readonly Numbered[]): readonly Repair[] {
  return events.flatMap(({ number, event }): readonly Repair[] => {
    if (event.type !== 'record-repaired') return [];
    return [
      {
        event: number,
        events: [...event.events],
        logs: event.logs.map(({ attempt }) => attempt),
        files: [...(event.files ?? [])],
        left: [...(event.left ?? [])],
        ...(event.head !== undefined && { head: event.head }),
      },
    ];
  });
}

function requestsIn(events: readonly Numbered[]): readonly Anchor[] {
  return events.flatMap(({ event }) => {
    if (event.type !== 'attempt-ended') return [];
    return (event.requests ?? []).map(({ operation, id }) => ({ attempt: event.attempt, operation, id }));
  });
}

type Started = Extract<Event, { readonly type: 'attempt-started' }>;
type Ended = Extract<Event, { readonly type: 'attempt-ended' }>;

/** Logs beside the seals of their attempts, blocks beside the hashes with which they were started. */
function attemptFiles(
  found: Gathered,
  files: RecordFiles,
  seen: { readonly events: readonly Numbered[]; readonly attempts: readonly string[] },
): void {
  const all = seen.events.map(({ event }) => event);
  const started = all.filter((event) => event.type === 'attempt-started');
  const ends = new Map(all.flatMap((event) => (event.type === 'attempt-ended' ? [[event.attempt, event] as const] : [])));
  // A log in which a secret was found later was written anew, and sealed anew.
  const anew = new Map(
    all.flatMap((event) => (event.type === 'record-repaired' ? event.logs.map(({ attempt, log }) => [attempt, log] as const) : [])),
  );
  const masked = new Set(all.flatMap((event) => (event.type === 'record-repaired' ? (event.files ?? []) : [])));
  const counts = { blocks: 0, logs: 0, bytes: 0 };
  for (const event of started) {
    if (!/^attempts\/[\w.-]+$/.test(event.folder)) throw new Error(`no attempt has the folder ${event.folder}.`);
    const end = ends.get(event.attempt);
    if (masked.has(`${event.folder}/block`)) found.unproved.push(`What attempt ${event.attempt} ran: a secret was masked in its block afterwards.`);
    else if (blockHolds(found, files, event, end)) counts.blocks += 1;
    const seal = logHolds(found, files, event, { end, log: anew.get(event.attempt) ?? end?.log });
    if (seal === undefined) continue;
    counts.logs += 1;
    counts.bytes += seal.bytes;
  }
  const known = new Set(started.map(({ folder }) => folder));
  for (const name of seen.attempts.filter((other) => !known.has(`attempts/${other}`)))
    found.wrong.push({ where: `attempts/${name}`, what: 'the journal does not speak of it: its tail was cut, or somebody put it there.' });
  found.proved.push({
    part: 'logs',
    what: `${counts.logs} of ${plural(started.length, 'attempt')} (${plural(counts.bytes, 'byte')}): size and hash are those of the journal`,
  });
  found.proved.push({ part: 'blocks', what: `${counts.blocks} of ${started.length}: what ran has the hash that was confirmed` });
}

function blockHolds({ wrong, unproved }: Gathered, files: RecordFiles, { folder, attempt, sha256 }: Started, end: Ended | undefined): boolean {
  const where = `${folder}/block`;
  const seal = files.seal(where);
  if (seal === undefined) {
    const never = end === undefined || end.outcome.kind === 'lost' || end.outcome.kind === 'not-started';
    if (never)
      unproved.push(
        `What attempt ${attempt} was to run: it has no block, and ${end === undefined ? 'its end is not on record' : 'it may never have begun'}.`,
      );
    else wrong.push({ where, what: 'it is missing.' });
    return false;
  }
  if (seal.sha256 !== sha256) wrong.push({ where, what: `expected the SHA-256 ${sha256}, found ${seal.sha256}.` });
  return seal.sha256 === sha256;
}

type Sealed = { readonly end: Ended | undefined; readonly log: LogSeal | undefined };

function logHolds({ wrong, unproved }: Gathered, files: RecordFiles, { folder, attempt }: Started, { end, log }: Sealed): LogSeal | undefined {
  const where = `${folder}/log`;
  if (end === undefined || log === undefined) {
    unproved.push(`The output of attempt ${attempt}: its end is not on record, so its log has no hash yet.`);
    return undefined;
  }
  const seal = files.seal(where);
  // What never began has no folder.
  if (seal === undefined && log.bytes === 0 && end.outcome.kind === 'not-started') return log;
  if (seal === undefined) wrong.push({ where, what: `it is missing; expected ${plural(log.bytes, 'byte')} with the SHA-256 ${log.sha256}.` });
  else if (seal.bytes !== log.bytes) wrong.push({ where, what: `expected ${plural(log.bytes, 'byte')}, found ${seal.bytes}.` });
  else if (seal.sha256 !== log.sha256) wrong.push({ where, what: `expected the SHA-256 ${log.sha256}, found ${seal.sha256}.` });
  else return log;
  return undefined;
}

/** Documents, `runbook.yaml` and declared files as they were accepted: each stands under its own hash. */
function copies({ proved, wrong, unproved }: Gathered, files: RecordFiles, events: readonly Numbered[]): void {
  const accepted = new Map<string, string>();
  for (const { event } of events) {
    if (event.type === 'run-started') for (const [path, sha256] of Object.entries(event.files)) accepted.set(sha256, path);
    if (event.type === 'changes-accepted') for (const { path, sha256 } of event.files) if (sha256 !== undefined) accepted.set(sha256, path);
  }
  // The engine died while it wrote one; the copy itself was written again.
  const names = files.names('files').filter((name) => !name.endsWith('.draft'));
  const broken = names.filter((name) => files.seal(`files/${name}`)?.sha256 !== name);
  for (const name of broken)
    wrong.push({ where: `files/${name}`, what: `it is not what was kept${known(accepted.get(name))}: its hash does not match its name.` });
  const missing = [...accepted].filter(([sha256]) => !names.includes(sha256));
  for (const [sha256, path] of missing)
    if (path === 'runbook.yaml' || path.endsWith('.md')) wrong.push({ where: `files/${sha256}`, what: `the copy${known(path)} is missing.` });
  const others = missing.filter(([, path]) => path !== 'runbook.yaml' && !path.endsWith('.md'));
  if (others.length > 0)
    unproved.push(`The contents of ${others.map(([, path]) => path).join(', ')}: no copy is kept of a large file, only its hash.`);
  const kept = accepted.size - missing.length;
  if (broken.length === 0)
    proved.push({
      part: 'documents',
      what: `${kept} of ${plural(accepted.size, 'file')} that the run accepted: the copies have the hashes of the journal`,
    });
}

function known(path: string | undefined): string {
  return path === undefined ? '' : ` of ${path}`;
}

type Judged = { readonly events: readonly Numbered[]; readonly masked: boolean; readonly planOf: Asked['planOf'] };

/** Whether each event was possible in the state before it, by the documents of its time. */
function states({ proved, wrong, unproved }: Gathered, files: RecordFiles, { events, masked, planOf }: Judged): void {
  const started = events[0]?.event;
  const plans = new Map<string, Plan>();
  const plan = (accepted: Run['files']): Plan => {
    if (started?.type !== 'run-started') throw new Error('A run begins with run-started.');
    const key = JSON.stringify(accepted);
    const made = plans.get(key) ?? (planOf ?? planFrom(files))(started, accepted);
    plans.set(key, made);
    return made;
  };
  const breaches = conform(
    events.map(({ event }) => event),
    { planOf: plan, hash: (text) => hash('sha256', text), masked },
  );
  for (const { event, what } of breaches)
    wrong.push({
      where: `journal.jsonl:${events[event - 1]?.number ?? event}`,
      what: `${events[event - 1]?.event.type ?? 'nothing'} was not possible here. ${what}`,
    });
  if (breaches.length === 0)
    proved.push({
      part: 'states',
      what: `each of ${plural(events.length, 'event')} was possible in the state before it, by the documents of its time`,
    });
  if (masked) unproved.push('That blocks are what documents and values make: in some events values were masked afterwards.');
  if (!events.some(({ event }) => event.type === 'run-ended')) unproved.push('How the run ends: it has not ended.');
}

/** The plan of a run for files that it had accepted, from the copies in its record. Throws where they do not make one. */
export function planFrom(files: RecordFiles): NonNullable<Asked['planOf']> {
  return (started, accepted) =>
    planOfRecord(parseConfig('runbook.yaml', '').config, started, (path) => {
      const sha256 = Object.hasOwn(accepted, path) ? accepted[path] : undefined;
      return sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256) ? undefined : files.read(`files/${sha256}`)?.toString('utf8');
    });
}

/** The files of a bundle beside its own sums. */
function bundled({ proved, wrong }: Gathered, { bundle, seal }: RecordFiles): void {
  if (bundle === undefined) return;
  const { sums, paths, wrong: problems } = bundle;
  const before = wrong.length;
  wrong.push(...problems.map((what) => ({ where: 'bundle', what })));
  const summed = paths.filter((path) => path !== 'SHA256SUMS');
  for (const path of summed.filter((other) => sums.has(other) && sums.get(other) !== seal(other)?.sha256))
    wrong.push({ where: path, what: 'its hash is not that of SHA256SUMS.' });
  for (const path of summed.filter((other) => !sums.has(other))) wrong.push({ where: path, what: 'SHA256SUMS does not name it.' });
  for (const path of sums.keys()) if (!paths.includes(path)) wrong.push({ where: path, what: 'SHA256SUMS names it, and it is missing.' });
  if (wrong.length === before) proved.push({ part: 'bundle', what: `${plural(summed.length, 'file')} beside SHA256SUMS` });
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
