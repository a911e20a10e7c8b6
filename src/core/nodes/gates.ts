import { asText, isObject, type Json, type JsonObject } from "../../expression/json.ts";
import type { CompiledGate } from "../compiled-gate.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import type { GateRef } from "../effects.ts";
import type { Outcome } from "../outcome.ts";
import { scopeOf } from "../scope.ts";
import { isStoreFault } from "../policies/faults.ts";
import type { NodeState } from "../node.ts";
import { endFailed, mayTryAgain, stepCancelled } from "./end.ts";
import { tellGates } from "./stages.ts";
import { attempt } from "./when.ts";

/** Longest part of a gate's output that goes back to the step. */
const feedbackCharacters = 8000;

/**
 * Runs the gates before or after a step, one after another from the first that has not run in this attempt.
 * `passed`: all held. `busy`: one runs outside, or the node queues for its attempt. `ended`: one did not hold, and what
 * follows has been emitted.
 */
export function runGates(draft: Draft, node: NodeState, when: GateRef["when"]): "passed" | "busy" | "ended" {
  const compiled = compiledStep(node.plan.step);
  const gates = when === "before" ? compiled.before : compiled.gates;
  if (gates.length === 0) return "passed";
  const done = node.gateResults.filter(
    (result) => result.ref.when === when && result.attempt === node.attempt,
  ).length;
  for (const [index, gate] of gates.entries()) {
    if (index < done) continue;
    const ref: GateRef = { when, index, name: gate.gate.name, level: gate.gate.level };
    if (gate.outside) return startOutside(draft, node, { ref, gate });
    if (!judge(draft, node, { ref, gate, verdict: evaluate(draft, node, gate) })) return "ended";
  }
  return "passed";
}

interface Verdict {
  readonly passed: boolean;
  readonly evidence: JsonObject;
}

function startOutside(
  draft: Draft,
  node: NodeState,
  { ref, gate }: { ref: GateRef; gate: CompiledGate },
): "busy" | "ended" {
  const check = attempt(() => gate.outside?.render(scopeOf(draft.state, node)));
  if ("value" in check && check.value) {
    emit(draft, {
      type: "gate.started",
      address: node.address,
      attempt: node.attempt,
      gate: ref,
      check: check.value,
    });
    return "busy";
  }
  const evidence = { error: "failure" in check ? check.failure.message : "nothing to run" };
  judge(draft, node, { ref, gate, verdict: { passed: false, evidence } });
  return "ended";
}

/** Gates fail closed: what cannot be evaluated, or is not exactly true, did not hold. */
function evaluate(draft: Draft, node: NodeState, { gate, expression: written }: CompiledGate): Verdict {
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

/** Writes down how a gate ended; false when the step cannot go on after it. */
function judge(
  draft: Draft,
  node: NodeState,
  { ref, gate, verdict }: { ref: GateRef; gate: CompiledGate; verdict: Verdict },
): boolean {
  const { passed, evidence } = verdict;
  emit(draft, {
    type: "gate.ended",
    address: node.address,
    attempt: node.attempt,
    gate: ref,
    passed,
    evidence,
  });
  return follow(draft, node, { ref, gate, verdict });
}

/** What follows from how a gate ended, which is written down already; false when the step cannot go on after it. */
function follow(
  draft: Draft,
  node: NodeState,
  { ref, gate, verdict }: { ref: GateRef; gate: CompiledGate; verdict: Verdict },
): boolean {
  const { passed, evidence } = verdict;
  if (passed || ref.level === "advisory") return true;
  if (ref.when === "after" && node.rounds < gate.gate.retry && mayTryAgain(draft.state, node)) {
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
      fix: `see the evidence: tutti show ${draft.state.runId} ${node.address}`,
      class: "permanent",
      ...(node.plan.step.action.kind === "command" ? { stage: "quality_gates" } : {}),
    });
  }
  return false;
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
  const output = typeof evidence["output"] === "string" ? evidence["output"].slice(-feedbackCharacters) : "";
  return `The gate "${ref.name}" did not hold: ${summary(evidence)}${output ? `\n${output}` : ""}`;
}

/** A gate that was checked outside came back: `passed` when all gates after the step have now held. */
export function endOutside(
  draft: Draft,
  node: NodeState,
  { ref, outcome }: { readonly ref: GateRef; readonly outcome: Outcome },
): "passed" | "busy" | "ended" {
  const compiled = compiledStep(node.plan.step);
  const gate = (ref.when === "before" ? compiled.before : compiled.gates)[ref.index];
  // Neither says anything about what the gate checks.
  if (outcome.failure && (outcome.failure.class === "cancelled" || isStoreFault(outcome.failure))) {
    emit(draft, {
      type: "gate.ended",
      address: node.address,
      attempt: node.attempt,
      gate: ref,
      passed: false,
      evidence: { error: isStoreFault(outcome.failure) ? outcome.failure.message : "cancelled" },
    });
    endFailed(draft, node, outcome.failure);
    return "ended";
  }
  if (
    !gate ||
    !judge(draft, node, { ref, gate, verdict: { passed: outcome.ok, evidence: evidenceOf(outcome) } })
  )
    return "ended";
  if (ref.when === "after") return runGates(draft, node, "after");
  if (!draft.state.cancelling) return "busy";
  endFailed(draft, node, stepCancelled);
  return "ended";
}

/** Goes on after the last gate that is written down: the process ended before what follows from it was. */
export function followLastGate(draft: Draft, node: NodeState): "passed" | "busy" | "ended" {
  const verdict = node.gateResults.at(-1);
  const compiled = compiledStep(node.plan.step);
  const when = verdict?.ref.when ?? "after";
  const gate = (when === "before" ? compiled.before : compiled.gates)[verdict?.ref.index ?? -1];
  if (verdict && gate && !follow(draft, node, { ref: verdict.ref, gate, verdict })) return "ended";
  return runGates(draft, node, when);
}

function evidenceOf(outcome: Outcome): JsonObject {
  if (outcome.evidence) {
    const { evidence, failure, artifacts } = outcome;
    return {
      ...evidence,
      ...(failure ? { error: failure.message } : {}),
      ...(artifacts ? { artifacts } : {}),
    };
  }
  return {
    exit_code: outcome.exitCode ?? null,
    output: outcome.stdout ?? "",
    ...(outcome.failure && outcome.exitCode === undefined ? { error: outcome.failure.message } : {}),
    ...(outcome.artifacts ? { artifacts: outcome.artifacts } : {}),
  };
}
