import { asText, isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { shellWord } from "../../expression/shell-word.ts";
import type { CountAction, Option, TallyAction } from "../../language/voting.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import type { NodeState } from "../node.ts";
import type { Failure } from "../outcome.ts";
import { readBallot, readVotes } from "../policies/ballots.ts";
import { count, type Decision, isOption, type Ruling, settle } from "../policies/vote.ts";
import { scopeOf } from "../scope.ts";
import { endFailed, endWell } from "./end.ts";
import type { NodeKind } from "./node-kind.ts";
import { attempt, passesWhen } from "./when.ts";

/** Counts what other steps voted. Nothing is owed to it, so that it is counted anew in each life of a run. */
export const tally: NodeKind = {
  start(draft, node) {
    if (!passesWhen(draft, node)) return;
    const counted = attempt(() => countVotes(draft, node));
    if ("failure" in counted) return endFailed(draft, node, counted.failure);
    if ("code" in counted.value) return endFailed(draft, node, counted.value);
    emit(draft, { type: "votes.counted", address: node.address, decision: counted.value });
    conclude(draft, node);
  },
  recover(draft, node) {
    // the process may have ended between the count and what follows from it
    if (node.phase === "settling") conclude(draft, node);
  },
  cancel() {
    // It is over as soon as it begins.
  },
};

function countVotes({ state }: Draft, node: NodeState): Decision | Failure {
  const action = node.plan.step.action as TallyAction;
  const rendered = compiledStep(node.plan.step).values?.render(scopeOf(state, node)) ?? null;
  const given = isObject(rendered) ? rendered : {};
  const counted = "votes" in action ? counting(action, given) : settling(given);
  return "code" in counted ? counted : checkedSize(counted, state.limits.outputBytes);
}

function counting({ rule, quorum, tie, field }: CountAction, given: JsonObject): Decision | Failure {
  const { votes = null, options, barred } = given;
  const read = readVotes(votes, field);
  if (!read) return noVotes(votes);
  if (!isOptions(options)) return noOptions("options", options);
  if (!isOptions(barred)) return noOptions("barred", barred);
  const decision = count(read.ballots, { rule, quorum, tie, options, barred });
  return { ...decision, absent: read.absent, invalid: [...decision.invalid, ...read.invalid] };
}

/** What a judge or a person said, where they were asked. */
function settling(given: JsonObject): Decision | Failure {
  const { of = null } = given;
  if (!isDecision(of)) return noDecision(of);
  const rulings = (["judge", "human"] as const).flatMap((by): readonly Ruling[] => {
    const ballot = readBallot({ voter: by, answer: given[by] ?? null }, "vote");
    return "absent" in ballot ? [] : [{ by, ballot }];
  });
  return settle(of, rulings);
}

function isDecision(value: Json | Decision): value is Decision {
  if (!isObject(value)) return false;
  const { counts, open, invalid, reason } = value;
  const lists = Array.isArray(open) && Array.isArray(invalid) && Array.isArray(counts);
  return lists && counts.every(isCount) && typeof reason === "string";
}

function isCount(value: Json): boolean {
  if (!isObject(value)) return false;
  const { voters, reasons } = value;
  return Array.isArray(voters) && Array.isArray(reasons) && reasons.every((one) => isObject(one));
}

function isOptions(value: Json | undefined): value is readonly Option[] | undefined {
  return value === undefined || (Array.isArray(value) && value.every(isOption));
}

function noVotes(value: Json): Failure {
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot count the votes: ${short(value)} is neither an object of answers by voter nor a list of them`,
    fix: "give `votes` what a group of steps gave, such as ${ round.output }, or a list",
    class: "permanent",
  };
}

function noOptions(key: "options" | "barred", value: Json = null): Failure {
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot count the votes: ${short(value)} is no list of texts, numbers or truth values, as \`${key}\` must be`,
    fix: `give \`${key}\` such a list`,
    class: "permanent",
  };
}

function noDecision(value: Json): Failure {
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot decide what votes have left open: ${short(value)} is not what a tally gives`,
    fix: "give `of` the output of a step with `tally: {votes: …}`",
    class: "permanent",
  };
}

function short(value: Json): string {
  return JSON.stringify(value).slice(0, 200);
}

function checkedSize(decision: Decision, outputBytes: number): Decision | Failure {
  if (JSON.stringify(decision).length <= outputBytes) return decision;
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot keep what was counted: it is larger than the ${outputBytes} bytes that a step may give`,
    fix: "let voters give shorter reasons, or raise `output` in the `limits` of the workflow",
    class: "permanent",
  };
}

/** Ends the node as its votes were counted. */
function conclude(draft: Draft, node: NodeState): void {
  const { output } = node.outcome ?? {};
  const { decision = null, reason: why = null } = isObject(output) ? output : {};
  const reason = asText(why);
  if (decision !== null) return endWell(draft, node, { end: "verified", reason });
  if ((node.plan.step.action as TallyAction).otherwise === "accept")
    return endWell(draft, node, { end: "verified", reason: `nothing is decided: ${reason}` });
  endFailed(draft, node, {
    code: "NO_DECISION",
    message: `Cannot decide: ${reason}`,
    fix: fixOf(draft, node, output),
    class: "permanent",
  });
}

/** Votes that were given are not asked for again: only a change of the file comes to anything else. */
function fixOf({ state: { runId } }: Draft, { address }: NodeState, output: Json | undefined): string {
  const { status } = isObject(output) ? output : {};
  const isOpen = status === "tie" || status === "no_majority";
  const change = isOpen
    ? "add a `tie:` to the rule, which says who decides where votes leave it open"
    : "change the rule, its options or who votes (no `tie:`, judge or person stands in for a quorum, a consent or a gate)";
  return `see who voted for what: tutti show ${runId} ${shellWord(address)}; ${change}; then: tutti resume ${runId} --update`;
}
