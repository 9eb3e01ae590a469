/** Values of inputs: given on the command line, asked for, and secrets that only memory keeps. */

import { decide } from '../core/decide.ts';
import type { Answer, Question } from '../core/need.ts';
import { checkInput } from '../document/input.ts';
import { Fault } from '../fault.ts';
import { sha256 } from './approved.ts';
import { seal } from './secrets.ts';
import { ask, type Driven, record, type Setup } from './setup.ts';

/** Asks for an input until its value is allowed. Secrets go to memory, and only their salted hash into the record. */
export async function giveInput(setup: Setup, now: Driven, asked: Extract<Question, { kind: 'input' }>): Promise<Driven> {
  const { name, allowed } = asked.input;
  const { secrets } = setup.workshop;
  const given = setup.given.get(name);
  for (let refused: string | undefined; ; ) {
    const first = refused === undefined && given !== undefined;
    const answer: Answer = first ? { kind: 'value', ...given } : await ask(setup, now, asked, refused === undefined ? {} : { refused });
    if (answer.kind === 'value') {
      refused = checkInput(asked.input, answer.text);
      if (refused !== undefined && first)
        throw new Fault('usage', `${name} from ${given.from}: ${refused}`, {
          hint: `Allowed values of ${name} stand in the Inputs table of ${asked.input.place.path}:${asked.input.place.line}.`,
        });
      if (refused !== undefined) continue;
      if (allowed.kind === 'secret') {
        secrets.set(name, answer.text);
        return record(setup, now, [{ type: 'value-given', name, from: answer.from, secret: seal(answer.text) }], true);
      }
    }
    const decision = decide(now.run, now.plan, asked, answer, sha256);
    if ('facts' in decision) return record(setup, now, decision.facts, true);
    refused = decision.refused;
  }
}

/** Secrets that were typed live in memory only: a resumed run asks for them again, and checks them, before it shows any more output. */
export async function recallSecrets(setup: Setup, now: Driven): Promise<void> {
  const { secrets } = setup.workshop;
  for (const [name, sealed] of Object.entries(now.run.secrets)) {
    const input = Object.values(now.plan.documents)
      .flatMap((document) => document.inputs)
      .find((candidate) => candidate.name === name);
    if (input === undefined) continue;
    const asked: Question = { kind: 'input', frame: 0, input, usedBy: [] };
    let given = setup.given.get(name);
    for (let refused: string | undefined; secrets.get(name) === undefined; given = undefined) {
      const answer: Answer =
        given === undefined ? await ask(setup, now, asked, refused === undefined ? {} : { refused }) : { kind: 'value', ...given };
      if (answer.kind !== 'value')
        throw new Fault('unconfirmed', `The secret ${name} is needed again to go on.`, {
          hint: `Set ${name.toUpperCase()} in the environment, or use --secret-file ${name}=path.`,
        });
      if (seal(answer.text, sealed.salt).sha256 === sealed.sha256) secrets.set(name, answer.text);
      else refused = `This is not the value that ${name} had when the run started.`;
    }
  }
}
