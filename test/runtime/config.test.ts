import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../engine/document/diagnostic.ts';
import { parseConfig, stageOf } from '../../engine/runtime/config.ts';

/** What is said of a text: every problem with its place, without the line and the caret. */
function saidOf(source: string): readonly string[] {
  const { config, diagnostics } = parseConfig('runbook.yaml', source);
  if (diagnostics.length > 0) expect(config).toEqual({ stages: {}, kernels: {}, ui: { fullscreen: false } });
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, undefined));
}

describe('a runbook.yaml', () => {
  test.for(['', '\n', '# nothing yet\n', '---\n', '{}'])('that says nothing (%j) is the default one', (source) => {
    expect(parseConfig('runbook.yaml', source)).toEqual({ config: { stages: {}, kernels: {}, ui: { fullscreen: false } }, diagnostics: [] });
  });

  test('gets every default filled in', () => {
    expect(parseConfig('runbook.yaml', 'stages:\n  dev: {}\n').config.stages).toEqual({
      dev: { sandbox: false, cwd: '.', variables: {}, confirm: 'ask', 'on-failure': 'ask', ticket: 'optional', reason: 'optional' },
    });
  });

  test('can name one folder or several, kernels, and everything that a stage has', () => {
    const { config, diagnostics } = parseConfig(
      'runbook.yaml',
      `runbooks: operations
playbooks: [operations/playbooks, more]
kernels:
  ruby: [ruby, -W0]
stages:
  local: { sandbox: true, database: { name: lego, cluster: "lego-api-{stage}", secret: "lego-api-{stage}-db-credentials" } }
  production:
    cwd: app
    aws: { profile: lego, region: us-east-1, account: "012345678901" }
    database: { env: LEGO_URL, tls: verify-ca, ca: certs/ca.pem }
    variables: { cluster: lego-production, max: 16, ratio: 0.5, protected: true, code: "007" }
    confirm: typed
    on-failure: playbook
    ticket: required
    reason: required
    git: { clean: true, branch: main }
`,
    );
    expect(diagnostics).toEqual([]);
    expect(config.runbooks).toEqual(['operations']);
    expect(config.playbooks).toEqual(['operations/playbooks', 'more']);
    expect(config.kernels).toEqual({ ruby: ['ruby', '-W0'] });
    const production = config.stages.production;
    expect(production).toBeDefined();
    expect(production && stageOf('production', production)).toEqual({
      name: 'production',
      sandbox: false,
      confirm: 'typed',
      onFailure: 'playbook',
      variables: { cluster: 'lego-production', max: '16', ratio: '0.5', protected: 'true', code: '007' },
      region: 'us-east-1',
    });
  });

  test('has a region on a sandbox too, where none is named', () => {
    const { config } = parseConfig('runbook.yaml', 'stages: { local: { sandbox: true }, dev: {} }');
    const regions = Object.entries(config.stages).map(([name, stage]) => stageOf(name, stage).region);
    expect(regions).toEqual(['us-east-1', undefined]);
  });

  test('can share values by anchors', () => {
    const { config } = parseConfig('runbook.yaml', 'stages:\n  dev: { variables: &shared { size: 2 } }\n  staging: { variables: *shared }\n');
    expect(config.stages.staging?.variables).toEqual({ size: 2 });
  });

  test('of this repository is valid', () => {
    expect(parseConfig('runbook.yaml', readFileSync(new URL('../../runbook.yaml', import.meta.url), 'utf8')).diagnostics).toEqual([]);
  });
});

describe('a runbook.yaml that is wrong says where, what was expected and what was found', () => {
  const name = 'expected a name of lower-case letters, digits and _, a letter first';
  test.for<[source: string, ...said: string[]]>([
    ['- stages', 'runbook.yaml: The file: expected a mapping, found a list.'],
    ['stages', 'runbook.yaml: The file: expected a mapping, found "stages".'],
    ['stages: [dev]', 'runbook.yaml:1:1 stages: expected a mapping of stages by name, found a list.'],
    ['stages:\n  dev:\n', 'runbook.yaml:2:3 stages.dev: expected a mapping, found nothing.\n  A stage that has nothing to say is written: dev: {}'],
    ['stages: { Dev: {} }', 'runbook.yaml:1:11 stages.Dev: expected a name of lower-case letters, digits and -, a letter first.'],
    ['stages: { dev: { sandbox: maybe } }', 'runbook.yaml:1:18 stages.dev.sandbox: expected true or false, found "maybe".'],
    ['stages: { dev: { cwd: "" } }', 'runbook.yaml:1:18 stages.dev.cwd: expected a text that is not empty, found "".'],
    ['stages: { dev: { cwd: 3 } }', 'runbook.yaml:1:18 stages.dev.cwd: expected a text, found 3.'],
    ['stages: { dev: { confirm: yes } }', 'runbook.yaml:1:18 stages.dev.confirm: expected ask or typed, found "yes".'],
    ['stages: { dev: { on-failure: stop } }', 'runbook.yaml:1:18 stages.dev.on-failure: expected ask or playbook, found "stop".'],
    ['stages: { dev: { ticket: true } }', 'runbook.yaml:1:18 stages.dev.ticket: expected optional or required, found true.'],
    ['stages: { dev: { reason: 1 } }', 'runbook.yaml:1:18 stages.dev.reason: expected optional or required, found 1.'],
    ['stages: { dev: { git: main } }', 'runbook.yaml:1:18 stages.dev.git: expected a mapping, found "main".'],
    ['stages: { dev: { git: { clean: 1 } } }', 'runbook.yaml:1:25 stages.dev.git.clean: expected true or false, found 1.'],
    [
      'stages: { dev: { aws: { account: 123456789012 } } }',
      'runbook.yaml:1:18 stages.dev.aws.region: expected a text, found nothing.',
      'runbook.yaml:1:25 stages.dev.aws.account: expected the 12 digits of an AWS account, in quotes, found 123456789012.',
    ],
    [
      'stages: { dev: { aws: { region: us-east-1, account: "123" } } }',
      'runbook.yaml:1:44 stages.dev.aws.account: expected the 12 digits of an AWS account, in quotes, found "123".',
    ],
    ['stages: { dev: { database: {} } }', 'runbook.yaml:1:18 stages.dev.database: expected secret or env.'],
    ['stages: { dev: { database: { name: lego } } }', 'runbook.yaml:1:18 stages.dev.database: name is for a sandbox; expected secret or env.'],
    ['stages: { dev: { database: { env: A, secret: b } } }', 'runbook.yaml:1:18 stages.dev.database: expected secret or env, found both.'],
    [
      'stages: { dev: { database: { env: $URL } } }',
      'runbook.yaml:1:30 stages.dev.database.env: expected the name of an environment variable, without $, found "$URL".',
    ],
    [
      'stages: { dev: { database: { env: URL, tls: prefer } } }',
      'runbook.yaml:1:40 stages.dev.database.tls: expected disable, require, verify-ca or verify-full, found "prefer".',
    ],
    [
      'stages: { local: { sandbox: true, database: { env: URL } } }',
      'runbook.yaml:1:35 stages.local.database: a sandbox has a database of its own; expected name, cluster and secret, or nothing.',
    ],
    ['stages: { dev: { database: { cluster: lego } } }', 'runbook.yaml:1:18 stages.dev.database: cluster is for a sandbox; expected secret or env.'],
    [
      'stages: { dev: { database: { secret: lego } } }',
      'runbook.yaml:1:18 stages.dev.database: a secret is read in the account of the stage; expected aws beside database.',
    ],
    [
      'stages: { local: { sandbox: true, database: { cluster: "lego--{stage}" } } }',
      'runbook.yaml:1:47 stages.local.database.cluster: expected the identifier of a cluster: lower-case letters, digits and single -, a letter first, found "lego--{stage}".',
    ],
    ['stages: { dev: { variables: { Size: 1 } } }', `runbook.yaml:1:31 stages.dev.variables.Size: ${name}.`],
    ['stages: { dev: { variables: { a-b: 1 } } }', `runbook.yaml:1:31 stages.dev.variables.a-b: ${name}.`],
    [
      'stages: { dev: { variables: { sizes: [1] } } }',
      'runbook.yaml:1:31 stages.dev.variables.sizes: expected a text, a number, or true or false, found a list.',
    ],
    ['runbooks: 7', 'runbook.yaml:1:1 runbooks: expected a folder inside the project, or a list of them, found 7.'],
    ['runbooks: []', 'runbook.yaml:1:1 runbooks: expected a folder inside the project, or a list of them, found an empty list.'],
    ['sign: gpg', 'runbook.yaml:1:1 sign: expected ssh, found "gpg".'],
    ['signing: { key: 1 }', 'runbook.yaml:1:12 signing.key: expected a text, found 1.'],
    ['signing: { keys: a }', 'runbook.yaml:1:12 signing.keys: unknown key.\n  Did you mean "key"?'],
    ['ui: { fullscreen: yes }', 'runbook.yaml:1:7 ui.fullscreen: expected true or false, found "yes".'],
    ['kernels: { ruby: ruby }', 'runbook.yaml:1:12 kernels.ruby: expected a list: the program and its arguments, found "ruby".'],
    ['kernels: { ruby: [] }', 'runbook.yaml:1:12 kernels.ruby: expected a list: the program and its arguments, found an empty list.'],
    ['kernels: { sh: [dash] }', 'runbook.yaml:1:12 kernels.sh: the engine runs bash, sh and sql itself; expected another language.'],
    ['kernels: { a b: [x] }', 'runbook.yaml:1:12 kernels.a b: expected a language as it stands behind the backticks.'],
    ['stages: { dev: {} }\nstages: {}', 'runbook.yaml:2:1 Map keys must be unique'],
    ['\ufeffstages: { dev: 1 }', 'runbook.yaml:1:11 stages.dev: expected a mapping, found 1.'],
  ])('%j', ([source, ...said]) => expect(saidOf(source)).toEqual(said));

  test.for(['..', '../others', 'a/../../b', '/etc'])('a folder %s, which is outside the project', (path) => {
    expect(saidOf(`runbooks: ${path}`)).toHaveLength(1);
    expect(saidOf(`playbooks: [fine, ${path}]`)[0]).toContain('playbooks.1: expected a folder inside the project');
  });

  test.for(['path', 'aws_profile', 'pgpassword', 'database_url', 'node_options'])('a variable %s, which means something to programs', (variable) => {
    expect(saidOf(`stages: { dev: { variables: { ${variable}: x } } }`)[0]).toContain(`${variable}: this name means something to programs`);
  });

  test.for(['stage', 'run', 'operator', 'region'])('a variable %s, which every document has', (variable) => {
    expect(saidOf(`stages: { dev: { variables: { ${variable}: x } } }`)[0]).toContain(`${variable}: this name has a value in every document`);
  });

  test('every problem at once', () => {
    expect(saidOf('stages:\n  dev: { sandbox: 1, cwd: 2 }\n  staging: { confirm: 3 }\n')).toHaveLength(3);
  });

  test('with the line and a caret under the place', () => {
    const source = 'stages:\n  dev: { confirm: yes }\n';
    const [diagnostic] = parseConfig('runbook.yaml', source).diagnostics;
    expect(diagnostic && formatDiagnostic(diagnostic, source)).toBe(
      'runbook.yaml:2:10 stages.dev.confirm: expected ask or typed, found "yes".\n    dev: { confirm: yes }\n           ^^^^^^^',
    );
  });
});

describe('an unknown key is never passed over', () => {
  test.for<[source: string, said: string]>([
    ['stags: {}', 'runbook.yaml:1:1 stags: unknown key.\n  Did you mean "stages"?'],
    ['colour: red', 'runbook.yaml:1:1 colour: unknown key.\n  It can be: runbooks, playbooks, stages, kernels, ui, sign, signing.'],
    ['stages: { dev: { sandbocks: true } }', 'runbook.yaml:1:18 stages.dev.sandbocks: unknown key.\n  Did you mean "sandbox"?'],
    ['stages: { dev: { git: { brnch: main } } }', 'runbook.yaml:1:25 stages.dev.git.brnch: unknown key.\n  Did you mean "branch"?'],
    [
      'stages: { dev: { database: { env: URL, pasword: x } } }',
      'runbook.yaml:1:40 stages.dev.database.pasword: unknown key.\n  It can be: secret, env, name, cluster, tls, ca.',
    ],
    ['<<: { stages: {} }', 'runbook.yaml:1:1 <<: unknown key.\n  Merge keys are not read: write the keys out.'],
    ['__proto__: { stages: {} }', 'runbook.yaml:1:1 __proto__: unknown key.\n  It can be: runbooks, playbooks, stages, kernels, ui, sign, signing.'],
  ])('%j', ([source, said]) => expect(saidOf(source)).toEqual([said]));

  test('also when there are several of them', () => {
    expect(saidOf('stages: { dev: { sandbocks: true, confrim: typed } }')).toHaveLength(2);
  });
});

describe('a value that YAML would write in another way than its author is refused', () => {
  test.for(['1.0', '0x10', '0o17', '1e3', '+5', '12345678901234567890', 'True'])('%s', (written) => {
    const [said = ''] = saidOf(`stages: { dev: { variables: { size: ${written} } } }`);
    expect(said).toContain(`runbook.yaml:1:31 stages.dev.variables.size: ${written} would become `);
    expect(said).toContain(`Put it in quotes: "${written}"`);
    expect(saidOf(`stages: { dev: { variables: { size: "${written}" } } }`)).toEqual([]);
  });

  test('also behind an alias', () => {
    expect(saidOf('stages: { dev: { variables: &v { size: 1.0 } }, staging: { variables: *v } }')).toHaveLength(2);
  });
});

describe('YAML that is hostile or not what it seems is refused', () => {
  test.for<[what: string, source: string, said: string]>([
    ['not YAML', 'stages: {\n', 'runbook.yaml:2:1 Flow map in block collection must be sufficiently indented and end with a }'],
    ['two documents', 'stages: {}\n---\nstages: {}\n', 'Source contains multiple documents'],
    ['a tag', 'stages: !!js/function x', 'runbook.yaml:1:9 Unresolved tag: tag:yaml.org,2002:js/function'],
    ['an alias without an anchor', 'stages: *lost', 'runbook.yaml:1:9 *lost: there is no anchor &lost.'],
  ])('%s', ([, source, said]) => expect(saidOf(source).join('\n')).toContain(said));

  test('aliases of aliases that stand for gigabytes', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 10; level++)
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    expect(saidOf(lines.join('\n'))).toEqual([
      'runbook.yaml: The aliases cannot be followed: Excessive alias count indicates a resource exhaustion attack.',
    ]);
  });

  test('an anchor that holds itself', () => {
    expect(saidOf('stages: &s { dev: *s }')[0]).toContain('stages.dev.dev: unknown key.');
  });
});
