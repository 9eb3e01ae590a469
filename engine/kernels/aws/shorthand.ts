/**
 * The CLI's shorthand for structures: `Key=Value,Key2=Value2`, lists as `Key=a,b` or `Key=[a,b]`, structures in structures as `Key={Inner=a}`, values
 * with commas in quotes or with `\,`. Types are not known here: every scalar is a text.
 */

/** A value in shorthand. */
export type Shorthand = string | readonly Shorthand[] | ShorthandMap;

/** Members in shorthand, in the order in which they stand. */
export type ShorthandMap = ReadonlyMap<string, Shorthand>;

/** Thrown where the text stops to be shorthand. */
export class ShorthandError extends Error {}

/** Parses the shorthand of a structure or a map. @throws ShorthandError */
export function parseShorthand(text: string): ShorthandMap {
  return new Parser(text).all();
}

/** The private characters are those that stand for values to come. */
const key = /[A-Za-z0-9\-_.#/:\ue000-\uf8ff]+/y;
/** What a text without quotes may begin with, and go on with: a comma only behind a backslash, and nothing beyond U+FFFF (surrogates). */
const start = String.raw`(?:\\,|[^\s"',=[{\ud800-\udfff])`;
/** The first value of a member, or one within brackets, may hold `=`; it ends where brackets close. */
const first = new RegExp(String.raw`${start}(?:\\,|[^"',\]}\ud800-\udfff])*`, 'y');
/** A further value of a list without brackets may not hold `=`: it would be the next member. */
const further = new RegExp(String.raw`${start}(?:\\,|[^"',=\ud800-\udfff])*`, 'y');
const quoted = /'(?:\\'|[^'])*'|"(?:\\"|[^"])*"/y;
const space = /\s*/y;

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  all(): ShorthandMap {
    const members = new Map<string, Shorthand>();
    do this.#member(members, () => this.#values());
    while (this.#takes(','));
    if (this.#at < this.#text.length) throw this.#unexpected('"," before the next member');
    return members;
  }

  #member(members: Map<string, Shorthand>, value: () => Shorthand): void {
    const name = this.#take(key);
    if (name === undefined) throw this.#unexpected('the name of a member');
    if (this.#takes('@')) throw new ShorthandError(`"${name}@=" reads a file.`);
    if (!this.#takes('=')) throw this.#unexpected(`"=" after ${name}`);
    if (members.has(name)) throw new ShorthandError(`${name} is given twice. Structures of a list are separated by a space, not by a comma.`);
    members.set(name, value());
  }

  /** A value, or several with commas between them: those up to the next `name=`. */
  #values(): Shorthand {
    if (this.#sees('[')) return this.#list();
    if (this.#sees('{')) return this.#structure();
    const values = [this.#scalar(first) ?? ''];
    for (;;) {
      const before = this.#at;
      if (!this.#takes(',')) break;
      const value = this.#scalar(further);
      this.#take(space);
      if (value === undefined && this.#at >= this.#text.length) throw this.#unexpected('a value');
      if (value === undefined || !(this.#sees(',') || this.#at >= this.#text.length)) {
        // What follows the comma is the next member.
        this.#at = before;
        break;
      }
      values.push(value);
    }
    return values.length === 1 ? (values[0] ?? '') : values;
  }

  #list(): Shorthand {
    const values: Shorthand[] = [];
    this.#inBrackets('[', ']', () => values.push(this.#inner()));
    return values;
  }

  #structure(): Shorthand {
    const members = new Map<string, Shorthand>();
    this.#inBrackets('{', '}', () => this.#member(members, () => this.#inner()));
    return members;
  }

  #inner(): Shorthand {
    if (this.#sees('[')) return this.#list();
    if (this.#sees('{')) return this.#structure();
    return this.#scalar(first) ?? '';
  }

  #inBrackets(open: string, close: string, item: () => void): void {
    this.#takes(open);
    while (!this.#sees(close)) {
      item();
      if (!this.#takes(',') && !this.#sees(close)) throw this.#unexpected(`"," or "${close}"`);
    }
    // The CLI takes no space behind the last bracket, only before what follows it.
    this.#take(space);
    this.#at += 1;
  }

  #scalar(bare: RegExp): string | undefined {
    const text = this.#take(quoted);
    if (text === undefined) return this.#take(bare)?.replaceAll('\\,', ',').trimEnd();
    const quote = text.charAt(0);
    return text.slice(1, -1).replaceAll(`\\${quote}`, quote).replaceAll('\\\\', '\\');
  }

  /** Takes a character, and the space around it. */
  #takes(character: string): boolean {
    if (!this.#sees(character)) return false;
    this.#take(space);
    this.#at += 1;
    this.#take(space);
    return true;
  }

  #sees(character: string): boolean {
    space.lastIndex = this.#at;
    return this.#text[this.#at + (space.exec(this.#text)?.[0].length ?? 0)] === character;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #unexpected(expected: string): ShorthandError {
    const found = this.#at < this.#text.length ? JSON.stringify(this.#text.slice(this.#at, this.#at + 20)) : 'the end';
    return new ShorthandError(`${expected} is expected, and ${found} found.`);
  }
}
