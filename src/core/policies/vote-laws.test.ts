import {
  type Arbitrary,
  array,
  assert,
  constant,
  constantFrom,
  dictionary,
  integer,
  oneof,
  option,
  property,
  record,
  shuffledSubarray,
  string,
  subarray,
} from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import type { VoteRule } from "../../language/voting.ts";
import { type Ballot, count } from "./vote.ts";

const names = ["a", "b", "c", "d", "e"];
const voterNames = Array.from({ length: 9 }, (_, at) => `v${at}`);
const someRule: Arbitrary<VoteRule> = oneof(
  constant<VoteRule>({ kind: "majority" }),
  constant<VoteRule>({ kind: "unanimous" }),
  constant<VoteRule>({ kind: "ranked" }),
  integer({ min: 1, max: 6 }).map((votes): VoteRule => ({ kind: "quorum", votes })),
  subarray(voterNames, { minLength: 1 }).map((by): VoteRule => ({ kind: "veto", by })),
  subarray(voterNames, { minLength: 1 }).map((order): VoteRule => ({ kind: "priority", order })),
  dictionary(constantFrom(...voterNames), constantFrom(0, 0.1, 0.2, 0.3, 0.7, 1, 2.5, 100)).map(
    (weights): VoteRule => ({ kind: "weighted", weights }),
  ),
);
const someVote: Arbitrary<Json> = oneof(
  { weight: 6, arbitrary: constantFrom<Json>(...names) },
  { weight: 4, arbitrary: shuffledSubarray(names, { minLength: 1 }) },
  { weight: 1, arbitrary: constantFrom<Json>("nothing", 7, null, ["a", "a"], [], { a: 1 }) },
);
const someBallot: Arbitrary<Ballot> = record(
  {
    voter: constantFrom(...voterNames),
    vote: someVote,
    reason: string({ maxLength: 5 }),
    abstain: constant(true as const),
  },
  { requiredKeys: ["voter", "vote"] },
);
const somePoll = record({
  ballots: array(someBallot, { maxLength: 12 }),
  rule: someRule,
  options: option(constant(names), { nil: undefined }),
  barred: subarray(names),
  quorum: option(integer({ min: 1, max: 5 }), { nil: undefined }),
  tie: option(constantFrom(...names), { nil: undefined }),
});

describe("count", () => {
  it("comes to the same whatever order the ballots come in", () => {
    const shuffled = somePoll.chain(({ ballots, ...rules }) =>
      record({
        ballots: constant(ballots),
        other: shuffledSubarray(ballots, { minLength: ballots.length }),
        rules: constant(rules),
      }),
    );
    assert(
      property(shuffled, ({ ballots, other, rules }) => {
        expect(count(other, rules)).toEqual(count(ballots, rules));
      }),
      { numRuns: 1000 },
    );
  });

  it("never decides for an option that is barred", () => {
    assert(
      property(somePoll, ({ ballots, ...rules }) => {
        const { decision, open } = count(ballots, rules);
        expect(rules.barred).not.toContain(decision);
        for (const option of open) expect(rules.barred).not.toContain(option);
      }),
      { numRuns: 1000 },
    );
  });

  it("hears every voter once: as a vote, as abstaining, or as one whose ballot does not count", () => {
    assert(
      property(somePoll, ({ ballots, ...rules }) => {
        const { counts, abstained, invalid } = count(ballots, rules);
        const heard = [
          ...counts.flatMap((one) => one.voters),
          ...abstained,
          ...invalid.map(({ voter }) => voter),
        ];
        expect(heard.toSorted()).toEqual([...new Set(ballots.map(({ voter }) => voter))].toSorted());
        for (const { votes, voters: own, reasons } of counts) {
          expect(votes).toBe(own.length);
          for (const { voter } of reasons) expect(own).toContain(voter);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("treats options alike: with their names changed, the one of the new name wins", () => {
    const renamed = record({ poll: somePoll, to: shuffledSubarray(names, { minLength: names.length }) });
    assert(
      property(renamed, ({ poll: { ballots, ...rules }, to }) => {
        const other = <T>(value: T): T =>
          Array.isArray(value)
            ? (value.map(other) as T)
            : ((to[names.indexOf(value as string)] ?? value) as T);
        const { decision, status, open } = count(
          ballots.map(({ vote, ...ballot }) => ({ ...ballot, vote: other(vote ?? null) })),
          { ...rules, barred: other(rules.barred), options: other(rules.options), tie: other(rules.tie) },
        );
        const as = count(ballots, rules);
        expect({ decision, status }).toEqual({ decision: other(as.decision), status: as.status });
        expect(new Set(open)).toEqual(new Set(other(as.open)));
      }),
      { numRuns: 1000 },
    );
  });

  it("treats voters alike where the rule names none", () => {
    const renamed = record({
      poll: somePoll,
      to: shuffledSubarray(voterNames, { minLength: voterNames.length }),
    });
    assert(
      property(renamed, ({ poll: { ballots, ...rules }, to }) => {
        if (!["majority", "unanimous", "quorum", "ranked"].includes(rules.rule.kind)) return;
        const other = ballots.map((ballot) => ({
          ...ballot,
          voter: to[voterNames.indexOf(ballot.voter)] ?? "",
        }));
        const { decision, status, open } = count(other, rules);
        const as = count(ballots, rules);
        expect({ decision, status, open }).toEqual({
          decision: as.decision,
          status: as.status,
          open: as.open,
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps its decision when somebody else comes to be for it, by every rule but the run-off", () => {
    const swayed = record({ poll: somePoll, voter: constantFrom(...voterNames) });
    assert(
      property(swayed, ({ poll: { ballots, ...rules }, voter }) => {
        const { decision, decided_by: by } = count(ballots, rules);
        const isOnce = ballots.filter((ballot) => ballot.voter === voter).length < 2;
        if (rules.rule.kind === "ranked" || by !== "count" || !isOnce) return;
        const others = ballots.filter((ballot) => ballot.voter !== voter);
        expect(count([...others, { voter, vote: decision }], rules).decision).toBe(decision);
      }),
      { numRuns: 5000 },
    );
  });
});
