/** Reads the parameters of a Query request (`Filters.Filter.1.Name=…`) into the input that the client's schema describes. */

import { membersOf, type Shape } from '../../runtime/aws-shape.ts';
import { refuse } from './refusal.ts';
import { isFlat, wireName } from './wire-name.ts';

/** One dot of a parameter's name further down. `path` is the whole name up to here. */
type Node = { readonly path: string; value?: string; readonly below: Map<string, Node> };

/** More than any real request has; a guard against one that is made to take forever. */
const limits = { parameters: 2000, depth: 10 };

/** The parameters of a request body; `Action` and `Version` are no part of an operation's input. */
export function readForm(body: string): { readonly action: string | undefined; readonly parameters: readonly (readonly [string, string])[] } {
  const all = [...new URLSearchParams(body)];
  if (all.length > limits.parameters)
    refuse('MalformedQueryString', `The request has ${all.length} parameters; at most ${limits.parameters} are read.`);
  const action = all.find(([name]) => name === 'Action')?.[1];
  return { action, parameters: all.filter(([name]) => name !== 'Action' && name !== 'Version') };
}

/** The typed input. What the schema does not know, a value of another type, or a missing required parameter refuses the call. */
export function readQuery(shape: Shape, parameters: readonly (readonly [string, string])[]): unknown {
  const root: Node = { path: '', below: new Map() };
  for (const [name, value] of parameters) {
    const parts = name.split('.');
    if (parts.length > limits.depth) refuse('MalformedQueryString', `The parameter ${name.slice(0, 200)} has more parts than any operation takes.`);
    let node = root;
    for (const part of parts) {
      const next: Node = node.below.get(part) ?? { path: node.path === '' ? part : `${node.path}.${part}`, below: new Map() };
      node.below.set(part, next);
      node = next;
    }
    if (node.value !== undefined) refuse('InvalidQueryParameter', `The parameter ${name} is given twice.`);
    node.value = value;
  }
  return shape.isStructSchema() ? readStructure(shape, root) : noInput(root);
}

function noInput(root: Node): Record<string, never> {
  for (const node of root.below.values()) refuse('InvalidQueryParameter', `This operation takes no parameters, and ${node.path} was given.`);
  return {};
}

function read(shape: Shape, node: Node): unknown {
  if (shape.isStructSchema()) return readStructure(shape, node);
  if (shape.isListSchema()) return readList(shape, node);
  if (shape.isMapSchema()) return readMap(shape, node);
  for (const unknown of node.below.values())
    refuse('InvalidQueryParameter', `The parameter ${unknown.path} is not known: ${node.path} has no parts.`);
  return readSimple(shape, node.value ?? '', node.path);
}

function readStructure(shape: Shape, node: Node): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const known = new Set<string>();
  for (const { name, shape: member, required } of membersOf(shape)) {
    const key = wireName(member, name);
    known.add(key);
    const below = node.below.get(key);
    if (below !== undefined) input[name] = read(member, below);
    else if (required) refuse('MissingParameter', `The request must contain the parameter ${node.path === '' ? key : `${node.path}.${key}`}.`);
  }
  for (const [key, unknown] of node.below) {
    if (!known.has(key)) refuse('InvalidQueryParameter', `The parameter ${unknown.path} is not known.`);
  }
  return input;
}

function readList(shape: Shape, node: Node): unknown[] {
  const item = shape.getValueSchema();
  return numbered(isFlat(shape) ? node : unwrapped(node, [wireName(item, 'member'), 'member'])).map((entry) => read(item, entry));
}

function readMap(shape: Shape, node: Node): Record<string, unknown> {
  const [key, value] = [shape.getKeySchema(), shape.getValueSchema()];
  const map: Record<string, unknown> = {};
  for (const entry of numbered(isFlat(shape) ? node : unwrapped(node, ['entry']))) {
    const [name, below] = [entry.below.get(wireName(key, 'key'))?.value, entry.below.get(wireName(value, 'value'))];
    if (name === undefined || below === undefined) refuse('InvalidQueryParameter', `${entry.path} needs a key and a value.`);
    map[name] = read(value, below);
  }
  return map;
}

/** Items stand below a name of their own; an empty list is the list's name alone. */
function unwrapped(node: Node, names: readonly string[]): Node {
  const [first, second] = [...node.below.keys()];
  if (first === undefined) return node;
  if (second !== undefined || !names.includes(first)) refuse('InvalidQueryParameter', `${node.path} is a list: ${node.path}.${names[0]}.1, …`);
  return node.below.get(first) ?? node;
}

function numbered(node: Node): Node[] {
  const items = [...node.below].map(([key, item]) => {
    if (!/^[1-9]\d{0,5}$/.test(key)) refuse('InvalidQueryParameter', `The parameter ${item.path} should end in a number from 1.`);
    return { position: Number(key), item };
  });
  return items.sort((a, b) => a.position - b.position).map(({ item }) => item);
}

function readSimple(shape: Shape, value: string, path: string): unknown {
  if (shape.isBooleanSchema()) {
    if (!/^(true|false)$/i.test(value)) refuse('InvalidParameterValue', `${path} should be true or false, and is "${value}".`);
    return value.toLowerCase() === 'true';
  }
  if (shape.isNumericSchema()) {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(value)) refuse('InvalidParameterValue', `${path} should be a number, and is "${value}".`);
    return Number(value);
  }
  if (shape.isTimestampSchema()) return readTime(value, path);
  if (shape.isBlobSchema()) return Buffer.from(value, 'base64');
  return value;
}

/** ISO 8601 as the clients send it; without an offset it is UTC, as AWS reads it. */
function readTime(value: string, path: string): Date {
  const whole = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(value);
  const time = new Date(/T.*(Z|[+-]\d\d:?\d\d)$/.test(value) || !value.includes('T') ? value : `${value}Z`);
  if (!whole || Number.isNaN(time.getTime())) {
    refuse('InvalidParameterValue', `${path} should be a time such as 2026-01-31T10:00:00Z, and is "${value}".`);
  }
  return time;
}
