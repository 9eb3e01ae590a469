/** The whole frame: stage banner, the screen that fits the moment, and the keys that do something now. */

import stringWidth from 'string-width';
import { frameOf, stepOf } from '../../core/frame.ts';
import type { Context } from '../../core/need.ts';
import { stretchOf } from '../../core/onward.ts';
import { clockWords } from '../../core/words.ts';
import { type Card, cardOf } from '../card.ts';
import { endingOf } from '../ending.ts';
import { escalationOf } from '../escalation.ts';
import { keyBar, type Mode, type Verb } from '../keys.ts';
import { columns, cut, ends, rule } from '../layout.ts';
import { type Look, narrowed, stageBanner } from '../look.ts';
import { choicesOf, digits } from '../options.ts';
import { inline, trail } from '../place.ts';
import { type Asking, modeOf, type Scene, type State, tooSmall } from '../state.ts';
import { changesScreen } from './changes.ts';
import { chooseScreen } from './choose.ts';
import { confirmScreen } from './confirm.ts';
import type { Drawn, Scroll } from './drawn.ts';
import { inputScreen } from './input.ts';
import { liveScreen } from './live.ts';
import { currentStep, overviewScreen, stepList } from './overview.ts';
import { type AboutStep, differenceScreen, escalationScreen, helpScreen, proseScreen, stopScreen, tooSmallScreen, valuesScreen } from './panes.ts';
import { renewalScreen } from './renewal.ts';
import { noteLines } from './writing.ts';

/** The width of the list of steps beside a screen that is wide enough for it. */
const paneWidth = 38;

/** The frame for a state, never higher than the screen less two lines: a frame as high as the screen would wipe what is above it. */
export function drawFrame(state: State): Drawn {
  const { scene, look } = state;
  if (scene === undefined || state.closed) return { lines: [] };
  const most = look.rows - 2;
  const banner = bannerLine(scene, state, look);
  if (tooSmall(look)) {
    const { lines } = tooSmallScreen(questionWords(scene, state), look);
    return { lines: [banner, ...lines].slice(0, Math.max(1, most)) };
  }
  const field = state.noting === undefined ? [] : noteLines(state.noting, look);
  const room = most - 3 - field.length;
  const body = bodyOf(scene, state, room);
  const bar = barLine(state, body.scroll, look);
  return { ...body, lines: [banner, ...body.lines.slice(0, room), ...field, rule('', look), bar].map((line) => cut(line, look)) };
}

/** The whole screen less its last line: the frame at the bottom, and above it the latest of what stays in the terminal afterwards. */
export function drawScreen(state: State): readonly string[] {
  const { look, permanent } = state;
  const { lines } = drawFrame(state);
  if (state.closed) return [];
  const room = Math.max(0, look.rows - 1 - lines.length);
  const above = room === 0 ? [] : permanent.slice(-room).map((line) => cut(line, look));
  return [...Array.from({ length: room - above.length }, () => ''), ...above, ...lines];
}

function bodyOf(scene: Scene, state: State, height: number): Drawn {
  const { look } = state;
  const pane = state.asking?.pane;
  const wide = look.columns >= 100 && look.rows >= 30;
  const listed = state.live === undefined && (state.asking === undefined || pane === 'overview');
  if (!wide || listed) return screenOf(scene, state, look, height);
  const right = screenOf(scene, state, narrowed(look, look.columns - paneWidth - 2), height);
  const left = narrowed(look, paneWidth);
  const context = contextLines(scene, state, left);
  const steps = stepList(scene.plan, scene.run, state, left, height - context.length - 1);
  return { ...right, lines: columns([...steps, '', ...context], right.lines, paneWidth, look) };
}

function screenOf(scene: Scene, state: State, look: Look, height: number): Drawn {
  const { plan, run } = scene;
  const { asking, live, now } = state;
  if (asking === undefined) {
    if (live === undefined) return overviewScreen(scene, state, look, height);
    return live.help === undefined ? liveScreen(plan, run, live, now, look, height) : helpScreen('live', applier(state), live.help, look, height);
  }
  switch (asking.pane) {
    case 'overview':
      return overviewScreen(scene, state, look, height);
    case 'values':
      return valuesScreen(run, contextOf(asking), asking.scroll, look, height);
    case 'difference': {
      const since = cardShown(scene, asking)?.since;
      return since === undefined ? { lines: [] } : differenceScreen(since, asking.scroll, look, height);
    }
    case 'escalation': {
      const question = asking.asked.kind === 'question' ? asking.asked.question : undefined;
      if (question === undefined || !('choices' in question)) return { lines: [] };
      return escalationScreen(escalationOf(plan, run, question, state.last), asking.notice, asking.scroll, look, height);
    }
    case 'prose': {
      const about = confirmingOf(asking);
      return about === undefined ? questionScreen(scene, state, asking, look, height) : proseScreen(plan, run, about, asking.scroll, look, height);
    }
    case 'help':
      return helpScreen(modeOf({ ...state, asking: { ...asking, pane: asking.back } }), applier(state), asking.scroll, look, height);
    case 'stop':
      return stopScreen(run, look);
    case 'question':
      return questionScreen(scene, state, asking, look, height);
  }
}

function questionScreen({ plan, run }: Scene, state: State, asking: Asking, look: Look, height: number): Drawn {
  const asked = { state, plan, run, asking };
  if (asking.asked.kind === 'changes') return changesScreen(asked, asking.asked.changes, look, height);
  if (asking.asked.kind === 'renewal') return renewalScreen(asking.asked.renewal, look, height);
  const { question } = asking.asked;
  switch (question.kind) {
    case 'input':
      return inputScreen(asked, question, look, height);
    case 'confirm':
    case 'attest':
      return confirmScreen(asked, question, look, height);
    default:
      return chooseScreen(asked, question, look, height);
  }
}

/** The question about a step that is to run or to be done. */
function confirmingOf({ asked }: Asking): AboutStep | undefined {
  const question = asked.kind === 'question' ? asked.question : undefined;
  return question?.kind === 'confirm' || question?.kind === 'attest' ? question : undefined;
}

/** The question in one line. */
function questionWords({ plan, run }: Scene, { asking }: State): string {
  if (asking === undefined) return '';
  if (asking.asked.kind === 'changes') return 'Files changed. Go on with them?';
  if (asking.asked.kind === 'renewal') return 'AWS credentials have to be renewed. Renewed?';
  const { question, context } = asking.asked;
  switch (question.kind) {
    case 'input':
      return `${inline(question.input.name)}?`;
    case 'confirm':
    case 'attest': {
      const card = cardOf(plan, run, question, context);
      return `${card.title}: ${card.question}`;
    }
    default: {
      const ending = endingOf(plan, run, question);
      return `${ending.title}: ${ending.question}`;
    }
  }
}

/** The stage comes first and is never cut; the mark of the record, the run's id and the clock give way before the step's number does. */
function bannerLine(scene: Scene, state: State, look: Look): string {
  const { plan, run } = scene;
  const stage = ` ${stageBanner(plan.stage, inline(plan.stage.name), look)}`;
  const left = `${stage} ${trail(plan, run, look.glyphs.arrow)}`;
  const current = currentStep(plan, run, state);
  const step = current === undefined ? '' : `step ${current.ofAll}`;
  const clock = clockWords(state.now - Date.parse(run.startedAt));
  const id = `run ${inline(run.id)}`;
  const rights = [[step, id, clock, look.glyphs.record], [step, id, clock], [step, clock], [step]].map((words) => words.filter(Boolean).join('   '));
  const right = rights.find((words) => stringWidth(left) + stringWidth(words) + 2 <= look.columns) ?? rights.at(-1) ?? '';
  return ends(left, stringWidth(stage) + stringWidth(right) < look.columns ? right : '', look);
}

function contextOf(asking: Asking | undefined): Context {
  return asking?.asked.kind === 'question' ? asking.asked.context : {};
}

/** The card of the step that is asked about. */
function cardShown({ plan, run }: Scene, asking: Asking | undefined): Card | undefined {
  if (asking?.asked.kind !== 'question') return undefined;
  const { question, context } = asking.asked;
  return question.kind === 'confirm' || question.kind === 'attest' ? cardOf(plan, run, question, context) : undefined;
}

function contextLines({ plan, run, folder, lock }: Scene, { asking }: State, look: Look): readonly string[] {
  const person = run.people.at(-1);
  const { target, aws } = contextOf(asking);
  const lines: readonly (readonly [string, string])[] = [
    ['stage', `${inline(plan.stage.name).toUpperCase()}${plan.stage.confirm === 'typed' ? ' (type it)' : ''}`],
    ...(target === undefined ? [] : [['database', `${inline(target.database)}, ${target.role}`] as const]),
    ...(aws === undefined ? [] : [['account', `${inline(aws.account)}, ${inline(aws.region)}`] as const]),
    ...(person === undefined ? [] : [['operator', inline(`${person.operator} on ${person.host}`)] as const]),
    ...(run.ticket === undefined ? [] : [['ticket', inline(run.ticket)] as const]),
    ...(run.git === undefined ? [] : [['git', `${inline(run.git.commit.slice(0, 7))} ${run.git.dirty ? 'with changes' : 'clean'}`] as const]),
    ['record', inline(folder)],
    ...(lock === undefined ? [] : [['lock', lock] as const]),
  ];
  return [rule('Context', look), ...lines.map(([name, value]) => cut(` ${name.padEnd(9)}${value}`, look))];
}

/** While the operator runs on, every key but Ctrl+C has the one meaning of ending that. */
const runningOn: readonly string[] = ['running on through steps that only read', 'any key ends it', 'ctrl+c stops'];

function barLine(state: State, scroll: Scroll | undefined, look: Look): string {
  const more = scroll !== undefined && scroll.total > scroll.visible;
  const applies = applier(state);
  const onward = state.asking === undefined && state.stretch !== undefined;
  const labels = onward
    ? runningOn
    : keyBar(modeOf(state), (verb) => (verb === 'up' || verb === 'page-down' ? more || isList(modeOf(state)) : applies(verb)));
  const words = labels.map((label) => (look.unicode ? label : label.replace('⏎', 'enter').replace('↑↓', 'up/down').replace('…', '...')));
  // The way out stands last, and is there however many others have no room.
  const out = words.at(-1) ?? '';
  const room = look.columns - stringWidth(out) - 3;
  const line = words.slice(0, -1).reduce((before, label) => (stringWidth(`${before}  ${label}`) > room ? before : `${before}  ${label}`), '');
  return look.paint('quiet', ` ${`${line}  ${out}`.trimStart()}`);
}

function isList(mode: Mode): boolean {
  return mode === 'choose' || mode === 'pick-value';
}

/** Which keys do something for this question. */
export function applier({ scene, asking, live, look }: State): (verb: Verb) => boolean {
  const question = asking?.asked.kind === 'question' ? asking.asked.question : undefined;
  const confirming = question?.kind === 'confirm' ? question : undefined;
  const since = confirming?.purpose === 'run' || question?.kind === 'attest' ? contextOf(asking).since : undefined;
  const onward = scene !== undefined && question !== undefined && stretchOf(scene.plan, scene.run, question) !== undefined;
  const dryRun =
    scene !== undefined && confirming !== undefined && stepOf(scene.plan, frameOf(scene.run, confirming.frame), confirming.step).dryRun !== undefined;
  const about = scene === undefined || asking === undefined ? undefined : confirmingOf(asking);
  const reading = about === undefined || scene === undefined ? undefined : stepOf(scene.plan, frameOf(scene.run, about.frame), about.step).reading;
  const forward = confirming === undefined || confirming.purpose === 'run';
  return (verb) => {
    switch (verb) {
      case 'dry-run':
        return dryRun && forward;
      case 'skip':
        return forward;
      case 'find':
        return !(question?.kind === 'input' && asking?.pane === 'question') || choicesOf(question, '').length > digits;
      case 'next-match':
      case 'previous-match':
        return live?.search !== undefined;
      case 'unfind':
        return asking === undefined ? live?.search !== undefined : asking.filtering || asking.filter !== '';
      case 'onward':
        return onward;
      case 'difference':
        return since?.kind === 'compared' && since.lines > 0;
      case 'prose':
        return reading !== undefined && reading.above.length + reading.below.length > 0;
      case 'note':
        return !tooSmall(look) && (asking !== undefined || live?.search === undefined);
      case 'pager':
        return (scene?.run.attempts ?? 0) > 0;
      default:
        return true;
    }
  };
}
