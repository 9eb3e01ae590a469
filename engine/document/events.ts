/** How the markdown parser applies edits to its list of events: only what lies behind the first one has to move. */

import { EditMap } from 'micromark-util-edit-map';

/**
 * Lets micromark apply edits in place.
 *
 * It makes one at the end of every list, item and quote, close to the end of its list of events, and copies the whole list for each: a nested list
 * of 32 KB takes seconds, and twice as much takes four times as long. The result is the same event for event.
 */
export function editInPlace(): void {
  EditMap.prototype.consume = function consume(events) {
    const edits = this.map.toSorted(([a], [b]) => a - b);
    const [first] = edits;
    if (first === undefined) return;
    const [from] = first;
    const moved = events.splice(from);
    let at = from;
    for (const [index, remove, added] of edits) {
      append(events, moved.slice(at - from, index - from));
      append(events, added);
      at = index + remove;
    }
    append(events, moved.slice(at - from));
    this.map.length = 0;
    this.index.clear();
  };
}

/** One by one: a call takes no hundred thousand arguments. */
function append<T>(list: T[], more: readonly T[]): void {
  for (const one of more) list.push(one);
}
