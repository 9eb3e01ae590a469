/** The examples in the help of each command, by its name; '' is `runbook` itself. */

export const examples: Readonly<Record<string, readonly string[]>> = {
  '': ['runbook run database-operations --stage local --all', 'runbook plan database-operations#run-migrations --stage production', 'runbook resume'],
  run: [
    'runbook run database-operations#run-migrations --stage staging',
    'runbook run database-operations --stage local --all --yes',
    'runbook run empty-cache --stage production --plan plan.json --ticket OPS-7',
  ],
  plan: [
    'runbook plan database-operations#run-migrations --stage production',
    'runbook plan empty-cache --stage staging -o plan.json',
    'runbook plan empty-cache --stage staging --format mermaid',
  ],
  'to-sh': ['runbook to-sh empty-cache --stage production -o empty-cache.sh', 'runbook to-sh empty-cache --stage staging --checklist'],
  resume: ['runbook resume', 'runbook resume 7f3k --plain'],
  runs: ['runbook runs --stage production', 'runbook runs --unfinished --json'],
  list: ['runbook list', 'runbook list --json'],
  show: [
    'runbook show database-operations',
    'runbook show database-operations#run-migrations --outline',
    'runbook show database-operations --iam --stage production',
  ],
  schema: ['runbook schema > runbook.schema.json', 'runbook schema report', 'runbook schema plan > plan.schema.json'],
  new: ['runbook new runbook restart-the-workers', 'runbook new playbook workers-failure'],
  init: ['runbook init', 'runbook init docs/operations --yes', 'runbook init --content first --workflow --pre-commit --yes'],
  note: ['runbook note 7f3k "Paged the on-call of the API, they see no errors."', 'kubectl get pods | runbook note 7f3k -'],
  report: ['runbook report 7f3k', 'runbook report 7f3k -o report.html'],
  verify: ['runbook verify 7f3k', 'runbook verify bundle.zip --head 9f2c4e'],
  attach: ['runbook attach 7f3k --to github:example/lego-api#42', 'runbook attach 7f3k --to jira:OPS-1234 --yes'],
  lint: ['runbook lint', 'runbook lint runbooks/database-operations.md --format json'],
  doctor: ['runbook doctor', 'runbook doctor --stage production'],
  sandbox: ['runbook sandbox status', 'runbook sandbox fault lock-held on --table bricks', 'runbook sandbox reset'],
  completion: ['eval "$(runbook completion bash)"', 'runbook completion fish > ~/.config/fish/completions/runbook.fish'],
};
