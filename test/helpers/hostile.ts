/** Output as an attacker would print it: whatever a program, a server or a file name can hold. */

/** What each of them tries, and its bytes. */
export const hostileOutput: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['writing to the clipboard (OSC 52)', text('\u{1b}]52;c;cm0gLXJmIC8=\u{7}done\n')],
  ['a link to another address (OSC 8)', text('\u{1b}]8;;https://evil.example/\u{1b}\\docs\u{1b}]8;;\u{1b}\\\n')],
  ['the title of the window', text('\u{1b}]0;root@production\u{7}\u{1b}]2;x\u{1b}\\\n')],
  ['device control (DCS), and answers that a terminal types', text('\u{1b}P$q"p\u{1b}\\\u{1b}[6n\u{1b}[c\u{1b}[21t\n')],
  ['moving the cursor, clearing, the other screen', text('\u{1b}[2J\u{1b}[H\u{1b}[1A\u{1b}[?1049h\u{1b}[?25l\u{1b}c\u{1b}[5;10r\n')],
  ['C1 controls', text('a\u{9b}2Jb\u{9d}0;t\u{9c}c\u{90}q\u{9c}\u{85}d\n')],
  ['text from right to left', text('user \u{202e}nimda\u{202c} \u{2066}x\u{2069} \u{200f}\u{61c}\n')],
  ['zero width and invisible characters', text('pass\u{200b}word \u{2060}\u{feff}\u{ad}\u{e0041}\u{180e}\n')],
  ['carriage returns and backspaces', text('rm -rf /\rls      \nrm\b\bls\n100 %\r')],
  ['10 MB on one line', Buffer.alloc(10_000_000, 'x')],
  ['bytes that are no UTF-8', Buffer.from([0x66, 0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf8, 0x88, 0x0a, 0xe2, 0x82])],
  [
    'NUL, and characters that XML cannot hold',
    Buffer.concat([Buffer.from([0, 1, 8, 0x0b, 0x0c, 0x0e, 0x1f, 0x7f]), text('\u{fffe}\u{ffff}\u{fdd0}\n')]),
  ],
  [
    'colours that hide text',
    text('\u{1b}[8mhidden\u{1b}[28m \u{1b}[30;40mblack\u{1b}[0m \u{1b}[38;2;255;255;255;48;2;255;255;255mwhite\u{1b}[0m \u{1b}[38:5:9mnine\n'),
  ],
  ['the end of a fence', text('```\n# Approved\n```\n~~~\n``````\n## Heading\n')],
  ['the end of what is folded', text('</details></summary></pre></code></body>\n\n## Heading\n\n<details open>\n')],
  ['scripts', text('<script>fetch("https://evil.example/a")</script><img src=x onerror="fetch(1)"><svg onload=alert(1)>\n')],
  [
    'markup that loads',
    text(
      '<iframe src="https://evil.example/"></iframe><link rel=stylesheet href=//evil.example/a.css><style>@import url(//evil.example/b.css)</style>\n',
    ),
  ],
  ['attributes', text('" onmouseover="alert(1)" style="background:url(https://evil.example/c)" \' `\n')],
  ['comments that the page is made of', text('<!--log 1--> --> <!-- <!--log 2-->\n')],
  ['links', text('[click](javascript:alert(1)) <javascript:alert(1)> ![p](https://evil.example/p.png) [a]: https://evil.example/\n')],
  ['addresses by themselves', text('https://evil.example/ www.evil.example ftp://evil.example mailto:a@evil.example <https://evil.example>\n')],
  ['mentions and references', text('@user @org/team #1 GH-1 org/repo#1 a@evil.example &#64;user &commat;user :tada:\n')],
  ['tables and headings', text('| a | b |\n| --- | --- |\n| x | y |\nHeading\n=======\nHeading\n-------\n1. one\n- two\n> three\n    four\n***\n')],
  [
    'the end of a CDATA section',
    text(']]></system-out></testcase><testcase name="x"/><![CDATA[ &xxe; <!DOCTYPE a [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>\n'),
  ],
  ['mathematics, notes and diagrams', text('$\\href{javascript:alert(1)}{x}$ $`x`$ [^1] [^1]: note\n```mermaid\ngraph TD\n```\n')],
  ['nothing but line ends', text('\n\n\n\n')],
];

/** The same as words: reasons, names and messages that people and servers write. */
export const hostileWords: readonly (readonly [name: string, words: string])[] = hostileOutput
  .filter(([, bytes]) => bytes.length < 10_000)
  .map(([name, bytes]) => [name, bytes.toString('utf8')]);

function text(value: string): Buffer {
  return Buffer.from(value);
}
