/** The picker: which runbook, which procedure, on which stage; or which unfinished run to go on with. */

import { render, Text, useApp, useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { type Press, pressOf } from './keys.ts';
import { type Look, lookOf } from './look.ts';
import { type PickEntry, type Picked, type PickState, pickInitial, pickUpdate } from './pick-state.ts';
import { pickScreen } from './screens/pick.ts';
import { createStore, type Store } from './store.ts';

export type { PickEntry };

/** The terminal that the picker draws on. */
type PickOptions = {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Stops the engine as Ctrl+Z stops a program; resolves when it goes on. */
  readonly suspendSelf: () => Promise<void>;
};

type View = { readonly look: Look; readonly pick: PickState };
type Action = { readonly press: Press } | { readonly look: Look };

/** Shows the picker on the alternate screen until something is picked; undefined when it was left. */
export async function pick(entries: readonly PickEntry[], options: PickOptions): Promise<Picked | undefined> {
  const { stdin, stdout } = options;
  const look = () => lookOf({ columns: stdout.columns, rows: stdout.rows }, options);
  const chosen = Promise.withResolvers<Picked | undefined>();
  const first: View = { look: look(), pick: pickInitial(entries) };
  const reduce = (view: View, action: Action) => {
    if ('look' in action) return { state: { ...view, look: action.look }, effects: [] };
    const { state, leave } = pickUpdate(view.pick, action.press);
    return { state: { ...view, pick: state }, effects: leave === undefined ? [] : [leave] };
  };
  const store = createStore(first, reduce, ({ picked }: { readonly picked: Picked | undefined }) => chosen.resolve(picked));
  const resized = () => store.dispatch({ look: look() });
  stdout.on('resize', resized);
  const app = render(<Picker store={store} suspendSelf={options.suspendSelf} />, {
    stdin,
    stdout,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    alternateScreen: true,
  });
  app.waitUntilExit().then(() => chosen.resolve(undefined), chosen.reject);
  try {
    return await chosen.promise;
  } finally {
    stdout.off('resize', resized);
    app.unmount();
    await app.waitUntilExit();
  }
}

function Picker({ store, suspendSelf }: { readonly store: Store<View, Action>; readonly suspendSelf: () => Promise<void> }) {
  const { suspendTerminal } = useApp();
  const { look, pick: state } = useSyncExternalStore(store.subscribe, store.get);
  useInput((input, key) => {
    const press = pressOf(input, key);
    if (press.name === 'ctrl+z') void suspendTerminal(suspendSelf);
    else store.dispatch({ press });
  });
  return <Text>{pickScreen(state, look).join('\n')}</Text>;
}
