/** Longest lists that are compared line by line; beyond it only the counts are told. */
const maxLines = 2000;

/** How alike two lists of lines are: 1 for the same lines, 0 for none in common. The order does not matter. */
export function likeness(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const line of a) counts.set(line, (counts.get(line) ?? 0) + 1);
  let common = 0;
  for (const line of b) {
    const left = counts.get(line) ?? 0;
    if (left === 0) continue;
    common += 1;
    counts.set(line, left - 1);
  }
  return a.length + b.length === 0 ? 1 : (2 * common) / (a.length + b.length);
}

/**
 * What differs, as lines with `-` (only in `before`) and `+` (only in `after`), in order; at most `maxShown`, with
 * a last line that counts the rest.
 */
export function differingLines(
  { before, after }: { readonly before: readonly string[]; readonly after: readonly string[] },
  maxShown = 12,
): readonly string[] {
  if (before.length > maxLines || after.length > maxLines)
    return [`(${before.length} recorded lines, ${after.length} asked: too many to compare)`];
  const lines = walk(before, { after, lengths: commonLengths(before, after) });
  if (lines.length <= maxShown) return lines;
  return [...lines.slice(0, maxShown), `… ${lines.length - maxShown} more lines differ`];
}

/** `lengths[i][j]`: how many lines the rest of `a` from i and the rest of `b` from j have in common, in order. */
function commonLengths(a: readonly string[], b: readonly string[]): readonly Uint16Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = lengths[i];
    const below = lengths[i + 1];
    if (!row || !below) continue;
    for (let j = b.length - 1; j >= 0; j -= 1)
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
  }
  return lengths;
}

function walk(
  before: readonly string[],
  { after, lengths }: { readonly after: readonly string[]; readonly lengths: readonly Uint16Array[] },
): string[] {
  const lines: string[] = [];
  const common = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      i += 1;
      j += 1;
    } else if (common(i + 1, j) >= common(i, j + 1)) {
      lines.push(`- ${before[i]}`);
      i += 1;
    } else {
      lines.push(`+ ${after[j]}`);
      j += 1;
    }
  }
  return [
    ...lines,
    ...before.slice(i).map((line) => `- ${line}`),
    ...after.slice(j).map((line) => `+ ${line}`),
  ];
}
