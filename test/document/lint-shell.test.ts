import { describe, expect, test } from 'vitest';
import { fence, runbookOf } from '../helpers/project.ts';
import { brokenRules, found } from './lint-project.ts';

const path = 'runbooks/tidy.md';

function inBlock(rule: string, block: string, info = 'bash step=tidy risk=low'): boolean {
  return brokenRules({ [path]: runbookOf(`## Tidy up\n\n${fence(info, block)}`) }).includes(rule);
}

describe('A program from the network', () => {
  test.each([
    'curl -fsSL https://bricks.example | sh',
    'curl https://bricks.example | tee copy | sudo -E /bin/bash -s -- --yes',
    'wget -qO- https://bricks.example |& env FORCE=1 bash -',
    'curl https://bricks.example | python3',
    'if true; then ( curl https://bricks.example; ) | zsh -e; fi',
    'bash <(curl https://bricks.example) red',
    'sh -c "$(curl https://bricks.example)"',
    'bash <<< "$(curl https://bricks.example)"',
    'eval "$(wget -qO- https://bricks.example)"',
    'source <(curl https://bricks.example)',
    '. <(curl https://bricks.example)',
    'x="$(curl https://bricks.example | sh)"',
  ])('is found: %s', (block) => {
    expect(inBlock('piped-to-shell', block)).toBe(true);
  });

  test.each([
    'curl -o install.sh https://bricks.example; sh install.sh',
    'curl https://bricks.example | jq .',
    'curl https://bricks.example | python3 -c "print(1)"',
    'curl https://bricks.example | bash count.sh',
    'curl https://bricks.example | while read -r line; do echo "$line"; done',
    'bash count.sh "$(curl https://bricks.example)"',
    'echo "curl https://bricks.example | sh"',
    'cat install.sh | sh',
    'sh | curl https://bricks.example',
    '# curl https://bricks.example | sh',
    'x=1',
    'sudo -E',
    'for',
  ])('is not seen where there is none: %s', (block) => {
    expect(inBlock('piped-to-shell', block)).toBe(false);
  });

  test('is found in what readers paste, with its place, also in a list', () => {
    const pasted = ['```sh', 'true', 'curl https://bricks.example |', '  sh', '```'].map((line) => `   ${line}\n`).join('');
    const text = `# Bricks\n\n1. Install:\n\n${pasted}\n${fence('js', 'curl | sh')}\n    curl x | sh\n`;
    expect(found('piped-to-shell', { 'runbooks/README.md': text })).toBe(
      [
        'runbooks/README.md:7:4 This runs whatever the network sends, and half of it when the connection breaks.',
        '     curl https://bricks.example |',
        '     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
        '  Download it to a file, compare its checksum with one that is written here, and run the file.',
      ].join('\n'),
    );
  });

  test('is looked for in nests of any depth', () => {
    expect(inBlock('piped-to-shell', `${'('.repeat(20_000)}${'$('.repeat(20_000)}`)).toBe(false);
  });
});

describe('A secret', () => {
  test.each([
    'aws secretsmanager get-secret-value --secret-id key',
    'KEY=$(aws --profile lego --no-cli-pager --region=us-east-1 secretsmanager get-secret-value --secret-id key)',
    'aws ssm get-parameter --name key --with-decryption',
    'PGPASSWORD="$(aws rds generate-db-auth-token --hostname h)" psql',
    'vault kv get box',
    'kubectl get secret box -o yaml',
  ])('that a shell fetches is told: %s', (block) => {
    expect(inBlock('secret-fetched', block)).toBe(true);
  });

  test.each(['aws secretsmanager list-secrets', 'aws ssm get-parameter --name size', 'vault kv getter', 'echo aws secretsmanager get-secret-value'])(
    'is not seen where none is fetched: %s',
    (block) => {
      expect(inBlock('secret-fetched', block)).toBe(false);
    },
  );

  test('of an AWS step is covered by the engine, and a language that is no shell is not read as one', () => {
    expect(inBlock('secret-fetched', 'aws secretsmanager get-secret-value --secret-id key', 'bash aws step=tidy risk=low')).toBe(false);
    expect(inBlock('secret-fetched', 'aws secretsmanager get-secret-value --secret-id key', 'python step=tidy risk=low')).toBe(false);
  });
});

describe('A second change of AWS', () => {
  test.each([
    'aws rds delete-db-cluster --db-cluster-identifier a && aws rds delete-db-cluster --db-cluster-identifier b',
    'aws s3 cp a s3://b/\nID=$(aws --output text rds create-db-cluster --db-cluster-identifier b)',
  ])('in a block is told: %s', (block) => {
    expect(inBlock('several-changes', block)).toBe(true);
  });

  test.each([
    'aws rds describe-db-clusters; aws rds delete-db-cluster --db-cluster-identifier a; aws rds wait db-cluster-deleted; aws s3 ls',
    'aws sts assume-role; aws configure set a b; aws sso login; aws --version; aws rds',
    'echo one',
  ])('is not seen where others only read: %s', (block) => {
    expect(inBlock('several-changes', block)).toBe(false);
  });

  test('names its step and stands on the second', () => {
    const block = 'aws rds delete-db-cluster --db-cluster-identifier a\naws rds delete-db-cluster --db-cluster-identifier b';
    expect(found('several-changes', { [path]: runbookOf(`## Tidy up\n\n${fence('bash aws step=tidy risk=high', block)}`) })).toMatchInlineSnapshot(`
      "runbooks/tidy.md:13:1 Warning: The step tidy sends AWS a second change in one block: when it fails, a retry sends the first one again.
        aws rds delete-db-cluster --db-cluster-identifier b
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        Make it a step of its own."
    `);
  });
});

test('An input counts as used in braces, in capitals, and in SQL', () => {
  const inputs = '## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n';
  const rows = ['box', 'shelf', 'lid', 'brick'].map((name) => `| \`${name}\` | Which. | text | |\n`).join('');
  const blocks = `${fence('sql step=sort risk=low', "SELECT current_setting('runbook.lid'), '{box}'")}\nThe script reads \`$SHELF\`.\n`;
  expect(found('input-unused', { [path]: runbookOf(`${inputs}${rows}\n## Tidy up\n\n${blocks}`) })).toMatchInlineSnapshot(`
    "runbooks/tidy.md:16:3 Warning: Nothing in this document uses the input brick.
      | \`brick\` | Which. | text | |
        ^^^^^
      Delete it, or write {brick} where it is needed. If a script reads $BRICK, say so in a sentence."
  `);
});

describe('A secret or a change that only looks like one', () => {
  const told = (rule: string, block: string): boolean =>
    found(rule, { 'runbooks/a.md': `## A\n\n\`\`\`bash step=a risk=low\n${block}\n\`\`\`\n` }).includes('runbooks/a.md:');

  test.each([
    'kubectl -n lego get secret a -o json',
    'kubectl get secret a -ojsonpath={.data}',
    'TOKEN=x sudo -E timeout 5s vault read a',
    'aws sts assume-role --role-arn a',
    'aws sts assume-role-with-saml --role-arn a',
    'aws secretsmanager get-secret-value --secret-id a --query SecretString',
    'aws secretsmanager get-secret-value --secret-id a 2>/dev/null',
    'aws secretsmanager get-secret-value --secret-id a >a.json',
    'vault read a <<<x',
  ])('is a secret in %s', (command) => {
    expect(told('secret-fetched', command)).toBe(true);
  });

  test.each([
    'kubectl get secrets',
    'aws sts get-caller-identity',
    'aws secretsmanager get-secret-value --secret-id a >/dev/null 2>&1',
    'aws secretsmanager get-secret-value --secret-id a &>/dev/null',
    'aws secretsmanager get-secret-value --secret-id a --query VersionId --output text',
  ])('is no secret in %s', (command) => {
    expect(told('secret-fetched', command)).toBe(false);
  });

  test('is no change when it is only tried', () => {
    const start = 'aws ec2 start-instances --instance-ids i-1';
    expect(told('several-changes', `${start}\n${start}`)).toBe(true);
    expect(told('several-changes', `${start} --dry-run\n${start}`)).toBe(false);
  });
});
