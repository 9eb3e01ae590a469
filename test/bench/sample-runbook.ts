/** A runbook such as people write, of any size. */

const part = (number: number): string => `## Sort shelf ${number}

Every brick of shelf ${number} goes back into its box; see [the list of boxes](https://example.com/boxes/${number}).

| Colour | Box | Bricks |
| --- | --- | --- |
| white | ${number}a | 2x4, 2x2 |
| black | ${number}b | 1x1 |

- Look at the labels first:
  - a box without one is *new*,
  - a box with two is **wrong**.

> [!WARNING]
> Medium risk. Whoever builds right now will look for their bricks.

\`\`\`bash step=sort-${number} risk=medium timeout=5m
echo "sorting shelf ${number}"
\`\`\`

**Check:**

\`\`\`bash check=sort-${number}
test -d .
\`\`\`

**Undo:**

\`\`\`bash rollback=sort-${number}
echo "shelf ${number} is as it was"
\`\`\`

`;

/** A valid runbook of at least this many bytes: each procedure has prose, a table, a nested list, an alert, and a step with its check and its undo. */
export function sampleRunbook(bytes: number): string {
  let text = '---\nkind: runbook\nowner: bricks team\n---\n\n# Sort the shelves\n\nPuts every brick into its box.\n\n';
  for (let number = 1; text.length < bytes; number += 1) text += part(number);
  return text;
}
