import { describe, expect, test } from 'vitest';
import { checkAwsBlock } from '../../../engine/kernels/aws/check.ts';
import { serviceNames } from '../../../engine/kernels/aws/clients.ts';
import { effectOf } from '../../../engine/kernels/aws/effect.ts';
import { readCalls } from '../../../engine/kernels/aws/read.ts';
import { loadService } from '../../../engine/kernels/aws/service.ts';

const declared = new Set(['stage', 'run', 'acu', 'snapshot']);
const check = (block: string, risk: 'low' | 'medium' | 'high' = 'high') => checkAwsBlock(block, { risk, declared });

/** The problems of a block, each as `line:column+length rule: message hint`. */
async function problems(block: string, risk: 'low' | 'medium' | 'high' = 'high'): Promise<string[]> {
  const found = await check(block, risk);
  return found.problems.map(({ line, column, length, rule, message, hint }) =>
    `${line}:${column}+${length} ${rule}: ${message} ${hint ?? ''}`.trim(),
  );
}

describe('a slip in a command is told with its place and what was meant', () => {
  test.each([
    ['ls -l', /^1:1\+2 aws-command: A block with the flag `aws` holds only aws commands, and this is "ls"/],
    ['aws', /^1:1\+3 aws-command: A service is expected after "aws"/],
    ['aws rdss describe-db-clusters', /^1:5\+4 aws-command: "rdss" is not a service .* Did you mean "rds"\?/],
    ['aws ec2 describe-instances', /^1:5\+3 aws-command: .*plain shell block uses the AWS CLI/],
    ['aws {stage} describe-db-clusters', /"\{stage\}" is not a service/],
    ['aws rds', /A command is expected after "aws rds"/],
    ['aws rds describe-db-cluster', /^1:9\+19 aws-command: .*Did you mean "describe-db-clusters"\?/],
    ['aws rds wait', /A state to wait for is expected after "aws rds wait"/],
    ['aws rds wait db-cluster-avaliable', /Did you mean "db-cluster-available"\?/],
    ['aws sts wait x', /"wait" is not a command of "aws sts"/],
    ['aws rds modify-option-group', /splits it into add-option-to-option-group/],
    ['aws rds generate-db-auth-token --hostname h --port 1 --username u', /prints a password/],
    ['aws sts assume-role --role-arn a --role-session-name b', /hands out credentials, and the stage decides who acts/],
    ['aws sts get-session-token', /hands out credentials/],
    ['aws rds describe-db-clusters lego-api-staging', /^1:30\+16 aws-command: An option is expected here, and "lego-api-staging" found/],
    ['aws rds --include-shared describe-db-clusters', /stands before the command that it belongs to|is not an option|is expected/],
  ])('%s', async (block, expected) => {
    expect((await problems(block)).join('\n')).toMatch(expected);
  });
});

describe('a slip in an option is told with its place and what was meant', () => {
  const describe_ = 'aws rds describe-db-clusters';
  const modify = 'aws rds modify-db-cluster --db-cluster-identifier lego-api-{stage}';
  test.each([
    [`${describe_} --db-cluster-identifer x`, /^1:30\+22 aws-parameter: .* Did you mean --db-cluster-identifier\?$/],
    [`${describe_} \\\n  --include-sharde`, /^2:3\+16 aws-parameter: .* Did you mean --include-shared\?$/],
    [`${describe_} --db-cluster-identifier`, /--db-cluster-identifier needs a value/],
    [`${describe_} --db-cluster-identifier a b`, /takes one value, and "b" follows it.*A value with spaces stands in quotes/],
    [`${describe_} --db-cluster-identifier a --db-cluster-identifier b`, /--db-cluster-identifier is given twice/],
    [`${modify} --apply-immediately --no-apply-immediately`, /--no-apply-immediately is given twice/],
    [`${modify} --apply-immediately true`, /takes no value. Write --apply-immediately or --no-apply-immediately/],
    [`${modify} --apply-immediately=true`, /takes no value/],
    ['aws rds create-db-cluster-snapshot --db-cluster-identifier x', /^1:1\+34 aws-parameter: .* needs --db-cluster-snapshot-identifier\./],
    [`${modify} --backup-retention-period seven`, /BackupRetentionPeriod takes a number, and "seven" is none/],
    [`${modify} --serverless-v2-scaling-configuration MinCapacty=1`, /has no member "MinCapacty". Did you mean MinCapacity\?/],
    [`${modify} --serverless-v2-scaling-configuration MinCapacity=a`, /ServerlessV2ScalingConfiguration.MinCapacity takes a number, and "a" is none/],
    [`${modify} --serverless-v2-scaling-configuration MinCapacity=1,MinCapacity=2`, /MinCapacity is given twice/],
    [`${modify} --serverless-v2-scaling-configuration 4`, /not shorthand.*Shorthand is MinCapacity=…,MaxCapacity=…; or write JSON/],
    [`${modify} --serverless-v2-scaling-configuration ''`, /The value is empty/],
    [`${modify} --serverless-v2-scaling-configuration '{"MinCapacity":"1"}'`, /MinCapacity takes a number/],
    [`${modify} --serverless-v2-scaling-configuration '{"MinCapacity":'`, /is not JSON/],
    [`${modify} --vpc-security-group-ids '{"a":1}' `, /^$/],
    [`${modify} --vpc-security-group-ids '[1]' `, /VpcSecurityGroupIds\[0\] takes a text in quotes/],
    ['aws rds add-tags-to-resource --resource-name a --tags app', /Tags is not shorthand/],
    ['aws rds describe-db-clusters --filters Name=engine', /Filters needs the member Values/],
    ['aws rds describe-events --start-time 2026-11-22', /takes a time with its zone.*2026-11-22T00:00:00Z/],
    ['aws rds describe-events --start-time 2026-11-22T10:00:00', /takes a time with its zone.*2026-11-22T10:00:00Z/],
    ['aws rds describe-events --start-time 2026-02-31T10:00:00Z', /takes a time that exists/],
    ['aws rds describe-events --start-time yesterday', /takes a time, and "yesterday" is none/],
    ['aws secretsmanager put-secret-value --secret-id s --secret-binary aGk=', /--cli-binary-format base64/],
    ['aws secretsmanager put-secret-value --secret-id s --secret-string file://new.json', /finds at file:\/\/… in place of this value.*"\$NAME"/],
    ['aws sns publish --message https://x.example/ --topic-arn a', /finds at https:/],
    ['aws sns create-topic --name t --attributes DisplayName@=file://x', /reads a file.*Files are not read/],
    [
      'aws rds copy-db-cluster-snapshot --source-db-cluster-snapshot-identifier a --target-db-cluster-snapshot-identifier b --source-region x',
      /Leave it out/,
    ],
    [`${describe_} --region us-east-1`, /--region is not for a block: the stage decides who acts, and where/],
    [
      `${describe_} --profile p --endpoint-url http://x --no-verify-ssl --debug`,
      /--profile[\s\S]*--endpoint-url[\s\S]*--no-verify-ssl[\s\S]*--debug/,
    ],
    [`${describe_} --cli-input-json file://x`, /the parameters of a call stand in the block/],
    [`${describe_} --output yaml`, /--output takes json, text, table, and "yaml" is none/],
    [`${describe_} --query 'DBClusters[0'`, /aws-query: --query is not a JMESPath expression/],
    [`${describe_} --query`, /--query needs a value/],
    [`${describe_} --max-items 0`, /--max-items takes a whole number from 1, and "0" is none/],
    [`${describe_} --no-paginate --max-items 5`, /has no meaning where the pages are not fetched/],
    [`${describe_} --max-records 20 --page-size 20`, /has no meaning where the pages are not fetched/],
    ['aws rds wait db-cluster-available --max-items 5', /is not for a wait/],
    ['aws sts get-caller-identity --max-items 5', /has no option --max-items. It takes no parameters/],
    [`${describe_} -x`, /"-x" is not an option/],
    [`${describe_} --db-cluster-identifier -x`, /--name=value/],
    ['aws cloudwatch put-metric-data --namespace n --metric-name a --metric-data MetricName=a', /exclude each other/],
    ['aws cloudwatch put-metric-data --namespace n --metric-name a --dimensions x', /takes pairs such as/],
  ])('%s', async (block, expected) => {
    expect((await problems(block)).join('\n')).toMatch(expected);
  });
});

describe('what a step may do', () => {
  const change = 'aws rds reboot-db-instance --db-instance-identifier a';
  const read = 'aws rds describe-db-clusters';
  const wait = 'aws rds wait db-instance-available --db-instance-identifier a';

  test('risk=low only reads and waits; a block of more risk may only read, too', async () => {
    expect(await problems(`${read}\n${wait}`, 'low')).toEqual([]);
    expect(await problems(read, 'high')).toEqual([]);
    expect(await problems(`${read}\n  ${change}`, 'low')).toEqual([
      '2:3+53 aws-risk: "aws rds reboot-db-instance" changes something, and a step with risk=low only reads. Give the step risk=medium or risk=high, and a timeout. A check or a dry run only reads, whatever the risk.',
    ]);
  });

  test('a block makes one change, and waits for it in a step of its own', async () => {
    expect(await problems(`${read}\n${change}`)).toEqual([]);
    expect(await problems(`${change}; ${change}`)).toEqual([
      '1:56+53 aws-steps: A block makes at most one call that changes something. Make it a step of its own.',
    ]);
    expect((await problems(`${change}\n${wait}`)).join()).toMatch(/^2:1\+\d+ aws-steps: A wait does not stand/);
  });

  test('every operation of every service has an effect, and those that read are named as such', async () => {
    const all = await Promise.all(
      serviceNames.map(async (name) => Array.from(new Set((await loadService(name))?.commands.values()), (operation) => [name, operation] as const)),
    );
    const effects = Object.groupBy(
      all.flat().map(([name, operation]) => ({ effect: effectOf(name, operation), name: `${name}.${operation}` })),
      ({ effect }) => effect,
    );
    const named = (effect: 'reads' | 'changes'): readonly string[] => effects[effect]?.map(({ name }) => name) ?? [];
    expect(effects['gives-credentials']?.length).toBe(8);
    expect(
      named('reads')
        .filter((name) => !/\.(Describe|Get|List)/.test(name))
        .toSorted(),
    ).toMatchInlineSnapshot(`
      [
        "rds.DownloadDBLogFilePortion",
        "secretsmanager.BatchGetSecretValue",
        "secretsmanager.ValidateResourcePolicy",
        "sns.CheckIfPhoneNumberIsOptedOut",
        "sts.DecodeAuthorizationMessage",
      ]
    `);
    expect(named('changes').filter((name) => /\.(Describe|Get|List|Check|Validate|Download|Batch|Search|Query|Select)/.test(name))).toEqual([]);
  });
});

describe('values that are not known yet', () => {
  test('keep what is known around them', async () => {
    const { calls } = await check(
      'aws rds create-db-cluster-snapshot --db-cluster-identifier lego-api-{stage} --db-cluster-snapshot-identifier "$SNAP" --tags Key=s,Value={stage}',
    );
    expect(calls[0]?.input).toEqual({
      DBClusterIdentifier: { kind: 'later', parts: ['lego-api-', { name: 'stage' }] },
      DBClusterSnapshotIdentifier: { kind: 'later', parts: [{ name: 'SNAP' }] },
      Tags: [{ Key: 's', Value: { kind: 'later', parts: [{ name: 'stage' }] } }],
    });
  });

  test.each([
    'aws rds modify-db-cluster --db-cluster-identifier x --serverless-v2-scaling-configuration MinCapacity={acu},MaxCapacity=1{acu}',
    `aws rds modify-db-cluster --db-cluster-identifier x --serverless-v2-scaling-configuration '{"MinCapacity":{acu},"MaxCapacity":4}'`,
    'aws rds modify-db-cluster --db-cluster-identifier x --serverless-v2-scaling-configuration "$CAPACITY" --backup-retention-period {acu}',
    'aws rds add-tags-to-resource --resource-name "$ARN" --tags "$TAGS"',
    'aws rds describe-events --start-time "$START" --max-items {acu}',
    `aws rds describe-db-clusters --query "DBClusters[?Status=='{stage}'].{retention:BackupRetentionPeriod}[-{acu}:]"`,
    'aws rds describe-db-clusters --query "$QUERY"',
    'aws sns create-topic --name x --attributes {stage}={run}',
  ])('are taken where a value of any kind stands: %s', async (block) => {
    expect(await problems(block)).toEqual([]);
  });

  test('what is wrong around them is found all the same', async () => {
    expect(
      (
        await problems(
          'aws rds modify-db-cluster --db-cluster-identifier {stage} --serverless-v2-scaling-configuration MinCapacity={acu},MaxCapacty=4',
        )
      ).join(),
    ).toMatch(/Did you mean MaxCapacity/);
    expect((await problems('aws rds describe-db-clusters --query "DBClusters[{acu}"')).join()).toMatch(/aws-query/);
    expect((await problems('aws rds describe-db-clusters --query "a{acu}" --{stage} x')).join()).toMatch(/no option --\{stage\}/);
  });

  test('a {name} that is not declared is plain text, and a hash of JMESPath stays as it is', async () => {
    const { calls } = await check(
      "aws rds describe-db-clusters --db-cluster-identifier {other} --query 'DBClusters[0].{stage:Status,retention:BackupRetentionPeriod}'",
    );
    expect(calls[0]).toMatchObject({
      input: { DBClusterIdentifier: '{other}' },
      query: 'DBClusters[0].{stage:Status,retention:BackupRetentionPeriod}',
    });
  });
});

describe('when a step runs', () => {
  const block = 'aws secretsmanager put-secret-value --secret-id s --secret-string "$NEW"';

  test('the values of variables are sent as they are', async () => {
    const { calls, problems: found } = await readCalls(block, { env: { NEW: '{"password":"a b"}' } });
    expect(found).toEqual([]);
    expect(calls).toEqual([
      {
        service: 'secretsmanager',
        command: 'put-secret-value',
        operation: 'PutSecretValue',
        input: { SecretId: 's', SecretString: '{"password":"a b"}' },
        changes: true,
        output: 'json',
        paging: { paginate: false },
        line: 1,
        text: block,
      },
    ]);
  });

  test('a variable that is not set is a problem', async () => {
    expect((await readCalls(block, { env: {} })).problems[0]).toMatchObject({ rule: 'aws-variable', line: 1, column: 68, length: 4 });
  });

  test.each([
    ['aws secretsmanager put-secret-value --secret-id s --secret-string "$NEW"', 'file:///hunter2'],
    ['aws secretsmanager put-secret-value --secret-id s --secret-string "$NEW"', '-hunter2'],
    ['aws rds modify-db-cluster --db-cluster-identifier s --backup-retention-period "$NEW"', 'hunter2'],
    ['aws rds modify-db-cluster --db-cluster-identifier s --serverless-v2-scaling-configuration "$NEW"', '{"hunter2":'],
    ['aws rds modify-db-cluster --db-cluster-identifier s --serverless-v2-scaling-configuration "$NEW"', 'hunter2'],
    ['aws rds describe-db-clusters --query "$NEW"', '[hunter2'],
    ['aws rds describe-db-clusters --output "$NEW"', 'hunter2'],
    ['aws rds describe-db-clusters --max-items "$NEW"', 'hunter2'],
    ['aws rds describe-db-clusters --db-cluster-identifier a "$NEW"', 'hunter2'],
    ['aws rds describe-db-clusters "$NEW"', 'hunter2'],
    ['aws rds "$NEW"', 'hunter2'],
    ['aws "$NEW"', 'hunter2'],
    ['"$NEW" rds', 'hunter2'],
    ['aws rds describe-db-clusters "--$NEW" x', 'hunter2'],
    ['aws rds describe-db-clusters "--$NEW" "--$NEW"', 'hunter2'],
    ['aws rds add-tags-to-resource --resource-name a --tags "$NEW"', '{"hunter2":1}'],
    ['aws rds add-tags-to-resource --resource-name a --tags "Key=a,$NEW=b"', 'hunter2'],
  ])('no message repeats the value of a variable: %s', async (text, value) => {
    const { problems: found } = await readCalls(text, { env: { NEW: value } });
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  test('a variable never becomes an option', async () => {
    const text = 'aws rds delete-db-cluster --db-cluster-identifier "$NAME" "$MORE"';
    const { calls, problems: found } = await readCalls(text, { env: { NAME: 'a', MORE: '--skip-final-snapshot' } });
    expect([calls.length, found[0]?.message]).toEqual([0, 'The value of this variable begins with "-", and would be taken for an option.']);
  });
});
