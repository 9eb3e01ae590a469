/** Lends the terminal to one after the other. */

/** Who has lent the terminal. */
export type Lender = {
  /** Does some work when everybody before has given the terminal back; `over` is aborted when it has to be given back. */
  lend<T>(work: (over: AbortSignal) => Promise<T>): Promise<T>;
  /** True while somebody has it or waits for it. */
  readonly busy: boolean;
  /** Asks for it back, and waits until it is there. */
  end(): Promise<void>;
};

/** A terminal that nobody has borrowed yet. */
export function createLender(): Lender {
  const over = new AbortController();
  let last: Promise<void> = Promise.resolve();
  let borrowers = 0;
  return {
    lend(work) {
      borrowers += 1;
      const mine = last.then(() => work(over.signal));
      const back = (): void => {
        borrowers -= 1;
      };
      last = mine.then(back, back);
      return mine;
    },
    get busy() {
      return borrowers > 0;
    },
    end() {
      over.abort();
      return last;
    },
  };
}
