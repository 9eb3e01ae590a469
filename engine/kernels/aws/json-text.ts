/** Values as JSON, written as the CLI writes it. */

import { Float, floatText, isList, type Value } from './answer-value.ts';

/** JSON over several lines, indented by four spaces; characters beyond ASCII stay as they are. */
export function indentedJson(value: Value, indent = ''): string {
  if (typeof value !== 'object' || value === null || value instanceof Float) return scalarJson(value);
  const inner = `${indent}    `;
  const [open, close] = isList(value) ? '[]' : '{}';
  const parts = isList(value)
    ? value.map((item) => `${inner}${indentedJson(item, inner)}`)
    : Object.entries(value).map(([name, item]) => `${inner}${JSON.stringify(name)}: ${indentedJson(item, inner)}`);
  return parts.length === 0 ? `${open}${close}` : `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

/** JSON on one line without spaces, in ASCII alone: what `to_string()` gives. */
export function asciiJson(value: Value): string {
  return compactJson(value).replace(/[\u007f-\uffff]/g, (unit) =>
    unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function compactJson(value: Value): string {
  if (typeof value !== 'object' || value === null || value instanceof Float) return scalarJson(value);
  if (isList(value)) return `[${value.map(compactJson).join(',')}]`;
  const fields = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}:${compactJson(item)}`);
  return `{${fields.join(',')}}`;
}

const notFinite: Readonly<Record<string, string>> = { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' };

function scalarJson(value: null | boolean | number | string | Float): string {
  if (!(value instanceof Float)) return JSON.stringify(value);
  const text = floatText(value.value);
  return notFinite[text] ?? text;
}
