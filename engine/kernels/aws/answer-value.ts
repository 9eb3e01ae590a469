/** What an answer is made of when it is queried and printed, in the terms of the CLI: JSON values, where 4.0 and 4 are not the same. */

/** A number that the service calls a float or a double: whole ones are printed with `.0`. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** One value of an answer. */
export type Value = null | boolean | number | string | Float | readonly Value[] | Fields;

/** A structure or a map of an answer. */
export type Fields = { readonly [name: string]: Value };

/** True for a structure or a map. */
export function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !(value instanceof Float) && !Array.isArray(value);
}

/** True for a list. `Array.isArray` alone does not tell a list that may not be changed. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** True for what stands in one cell: anything but a list, a structure or a map. */
export function isPlain(value: Value): boolean {
  return !isList(value) && !isFields(value);
}

/** The number in a value; undefined when it is none. */
export function numberIn(value: Value): number | undefined {
  if (value instanceof Float) return value.value;
  return typeof value === 'number' ? value : undefined;
}

/** True when two values are equal, all the way down; 4 and 4.0 are. */
export function same(left: Value, right: Value): boolean {
  const [a, b] = [numberIn(left), numberIn(right)];
  if (a !== undefined || b !== undefined) return a === b;
  if (isList(left)) return isList(right) && left.length === right.length && left.every((item, at) => same(item, right[at] ?? null));
  if (!isFields(left) || !isFields(right)) return left === right;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length && names.every((name) => Object.hasOwn(right, name) && same(left[name] ?? null, right[name] ?? null))
  );
}

/** Orders texts by their code points, as Python does; JavaScript compares halves of them. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A value as the CLI prints it inside a line: `None`, `True`, `4.0`. */
export function wordOf(value: Value): string {
  return typeof value === 'string' ? value : pythonOf(value);
}

/** A float with the fewest digits that tell it apart, in Python's notation. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  // JavaScript writes numbers of this size without an exponent too.
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

function pythonOf(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Float) return floatText(value.value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quoted(value);
  if (isList(value)) return `[${value.map(pythonOf).join(', ')}]`;
  const fields = Object.entries(value).map(([name, field]) => `${quoted(name)}: ${pythonOf(field)}`);
  return `{${fields.join(', ')}}`;
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(/[\u0000-\u001f\u007f-\u00a0\u00ad]/g, (mark) => escapes[mark] ?? `\\x${mark.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `${quote}${inside}${quote}`;
}
