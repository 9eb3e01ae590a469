import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bench, groupRuns, pidOf, privateFile, watched } from '../helpers/attempts.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test.each([
  ['exit 0', { kind: 'exited', code: 0 }],
  ['exit 3', { kind: 'exited', code: 3 }],
  ['exit 143', { kind: 'exited', code: 143 }],
  ['kill -TERM $$', { kind: 'signalled', signal: 'SIGTERM' }],
  ['kill -INT $$', { kind: 'signalled', signal: 'SIGINT' }],
  ['kill -KILL $$', { kind: 'signalled', signal: 'SIGKILL' }],
])('a block that does `%s` ends as %j', async (block, outcome) => {
  expect((await bench().run(block)).outcome).toEqual(outcome);
});

test('standard output and error share one log in their true order', async () => {
  const at = bench();
  const spec = at.spec('for i in 1 2 3; do echo out $i; echo err $i >&2; done');
  const watch = watched();
  const end = await at.run('', spec, watch);
  const log = readFileSync(join(spec.folder, 'log'));
  expect(log.toString()).toBe('out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n');
  expect(watch.seen()).toBe(log.toString());
  expect(end.tail).toBe(log.toString());
  expect(end.log).toEqual({ bytes: log.length, sha256: sha256(log) });
});

test('a block may write to /dev/stdout and /dev/stderr, which are pipes', async () => {
  const end = await bench().run('echo one >/dev/stderr; echo two >>/dev/stdout; [ -p /dev/stdout ] && [ -p /dev/stderr ] && echo pipes');
  expect(end.tail).toBe('one\ntwo\npipes\n');
});

test('standard input is empty', async () => {
  expect((await bench().run('read -r line || echo none')).tail).toBe('none\n');
});

test('the block is kept byte for byte, and private files are for their owner alone', async () => {
  const at = bench();
  const block = 'echo "ä\ttab"\r\n# no line feed at the end';
  const spec = at.spec(block);
  await at.run('', spec);
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect(readFileSync(join(spec.folder, 'block'), 'utf8')).toBe(block);
  expect([mode(spec.folder), mode(join(spec.folder, 'private')), mode(privateFile(spec, 'spool')), mode(privateFile(spec, 'end'))]).toEqual([
    '755',
    '700',
    '600',
    '600',
  ]);
});

test('the kernel gets the environment that was given, its files, and nothing of the engine', async () => {
  const env = { PATH: process.env.PATH ?? '', CLUSTER: 'lego-api', 'odd.name': 'kept' };
  const end = await bench().run('', { command: ['env'], env });
  const names = end.tail
    .trimEnd()
    .split('\n')
    .map((line) => line.split('=')[0]);
  const files = ['BLOCK', 'ERROR', 'FAILED', 'OUTPUT', 'PROGRESS', 'REMARKS', 'REQUESTS'].map((name) => `RUNBOOK_${name}`);
  // PWD and SHLVL are what bash adds to whatever it starts.
  expect(names.sort()).toEqual(['PATH', 'CLUSTER', 'odd.name', 'PWD', 'SHLVL', ...files].sort());
  expect(end.tail).toContain('CLUSTER=lego-api\n');
});

test('what hides in the environment does not reach the launcher', async () => {
  const at = bench();
  const env = { PATH: process.env.PATH ?? '', BASH_ENV: '/does/not/exist', 'BASH_FUNC_wait%%': '() { exit 0; }', SHELLOPTS: 'noexec' };
  expect((await at.run('', { command: ['sh', '-c', 'exit 5'], env })).outcome).toEqual({ kind: 'exited', code: 5 });
});

test('with capture, standard output is kept apart, and the log holds whole lines of both', async () => {
  const at = bench();
  const spec = at.spec('printf "snap-"; echo careful >&2; printf "shot\\n"', { capture: true });
  const end = await at.run('', spec);
  expect(end.captured).toBe('snap-shot\n');
  expect(readFileSync(join(spec.folder, 'log'), 'utf8').split('\n').sort()).toEqual(['', 'careful', 'snap-shot']);
});

test.each([
  ['head -c 1100000 /dev/zero | tr "\\0" a', 'The captured output is larger than 1 MB.'],
  ["printf 'a\\377b'", 'The captured output is not UTF-8.'],
  ["printf 'a\\0b'", 'The captured output holds a NUL byte.'],
])('a capture that no variable can hold is refused: %s', async (block, bad) => {
  const end = await bench().run(block, { capture: true });
  expect(end.captured).toBeUndefined();
  expect(end.badOutput).toBe(bad);
});

test('a secret is masked in the log, for the watcher, in errors, remarks, progress and result', async () => {
  const at = bench();
  const watch = watched(['hunter22']);
  const spec = at.spec(
    'echo "hun"; printf hun; printf "ter22\\n"; echo "50 at hunter22" >"$RUNBOOK_PROGRESS"; echo "28P01 bad hunter22" >"$RUNBOOK_ERROR"; echo "saw hunter22" >"$RUNBOOK_REMARKS"; exit 1',
  );
  const end = await at.run('', spec, watch);
  expect(watch.seen()).toBe('hun\n[secret]\n');
  expect(end.error).toEqual({ code: '28P01', message: 'bad [secret]' });
  expect(end.remarks).toEqual(['saw [secret]']);
  expect(watch.steps).toEqual([[50, 'at [secret]']]);
  expect(readFileSync(join(spec.folder, 'log'), 'utf8') + readFileSync(join(spec.folder, 'result.json'), 'utf8')).not.toContain('hunter22');
});

test('result.json holds the end, without values', async () => {
  const at = bench();
  const spec = at.spec('echo "name=value" >"$RUNBOOK_OUTPUT"; exit 2');
  await at.run('', spec);
  const result = readFileSync(join(spec.folder, 'result.json'), 'utf8');
  expect(JSON.parse(result)).toMatchObject({ outcome: { kind: 'exited', code: 2 }, outputs: ['name'], startedAt: expect.any(String) });
  expect(result).not.toContain('value');
});

test('requests to a service are kept with their ids, and junk between them is not', async () => {
  const lines = ['rds:CreateDBCluster 0a1b-2c', 'junk', 'rds:Create;DBCluster 1', 'sns:Publish 3 4', 'sts:GetCallerIdentity f00'];
  const end = await bench().run(`printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} >"$RUNBOOK_REQUESTS"`);
  expect(end.requests).toEqual([
    { operation: 'rds:CreateDBCluster', id: '0a1b-2c' },
    { operation: 'sts:GetCallerIdentity', id: 'f00' },
  ]);
});

test('$RUNBOOK_OUTPUT gives variables, also of several lines', async () => {
  const end = await bench().run(
    '{ echo "a=1=one"; echo "list<<END"; echo x; echo; echo y; echo END; echo; echo "a=2"; echo "empty="; } >>"$RUNBOOK_OUTPUT"',
  );
  expect(end.outputs).toEqual({ a: '2', list: 'x\n\ny', empty: '' });
  expect(end.badOutput).toBeUndefined();
});

test.each([
  ['echo "ok=1\nsome junk" >"$RUNBOOK_OUTPUT"', 'Line 2 of $RUNBOOK_OUTPUT is neither name=value nor name<<END.'],
  ['echo "Bad-Name=1" >"$RUNBOOK_OUTPUT"', 'Line 1 of $RUNBOOK_OUTPUT is neither name=value nor name<<END.'],
  ['echo "a<<END\n1" >"$RUNBOOK_OUTPUT"', '$RUNBOOK_OUTPUT ends before the "END" that closes line 1.'],
  ['head -c 2000000 /dev/urandom >"$RUNBOOK_OUTPUT"', '$RUNBOOK_OUTPUT is larger than 1 MB.'],
  ['printf \'a=\\377\' >"$RUNBOOK_OUTPUT"', '$RUNBOOK_OUTPUT is not UTF-8.'],
])('junk in $RUNBOOK_OUTPUT is refused as a whole: %s', async (block, bad) => {
  const end = await bench().run(block);
  expect(end.outputs).toEqual({});
  expect(end.badOutput).toBe(bad);
});

test('the typed error is the last line of $RUNBOOK_ERROR, and none after a success', async () => {
  const at = bench();
  const wrote = 'echo "40001 first try" >>"$RUNBOOK_ERROR"; echo "55P03 lock not available" >>"$RUNBOOK_ERROR"';
  expect((await at.run(`${wrote}; exit 1`)).error).toEqual({ code: '55P03', message: 'lock not available' });
  expect((await at.run(wrote)).error).toBeUndefined();
  expect((await at.run('echo "no code: at all" >"$RUNBOOK_ERROR"; exit 1')).error).toEqual({ code: 'no', message: 'code: at all' });
});

test('a kernel can say that it does not know how its work ended, or that it refused it', async () => {
  const at = bench();
  expect((await at.run('echo "lost connection gone" >"$RUNBOOK_ERROR"; exit 1')).outcome).toEqual({ kind: 'lost', why: 'connection gone' });
  expect((await at.run('echo "not-started not mine" >"$RUNBOOK_ERROR"; exit 1')).outcome).toEqual({ kind: 'not-started', why: 'not mine' });
  expect((await at.run('echo "lost after all" >"$RUNBOOK_ERROR"')).outcome).toEqual({ kind: 'exited', code: 0 });
});

test('progress is told while the step runs', async () => {
  const at = bench();
  const gate = at.gate('gate');
  let told: () => void = () => {};
  const half = new Promise<void>((resolve) => {
    told = resolve;
  });
  const watch = watched();
  const running = at.run(
    `echo "50 half way" >"$RUNBOOK_PROGRESS"; read -r _ <${gate.path}; echo "closing" >>"$RUNBOOK_PROGRESS"`,
    {},
    {
      ...watch,
      progress: (percent, message) => {
        watch.progress(percent, message);
        told();
      },
    },
  );
  await half;
  await gate.open();
  await running;
  expect(watch.steps).toEqual([
    [50, 'half way'],
    [undefined, 'closing'],
  ]);
});

test.each([
  [{ command: ['no-such-program'] }, 'The program no-such-program was not found on PATH.'],
  [{ cwd: '/no/such/folder' }, 'The working folder is not there: /no/such/folder'],
])('what cannot be started was not started: %j', async (more, why) => {
  const end = await bench().run('true', more);
  expect(end.outcome).toEqual({ kind: 'not-started', why });
  expect(end.log).toEqual({ bytes: 0, sha256: sha256(Buffer.alloc(0)) });
});

test('an environment that is too large for the system is told, not thrown', async () => {
  const env = { PATH: process.env.PATH ?? '', HUGE: 'x'.repeat(4_000_000) };
  expect((await bench().run('true', { env })).outcome).toMatchObject({ kind: 'not-started', why: expect.stringContaining('E2BIG') });
});

test('no two attempts share a folder', async () => {
  const at = bench();
  const spec = at.spec('true');
  mkdirSync(spec.folder, { recursive: true });
  await expect(at.run('', spec)).rejects.toMatchObject({ name: 'Fault', exit: 'record' });
});

test('signals that a block sends to its launcher do not change its end', async () => {
  const end = await bench().run('for s in HUP INT QUIT TERM USR1; do kill -$s $PPID; done; echo ok; exit 4');
  expect(end.outcome).toEqual({ kind: 'exited', code: 4 });
  expect(end.tail).toBe('ok\n');
});

test('a step that is stopped and continued by others is waited for', async () => {
  const end = await bench().run('(sleep 0.3; kill -CONT $$) & kill -STOP $$; exit 6');
  expect(end.outcome).toEqual({ kind: 'exited', code: 6 });
});

test('a forged end does not count', async () => {
  const at = bench();
  const spec = at.spec('printf "exited 0\\n" 1<>"$(dirname "$RUNBOOK_BLOCK")/private/end"; echo "exited 0"; exit 9');
  expect((await at.run('', spec)).outcome).toEqual({ kind: 'exited', code: 9 });
});

test('a block that deletes all its files still ends as it does, and the loss is told', async () => {
  const end = await bench().run('rm -rf "$(dirname "$RUNBOOK_BLOCK")/private"; exit 7');
  expect(end.outcome).toEqual({ kind: 'exited', code: 7 });
  expect(end.remarks.join()).toContain('The spool is gone');
});

test('a spool that the block cut is noticed', async () => {
  const at = bench();
  const spec = at.spec(
    'echo something to hide; until [ -s "$(dirname "$RUNBOOK_BLOCK")/private/spool" ]; do :; done; : >"$(dirname "$RUNBOOK_BLOCK")/private/spool"; echo ok',
  );
  const end = await at.run('', spec);
  expect(end.outcome).toEqual({ kind: 'exited', code: 0 });
  expect(end.remarks.join()).toMatch(/spool was (changed|shortened) by somebody else/);
});

test('a block that closes its descriptors ends as usual', async () => {
  const end = await bench().run('echo last; exec >&- 2>&-; exit 3');
  expect(end.outcome).toEqual({ kind: 'exited', code: 3 });
  expect(end.tail).toBe('last\n');
});

test.each([0, 1, 2, 65536, 65537])('%i bytes of output are kept without a remark', async (size) => {
  const end = await bench().run(`head -c ${size} /dev/zero`);
  expect(end.log.bytes).toBe(size);
  expect(end.remarks).toEqual([]);
});

test('large output is whole, its hash is right, and only its last 1 MB is handed on', async () => {
  const at = bench();
  const spec = at.spec("head -c 40000000 /dev/zero | tr '\\0' a | fold -w 80; echo end");
  const end = await at.run('', spec);
  const log = readFileSync(join(spec.folder, 'log'));
  expect(end.log).toEqual({ bytes: 40_500_003, sha256: sha256(log) });
  expect(log.length).toBe(40_500_003);
  expect(end.tail.length).toBe(1024 * 1024);
  expect(end.tail.endsWith('aaaend\n')).toBe(true);
});

test('nothing of the launcher is left after a step', async () => {
  const at = bench();
  const spec = at.spec('true');
  await at.run('', spec);
  await expect.poll(() => groupRuns(pidOf(spec, 'claim'))).toBe(false);
});
