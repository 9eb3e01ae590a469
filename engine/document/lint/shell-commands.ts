/** The commands of shell blocks and their places: a shell parser's tree, with what stands in substitutions. */

import { type Command, forEachChild, parse, type SyntaxNode, type Word } from 'unbash';
import { blocksOf } from '../../core/block.ts';
import type { Step } from '../../core/plan.ts';
import type { Span } from '../collector.ts';
import type { DocumentRead } from '../document-read.ts';
import { fenceOf, spanInBody } from '../fence.ts';
import { visit } from '../visit.ts';

/** A piece of shell, and where its parts stand. */
export type Shell = {
  readonly source: string;
  /** The place of a node; of one that goes over several lines its first. */
  readonly spanOf: (node: { readonly pos: number; readonly end: number }) => Span;
};

/** A shell block that an attempt of a step could run. */
export type ShellBlock = Shell & { readonly step: Step; readonly aws: boolean };

/** The shell blocks that a run starts. */
export function shellBlocks({ document, lines }: DocumentRead): readonly ShellBlock[] {
  return blocksOf(document)
    .filter(({ block }) => shells.has(block.language))
    .map(({ step, block }) => ({ ...shellOf(lines, block.source, block.place.line), step, aws: block.flags.includes('aws') }));
}

/** Every fence that holds shell, also those that never run: a reader pastes them. */
export function shellFences({ root, text, lines }: DocumentRead): readonly Shell[] {
  const found: Shell[] = [];
  visit(root, 'code', (node) => {
    const fence = fenceOf(node, text);
    if (fence !== undefined && shells.has(node.lang ?? '')) found.push(shellOf(lines, fence.body, fence.bodyLine));
  });
  return found;
}

const shells: ReadonlySet<string> = new Set(['bash', 'sh']);

function shellOf(lines: readonly string[], source: string, bodyLine: number): Shell {
  return {
    source,
    spanOf: ({ pos, end }) => {
      const [first = ''] = source.slice(pos, end).split('\n', 1);
      return spanInBody(lines, { body: source, bodyLine }, { start: pos, length: first.length });
    },
  };
}

/** The whole of some shell text. What cannot be read is left out: its syntax is another rule's. */
export function treeOf({ source }: Shell): SyntaxNode {
  return parse(source);
}

/** A node and all below it, outer ones first. Not by recursion: the depth is the author's. */
export function nodesOf(root: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    found.push(node);
    const children: SyntaxNode[] = [];
    forEachChild(node, (child) => void children.push(child));
    open.push(...children.toReversed());
  }
  return found;
}

/** The plain commands below a node, in the order of the text. */
export function commandsIn(root: SyntaxNode): readonly Command[] {
  return nodesOf(root).filter((node) => node.type === 'Command');
}

/** The words of a command, behind those that only decide how it is started: `sudo -E sh` and `timeout 5s sh` are `sh`. */
export function wordsOf({ name, args }: Command): readonly Word[] {
  const words = [name, ...args].filter((word) => word?.type === 'Word');
  let at = 0;
  while (starters.has(programOf(words.slice(at)))) {
    at += 1;
    while (/^-|=|^\d+[smhd]?$/.test(words[at]?.value ?? '')) at += 1;
  }
  return words.slice(at);
}

const starters: ReadonlySet<string> = new Set(['sudo', 'env', 'command', 'exec', 'nohup', 'time', 'timeout', 'nice']);

/** The program that some words start, without its folder; empty when there are none. */
export function programOf([first]: readonly Word[]): string {
  return first === undefined ? '' : first.value.replace(/^.*\//, '');
}
