/** What shell blocks do that no run can make safe, told from the words that a shell reads. */

import type { Command, SyntaxNode, Word } from 'unbash';
import type { Rule } from './rule.ts';
import { commandsIn, nodesOf, programOf, type Shell, shellBlocks, shellFences, treeOf, wordsOf } from './shell-commands.ts';

/** A program from the network that is run as it comes. */
export const pipedToShell: Rule = {
  id: 'piped-to-shell',
  severity: 'error',
  scope: 'text',
  check: (read) =>
    shellFences(read).flatMap((shell) =>
      unreadPrograms(shell).map((node) => ({
        at: shell.spanOf(node),
        words: [
          'This runs whatever the network sends, and half of it when the connection breaks.',
          'Download it to a file, compare its checksum with one that is written here, and run the file.',
        ],
      })),
    ),
};

function unreadPrograms(shell: Shell): readonly SyntaxNode[] {
  return nodesOf(treeOf(shell)).filter((node) => {
    if (node.type === 'Command') return texts(node).some(downloads);
    if (node.type !== 'Pipeline') return false;
    const from = node.commands.findIndex(downloads);
    return from !== -1 && node.commands.slice(from + 1).some((one) => one.type === 'Command' && readsProgram(wordsOf(one)));
  });
}

function downloads(node: SyntaxNode): boolean {
  return commandsIn(node).some((command) => /^(?:curl|wget)$/.test(programOf(wordsOf(command))));
}

const shells = /^(?:ba|da|k|z)?sh$/;

/** True for a shell or another language without a program of its own: it takes the one that it is given on standard input. */
function readsProgram(words: readonly Word[]): boolean {
  const args = words.slice(1).map(({ value }) => value);
  if (!shells.test(programOf(words))) return /^(?:python[\d.]*|perl|ruby|node)$/.test(programOf(words)) && args.every((arg) => arg === '-');
  const operands = args.includes('-s') ? args.slice(0, args.indexOf('-s')) : args;
  return operands.every((arg) => /^-(?!\w*c)/.test(arg));
}

/** The parts of a command that it runs as a program. */
function texts(command: Command): readonly SyntaxNode[] {
  const words = wordsOf(command);
  const name = programOf(words);
  if (name === 'eval') return words.slice(1);
  if (!shells.test(name) && name !== 'source' && name !== '.') return [];
  if (readsProgram(words)) return command.redirects;
  return words
    .slice(1)
    .filter(({ value }) => !value.startsWith('-'))
    .slice(0, 1);
}

/** A secret that a shell block fetches: the engine does not know it, so nothing but its shape could keep it out of the record. */
export const secretFetched: Rule = {
  id: 'secret-fetched',
  severity: 'warning',
  scope: 'frame',
  check: (read) =>
    shellBlocks(read)
      .filter(({ aws }) => !aws)
      .flatMap((shell) =>
        commandsIn(treeOf(shell))
          .filter(fetchesSecret)
          .map((command) => ({
            at: shell.spanOf(command),
            words: [
              'This fetches a secret, and the engine cannot cover what it does not know.',
              'Make it an input of kind secret, or the database secret of the stage in runbook.yaml: blocks get both in their environment.',
            ],
          })),
      ),
};

/** True unless nobody sees the secret: its output is thrown away, or it is asked for something else, such as its version. */
function fetchesSecret(command: Command): boolean {
  const words = plainly(wordsOf(command));
  const discarded = command.redirects.some(
    (redirect) =>
      redirect.type === 'Redirect' &&
      /^(?:&>|>)/.test(redirect.operator) &&
      redirect.descriptor === undefined &&
      redirect.target?.value === '/dev/null',
  );
  return (
    fetches.test(words) &&
    !discarded &&
    !/^aws secretsmanager get-secret-value .*--query[ =](?:ARN|Name|VersionId|VersionStages|CreatedDate)(?: |$)/.test(words)
  );
}

/** How secrets are fetched, as words with one space between them and without options. */
const fetches =
  /^(?:aws secretsmanager (?:batch-)?get-secret-value|aws ssm get-parameters?(?:-by-path)? .*--with-decryption|aws rds generate-db-auth-token|vault (?:read|kv get)|op read|gcloud secrets versions access|az keyvault secret show|aws sts (?:assume-role[a-z-]*|get-session-token|get-federation-token)|kubectl (?:.* )?get secrets? .*(?:-o|--output)\S*)(?: |$)/;

/** Two changes of AWS in one block: after a failure of the second, a retry repeats the first. */
export const severalChanges: Rule = {
  id: 'several-changes',
  severity: 'warning',
  scope: 'frame',
  check: (read) =>
    shellBlocks(read).flatMap((shell) => {
      const [first, second] = commandsIn(treeOf(shell)).filter((command) => changesAws(plainly(wordsOf(command))));
      if (first === undefined || second === undefined) return [];
      return [
        {
          at: shell.spanOf(second),
          words: [
            `The step ${shell.step.id} sends AWS a second change in one block: when it fails, a retry sends the first one again.`,
            'Make it a step of its own.',
          ],
        },
      ];
    }),
};

/** True for `aws`, a service and an operation that does not only read, by the names that AWS gives to those that do. */
function changesAws(words: string): boolean {
  const [, service = '', operation = ''] = /^aws ([a-z][a-z0-9-]*) ([a-z][a-z0-9-]*)/.exec(words) ?? [];
  if (service === '' || /^(?:configure|sts|sso|login|logout|help)$/.test(service)) return false;
  if (/ --(?:dry-run|dryrun|generate-cli-skeleton)(?: |$)/.test(words)) return false;
  return !/^(?:(?:describe|list|get|batch-get|head|wait|lookup|search|select|scan|query|filter|check|validate|estimate|simulate|test|tail)(?:-|$)|ls$|presign$|help$|generate-db-auth-token$)/.test(
    operation,
  );
}

/** Words with one space between them. What `aws` is told before its service, such as `--profile lego`, is left out. */
function plainly(words: readonly Word[]): string {
  const text = [programOf(words), ...words.slice(1).map(({ value }) => value)].join(' ');
  return text.replace(/^aws (?:--(?:no-[a-z-]+|debug|[a-z-]+=\S*|[a-z-]+ \S+) )+/, 'aws ');
}
