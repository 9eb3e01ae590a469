/** Reads a JMESPath expression into a tree, with the precedence that the CLI's reader has. */

import type { Query } from './query-tree.ts';
import { QueryError, type QueryWord, wordsOfQuery } from './query-words.ts';

/** How tightly a word holds what stands on its left. */
const holds: Readonly<Record<string, number>> = {
  '|': 1,
  '||': 2,
  '&&': 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '[]': 9,
  '*': 20,
  '[?': 21,
  '.': 40,
  '!': 45,
  '{': 50,
  '[': 55,
  '(': 60,
};

/** Words that hold less than this end a projection: what follows is about the whole list. */
const endsProjection = 10;

/** No query that a person writes is nested this deep; a deeper one would exhaust the stack. */
const deepest = 100;

const current: Query = { kind: 'current' };

/** Reads an expression. @throws QueryError with the place that is wrong. */
export function parseQuery(text: string): Query {
  if (text.trim() === '') throw new QueryError('the expression is empty', 0);
  const reader = new QueryReader(wordsOfQuery(text));
  return reader.whole();
}

/** Reads word by word; each method leaves the reader after what it has read. */
class QueryReader {
  readonly #words: readonly QueryWord[];
  #next = 0;
  #depth = 0;

  constructor(words: readonly QueryWord[]) {
    this.#words = words;
  }

  whole(): Query {
    const query = this.#expression(0);
    this.#take('end');
    return query;
  }

  #expression(least: number): Query {
    if (++this.#depth > deepest) throw new QueryError('the expression is nested too deeply', this.#word().at);
    let left = this.#first(this.#advance());
    while (least < (holds[this.#kind()] ?? 0)) left = this.#more(left, this.#advance());
    this.#depth--;
    return left;
  }

  #first(word: QueryWord): Query {
    switch (word.kind) {
      case 'name':
        return this.#kind() === '(' ? this.#call(String(word.value)) : { kind: 'field', name: String(word.value) };
      case 'quoted name':
        if (this.#kind() === '(') throw new QueryError('the name of a function stands without quotes', word.at);
        return { kind: 'field', name: String(word.value) };
      case 'literal':
        return { kind: 'literal', value: word.value };
      case '@':
        return current;
      case '*':
        return { kind: 'each-value', of: current, then: this.#kind() === ']' ? current : this.#projected(holds['*'] ?? 0) };
      case '[]':
      case '[?':
        return this.#more(current, word);
      case '[':
        if (this.#isIndex() || this.#isStar()) return this.#bracket(current);
        return this.#list();
      case '{':
        return this.#hash();
      case '(': {
        const inside = this.#expression(0);
        this.#take(')');
        return inside;
      }
      case '!':
        return { kind: 'not', of: this.#expression(holds['!'] ?? 0) };
      case '&':
        return { kind: 'expression', of: this.#expression(0) };
      default:
        return this.#refuse(word);
    }
  }

  #more(left: Query, word: QueryWord): Query {
    const holding = holds[word.kind] ?? 0;
    switch (word.kind) {
      case '.': {
        if (this.#kind() !== '*') return { kind: 'chain', steps: [left, this.#afterDot(holding)] };
        this.#advance();
        return { kind: 'each-value', of: left, then: this.#projected(holding) };
      }
      case '|':
        return { kind: 'chain', steps: [left, this.#expression(holding)] };
      case '||':
      case '&&':
        return { kind: word.kind === '||' ? 'or' : 'and', left, right: this.#expression(holding) };
      case '[]':
        return { kind: 'each', of: { kind: 'flatten', of: left }, then: this.#projected(holding) };
      case '[?': {
        const where = this.#expression(0);
        this.#take(']');
        return { kind: 'filter', of: left, where, then: this.#kind() === '[]' ? current : this.#projected(holding) };
      }
      case '[':
        return this.#bracket(left);
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return { kind: 'compare', sign: word.kind, left, right: this.#expression(holding) };
      default:
        return this.#refuse(word);
    }
  }

  /** What follows `[`: an index, a slice, or `*]`. */
  #bracket(left: Query): Query {
    if (!this.#isIndex()) {
      if (this.#kind() !== '*') return this.#refuse(this.#word());
      this.#advance();
      this.#take(']');
      return { kind: 'each', of: left, then: this.#projected(holds['*'] ?? 0) };
    }
    const bounds: (number | undefined)[] = [undefined];
    while (this.#kind() !== ']') {
      const word = this.#advance();
      if (word.kind === ':' && bounds.length < 3) bounds.push(undefined);
      else if (word.kind === 'number' && bounds.at(-1) === undefined) bounds[bounds.length - 1] = Number(word.value);
      else return this.#refuse(word);
    }
    this.#take(']');
    const [index] = bounds;
    if (bounds.length === 1 && index !== undefined) return { kind: 'chain', steps: [left, { kind: 'index', index }] };
    const slice: Query = { kind: 'slice', bounds };
    return { kind: 'each', of: { kind: 'chain', steps: [left, slice] }, then: this.#projected(holds['*'] ?? 0) };
  }

  /** What is applied to each element of a projection. */
  #projected(holding: number): Query {
    const kind = this.#kind();
    if ((holds[kind] ?? 0) < endsProjection) return current;
    if (kind === '[' || kind === '[?') return this.#expression(holding);
    this.#take('.');
    return this.#afterDot(holding);
  }

  #afterDot(holding: number): Query {
    const word = this.#word();
    if (['name', 'quoted name', '*'].includes(word.kind)) return this.#expression(holding);
    this.#advance();
    if (word.kind === '[') return this.#list();
    return word.kind === '{' ? this.#hash() : this.#refuse(word);
  }

  #list(): Query {
    const items = [this.#expression(0)];
    while (this.#kind() === ',') {
      this.#advance();
      items.push(this.#expression(0));
    }
    this.#take(']');
    return { kind: 'list', items };
  }

  #hash(): Query {
    const entries: (readonly [string, Query])[] = [];
    do {
      if (entries.length > 0) this.#take(',');
      const name = this.#advance();
      if (name.kind !== 'name' && name.kind !== 'quoted name') return this.#refuse(name);
      this.#take(':');
      entries.push([String(name.value), this.#expression(0)]);
    } while (this.#kind() === ',');
    this.#take('}');
    return { kind: 'hash', entries };
  }

  #call(name: string): Query {
    this.#take('(');
    const of: Query[] = [];
    while (this.#kind() !== ')') {
      if (of.length > 0) this.#take(',');
      of.push(this.#expression(0));
    }
    this.#take(')');
    return { kind: 'call', name, of };
  }

  #isIndex(): boolean {
    return this.#kind() === 'number' || this.#kind() === ':';
  }

  #isStar(): boolean {
    return this.#kind() === '*' && this.#words[this.#next + 1]?.kind === ']';
  }

  #word(): QueryWord {
    const word = this.#words[this.#next] ?? this.#words.at(-1);
    if (word === undefined) throw new QueryError('the expression is empty', 0);
    return word;
  }

  #kind(): string {
    return this.#word().kind;
  }

  #advance(): QueryWord {
    const word = this.#word();
    this.#next++;
    return word;
  }

  #take(kind: string): void {
    const word = this.#advance();
    if (word.kind !== kind) this.#refuse(word, kind);
  }

  #refuse(word: QueryWord, expected?: string): never {
    const found = word.kind === 'end' ? 'the expression ends' : `${JSON.stringify(word.value)} stands`;
    const place = expected === undefined || expected === 'end' ? 'where it cannot' : `where ${JSON.stringify(expected)} is expected`;
    throw new QueryError(`${found} ${place}`, word.at);
  }
}
