/**
 * The candidate a mistyped word most likely meant: the smallest Damerau-Levenshtein distance (case ignored), at most
 * 2 or a third of the word's length, and 1 for words of up to three letters. The first of equals wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let limit = wanted.length <= 3 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  let best: string | undefined;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    if (candidate === word || Math.abs(other.length - wanted.length) > limit) continue;
    const found = distance(wanted, other, limit);
    const nothingInCommon = found >= Math.max(other.length, wanted.length);
    if (nothingInCommon || found > limit || (best !== undefined && found === limit)) continue;
    best = candidate;
    limit = found;
  }
  return best;
}

/** Edits (insert, delete, replace, swap of neighbours) from one word to another; anything above `limit` is `limit + 1`. */
export function distance(from: string, to: string, limit = Number.MAX_SAFE_INTEGER - 1): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = nextRow({ from, to, row, last, beforeLast });
    if (Math.min(...current) > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? to.length;
}

interface Rows {
  readonly from: string;
  readonly to: string;
  readonly row: number;
  readonly last: readonly number[];
  readonly beforeLast: readonly number[];
}

function nextRow({ from, to, row, last, beforeLast }: Rows): readonly number[] {
  const current = [row];
  for (let column = 1; column <= to.length; column++) {
    const same = from[row - 1] === to[column - 1];
    let edits = Math.min(
      at(last, column) + 1,
      at(current, column - 1) + 1,
      at(last, column - 1) + (same ? 0 : 1),
    );
    const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
    if (row > 1 && column > 1 && swapped) edits = Math.min(edits, at(beforeLast, column - 2) + 1);
    current.push(edits);
  }
  return current;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.MAX_SAFE_INTEGER;
}
