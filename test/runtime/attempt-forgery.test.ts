import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, bench, engine, privateFile, watched } from '../helpers/attempts.ts';
import { until } from '../helpers/wait.ts';

/** For a block: the private file of that name, or a file of the record beside it. */
const own = (name: string) => `"$(dirname "$RUNBOOK_BLOCK")/${name}"`;

/** Things that a block may put in the place of a file. None of them may be read, written through, or waited for. */
const things = {
  'a link to a file of somebody else': (name: string) => `ln -sf "$HOME/precious" ${own(name)}`,
  'a pipe': (name: string) => `rm -f ${own(name)}; mkfifo ${own(name)}`,
  'a link to a device without an end': (name: string) => `ln -sf /dev/zero ${own(name)}`,
  'a folder': (name: string) => `rm -f ${own(name)}; mkdir ${own(name)}`,
};

const files = [
  ...['spool', 'progress', 'output', 'error', 'failed', 'requests', 'remarks', 'end', 'notice', 'kernel', 'spool.pump'].map(
    (name) => `private/${name}`,
  ),
  'result.json',
  'log',
];

function withPrecious(): Bench {
  const at = bench();
  writeFileSync(join(at.folder, 'precious'), 'do not read me\n');
  return at;
}

const cases = Object.entries(things).flatMap(([what, put]) => files.map((name) => ({ what, name, put: put(name) })));

test.each(Object.keys(things))('%s in the place of any file of an attempt changes neither its end nor its log', async (thing) => {
  for (const { name, put } of cases.filter(({ what }) => what === thing)) {
    const at = withPrecious();
    const spec = at.spec(`echo first\n${put}\necho last\nkill -TERM $$`);
    const end = await at.run('', spec);
    // Which signal it was stands in `notice` and `end`, and nowhere else: without them nobody knows, as 143 may be a code of the block's own.
    const blind = ['private/notice', 'private/end', 'private/kernel'].includes(name);
    expect(
      blind
        ? [
            { kind: 'lost', why: expect.stringMatching(/^It ended with 143, by its own will or by a signal/) },
            { kind: 'signalled', signal: 'SIGTERM' },
          ]
        : [{ kind: 'signalled', signal: 'SIGTERM' }],
      name,
    ).toContainEqual(end.outcome);
    expect(readFileSync(join(spec.folder, 'log'), 'utf8'), name).toBe('first\nlast\n');
    expect(JSON.parse(readFileSync(join(spec.folder, 'result.json'), 'utf8')), name).toMatchObject({ outcome: end.outcome });
    expect(JSON.stringify(end) + end.tail, name).not.toContain('do not read me');
    expect(readFileSync(join(at.folder, 'precious'), 'utf8'), name).toBe('do not read me\n');
  }
});

test.each(Object.entries(things))(
  'after the death of the engine %s in the place of the spool or the log is neither followed nor waited for',
  async (_, put) => {
    for (const name of ['private/spool', 'private/output', 'log', 'result.json']) {
      const at = withPrecious();
      const spec = at.spec(`echo first\n${put(name)}\necho >there\nexit 3`);
      const [reached, go] = [at.gate('reached'), at.gate('go')];
      const held = { ...spec, block: spec.block.replace('echo >there', `echo >${reached.path}; read -r _ <${go.path}`) };
      const first = engine(held);
      await reached.reached();
      first.process.kill('SIGKILL');
      await first.exited;
      await go.open();
      await until('the end of the step', () => readFileSync(privateFile(held, 'end'), 'utf8').startsWith('exited 3'));
      const end = await at.follow(held);
      expect(end.outcome, name).toEqual({ kind: 'exited', code: 3 });
      expect(end.tail, name).toBe(name === 'private/spool' ? '' : 'first\n');
      if (name === 'private/spool') expect(end.remarks.join()).toContain('The spool is gone');
      expect(readFileSync(join(held.folder, 'log'), 'utf8'), name).toBe(end.tail);
      expect(readFileSync(join(at.folder, 'precious'), 'utf8'), name).toBe('do not read me\n');
    }
  },
);

test('a block that deletes its log, or puts its own words there, is told of, and the log is as it was', async () => {
  for (const forge of [`rm ${own('log')}`, `rm ${own('log')}; echo forged >${own('log')}`]) {
    const at = bench();
    const spec = at.spec(`echo true words; until [ -s ${own('log')} ]; do :; done; ${forge}; echo more`);
    const end = await at.run('', spec);
    expect(readFileSync(join(spec.folder, 'log'), 'utf8')).toBe('true words\nmore\n');
    expect(end.remarks).toEqual(['The log was deleted or replaced by somebody else while the step ran; it was written once more.']);
  }
});

test('a block that kills its launcher and its pumps at once is lost, and it is said that output is missing', async () => {
  const at = bench();
  const end = await at.run('echo kept; kill -KILL -- -$PPID; sleep 0.1; echo lost; exit 0');
  expect(end.outcome).toMatchObject({ kind: 'lost', why: expect.stringContaining('The launcher of the step was killed (SIGKILL)') });
  expect(end.remarks.join()).toContain('was not kept: the process that keeps it was killed');
});

test.each([
  ['printf \'a=b\\0c\\n\' >"$RUNBOOK_OUTPUT"', '$RUNBOOK_OUTPUT holds a NUL byte.'],
  ['ln -sf /dev/zero "$RUNBOOK_OUTPUT"', '$RUNBOOK_OUTPUT is no plain file any more.'],
  ['rm "$RUNBOOK_OUTPUT"', '$RUNBOOK_OUTPUT cannot be read: Error: ENOENT'],
  ['echo "PATH=/tmp/evil" >"$RUNBOOK_OUTPUT"', 'Line 1 of $RUNBOOK_OUTPUT is neither name=value nor name<<END.'],
  ['echo "__proto__=x" >"$RUNBOOK_OUTPUT"', 'Line 1 of $RUNBOOK_OUTPUT is neither name=value nor name<<END.'],
])('values that no variable can hold spoil them all: %s', async (block, bad) => {
  const end = await bench().run(block);
  expect(end.outputs).toEqual({});
  expect(end.badOutput).toContain(bad);
});

test('an end that its kernel cannot tell is unknown also with control characters in its words', async () => {
  const end = await bench().run(String.raw`printf 'lost the line\r\033[2Jbroke\n' >"$RUNBOOK_ERROR"; exit 1`);
  expect(end.outcome).toEqual({ kind: 'lost', why: 'the line\r\u001b[2Jbroke' });
});

test('an attempt whose folder is not there any more says that its end is not known, and follows no link', async () => {
  const at = withPrecious();
  const spec = at.spec('true');
  mkdirSync(spec.folder, { recursive: true });
  for (const name of ['log', 'result.json']) symlinkSync(join(at.folder, 'precious'), join(spec.folder, name));
  expect((await at.follow(spec, watched())).outcome.kind).toBe('lost');
  expect(readFileSync(join(at.folder, 'precious'), 'utf8')).toBe('do not read me\n');
});
