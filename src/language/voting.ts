import type { Json } from "../expression/json.ts";

/** What can be voted for. */
export type Option = string | number | boolean;

/** How votes are counted. Names are those of voters. */
export type VoteRule =
  /** More than half of the votes. */
  | { readonly kind: "majority" }
  /** More than half of the weight; a voter that is not named has weight 1. */
  | { readonly kind: "weighted"; readonly weights: Readonly<Record<string, number>> }
  /** So many votes, and more than any other has. */
  | { readonly kind: "quorum"; readonly votes: number }
  | { readonly kind: "unanimous" }
  /** A majority to which each of these has agreed or abstained. */
  | { readonly kind: "veto"; readonly by: readonly string[] }
  /** The vote of the first of these who has voted. */
  | { readonly kind: "priority"; readonly order: readonly string[] }
  /** Instant run-off over rankings. */
  | { readonly kind: "ranked" };

export type TallyAction = CountAction | SettleAction;

/** Counts votes that other steps have given. */
export interface CountAction {
  readonly kind: "tally";
  /** Template, or JSON with templates inside: answers by voter, the slots of a list, or answers that name their voter. */
  readonly votes: Json;
  readonly rule: VoteRule;
  /** How many must have voted. */
  readonly quorum?: number;
  /** Template or JSON: all that can be voted for. Absent: what is voted for. */
  readonly options?: Json;
  /** Template or JSON: options that cannot win. */
  readonly barred?: Json;
  /** Where in an answer its vote is, as keys joined by dots. */
  readonly field: string;
  /** The option that is taken where the votes leave it open. */
  readonly tie?: Option;
  readonly otherwise: Undecided;
}

/** Decides what a count has left open by what others said of it. */
export interface SettleAction {
  readonly kind: "tally";
  /** Template that gives what was counted. */
  readonly of: Json;
  /** Templates; the judge's word comes first. */
  readonly rulings: { readonly judge?: Json; readonly human?: Json };
  readonly otherwise: Undecided;
}

/** What it means that nothing is decided. */
export type Undecided = "fail" | "accept";

/** What an expression can ask of the output of a tally. */
export const decisionFields = [
  "decision",
  "status",
  "decided_by",
  "rule",
  "reason",
  "counts",
  "open",
  "dissent",
  "abstained",
  "absent",
  "invalid",
] as const;
