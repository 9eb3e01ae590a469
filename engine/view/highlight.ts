/** Syntax colours of code, by shiki. It is loaded when there is code to be coloured, never before: a start must not wait for grammars. */

import type { LanguageInput } from 'shiki/core';

/** What a piece of code is, where that is worth a colour. */
export type Role = 'comment' | 'string' | 'keyword' | 'name' | 'value';

/** A piece of a line of code. */
export type Token = { readonly text: string; readonly role?: Role };

/** The tokens of each line of a text; undefined while they are not known, or where they never will be. */
export type Highlight = (text: string, language: string) => readonly (readonly Token[])[] | undefined;

type Grammar = { readonly name: string; readonly load: () => LanguageInput };

const bash: Grammar = { name: 'bash', load: () => import('shiki/langs/bash.mjs') };
const sql: Grammar = { name: 'sql', load: () => import('shiki/langs/sql.mjs') };
const json: Grammar = { name: 'json', load: () => import('shiki/langs/json.mjs') };
const yaml: Grammar = { name: 'yaml', load: () => import('shiki/langs/yaml.mjs') };
const javascript: Grammar = { name: 'javascript', load: () => import('shiki/langs/javascript.mjs') };

/** By the language of a fence. All others stay uncoloured. */
const grammars: ReadonlyMap<string, Grammar> = new Map(
  Object.entries({ bash, sh: bash, shell: bash, sql, json, yaml, yml: yaml, javascript, js: javascript, mjs: javascript }),
);

/** What a grammar calls these. An argument of a shell command is plain text, as it is on GitHub. */
const scopes: Readonly<Record<Role, readonly string[]>> = {
  comment: ['comment', 'punctuation.definition.comment'],
  string: ['string', 'punctuation.definition.string'],
  keyword: ['keyword', 'storage'],
  name: ['entity.name', 'support.function'],
  value: ['constant', 'variable', 'support.type.property-name'],
};
const plainScopes = ['string.unquoted.argument', 'string.unquoted.plain', 'keyword.operator.assignment'];

/** A theme gives colours; these are only numbers for the roles, which a look paints. */
const roles = new Map((Object.keys(scopes) as Role[]).map((role, index) => [`#00000${index + 1}`, role]));
const plain = '#000000';
const theme = {
  name: 'roles',
  type: 'dark' as const,
  settings: [
    { settings: { foreground: plain, background: '#ffffff' } },
    ...[...roles].map(([foreground, role]) => ({ scope: [...scopes[role]], settings: { foreground } })),
    { scope: plainScopes, settings: { foreground: plain } },
  ],
};

// The patterns of a grammar can take long on a text that is made for it, and the keyboard waits meanwhile. What no command needs stays
// uncoloured.
const longestText = 6000;
const longestLine = 400;

/** How many texts keep their tokens: with each key the frame is drawn again, and it holds a command and a few blocks. */
const kept = 16;

/** Colours for a screen. `onReady` is called when a text that had no tokens may have them now. */
export function openHighlighter(onReady: () => void): Highlight {
  const loaded = new Map<string, Highlight | undefined>();
  return (text, language) => {
    const grammar = grammars.get(language);
    if (grammar === undefined || text.length > longestText) return undefined;
    if (!loaded.has(grammar.name)) {
      loaded.set(grammar.name, undefined);
      tokeniserOf(grammar).then(
        (tokenise) => {
          loaded.set(grammar.name, tokenise);
          onReady();
        },
        // What cannot be loaded is left out: a command without colours is the same command.
        () => undefined,
      );
    }
    return loaded.get(grammar.name)?.(text, language);
  };
}

/** Colours for a text that is printed once: resolves when those of these languages are known. */
export async function loadHighlighter(languages: Iterable<string>): Promise<Highlight> {
  const wanted = new Map(Array.from(languages, (language) => [language, grammars.get(language)]));
  const loaded = new Map<string, Highlight>();
  for (const grammar of new Set(wanted.values())) {
    const tokenise = grammar && (await tokeniserOf(grammar).catch(() => undefined));
    if (grammar !== undefined && tokenise !== undefined) loaded.set(grammar.name, tokenise);
  }
  return (text, language) => (text.length > longestText ? undefined : loaded.get(wanted.get(language)?.name ?? '')?.(text, language));
}

async function tokeniserOf({ name, load }: Grammar): Promise<Highlight> {
  const [{ createHighlighterCore }, { createJavaScriptRegexEngine }] = await Promise.all([import('shiki/core'), import('shiki/engine/javascript')]);
  const shiki = await createHighlighterCore({ themes: [theme], langs: [load()], engine: createJavaScriptRegexEngine({ forgiving: true }) });
  const known = new Map<string, ReturnType<Highlight>>();
  return (text) => {
    if (!known.has(text)) {
      const [oldest] = known.keys();
      if (known.size >= kept && oldest !== undefined) known.delete(oldest);
      const lines = shiki.codeToTokensBase(text, { lang: name, theme: theme.name, tokenizeMaxLineLength: longestLine });
      known.set(
        text,
        lines.map((line) => line.map(({ content, color }) => tokenOf(content, roles.get(color ?? plain)))),
      );
    }
    return known.get(text);
  };
}

function tokenOf(text: string, role: Role | undefined): Token {
  return role === undefined ? { text } : { text, role };
}
