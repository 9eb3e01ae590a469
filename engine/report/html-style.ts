/** How the page looks: in light and dark, on a screen of any width, and on paper. */

const light = `
  --page: #f6f7f9; --card: #ffffff; --text: #1c2430; --quiet: #5b6675; --line: #d9dee5; --soft: #eef1f5; --code: #f3f5f8; --link: #1557b0;
  --ok: #1a7f45; --okay: #e3f5ea; --bad: #b3261e; --badly: #fce8e6; --warn: #8a5a00; --warned: #fdf1d8; --note: #1557b0; --noted: #e4eefb; --skip: #5b6675; --skipped: #eceff3;
  --red: #b3261e; --green: #1a7f45; --yellow: #8a5a00; --blue: #1557b0; --magenta: #8e2a8b; --cyan: #0b6e78;
  --on-red: #fbd9d6; --on-green: #d2efdc; --on-yellow: #fae7b9; --on-blue: #d3e3f9; --on-magenta: #f3d9f2; --on-cyan: #cdeef1; --on-plain: #e2e6ec;`;

const dark = `
  --page: #12161c; --card: #1a2029; --text: #e4e9f0; --quiet: #9aa6b5; --line: #313b49; --soft: #222a35; --code: #141a22; --link: #82b4ff;
  --ok: #5fd38d; --okay: #173726; --bad: #ff8a80; --badly: #44201f; --warn: #f2c14e; --warned: #3d3116; --note: #82b4ff; --noted: #1c3050; --skip: #9aa6b5; --skipped: #29313c;
  --red: #ff8a80; --green: #5fd38d; --yellow: #f2c14e; --blue: #82b4ff; --magenta: #e39ae0; --cyan: #5fd0dc;
  --on-red: #5a2422; --on-green: #1d4a31; --on-yellow: #54421a; --on-blue: #234069; --on-magenta: #4f2a4e; --on-cyan: #17474d; --on-plain: #37424f;`;

/** The whole style sheet. Its hash is all that the page's policy allows, so nothing on the page has a style of its own. */
export const style = `
:root { color-scheme: light dark;${light} }
@media screen and (prefers-color-scheme: dark) { :root {${dark} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; overflow-wrap: anywhere; }
main, header, footer { max-width: 1080px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 32px; }
h1 { font-size: 26px; line-height: 1.25; margin: 4px 0 12px; }
h2 { font-size: 19px; margin: 36px 0 12px; }
h3 { font-size: 16px; margin: 0; }
h4 { font-size: 15px; margin: 0; }
p { margin: 0 0 10px; }
a { color: var(--link); }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
code { background: var(--code); border: 1px solid var(--line); border-radius: 4px; padding: 0 4px; }
pre { margin: 8px 0; padding: 10px 12px; background: var(--code); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; }
pre code { background: none; border: 0; padding: 0; }
.over { color: var(--quiet); font-size: 13px; }
.badges { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 8px; }
.badge { border-radius: 999px; padding: 3px 12px; font-weight: 600; font-size: 13px; background: var(--skipped); color: var(--skip); border: 1px solid currentColor; }
.badge.ok { background: var(--okay); color: var(--ok); }
.badge.recovered, .badge.open, .badge.medium { background: var(--warned); color: var(--warn); }
.badge.failed, .badge.unknown, .badge.high { background: var(--badly); color: var(--bad); }
.badge.plain { background: none; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 0 24px; margin: 16px 0 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 18px 12px; }
.facts div { padding: 8px 0; border-bottom: 1px solid var(--soft); }
.facts .wide { grid-column: 1 / -1; }
dt { color: var(--quiet); font-size: 12px; }
dd { margin: 0; }
dd code { background: none; border: 0; padding: 0; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; overflow-x: auto; }
figcaption { color: var(--quiet); font-size: 13px; margin-top: 6px; }
figcaption span { display: inline-block; margin-right: 16px; }
figcaption svg { width: 12px; height: 12px; min-width: 0; display: inline-block; margin-right: 5px; vertical-align: -1px; }
svg { display: block; width: 100%; min-width: 720px; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
svg text { fill: var(--text); }
svg .tick { fill: var(--quiet); }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .gap { fill: var(--soft); }
svg .stripe { fill: var(--soft); opacity: .5; }
svg .visit { fill: var(--warned); stroke: var(--warn); stroke-width: 1; stroke-dasharray: 4 3; }
svg .playbook { fill: var(--warn); font-style: italic; }
svg .bar { fill: var(--ok); }
svg .bar.bad { fill: var(--bad); }
svg .bar.unknown { fill: var(--card); stroke: var(--bad); stroke-width: 2; stroke-dasharray: 3 2; }
svg .bar.side { fill: var(--note); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: var(--quiet); font-size: 12px; font-weight: 600; }
th, td { padding: 6px 12px; border-bottom: 1px solid var(--soft); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.centre { text-align: center; }
.mark { width: 28px; text-align: center; font-weight: 700; }
tr.recovered td, tr.skipped td { background: var(--warned); }
tr.skipped td { background: var(--skipped); }
tr.failed td, tr.unknown td { background: var(--badly); }
tr.playbook td { color: var(--warn); font-style: italic; }
.ok > .mark, h3 .ok { color: var(--ok); }
.recovered > .mark, h3 .recovered { color: var(--warn); }
.failed > .mark, .unknown > .mark, h3 .failed, h3 .unknown { color: var(--bad); }
.d1 { padding-left: 32px; } .d2 { padding-left: 52px; } .d3 { padding-left: 72px; }
.step { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 8px; padding: 14px 18px; margin: 0 0 14px; }
.step.ok { border-left-color: var(--ok); }
.step.recovered { border-left-color: var(--warn); }
.step.failed, .step.unknown { border-left-color: var(--bad); }
.meta { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; color: var(--quiet); font-size: 13px; margin: 6px 0 10px; }
.failure { background: var(--badly); color: var(--bad); border-radius: 6px; padding: 6px 12px; }
.recovered > .failure { background: var(--warned); color: var(--warn); }
.attempt + .prose { margin-top: 14px; }
.prose { color: var(--text); border-left: 3px solid var(--line); padding-left: 14px; margin: 0 0 12px; }
.prose ul, .prose ol { margin: 0 0 10px; padding-left: 24px; }
.prose > :last-child, .prose li > :last-child, .alert > :last-child { margin-bottom: 0; }
.prose table { width: auto; margin-bottom: 10px; }
.prose blockquote { margin: 0 0 10px; padding-left: 12px; border-left: 3px solid var(--line); }
.alert { border-left: 4px solid var(--note); background: var(--noted); border-radius: 0 6px 6px 0; padding: 8px 14px; margin: 0 0 10px; }
.alert.tip { border-color: var(--ok); background: var(--okay); }
.alert.important, .alert.warning { border-color: var(--warn); background: var(--warned); }
.alert.caution { border-color: var(--bad); background: var(--badly); }
.alert b { display: block; font-size: 13px; }
.attempt { border-top: 1px solid var(--soft); padding-top: 10px; margin-top: 10px; }
.attempt > .meta { margin: 0; color: var(--text); }
.decision { margin: 10px 0; padding: 6px 12px; border-radius: 6px; background: var(--noted); }
.playbook-visit { margin: 14px 0 4px; padding: 12px 14px 0; border: 1px dashed var(--warn); border-radius: 8px; }
.playbook-visit > p { color: var(--quiet); font-size: 13px; }
.small { list-style: none; margin: 6px 0 0; padding: 0; font-size: 13px; color: var(--quiet); }
.small code { font-size: 12px; }
summary { cursor: pointer; color: var(--link); font-size: 13px; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.cut { display: block; text-align: center; color: var(--warn); background: var(--warned); border-radius: 4px; margin: 4px 0; }
.bold { font-weight: 700; } .dim { opacity: .75; } .italic { font-style: italic; } .underline { text-decoration: underline; } .strikethrough { text-decoration: line-through; }
.red { color: var(--red); } .green { color: var(--green); } .yellow { color: var(--yellow); } .blue { color: var(--blue); } .magenta { color: var(--magenta); } .cyan { color: var(--cyan); } .grey { color: var(--quiet); }
.on-red { background: var(--on-red); } .on-green { background: var(--on-green); } .on-yellow { background: var(--on-yellow); } .on-blue { background: var(--on-blue); } .on-magenta { background: var(--on-magenta); } .on-cyan { background: var(--on-cyan); } .on-plain { background: var(--on-plain); }
footer { color: var(--quiet); font-size: 13px; padding-top: 24px; padding-bottom: 48px; }
@media (max-width: 600px) { main, header, footer { padding-left: 14px; padding-right: 14px; } .step { padding: 12px; } }
@media print {
  @page { margin: 14mm; }
  :root { color-scheme: light; }
  body { background: #ffffff; font-size: 10pt; }
  pre, code { font-size: 8.5pt; }
  main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
  h2, h3, h4, .meta, .failure { break-after: avoid; }
  tr, figure, .facts div, .alert, .decision { break-inside: avoid; }
  thead { display: table-header-group; }
  figure, .scroll { overflow: visible; }
  svg { min-width: 0; }
  a { color: inherit; text-decoration: none; }
  .prose a::after { content: " (" attr(href) ")"; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
