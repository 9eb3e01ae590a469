/** A state that changes only by actions, with whoever wants to know told about it. */

/** Holds a state for React (`useSyncExternalStore`) and for effects. */
export type Store<State, Action> = {
  readonly get: () => State;
  readonly subscribe: (listener: () => void) => () => void;
  readonly dispatch: (action: Action) => void;
};

/** A store over a pure reducer; the effects of an action are done after everybody knows the new state. */
export function createStore<State, Action, Effect>(
  first: State,
  reduce: (state: State, action: Action) => { readonly state: State; readonly effects: readonly Effect[] },
  perform: (effect: Effect) => void,
): Store<State, Action> {
  let state = first;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch(action) {
      const next = reduce(state, action);
      if (next.state !== state) {
        state = next.state;
        for (const listener of listeners) listener();
      }
      for (const effect of next.effects) perform(effect);
    },
  };
}
