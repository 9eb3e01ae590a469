/** Waiting that can be cut short. */

/** Resolves after `ms`, or as soon as one of the signals is aborted. Leaves no listener behind, so it can be called for hours. */
export function pause(ms: number, ...until: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const signal of until) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of until) signal.addEventListener('abort', done);
    if (until.some((signal) => signal.aborted)) done();
  });
}
