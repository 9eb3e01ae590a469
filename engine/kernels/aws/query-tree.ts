/** A JMESPath expression as a tree. */

import type { Value } from './answer-value.ts';

/** A piece of an expression. `chain` applies its steps one after the other. */
export type Query =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'current' }
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'chain'; readonly steps: readonly Query[] }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly bounds: readonly (number | undefined)[] }
  | { readonly kind: 'each'; readonly of: Query; readonly then: Query }
  | { readonly kind: 'each-value'; readonly of: Query; readonly then: Query }
  | { readonly kind: 'filter'; readonly of: Query; readonly where: Query; readonly then: Query }
  | { readonly kind: 'flatten'; readonly of: Query }
  | { readonly kind: 'compare'; readonly sign: string; readonly left: Query; readonly right: Query }
  | { readonly kind: 'and' | 'or'; readonly left: Query; readonly right: Query }
  | { readonly kind: 'not'; readonly of: Query }
  | { readonly kind: 'call'; readonly name: string; readonly of: readonly Query[] }
  | { readonly kind: 'expression'; readonly of: Query }
  | { readonly kind: 'list'; readonly items: readonly Query[] }
  | { readonly kind: 'hash'; readonly entries: readonly (readonly [string, Query])[] };
