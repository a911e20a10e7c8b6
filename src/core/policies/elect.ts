import type { Option, VoteRule } from "../../language/voting.ts";
import { runOff } from "./run-off.ts";
import { counted, listed, quoted } from "./vote-text.ts";

/** A ballot that counts. */
export interface Cast {
  readonly voter: string;
  /** What it is for, the best first; of a rule that does not rank one option. */
  readonly ranking: readonly [Option, ...Option[]];
  /** In millionths, so that sums are exact whatever comes first. */
  readonly weight: number;
  readonly reason?: string;
}

export const unitWeight = 1_000_000;

export interface Poll {
  /** By the names of the voters. */
  readonly cast: readonly Cast[];
  readonly abstained: readonly string[];
  readonly options: readonly Option[];
  readonly barred: ReadonlySet<Option>;
  readonly rule: VoteRule;
  readonly quorum: number | undefined;
}

export type Election =
  | { readonly status: "decided"; readonly decision: Option; readonly reason: string }
  | {
      readonly status: "tie" | "no_majority" | "no_quorum" | "vetoed" | "barred";
      /** The options among which it is open. */
      readonly open: readonly Option[];
      readonly reason: string;
    };

/** Who wins by the rule of the poll. Votes for options that are barred are votes, but for nobody. */
export function elect(poll: Poll): Election {
  const short = tooFew(poll);
  if (short !== undefined) return { status: "no_quorum", open: [], reason: short };
  const { options, barred } = poll;
  const found = byRule(
    poll,
    options.filter((option) => !barred.has(option)),
  );
  if (found.status === "decided") return vetoOf(poll, found.decision) ?? found;
  const without = barred.size > 0 ? byRule(poll, options) : found;
  if (without.status !== "decided" || !barred.has(without.decision)) return found;
  const reason = `${quoted(without.decision)} has won and is barred: ${without.reason}`;
  return { status: "barred", open: [], reason };
}

/** Why the votes are too few for any decision. */
function tooFew({ cast, abstained, rule, quorum = 1 }: Poll): string | undefined {
  const needed = Math.max(1, quorum, rule.kind === "quorum" ? rule.votes : 1);
  if (cast.length < needed)
    return `${needed} must have voted, and ${cast.length} ${cast.length === 1 ? "has" : "have"}`;
  const voters = cast.map(({ voter }) => voter);
  if (rule.kind === "priority" && !rule.order.some((name) => voters.includes(name)))
    return `none of those whose vote decides has voted: ${listed(rule.order)}`;
  if (rule.kind !== "veto") return undefined;
  const silent = rule.by.filter((name) => !voters.includes(name) && !abstained.includes(name));
  return silent.length === 0 ? undefined : `${listed(silent)} may veto, and did not say anything`;
}

function vetoOf({ cast, rule }: Poll, decision: Option): Election | undefined {
  if (rule.kind !== "veto") return undefined;
  const against = cast.filter(({ voter, ranking }) => rule.by.includes(voter) && ranking[0] !== decision);
  if (against.length === 0) return undefined;
  const names = listed(against.map(({ voter }) => voter));
  const reason = `${names} may veto and voted against ${quoted(decision)}, which has a majority`;
  return { status: "vetoed", open: [], reason };
}

function byRule(poll: Poll, candidates: readonly Option[]): Election {
  switch (poll.rule.kind) {
    case "priority":
      return byPriority(poll, candidates, poll.rule.order);
    case "ranked":
      return byRunOff(poll, candidates);
    default:
      return byScore(poll, candidates);
  }
}

function byPriority({ cast }: Poll, candidates: readonly Option[], order: readonly string[]): Election {
  for (const name of order) {
    const decision = cast.find(({ voter }) => voter === name)?.ranking[0];
    if (decision === undefined || !candidates.includes(decision)) continue;
    return { status: "decided", decision, reason: `${quoted(name)} decides, for ${quoted(decision)}` };
  }
  const reason = "those whose vote decides voted for nothing that can win";
  return { status: "no_majority", open: [], reason };
}

function byRunOff({ cast }: Poll, candidates: readonly Option[]): Election {
  const winners = runOff(
    cast.map(({ ranking }) => ranking),
    candidates,
  );
  const [decision, second] = winners;
  if (decision === undefined)
    return { status: "no_majority", open: [], reason: "no vote is for anything that can win" };
  if (second !== undefined)
    return { status: "tie", open: winners, reason: `the run-off does not part ${listed(winners)}` };
  const reason = `${quoted(decision)} wins the run-off over ${ballotsText(cast)}`;
  return { status: "decided", decision, reason };
}

/** Who names one option only has ranked nothing. */
function ballotsText(cast: Poll["cast"]): string {
  const single = cast.filter(({ ranking }) => ranking.length === 1).length;
  const rankings = counted(cast.length - single, "ranking");
  if (single === 0) return rankings;
  const votes = `${counted(single, "vote")} for one option`;
  return single === cast.length ? votes : `${rankings} and ${votes}`;
}

function byScore(poll: Poll, candidates: readonly Option[]): Election {
  const scores = scoresOf(poll.cast);
  const voted = candidates.filter((option) => scores.has(option));
  const most = Math.max(0, ...voted.map((option) => scores.get(option) ?? 0));
  const leaders = voted.filter((option) => scores.get(option) === most);
  const all = poll.cast.reduce((sum, { weight }) => sum + weight, 0);
  const told = shareText(poll.rule, { most, all });
  const [decision, second] = leaders;
  if (decision === undefined)
    return { status: "no_majority", open: [], reason: "no vote is for anything that can win" };
  if (second !== undefined)
    return { status: "tie", open: leaders, reason: `${listed(leaders)} have ${told} each` };
  if (isEnough(poll.rule, { most, all }))
    return { status: "decided", decision, reason: `${quoted(decision)} has ${told}` };
  const reason = `${quoted(decision)} has most, with ${told}: ${wantedText(poll.rule)}`;
  return { status: "no_majority", open: voted, reason };
}

function scoresOf(cast: readonly Cast[]): ReadonlyMap<Option, number> {
  const scores = new Map<Option, number>();
  for (const { ranking, weight } of cast) scores.set(ranking[0], (scores.get(ranking[0]) ?? 0) + weight);
  return scores;
}

interface Share {
  readonly most: number;
  readonly all: number;
}

function isEnough(rule: VoteRule, { most, all }: Share): boolean {
  if (rule.kind === "quorum") return most >= rule.votes * unitWeight;
  return rule.kind === "unanimous" ? most === all : 2 * most > all;
}

function shareText(rule: VoteRule, { most, all }: Share): string {
  const [share, whole] = [most / unitWeight, all / unitWeight];
  return rule.kind === "weighted"
    ? `a weight of ${share} of ${whole}`
    : `${share} of ${counted(whole, "vote")}`;
}

function wantedText(rule: VoteRule): string {
  if (rule.kind === "quorum") return `it needs ${rule.votes}`;
  return rule.kind === "unanimous" ? "it needs all of them" : "it needs more than half";
}
