import { asText, isObject, type Json, type JsonObject } from "../../expression/json.ts";
import type { CompiledGate } from "../compiled-gate.ts";
import { emit, type Draft } from "../draft.ts";
import type { GateRef } from "../effects.ts";
import type { Outcome, Usage } from "../outcome.ts";
import { scopeOf } from "../scope.ts";
import type { NodeState } from "../node.ts";
import type { CheckpointRef } from "../workspace.ts";
import { asksToResolve } from "./landing.ts";
import { endFailed, mayTryAgain } from "./end.ts";
import { tellGates } from "./stages.ts";
import { attempt } from "./when.ts";
import { shellWord } from "../../expression/shell-word.ts";

/** Longest part of a gate's output that goes back to the step. */
const feedbackCharacters = 8000;

/** `undecided` in the evidence: nothing was found out about the step, so that running it again makes nothing better. */
export interface Verdict {
  readonly passed: boolean;
  readonly evidence: JsonObject;
  /** What an agent that judged has used, and whether it was asked at all. */
  readonly usage?: Usage;
  readonly asked?: boolean;
  /** Of the tree, after it. */
  readonly checkpoint?: CheckpointRef;
}

export interface Judged {
  readonly ref: GateRef;
  readonly gate: CompiledGate;
  readonly verdict: Verdict;
}

/** Writes down how a gate ended; false when the step cannot go on after it. */
export function conclude(draft: Draft, node: NodeState, judged: Judged): boolean {
  const { ref, verdict } = judged;
  const { address, attempt: of } = node;
  emit(draft, { type: "gate.ended", address, attempt: of, gate: ref, ...verdict });
  return follow(draft, node, judged);
}

/** What follows from how a gate ended, which is written down already; false when the step cannot go on after it. */
export function follow(draft: Draft, node: NodeState, { ref, gate, verdict }: Judged): boolean {
  const { passed, evidence } = verdict;
  if (passed || ref.level === "advisory") return true;
  if (asksToResolve(draft, node, { ref, gate, evidence })) return false;
  if (mayRunAgain(draft, node, { ref, gate, verdict })) {
    emit(draft, {
      type: "retry.scheduled",
      address: node.address,
      attempt: node.attempt,
      dueAt: draft.at,
      because: "gate",
      feedback: feedbackOf(ref, evidence),
    });
  } else {
    if (ref.when === "after") tellGates(draft, node, false);
    endFailed(draft, node, {
      code: "GATE_FAILED",
      message: `Cannot pass the gate "${ref.name}": ${summary(evidence)}`,
      fix:
        typeof evidence["fix"] === "string"
          ? evidence["fix"]
          : `see the evidence: tutti show ${draft.state.runId} ${shellWord(node.address)}`,
      class: "permanent",
      ...(node.plan.step.action.kind === "command" ? { stage: "quality_gates" } : {}),
    });
  }
  return false;
}

function mayRunAgain({ state }: Draft, node: NodeState, { ref, gate, verdict }: Judged): boolean {
  if (ref.when === "before" || verdict.evidence["undecided"] === true) return false;
  return roundsFor(node, ref) < gate.gate.retry && mayTryAgain(state, node) && !isInVain(node, { ref, gate });
}

/** So often a conflict with the same work is given back. */
const mostTries = 2;

/** It was brought together again and again with what is there, and nothing else has landed meanwhile. */
function isInVain({ gateResults }: NodeState, { ref, gate }: Pick<Judged, "ref" | "gate">): boolean {
  if (gate.gate.kind !== "landing") return false;
  const failed = gateResults.filter(({ ref: { when, index } }) => when === ref.when && index === ref.index);
  const tip = failed.at(-1)?.evidence["tip"];
  return tip !== undefined && failed.filter(({ evidence }) => evidence["tip"] === tip).length > mostTries;
}

/** How often the step ran again for this gate: each time but the last that it did not hold. */
function roundsFor({ gateResults }: NodeState, { when, index }: GateRef): number {
  const failed = gateResults.filter(({ ref, passed }) => !passed && ref.when === when && ref.index === index);
  return failed.length - 1;
}

function summary(evidence: JsonObject): string {
  if (typeof evidence["error"] === "string") return evidence["error"];
  if (typeof evidence["summary"] === "string") return evidence["summary"];
  if (evidence["self_reported"] === true)
    return `the step's own report says ${JSON.stringify(evidence["value"])}`;
  if ("exit_code" in evidence) return `exit status ${asText(evidence["exit_code"])}`;
  return `${asText(evidence["expression"])} gave ${JSON.stringify(evidence["value"] ?? null)}`;
}

function feedbackOf(ref: GateRef, evidence: JsonObject): string {
  const output = typeof evidence["output"] === "string" ? partOf(evidence["output"], evidence) : "";
  return `The gate "${ref.name}" did not hold: ${summary(evidence)}${output ? `\n${output}` : ""}`;
}

/** Of what a program printed, the end; of what was found, the beginning, where the worst stands. */
function partOf(output: string, { summary: found }: JsonObject): string {
  return found === undefined ? output.slice(-feedbackCharacters) : output.slice(0, feedbackCharacters);
}

/** Gates fail closed: what cannot be evaluated, or is not exactly true, did not hold. */
export function evaluate(
  draft: Draft,
  node: NodeState,
  { gate, expression: written }: CompiledGate,
): Verdict {
  if (gate.kind === "claim") return claimed(node, gate.name);
  const result = attempt((): Json => written?.evaluate(scopeOf(draft.state, node)) ?? null);
  const expression = written?.source ?? "";
  if ("failure" in result) return { passed: false, evidence: { expression, error: result.failure.message } };
  return { passed: result.value === true, evidence: { expression, value: result.value } };
}

/** The step's own word; marked as such, because nothing checked it. */
function claimed(node: NodeState, name: string): Verdict {
  const output = node.outcome?.output;
  const metrics = isObject(output) && isObject(output["quality_metrics"]) ? output["quality_metrics"] : {};
  const value = Object.hasOwn(metrics, name) ? (metrics[name] ?? null) : null;
  return { passed: value === true, evidence: { self_reported: true, claim: name, value } };
}

/** What came of a check outside. A judge that gave no verdict has found out nothing. */
export function outsideVerdict({ gate }: CompiledGate, outcome: Outcome): Verdict {
  const { ok: passed, failure } = outcome;
  if (gate.kind === "landing")
    return { passed, evidence: landingEvidence(outcome), ...checkpointOf(outcome) };
  if (gate.kind !== "judge")
    return { passed, evidence: { ...lineOf(gate), ...evidenceOf(outcome) }, ...checkpointOf(outcome) };
  const used = judgeUsed({ gate }, outcome);
  if (outcome.evidence) return { passed, evidence: evidenceOf(outcome), ...used };
  const why = failure?.message ?? "it gave no verdict";
  const evidence = { error: `the judge could not be asked: ${why}`, undecided: true };
  return { passed: false, evidence, ...used };
}

/** What was run, when the gate's name does not say it already. */
function lineOf(gate: CompiledGate["gate"]): JsonObject {
  return gate.kind === "run" && gate.name !== gate.line ? { run: gate.line } : {};
}

/** What an agent has used that judged. */
export function judgeUsed(
  { gate }: Pick<CompiledGate, "gate">,
  { usage, asked }: Outcome,
): Pick<Verdict, "usage" | "asked"> {
  if (gate.kind !== "judge") return {};
  return { ...(usage ? { usage } : {}), ...(asked === undefined ? {} : { asked }) };
}

/** What kept it from landing is no fault of the work, unless it is a conflict. */
function landingEvidence(outcome: Outcome): JsonObject {
  const evidence = evidenceOf(outcome);
  return outcome.ok || evidence["conflicts"] !== undefined ? evidence : { ...evidence, undecided: true };
}

function checkpointOf({ checkpoint }: Outcome): Pick<Verdict, "checkpoint"> {
  return checkpoint ? { checkpoint } : {};
}

function evidenceOf({ evidence, failure, artifacts, exitCode, stdout }: Outcome): JsonObject {
  if (evidence) {
    return {
      ...evidence,
      ...(failure ? { error: failure.message } : {}),
      ...(artifacts ? { artifacts } : {}),
    };
  }
  return {
    exit_code: exitCode ?? null,
    output: stdout ?? "",
    ...(failure && exitCode === undefined ? { error: failure.message } : {}),
    ...(artifacts ? { artifacts } : {}),
  };
}
