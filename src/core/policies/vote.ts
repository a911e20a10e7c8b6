import type { Json } from "../../expression/json.ts";
import type { Option, VoteRule } from "../../language/voting.ts";
import { type Cast, elect, unitWeight } from "./elect.ts";
import { listed, quoted } from "./vote-text.ts";

/** What one voter says; `vote` is an option, or for a ranked count a list of them, the best first. */
export interface Ballot {
  readonly voter: string;
  readonly vote?: Json;
  readonly reason?: string;
  readonly abstain?: true;
}

export interface VoteRules {
  readonly rule: VoteRule;
  /** All that can be voted for; absent: whatever is. */
  readonly options?: readonly Option[] | undefined;
  /** These cannot win, whoever votes for them. */
  readonly barred?: readonly Option[] | undefined;
  /** How many must have voted; those who abstain have not. */
  readonly quorum?: number | undefined;
  /** What is taken where the votes leave it open. */
  readonly tie?: Option | undefined;
}

/**
 * `tie`: several have the most. `no_majority`: what the rule asks for has none. Only these two leave it open, for others to
 * decide. `no_quorum`: too few have voted, or one without whom nothing is decided has not. `vetoed`, `barred`: what would
 * have won may not.
 */
export type VoteStatus = "decided" | "tie" | "no_majority" | "no_quorum" | "vetoed" | "barred";

/** What votes come to; the same whatever order they came in. */
export interface Decision {
  readonly decision: Option | null;
  readonly status: VoteStatus;
  /** `default`: the option that the rules name for the case that it is open. Null: nothing is decided. */
  readonly decided_by: "count" | "default" | "judge" | "human" | null;
  readonly rule: VoteRule["kind"];
  /** Why it came to this, in a sentence. */
  readonly reason: string;
  /** In the order of the options, or, where none are given, of their names. */
  readonly counts: readonly OptionCount[];
  /** The options among which the votes leave it open. */
  readonly open: readonly Option[];
  /** Votes for anything but what was decided. */
  readonly dissent: readonly Dissent[];
  readonly abstained: readonly string[];
  /** Voters who gave no ballot. */
  readonly absent: readonly string[];
  readonly invalid: readonly Invalid[];
}

export interface OptionCount {
  readonly option: Option;
  readonly votes: number;
  readonly weight: number;
  readonly voters: readonly string[];
  readonly reasons: readonly { readonly voter: string; readonly reason: string }[];
  readonly barred?: true;
}

export interface Dissent {
  readonly voter: string;
  /** Of a ranking its first. */
  readonly vote: Option;
  readonly reason: string | null;
}

export interface Invalid {
  readonly voter: string;
  readonly why: string;
}

/** Counts ballots. An option that is barred never wins, and a ballot that cannot be counted is said and not counted. */
export function count(ballots: readonly Ballot[], rules: VoteRules): Decision {
  const { cast, abstained, invalid } = sorted(ballots, rules);
  const { rule, quorum } = rules;
  const barred = new Set(rules.barred);
  const options = rules.options ? [...new Set(rules.options)] : optionsIn(cast);
  const byFirst = Map.groupBy(cast, ({ ranking }) => ranking[0]);
  const election = elect({ cast, abstained, options, barred, rule, quorum });
  const counted: Decision = {
    decision: null,
    status: election.status,
    decided_by: null,
    rule: rule.kind,
    reason: election.reason,
    counts: options.map((option) => ({
      ...countOf(option, byFirst.get(option) ?? []),
      ...(barred.has(option) ? { barred: true } : {}),
    })),
    open: election.status === "decided" ? [] : election.open,
    dissent: [],
    abstained,
    absent: [],
    invalid,
  };
  if (election.status === "decided") return decided(counted, { decision: election.decision, by: "count" });
  const { tie } = rules;
  const mayBe = tie !== undefined && !barred.has(tie) && (rules.options?.includes(tie) ?? true);
  if (!mayBe || counted.open.length === 0) return counted;
  return decided(counted, { decision: tie, by: "default", because: `${quoted(tie)} is taken then` });
}

interface Taken {
  readonly decision: Option;
  readonly by: NonNullable<Decision["decided_by"]>;
  readonly because?: string;
}

function decided(counted: Decision, { decision, by, because }: Taken): Decision {
  const dissent = counted.counts
    .filter(({ option }) => option !== decision)
    .flatMap(({ option: vote, voters, reasons }) => {
      const why = new Map(reasons.map(({ voter, reason }) => [voter, reason]));
      return voters.map((voter) => ({ voter, vote, reason: why.get(voter) ?? null }));
    })
    .toSorted((a, b) => (a.voter < b.voter ? -1 : 1));
  const reason = because === undefined ? counted.reason : `${counted.reason}; ${because}`;
  return { ...counted, decision, status: "decided", decided_by: by, reason, dissent };
}

/** What somebody else says of a count that leaves it open. */
export interface Ruling {
  readonly by: "judge" | "human";
  readonly ballot: Ballot;
}

/** The first ruling decides that is for one of the options that are open; others are said and count for nothing. */
export function settle(counted: Decision, rulings: readonly Ruling[]): Decision {
  const { open } = counted;
  if (counted.decision !== null || open.length === 0) return counted;
  const ruled = rulings.map(({ by, ballot }) => ({
    by,
    ballot,
    decision: open.find((one) => one === ballot.vote),
  }));
  const taken = ruled.findIndex(({ decision }) => decision !== undefined);
  const passed = ruled.slice(0, taken < 0 ? ruled.length : taken).map(({ by, ballot: { vote = null } }) => ({
    voter: by,
    why: `${quoted(vote)} is not open: ${listed(open)} are`,
  }));
  const heard = { ...counted, invalid: [...counted.invalid, ...passed] };
  const ruling = ruled[taken];
  if (ruling?.decision === undefined) return heard;
  const { by, ballot, decision } = ruling;
  return decided(heard, { decision, by, because: rulingText(by, ballot) });
}

function rulingText(by: Ruling["by"], { vote = null, reason }: Ballot): string {
  const who = by === "judge" ? "the judge" : "the person asked";
  return `${who} is for ${quoted(vote)}${reason === undefined ? "" : `: ${reason}`}`;
}

/** Ballots as they can be counted, by the names of the voters. */
interface Sorted {
  readonly cast: readonly Cast[];
  readonly abstained: readonly string[];
  readonly invalid: readonly Invalid[];
}

function sorted(ballots: readonly Ballot[], rules: VoteRules): Sorted {
  const cast: Cast[] = [];
  const abstained: string[] = [];
  const invalid: Invalid[] = [];
  const byVoter = [...Map.groupBy(ballots, ({ voter }) => voter)];
  for (const [voter, [ballot, ...more]] of byVoter.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const read = more.length > 0 ? `it has voted ${more.length + 1} times` : castOf(ballot, rules);
    if (read === undefined) abstained.push(voter);
    else if (typeof read === "string") invalid.push({ voter, why: read });
    else cast.push(read);
  }
  return { cast, abstained, invalid };
}

/** Why a ballot does not count; undefined: it abstains. */
function castOf(ballot: Ballot | undefined, { rule, options }: VoteRules): Cast | string | undefined {
  if (!ballot || ballot.abstain) return undefined;
  const { voter, vote = null, reason } = ballot;
  const ranking = rule.kind === "ranked" && Array.isArray(vote) ? (vote as readonly Json[]) : [vote];
  const trouble = troubleWith(ranking, options);
  if (trouble !== undefined) return trouble;
  const weight = rule.kind === "weighted" ? weightOf(voter, rule.weights) : unitWeight;
  const kept = reason === undefined ? {} : { reason };
  return { voter, ranking: ranking as unknown as Cast["ranking"], weight, ...kept };
}

function troubleWith(ranking: readonly Json[], options: VoteRules["options"]): string | undefined {
  if (ranking.length === 0) return "it names no option";
  for (const vote of ranking) {
    if (!isOption(vote)) return `${quoted(vote)} is no option: an option is a text, a number, true or false`;
    if (options && !options.includes(vote)) return `there is no option ${quoted(vote)}`;
  }
  return new Set(ranking).size < ranking.length ? "it names an option more than once" : undefined;
}

/** True for what can be voted for. */
export function isOption(value: unknown): value is Option {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function weightOf(voter: string, weights: Readonly<Record<string, number>>): number {
  const weight = Object.hasOwn(weights, voter) ? weights[voter] : undefined;
  return weight === undefined ? unitWeight : Math.round(weight * unitWeight);
}

/** By kind and name, so that it does not matter who voted first. */
function optionsIn(cast: readonly Cast[]): readonly Option[] {
  const key = (option: Option): string => `${typeof option} ${String(option)}`;
  const voted = [...new Set(cast.flatMap(({ ranking }) => ranking))];
  return voted.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function countOf(option: Option, own: readonly Cast[]): OptionCount {
  return {
    option,
    votes: own.length,
    weight: own.reduce((sum, { weight }) => sum + weight, 0) / unitWeight,
    voters: own.map(({ voter }) => voter),
    reasons: own.flatMap(({ voter, reason }) => (reason === undefined ? [] : [{ voter, reason }])),
  };
}
