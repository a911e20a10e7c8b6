import { asText, isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { shellWord } from "../../expression/shell-word.ts";
import type { Option, TallyAction } from "../../language/voting.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import type { NodeState } from "../node.ts";
import type { Failure } from "../outcome.ts";
import { readBallot, readVotes } from "../policies/ballots.ts";
import { count, type Decision, isOption, type Ruling } from "../policies/vote.ts";
import { scopeOf } from "../scope.ts";
import { endFailed, endWell } from "./end.ts";
import type { NodeKind } from "./node-kind.ts";
import { reuse } from "./reuse.ts";
import { attempt, passesWhen } from "./when.ts";

/** Counts what other steps voted. */
export const tally: NodeKind = {
  start(draft, node) {
    if (!passesWhen(draft, node) || reuse(draft, node)) return;
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
  const { rule, quorum, tie, field } = actionOf(node);
  const rendered = compiledStep(node.plan.step).values?.render(scopeOf(state, node)) ?? null;
  const given = isObject(rendered) ? rendered : {};
  const read = readVotes(given["votes"] ?? null, field);
  if (!read) return noVotes(given["votes"] ?? null);
  const { options, barred } = given;
  if (!isOptions(options)) return noOptions("options", options);
  if (!isOptions(barred)) return noOptions("barred", barred);
  const rulings = rulingsIn(given);
  const decision = count(read.ballots, { rule, quorum, tie, options, barred, rulings });
  const invalid = [...decision.invalid, ...read.invalid];
  return checkedSize({ ...decision, absent: read.absent, invalid }, state.limits.outputBytes);
}

function actionOf({ plan }: NodeState): TallyAction {
  return plan.step.action as TallyAction;
}

/** What a judge or a person said, where they were asked. */
function rulingsIn(given: JsonObject): readonly Ruling[] {
  return (["judge", "human"] as const).flatMap((by) => {
    const ballot = readBallot({ voter: by, answer: given[by] ?? null }, "vote");
    return "absent" in ballot ? [] : [{ by, ballot }];
  });
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
  if (actionOf(node).otherwise === "accept")
    return endWell(draft, node, { end: "claimed", reason: `nothing is decided: ${reason}` });
  endFailed(draft, node, {
    code: "NO_DECISION",
    message: `Cannot decide: ${reason}`,
    fix: `see who voted for what: tutti show ${draft.state.runId} ${shellWord(node.address)}; \`tie:\` says who decides where votes leave it open`,
    class: "permanent",
  });
}
