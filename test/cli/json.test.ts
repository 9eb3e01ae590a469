import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { toJSONSchema, type z } from 'zod';
import { shapes } from '../../engine/commands/json-shapes.ts';
import { schemaNames } from '../../engine/commands/schema.ts';
import { eventSchema } from '../../engine/runtime/event-schema.ts';
import { makeProject } from '../helpers/project.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(checkout, 'docs/json.md'), 'utf8');
const named = Object.entries(shapes);

/** What the schema has to say against JSON, keys that it does not know among it. */
function wrong(schema: z.ZodType, json: string): string | undefined {
  return schema.safeParse(JSON.parse(json)).error?.message;
}

test.each(named)('docs/json.md has an example of %s, and it is one', (name, schema) => {
  const [, section = ''] = page.split(`\n## ${name}\n`);
  const [, example = ''] = /```json\n(.+?)```\n/s.exec(section) ?? [];
  expect(wrong(schema, example)).toBeUndefined();
});

test('docs/json.md names every schema', () => {
  expect(schemaNames.filter((name) => name !== 'runbook.yaml' && !page.includes(`\`runbook schema ${name}\``))).toEqual([]);
});

test('the documents that are shipped are printed as the schemas say', { timeout: 120_000 }, async () => {
  using made = makeProject({});
  const print = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await made.runbook(args, { cwd: checkout });
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  expect(wrong(shapes.list, await print('list', '--json'))).toBeUndefined();
  for (const name of ['database-operations', 'database-operations-failure'])
    expect(wrong(shapes.show, await print('show', name, '--json')), name).toBeUndefined();
  for (const options of [
    ['--stage', 'local', '--all'],
    ['--stage', 'production', '--procedure', 'take-a-snapshot'],
    ['--stage', 'staging', '--procedure', 'run-migrations', '--read-only'],
  ])
    expect(wrong(shapes.plan, await print('plan', 'database-operations', ...options, '--json')), options.join(' ')).toBeUndefined();
  expect(wrong(shapes.lint, await print('lint', '--format', 'json'))).toBeUndefined();
  expect(wrong(shapes.faults, await print('sandbox', 'faults', '--json'))).toBeUndefined();
});

test('a project of its own is printed as the schemas say, and the published schemas take it', { timeout: 120_000 }, async () => {
  using made = makeProject({ 'runbook.yaml': readFileSync(join(checkout, 'templates/first/runbook.yaml'), 'utf8') });
  expect((await made.runbook(['init', '--content', 'first', '--yes'])).code).toBe(0);
  const name = 'maintenance-notice#put-the-notice-up';
  const ran = await made.runbook(['run', name, '--stage', 'local', '--var', 'minutes=5', '--yes', '--json']);
  expect(ran.code, ran.stderr).toBe(0);
  const lines = ran.stdout.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(5);
  const { run }: { run: string } = JSON.parse(lines.at(-1) ?? '');
  made.write({ 'runbooks/bad.md': '# Bad\n\n## Tidy\n\n```bash step=tidy\necho {bocks}\n```\n' });
  const commands: readonly { readonly shape: keyof typeof shapes; readonly args: readonly string[] }[] = [
    { shape: 'list', args: ['list', '--json'] },
    { shape: 'runs', args: ['runs', '--json'] },
    { shape: 'show', args: ['show', 'maintenance-notice', '--json'] },
    { shape: 'plan', args: ['plan', name, '--stage', 'local', '--json'] },
    { shape: 'lint', args: ['lint', '--format', 'json'] },
    { shape: 'doctor', args: ['doctor', '--json'] },
    { shape: 'verify', args: ['verify', run, '--json'] },
    { shape: 'sandbox', args: ['sandbox', 'status', '--json'] },
    { shape: 'faults', args: ['sandbox', 'faults', '--json'] },
  ];
  expect([...commands.map(({ shape }) => shape), 'run']).toEqual(Object.keys(shapes));
  for (const { shape, args } of commands) {
    const { stdout, stderr } = await made.runbook(args);
    expect(stderr, args.join(' ')).toBe('');
    expect(wrong(shapes[shape], stdout), args.join(' ')).toBeUndefined();
    expect(await taken(made, shape, stdout), args.join(' ')).toBe(true);
  }
  for (const line of lines) {
    expect(wrong(shapes.run, line), line).toBeUndefined();
    expect(await taken(made, 'run', line), line).toBe(true);
  }
  const journal = readFileSync(join(made.root, '.runbook/runs', run, 'journal.jsonl'), 'utf8').trimEnd();
  for (const line of journal.split('\n')) expect(await taken(made, 'event', line), line).toBe(true);
});

const compiled = new Map<string, (value: unknown) => unknown>();

/** Whether the schema that the engine prints takes what it prints. */
async function taken(made: ReturnType<typeof makeProject>, name: string, json: string): Promise<unknown> {
  const valid =
    compiled.get(name) ?? new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse((await made.runbook(['schema', name])).stdout));
  compiled.set(name, valid);
  return valid(JSON.parse(json));
}

test('an event that is none is refused', () => {
  const at = '2026-11-22T14:18:01.123Z';
  expect(eventSchema.safeParse({ type: 'retry-chosen', at, frame: 0, step: 'count' }).success).toBe(true);
  expect(eventSchema.safeParse({ type: 'retry-chosen', at, frame: 0, step: 'count', by: 'first' }).success).toBe(false);
  expect(eventSchema.safeParse({ type: 'retry-chosen', at: 'today', frame: 0, step: 'count' }).success).toBe(false);
});

test('the table of events in docs/record.md is the schema', () => {
  const text = readFileSync(join(checkout, 'docs/record.md'), 'utf8');
  const rows = text.matchAll(/^\| `([a-z-]+)` \| ((?:`\w+\??`(?:, )?)+) \|/gm);
  const told = new Map(Array.from(rows, ([, type = '', keys = '']) => [type, Array.from(keys.matchAll(/`(\w+\??)`/g), ([, key]) => key).sort()]));
  const known = eventSchema.options.map((option) => {
    const { properties = {}, required = [] } = toJSONSchema(option);
    const keys = Object.keys(properties).filter((key) => key !== 'type' && key !== 'at');
    return [option.shape.type.value, keys.map((key) => (required.includes(key) ? key : `${key}?`)).sort()] as const;
  });
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(known));
});
