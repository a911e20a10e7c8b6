import type { Option } from "../../language/voting.ts";

/** Sets of options that are looked at before all are called a tie, and how much of ballots and options in all of them. */
const mostSets = 2000;
const mostWork = 2_000_000;

/**
 * Who can win by instant run-off (single-seat STV; N. Tideman, "Collective Decisions and Voting", 2006): while nobody has
 * more than half of the ballots that still name an option, the option that fewest ballots put first goes, and they pass
 * to what they name next. Where several have fewest, each of them may be the one that goes, and whoever wins then can win
 * (parallel-universes tie-breaking; V. Conitzer, M. Rognlie, L. Xia, "Preference Functions That Score Rankings and Maximum
 * Likelihood Estimation", IJCAI 2009): so neither names nor an order decide, and one that wins whichever goes has won.
 * Empty when no ballot names any of the options.
 */
export function runOff(
  rankings: readonly (readonly Option[])[],
  candidates: readonly Option[],
): readonly Option[] {
  const named = new Set(rankings.flat());
  if (!candidates.some((option) => named.has(option))) return [];
  const winners = new Set<Option>();
  const most = setsFor(rankings, candidates);
  const known = new Set([keyOf(candidates)]);
  const open: (readonly Option[])[] = [candidates];
  for (let left = open.pop(); left; left = open.pop()) {
    const scores = firstsOf(rankings, left);
    const winner = majorityOf(scores);
    if (winner !== undefined) winners.add(winner);
    else
      for (const gone of goingAfter(scores)) {
        const next = left.filter((option) => !gone.has(option));
        const key = keyOf(next);
        if (known.has(key)) continue;
        // there are more of them whichever is looked at first
        if (known.size >= most) return candidates.filter((option) => named.has(option));
        known.add(key);
        open.push(next);
      }
  }
  return candidates.filter((option) => winners.has(option));
}

function setsFor(rankings: readonly (readonly Option[])[], candidates: readonly Option[]): number {
  const size = rankings.reduce((sum, { length }) => sum + length, candidates.length);
  return Math.max(1, Math.min(mostSets, Math.floor(mostWork / size)));
}

function keyOf(left: readonly Option[]): string {
  return JSON.stringify(left);
}

type Scores = readonly (readonly [option: Option, score: number])[];

/** How many ballots put each option before all others that are left; fewest first. */
function firstsOf(rankings: readonly (readonly Option[])[], left: readonly Option[]): Scores {
  const scores = new Map(left.map((option) => [option, 0]));
  for (const ranking of rankings) {
    const first = ranking.find((option) => scores.has(option));
    if (first !== undefined) scores.set(first, (scores.get(first) ?? 0) + 1);
  }
  return [...scores].toSorted(([, a], [, b]) => a - b);
}

function majorityOf(scores: Scores): Option | undefined {
  const all = scores.reduce((sum, [, score]) => sum + score, 0);
  const most = scores.at(-1);
  return most && 2 * most[1] > all ? most[0] : undefined;
}

/**
 * Who may go after a round. Options that together have fewer than the next one go in any case, all of them before it;
 * without such, one of those that have fewest goes.
 */
function goingAfter(scores: Scores): readonly ReadonlySet<Option>[] {
  let sum = 0;
  let sure = 0;
  for (const [index, [, score]] of scores.entries()) {
    if (index > 0 && sum < score) sure = index;
    sum += score;
  }
  if (sure > 0) return [new Set(scores.slice(0, sure).map(([option]) => option))];
  const fewest = scores[0]?.[1];
  return scores.flatMap(([option, score]) => (score === fewest ? [new Set([option])] : []));
}
