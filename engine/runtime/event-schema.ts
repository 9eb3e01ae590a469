/** The shape of the events of a journal, for programs that read one. The engine itself goes by the types: its chain proves who wrote a line. */

import { z } from 'zod';
import type { Event } from '../core/event.ts';

const place = { frame: z.int(), step: z.string() };
const purpose = z.enum(['run', 'check', 'rollback', 'dry-run']);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const seal = z.strictObject({ bytes: z.int(), sha256 });
const target = z.strictObject({ document: z.string(), anchor: z.string() });
const texts = z.record(z.string(), z.string());
const git = z.strictObject({ commit: z.string(), dirty: z.boolean() });
const person = {
  operator: z.string(),
  host: z.string(),
  engine: z.string(),
  account: z.string().exactOptional(),
  arn: z.string().exactOptional(),
};

const outcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('exited'), code: z.int() }),
  z.strictObject({ kind: z.literal('signalled'), signal: z.string() }),
  z.strictObject({ kind: z.literal('timed-out') }),
  z.strictObject({ kind: z.literal('stopped') }),
  z.strictObject({ kind: z.literal('not-started'), why: z.string() }),
  z.strictObject({ kind: z.literal('lost'), why: z.string() }),
]);

const selection = z.strictObject({
  from: z.string().exactOptional(),
  to: z.string().exactOptional(),
  only: z.array(z.string()).exactOptional(),
  readOnly: z.boolean(),
});

function event<Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) {
  return z.strictObject({ type: z.literal(type), at: z.iso.datetime(), ...shape });
}

/** One line of a journal without `seq` and `prev`. */
export const eventSchema = z.discriminatedUnion('type', [
  event('run-started', {
    run: z.string(),
    document: z.string(),
    asIs: z.boolean(),
    procedures: z.array(z.string()),
    stage: z.string(),
    selection,
    variables: texts,
    region: z.string().exactOptional(),
    ticket: z.string().exactOptional(),
    reason: z.string().exactOptional(),
    git: git.exactOptional(),
    faults: z.array(z.string()).exactOptional(),
    files: z.record(z.string(), sha256),
    ...person,
  }),
  event('run-resumed', { git: git.exactOptional(), changed: z.array(z.string()).exactOptional(), ...person }),
  event('value-given', {
    name: z.string(),
    from: z.string(),
    value: z.string().exactOptional(),
    secret: z.strictObject({ salt: z.string(), sha256: z.string() }).exactOptional(),
  }),
  event('changes-accepted', { files: z.array(z.strictObject({ path: z.string(), sha256: sha256.exactOptional() })) }),
  event('step-confirmed', { ...place, purpose, how: z.enum(['key', 'typed', 'flag', 'onward']), sha256 }),
  event('attempt-started', { ...place, purpose, attempt: z.int(), folder: z.string(), sha256 }),
  event('attempt-ended', {
    ...place,
    purpose,
    attempt: z.int(),
    outcome,
    error: z.strictObject({ code: z.string(), message: z.string() }).exactOptional(),
    failedAt: z.strictObject({ line: z.int(), command: z.string() }).exactOptional(),
    unmet: z.array(z.string()),
    patterns: z.array(z.string()),
    values: texts,
    badValue: z.string().exactOptional(),
    requests: z.array(z.strictObject({ operation: z.string(), id: z.string() })).exactOptional(),
    remarks: z.array(z.string()),
    log: seal,
    endedAt: z.iso.datetime().exactOptional(),
  }),
  event('step-attested', { ...place, done: z.boolean(), note: z.string() }),
  event('step-skipped', { ...place, by: z.enum(['operator', 'stage', 'selection']), reason: z.string() }),
  event('step-settled', { ...place, as: z.enum(['happened', 'did-not-happen', 'run-again']), reason: z.string() }),
  event('retry-chosen', place),
  event('companion-chosen', { ...place, purpose: z.enum(['rollback', 'check', 'dry-run']) }),
  event('companion-declined', { ...place, purpose: z.enum(['rollback', 'dry-run']).exactOptional() }),
  event('failure-overridden', { ...place, reason: z.string() }),
  event('playbook-entered', {
    ...place,
    opened: z.int(),
    target,
    then: z.enum(['retry', 'done', 'stop', 'ask']),
    why: z.array(z.string()),
    by: z.enum(['operator', 'rule']),
  }),
  event('playbook-left', { frame: z.int(), as: z.enum(['retry', 'done', 'back']), reason: z.string().exactOptional() }),
  event('note-added', { operator: z.string(), text: z.string(), host: z.string().exactOptional(), id: z.string().exactOptional() }),
  event('record-repaired', {
    logs: z.array(z.strictObject({ attempt: z.int(), log: seal })),
    events: z.array(z.int()),
    head: sha256.exactOptional(),
    files: z.array(z.string()).exactOptional(),
    left: z.array(z.string()).exactOptional(),
  }),
  event('run-stopped', {
    because: z.enum(['operator', 'failure', 'unconfirmed', 'unknown', 'changes', 'preflight', 'signal']),
    reason: z.string().exactOptional(),
  }),
  event('run-ended', { result: z.enum(['finished', 'finished with exceptions']) }),
]) satisfies z.ZodType<Event>;
