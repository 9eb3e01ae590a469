/** A browser without a window, where one is installed: it opens a page and tells what the page did. */

import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The browser that RUNBOOK_CHROMIUM names, or one on PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const named = process.env.RUNBOOK_CHROMIUM;
  if (named !== undefined && named !== '') return named;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const places = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return places.find(executable);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What happened while a page was open: addresses asked for, scripts that ran, messages of the browser. */
export type Visit = {
  readonly requests: readonly string[];
  readonly scripts: readonly string[];
  readonly messages: readonly string[];
  readonly text: string;
};

type Message = {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
};

/** Opens pages one after the other, each until it has loaded, clicks on everything that opens, and leaves. */
export async function visitPages(chromium: string, addresses: readonly string[]): Promise<readonly Visit[]> {
  const profile = mkdtempSync(join(tmpdir(), 'runbook-chromium-'));
  const flags = ['--headless=shell', '--no-sandbox', '--single-process', '--no-zygote', '--use-gl=angle', '--use-angle=swiftshader'];
  const browser = spawn(chromium, [...flags, '--disable-dev-shm-usage', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const link = await connect(await addressOf(browser.stderr));
    const visits: Visit[] = [];
    for (const address of addresses) visits.push(await visit(link, address));
    return visits;
  } finally {
    browser.kill('SIGKILL');
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

function addressOf(stderr: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    });
    stderr.on('end', () => reject(new Error(`The browser ended: ${said}`)));
  });
}

type Link = {
  readonly send: (method: string, params?: object, session?: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly on: (listener: (message: Message) => void) => void;
};

async function connect(address: string): Promise<Link> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('The browser cannot be reached.'));
  });
  const waiting = new Map<number, (message: Message) => void>();
  const listeners: ((message: Message) => void)[] = [];
  socket.onmessage = ({ data }) => {
    const message: Message = JSON.parse(String(data));
    if (message.id === undefined) for (const listener of listeners) listener(message);
    else waiting.get(message.id)?.(message);
  };
  let last = 0;
  return {
    on: (listener) => void listeners.push(listener),
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, ({ result, error }) => (result === undefined ? reject(new Error(error?.message)) : resolve(result)));
        socket.send(JSON.stringify({ id: last, method, params, sessionId }));
      }),
  };
}

async function visit(link: Link, address: string): Promise<Visit> {
  const { targetId } = await link.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await link.send('Target.attachToTarget', { targetId, flatten: true });
  const session = String(sessionId);
  const [requests, scripts, messages]: string[][] = [[], [], []];
  const loaded = new Promise<void>((resolve) => {
    link.on(({ sessionId: from, method, params = {} }) => {
      if (from !== session) return;
      if (method === 'Network.requestWillBeSent') requests?.push(String((params.request as { url: string }).url));
      // An empty address is that of what this test itself evaluates.
      if (method === 'Debugger.scriptParsed' && params.url !== '') scripts?.push(String(params.url));
      if (method === 'Log.entryAdded') messages?.push(String((params.entry as { text: string }).text));
      if (method === 'Page.loadEventFired') resolve();
    });
  });
  for (const domain of ['Network', 'Debugger', 'Log', 'Page', 'Runtime']) await link.send(`${domain}.enable`, {}, session);
  await link.send('Page.navigate', { url: address }, session);
  await loaded;
  const expression = `document.querySelectorAll('details').forEach((one) => { one.open = true; }); document.body.innerText`;
  const { result } = await link.send('Runtime.evaluate', { expression }, session);
  await link.send('Target.closeTarget', { targetId });
  return { requests: requests ?? [], scripts: scripts ?? [], messages: messages ?? [], text: String((result as { value?: unknown }).value) };
}
