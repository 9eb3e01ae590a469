/** The blocks that the kernel and the AWS CLI both run: those of the corpus, and those of documents. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Code, Node } from 'mdast';
import { fillIn } from '../../../engine/core/variables.ts';
import { fenceOf } from '../../../engine/document/fence.ts';
import { parseMarkdown } from '../../../engine/document/markdown.ts';

/** A block as it is run: every `{name}` is filled in, `"$NAME"` comes from `env`. */
export type Block = { readonly name: string; readonly text: string; readonly env: Readonly<Record<string, string>> };

const folder = fileURLToPath(new URL('corpus/', import.meta.url));
const setting = /^#(env|fill) (\w+)=(.*)$/;

/** All blocks of the corpus. A line `### name` begins one, `#env NAME="json"` sets a variable, `#fill name=value` fills in a `{name}`. */
export function corpus(): readonly Block[] {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => readFileSync(`${folder}${file}`, 'utf8').split(/^### /m).slice(1).map(blockOf));
}

function blockOf(section: string): Block {
  const [name = '', ...lines] = section.trimEnd().split('\n');
  const settings = lines.map((line) => setting.exec(line)).filter((found) => found !== null);
  const of = (kind: string): [string, string][] => settings.filter((found) => found[1] === kind).map(([, , key = '', value = '']) => [key, value]);
  const text = lines.filter((line) => !setting.test(line)).join('\n');
  const fills = new Map(of('fill'));
  const env = of('env').map(([key, json]): [string, string] => [key, String(JSON.parse(json))]);
  return { name, text: `${fillIn(text, (key) => fills.get(key))}\n`, env: Object.fromEntries(env) };
}

/** The blocks of a document with the flag `aws`, and those that are nothing but `aws …`, as the engine's own parser finds them; samples are filled in. */
export function blocksIn(path: string, root: string): readonly Block[] {
  const times = new Map<string, number>();
  return fencesIn(readFileSync(`${root}${path}`, 'utf8')).map((text) => {
    const [first = ''] = text.split('\n');
    const nth = (times.get(first) ?? 0) + 1;
    times.set(first, nth);
    const names = Array.from(text.matchAll(/\$\{?([A-Z_][A-Z0-9_]*)/g), ([, name = '']) => name);
    return {
      name: `${path.split('/').at(-1)}: ${first}${nth === 1 ? '' : ` (${nth})`}`,
      // A wait for the end of something gets a name of which the made-up answers say that it is gone.
      text: fillIn(text, (key) => (/^aws \w+ wait \S+-deleted\b/.test(text) ? `gone-${sample(key)}` : sample(key))),
      env: Object.fromEntries(names.map((name) => [name, sample(name.toLowerCase())])),
    };
  });
}

/** A value that fits a variable of this name. */
function sample(name: string): string {
  if (name === 'stage') return 'staging';
  if (/acu|capacity|^(present|max|min|more)_/.test(name)) return '1';
  if (/days|retention|count|percent|connections/.test(name)) return '7';
  if (/time|noted|since|until|_from$|_to$|_at$/.test(name)) return '2026-11-22T10:00:00Z';
  if (/arn|topic/.test(name)) return `arn:aws:rds:us-east-1:000000000000:thing:${name}`;
  if (/window/.test(name)) return 'sun:05:00-sun:05:30';
  // Names with `gone` are refused by the made-up answers.
  return `lego-${name.replaceAll('_', '-').replace('gone', 'old')}`;
}

function fencesIn(source: string): readonly string[] {
  return codes(parseMarkdown(source)).flatMap((node) => {
    const fence = fenceOf(node, source);
    if (fence === undefined) return [];
    const { info } = fence.info;
    // A sample document within a document.
    if (/^markdown\b/.test(info)) return fencesIn(fence.body);
    const shell = /^(bash|sh)\b/.test(info);
    const [, service] = /^aws (\S+)/.exec(fence.body) ?? [];
    // With an ellipsis it is no command, but a hint at one. What other services are asked for by hand is no step.
    return shell && !fence.body.includes('…') && (/\saws(\s|$)/.test(info) || services.has(service ?? '')) ? [fence.body] : [];
  });
}

const services: ReadonlySet<string> = new Set(['cloudwatch', 'rds', 'secretsmanager', 'sns', 'sts']);

function codes(node: Node): readonly Code[] {
  if (isCode(node)) return [node];
  return 'children' in node && Array.isArray(node.children) ? node.children.flatMap(codes) : [];
}

function isCode(node: Node): node is Code {
  return node.type === 'code';
}
