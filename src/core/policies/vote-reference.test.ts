import { describe, expect, it } from "vitest";
import type { Option, VoteRule } from "../../language/voting.ts";
import { type Ballot, count, type VoteRules, type VoteStatus } from "./vote.ts";

const voters = ["ann", "bob", "cyd", "dan"];
const options = ["a", "b", "c"];

/** What a rule comes to, found in the slowest and most obvious way. */
interface Expected {
  readonly decision: Option | null;
  readonly status: VoteStatus;
  readonly open: readonly Option[];
}

interface Vote {
  readonly voter: string;
  readonly ranking: readonly Option[];
  readonly weight: number;
}

const undecided = (status: VoteStatus, open: readonly Option[] = []): Expected => ({
  decision: null,
  status,
  open,
});

function expected(ballots: readonly Ballot[], rules: VoteRules): Expected {
  const { rule, barred = [] } = rules;
  const votes = ballots
    .filter(({ abstain }) => !abstain)
    .map(({ voter, vote }) => ({ voter, ranking: [vote].flat() as Option[], weight: weightOf(rule, voter) }));
  if (isShort(ballots, votes, rules)) return undecided("no_quorum");
  const free = options.filter((option) => !barred.includes(option));
  const found = winnerOf(votes, { rule, candidates: free });
  const { decision } = found;
  if (decision !== null && isVetoed(votes, rule, decision)) return undecided("vetoed");
  if (decision !== null) return found;
  const wouldWin = winnerOf(votes, { rule, candidates: options }).decision;
  return wouldWin !== null && barred.includes(wouldWin) ? undecided("barred") : found;
}

function isShort(
  ballots: readonly Ballot[],
  votes: readonly Vote[],
  { rule, quorum = 1 }: VoteRules,
): boolean {
  const spoke = (name: string): boolean => ballots.some(({ voter }) => voter === name);
  const voted = (name: string): boolean => votes.some(({ voter }) => voter === name);
  if (votes.length < quorum || votes.length === 0) return true;
  if (rule.kind === "quorum") return votes.length < rule.votes;
  if (rule.kind === "veto") return !rule.by.every(spoke);
  return rule.kind === "priority" && !rule.order.some(voted);
}

function isVetoed(votes: readonly Vote[], rule: VoteRule, decision: Option): boolean {
  return (
    rule.kind === "veto" &&
    votes.some(({ voter, ranking }) => rule.by.includes(voter) && ranking[0] !== decision)
  );
}

interface Race {
  readonly rule: VoteRule;
  readonly candidates: readonly Option[];
}

function winnerOf(votes: readonly Vote[], { rule, candidates }: Race): Expected {
  if (rule.kind === "priority") return firstOf(votes, rule.order, candidates);
  if (rule.kind === "ranked") return ofPossible(possibleWinners(votes, candidates));
  const weightFor = (option: Option): number =>
    sum(votes.filter(({ ranking }) => ranking[0] === option).map(({ weight }) => weight));
  const voted = candidates.filter((option) => votes.some(({ ranking }) => ranking[0] === option));
  const best = voted.filter((option) => voted.every((other) => weightFor(option) >= weightFor(other)));
  const [winner, second] = best;
  if (second !== undefined) return undecided("tie", best);
  if (winner === undefined) return undecided("no_majority");
  return isEnough(votes, rule, { winner, weight: weightFor(winner) })
    ? { decision: winner, status: "decided", open: [] }
    : undecided("no_majority", voted);
}

function isEnough(
  votes: readonly Vote[],
  rule: VoteRule,
  { winner, weight }: { readonly winner: Option; readonly weight: number },
): boolean {
  if (rule.kind === "quorum") return weight >= rule.votes * 10;
  if (rule.kind === "unanimous") return votes.every(({ ranking }) => ranking[0] === winner);
  return weight > sum(votes.map((one) => one.weight)) - weight;
}

function firstOf(votes: readonly Vote[], order: readonly string[], candidates: readonly Option[]): Expected {
  for (const name of order)
    for (const { voter, ranking } of votes)
      for (const option of candidates)
        if (voter === name && ranking[0] === option) return { decision: option, status: "decided", open: [] };
  return undecided("no_majority");
}

/** In tenths. */
function weightOf(rule: VoteRule, voter: string): number {
  return rule.kind === "weighted" ? Math.round((rule.weights[voter] ?? 1) * 10) : 10;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** Round by round to the last option, with everyone who may go gone once. */
function possibleWinners(votes: readonly Vote[], left: readonly Option[]): ReadonlySet<Option> {
  if (!votes.some(({ ranking }) => ranking.some((option) => left.includes(option)))) return new Set();
  const firsts = left.map(
    (option) => votes.filter(({ ranking }) => ranking.find((one) => left.includes(one)) === option).length,
  );
  if (left.length === 1) return new Set(left);
  const fewest = Math.min(...firsts);
  return new Set(
    left.flatMap((gone, at) =>
      firsts[at] === fewest
        ? [
            ...possibleWinners(
              votes,
              left.filter((option) => option !== gone),
            ),
          ]
        : [],
    ),
  );
}

function ofPossible(winners: ReadonlySet<Option>): Expected {
  const [winner] = winners;
  if (winner === undefined) return undecided("no_majority");
  const open = options.filter((option) => winners.has(option));
  return winners.size > 1 ? undecided("tie", open) : { decision: winner, status: "decided", open: [] };
}

function* choices<T>(of: readonly T[], length: number): Generator<readonly T[]> {
  if (length === 0) return yield [];
  for (const rest of choices(of, length - 1)) for (const one of of) yield [...rest, one];
}

const subsets: readonly (readonly string[])[] = options.reduce<readonly (readonly string[])[]>(
  (sets, option) => [...sets, ...sets.map((set) => [...set, option])],
  [[]],
);

type Said = Pick<Ballot, "vote" | "abstain"> | undefined;
const abstains: Said = { abstain: true };
/** Absent, abstaining, or for an option. */
const plain: readonly Said[] = [undefined, abstains, ...options.map((vote) => ({ vote }))];
const rankings: readonly (readonly string[])[] = [1, 2, 3]
  .flatMap((length) => [...choices(options, length)])
  .filter((ranking) => new Set(ranking).size === ranking.length);

function ballotsOf(said: readonly Said[]): Ballot[] {
  return said.flatMap((one, at) => (one ? [{ voter: voters[at] ?? "", ...one }] : []));
}

/** Every way in which so many voters may vote, with every set of options barred: gives how many there were. */
function compareAll(said: Iterable<readonly Said[]>, rules: Omit<VoteRules, "barred" | "options">): number {
  let cases = 0;
  for (const one of said) {
    const ballots = ballotsOf(one);
    for (const barred of subsets) {
      cases += 1;
      const given = { ...rules, options, barred };
      const { decision, status, open } = count(ballots, given);
      const wanted = expected(ballots, given);
      if (decision === wanted.decision && status === wanted.status && `${open}` === `${wanted.open}`)
        continue;
      expect({ ballots, given, decision, status, open }).toEqual({ ballots, given, ...wanted });
    }
  }
  return cases;
}

describe("count, against a slow and obvious count of all small polls", () => {
  const rules: readonly VoteRule[] = [
    { kind: "majority" },
    { kind: "unanimous" },
    { kind: "quorum", votes: 1 },
    { kind: "quorum", votes: 2 },
    { kind: "quorum", votes: 3 },
    { kind: "veto", by: ["ann"] },
    { kind: "veto", by: ["dan", "bob"] },
    { kind: "priority", order: ["cyd"] },
    { kind: "priority", order: ["dan", "ann"] },
  ];
  it.each(rules)("$kind comes to the same: $votes $by $order", (rule) => {
    for (const quorum of [undefined, 3])
      expect(compareAll(choices(plain, 4), { rule, quorum })).toBe(5 ** 4 * 8);
  });

  it("weighted comes to the same, for weights whose sums are not exact in binary", () => {
    for (const [ann = 0, bob = 0, cyd = 0] of choices([0, 0.1, 0.2, 0.3, 1], 3)) {
      const rule = { kind: "weighted", weights: { ann, bob, cyd } } as const;
      expect(compareAll(choices(plain.slice(1), 3), { rule })).toBe(4 ** 3 * 8);
    }
  });

  it("weighted counts a voter that is not named as 1", () => {
    const rule = { kind: "weighted", weights: { ann: 2 } } as const;
    expect(compareAll(choices(plain, 3), { rule })).toBe(5 ** 3 * 8);
  });

  it("ranked comes to the same for three voters", () => {
    const said = [undefined, abstains, ...rankings.map((vote) => ({ vote }))];
    expect(compareAll(choices(said, 3), { rule: { kind: "ranked" } })).toBe(17 ** 3 * 8);
  });

  it("ranked comes to the same for four voters, whoever of them is who", () => {
    const numbered = rankings.map((vote, at) => ({ vote, at }));
    const inOrder = [...choices(numbered, 4)].filter((said) =>
      said.every(({ at }, index) => at >= (said[index - 1]?.at ?? 0)),
    );
    expect(compareAll(inOrder, { rule: { kind: "ranked" } })).toBe(inOrder.length * 8);
  });
});
