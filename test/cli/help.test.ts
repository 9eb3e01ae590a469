import { expect, test } from 'vitest';
import { completionScripts } from '../../engine/commands/completion-scripts.ts';
import { examples } from '../../engine/commands/examples.ts';
import { idleGrammar, wrongLine } from '../helpers/grammar.ts';

const program = idleGrammar();
const visible = program.createHelp().visibleCommands(program);

test('each command has examples in its help, and each example can be typed', () => {
  for (const command of visible.filter((known) => known.name() !== 'help')) {
    const lines = examples[command.name()] ?? [];
    expect(lines.length, `runbook ${command.name()} has no example in engine/commands/examples.ts`).toBeGreaterThan(0);
    for (const line of lines) expect(line).toContain(`runbook ${command.name()}`);
  }
  for (const [name, lines] of Object.entries(examples))
    for (const line of lines) expect(wrongLine(line), `example of "${name}": ${line}`).toBeUndefined();
});

test('an example with a mistake is told', () => {
  expect(wrongLine('runbook run tidy --stag dev')).toContain("unknown option '--stag'");
  expect(wrongLine('runbook rnu tidy --stage dev')).toContain("unknown command 'rnu'");
  expect(wrongLine('runbook run tidy')).toContain("required option '-s, --stage <stage>'");
  expect(wrongLine('runbook lint --format jsn')).toContain('json');
});

test('help is at most 80 columns wide, and all of it but that of commands that take a selection fits on a screen', () => {
  for (const command of [program, ...visible]) {
    let text = '';
    command.configureOutput({
      writeOut: (more) => {
        text += more;
      },
    });
    command.outputHelp();
    const lines = text.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length)), text).toBeLessThanOrEqual(80);
    // The options of a run are in groups; the list of all commands has one line for each of them.
    if (!['run', 'plan', 'to-sh', 'resume', 'runbook'].includes(command.name())) expect(lines.length, text).toBeLessThanOrEqual(24);
    if (command.name() === 'run') expect(text).toMatch(/What runs:.*Answers:.*Record:.*Screen:/s);
  }
});

test('completion has a script for each shell that it names', () => {
  const [shell] = visible.find((command) => command.name() === 'completion')?.registeredArguments ?? [];
  expect(shell?.argChoices).toEqual(Object.keys(completionScripts));
});
