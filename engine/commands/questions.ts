/** Questions of a command that runs nothing: a word or a letter, and Enter takes what stands in brackets. */

import { createInterface } from 'node:readline/promises';
import { escapeText } from '../core/escape.ts';
import { Fault } from '../fault.ts';
import type { Io } from './io.ts';

/** Asks a person. */
export type Questions = {
  /** A line; the usual answer where nothing was typed. */
  text(question: string, usual: string): Promise<string>;
  yes(question: string, usual: boolean): Promise<boolean>;
  /** One of some keys, each with what it means; asked again until it is one of them. */
  choice<Key extends string>(question: string, keys: Readonly<Record<Key, string>>, usual: NoInfer<Key>): Promise<Key>;
  say(text: string): void;
  close(): void;
};

/**
 * Opens the terminal for questions.
 * @param unanswered what is said, as a Fault `unconfirmed`, when the terminal is closed or Ctrl+C is pressed at a question.
 */
export function openQuestions(io: Io, unanswered: string): Questions {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  const over = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  const say = (text: string): void => void io.stderr.write(`${escapeText(text, { colour: false, newlines: true })}\n`);
  const ask = async (question: string): Promise<string> => {
    const answer = await Promise.race([lines.question(`${escapeText(question, { colour: false })} `), over]);
    if (answer === undefined) throw new Fault('unconfirmed', `\n${unanswered}`);
    return answer.trim();
  };
  return {
    say,
    text: async (question, usual) => (await ask(`${question} [${usual}]`)) || usual,
    async yes(question, usual) {
      for (;;) {
        const answer = (await ask(`${question} ${usual ? 'Y/n' : 'y/N'}`)).toLowerCase();
        if (answer === '') return usual;
        if (/^(y|yes|n|no)$/.test(answer)) return answer.startsWith('y');
        say('Type y or n.');
      }
    },
    async choice(question, keys, usual) {
      const names = Object.keys(keys);
      const width = Math.max(...names.map((name) => name.length));
      for (;;) {
        say([question, ...Object.entries(keys).map(([key, meaning]) => `  ${key.padEnd(width)}  ${meaning}`)].join('\n'));
        const answer = (await ask(`[${usual}]`)) || usual;
        if (isOf(answer, keys)) return answer;
        say(`Type one of ${names.join(', ')}.`);
      }
    },
    close: () => lines.close(),
  };
}

function isOf<Key extends string>(answer: string, keys: Readonly<Record<Key, string>>): answer is Key {
  return Object.hasOwn(keys, answer);
}
