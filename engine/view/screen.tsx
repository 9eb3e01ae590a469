/** The ink side of the terminal view: permanent lines, one frame, keys and pastes. Everything it draws is decided elsewhere. */

import { Box, Static, type SuspendTerminal, Text, useApp, useInput, usePaste } from 'ink';
import { useEffect, useSyncExternalStore } from 'react';
import { type Press, pressOf } from './keys.ts';
import { drawFrame, drawScreen } from './screens/frame.ts';
import type { Action, State } from './state.ts';
import type { Store } from './store.ts';

/** What the screen is connected to. */
type ScreenProps = {
  readonly store: Store<State, Action>;
  /** On the alternate screen nothing stays: what would is drawn above the frame, as far as there is room. */
  readonly fullscreen: boolean;
  readonly onPress: (press: Press) => void;
  /** Gets the function that gives the terminal to another program for a while. */
  readonly onReady: (suspend: SuspendTerminal) => void;
};

/** The whole view. The frame is one text of lines that are cut already, which is what ink draws cheapest. */
export function Screen({ store, fullscreen, onPress, onReady }: ScreenProps) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  const { suspendTerminal } = useApp();
  useEffect(() => onReady(suspendTerminal), [onReady, suspendTerminal]);
  useInput((input, key) => onPress(pressOf(input, key)));
  usePaste((text) => store.dispatch({ kind: 'paste', text }));
  const lines = fullscreen ? drawScreen(state) : drawFrame(state).lines;
  return (
    <Box flexDirection="column">
      <Static items={fullscreen ? [] : [...state.permanent]}>{(line, index) => <Text key={index}>{line === '' ? ' ' : line}</Text>}</Static>
      {lines.length > 0 && <Text>{lines.join('\n')}</Text>}
    </Box>
  );
}
