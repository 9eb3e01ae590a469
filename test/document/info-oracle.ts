/** The info-string grammar a second time, written for clarity only: what an annotation means, or undefined where it must be refused. */

export type Meaning = { readonly language: string; readonly settings: Readonly<Record<string, string>>; readonly flags: readonly string[] };

const word = /^(?:([a-z][a-z0-9-]*)=(?:([A-Za-z0-9._:/@,+#{}*-]+)|"([^`~&\\"\p{Cc}\p{Cf}]+)")|([a-z]+))$/u;
const id = /^(?!any$)(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const time = /^(?=.{2,8}$)[1-9]\d*[smh]$/;
const forms = ['step', 'check', 'rollback', 'dry-run', 'expect'];
const values: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(forms.map((form) => [form, id])),
  risk: /^(low|medium|high)$/,
  timeout: time,
  every: time,
  capture: /^[a-z][a-z0-9_]*$/,
  stages: /^[A-Za-z0-9][\w-]*(,[A-Za-z0-9][\w-]*)*$/,
  retries: /^[1-9]\d?$/,
  cwd: /./,
  host: /./,
  files: /./,
  retype: /./,
};
const stepOnly = ['risk', 'every', 'capture', 'stages', 'retries', 'cwd', 'host', 'files', 'retype', 'tty', 'manual'];
const flagNames = ['aws', 'transaction', 'tty', 'manual'];
const shown = ['text', 'txt', 'plaintext', 'console', 'shell-session', 'shellsession', 'output', 'log', 'diff', 'markdown', 'md', 'mermaid'];

/** The meaning of an info string, if it is a valid annotation. */
export function meaningOf(info: string): Meaning | undefined {
  const [language = '', ...rest] = info.match(/(?:"[^"]*"|[^\s"]|")+|[^\S ]+/gu) ?? [];
  if (!/^[A-Za-z][A-Za-z0-9+#._-]*$/.test(language)) return undefined;
  const settings: Record<string, string> = {};
  const flags: string[] = [];
  for (const text of rest) {
    const [whole, key, plain, quoted, flag] = word.exec(text) ?? [];
    if (whole === undefined) return undefined;
    if (flag !== undefined) {
      if (!flagNames.includes(flag) || flags.includes(flag)) return undefined;
      flags.push(flag);
    } else {
      const value = plain ?? quoted ?? '';
      if (key === undefined || !Object.hasOwn(values, key) || Object.hasOwn(settings, key) || !values[key]?.test(value)) return undefined;
      if (['timeout', 'every'].includes(key) && hours(value) > 168) return undefined;
      settings[key] = value;
    }
  }
  const meaning = { language, settings, flags };
  return agrees(meaning) ? meaning : undefined;
}

function hours(duration: string): number {
  return Number.parseInt(duration, 10) / ({ s: 3600, m: 60, h: 1 }[duration.slice(-1)] ?? 1);
}

function agrees({ language, settings, flags }: Meaning): boolean {
  const words = [...Object.keys(settings), ...flags];
  const form = forms.filter((name) => words.includes(name));
  const has = (name: string) => words.includes(name);
  if (form.length !== 1) return false;
  if (!has('step') && words.some((name) => stepOnly.includes(name))) return false;
  if (has('expect')) return language === 'text' && words.length === 1;
  if (shown.includes(language.toLowerCase()) && !has('manual')) return false;
  if (has('aws') && !['bash', 'sh'].includes(language)) return false;
  if ((has('transaction') || has('host')) && language !== 'sql') return false;
  if (!has('step')) return true;
  if (!has('risk')) return false;
  if (settings.risk !== 'low' && (has('retries') || has('every') || !(has('timeout') || has('manual')))) return false;
  if (has('tty') && (settings.risk === 'high' || has('capture'))) return false;
  if (has('manual') && ['capture', 'retries', 'every', 'host', 'aws', 'transaction', 'tty'].some(has)) return false;
  return !/^(stage|run|operator|region|path|home|user|shell|term|lang|pwd|ifs|env|uid|bash.*|pg.*|aws_.*|ld_.*|node_.*|npm_.*|lc_.*|git_.*|ssh_.*|xdg_.*)$/.test(
    settings.capture ?? '',
  );
}
