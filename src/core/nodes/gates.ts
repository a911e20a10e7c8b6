import { gateAt } from "../asked.ts";
import type { CompiledGate } from "../compiled-gate.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import type { GateRef } from "../effects.ts";
import type { Outcome } from "../outcome.ts";
import { roomFor } from "../policies/limit-advice.ts";
import { limitText } from "../policies/limits.ts";
import { isStoreFault } from "../policies/faults.ts";
import { judgeNow } from "../policies/quota.ts";
import { scopeOf } from "../scope.ts";
import { doneGates, isGivenUp, type NodeState } from "../node.ts";
import { askPeople, type Decision, decisionOf, noText, voices } from "./asking.ts";
import { stopsAt } from "./at-limit.ts";
import { endFailed, endStopped, mayTryAgain, stepCancelled } from "./end.ts";
import { conclude, evaluate, follow, judgeUsed, outsideVerdict, type Verdict } from "./gate-verdict.ts";
import { landsAtOnce, queuesToLand } from "./landing.ts";
import { askedInVain, stopsRun, stopsRunAt } from "./judging.ts";
import { attempt } from "./when.ts";

/**
 * How it goes on after some gates. `passed`: all held. `busy`: one is checked outside or by people, or the node queues.
 * `ended`: one did not hold, and what follows has been emitted.
 */
export type Going = "passed" | "busy" | "ended";

interface One {
  readonly ref: GateRef;
  readonly gate: CompiledGate;
}

/** Runs the gates before or after a step, one after another from the first that has not run in this attempt. */
export function runGates(draft: Draft, node: NodeState, when: GateRef["when"]): Going {
  const compiled = compiledStep(node.plan.step);
  const gates = when === "before" ? compiled.before : compiled.gates;
  if (gates.length === 0) return "passed";
  const done = doneGates(node, when);
  for (const [index, gate] of gates.entries()) {
    if (index < done) continue;
    const ref: GateRef = { when, index, name: gate.gate.name, level: gate.gate.level };
    if (isTooLate(draft, node, gate)) return endTooLate(draft, node);
    const verdict = begin(draft, node, { ref, gate });
    if (!verdict) return "busy";
    if (!conclude(draft, node, { ref, gate, verdict })) return "ended";
  }
  return "passed";
}

/** Nobody is asked any more, and nothing lands, in a run that is being cancelled, or in a block that has stopped. */
function isTooLate({ state }: Draft, node: NodeState, { gate }: CompiledGate): boolean {
  // what is done lands also where something else has stopped the block
  if (gate.kind === "landing") return state.cancelling || isGivenUp(node);
  return (gate.kind === "human" || gate.kind === "judge") && !mayTryAgain(state, node);
}

function endTooLate(draft: Draft, node: NodeState): Going {
  if (draft.state.cancelling) endFailed(draft, node, stepCancelled);
  else endStopped(draft, node);
  return "ended";
}

/** Begins a gate; gives its verdict when there is one at once. */
function begin(draft: Draft, node: NodeState, one: One): Verdict | undefined {
  const { gate } = one.gate;
  if (gate.kind === "human") return askGate(draft, node, one);
  if (gate.kind === "judge" && !isItsTurn(node, one.ref)) {
    const { address, attempt: of } = node;
    emit(draft, { type: "gate.queued", address, attempt: of, gate: one.ref });
    return undefined;
  }
  const landed = landsAtOnce(draft, node, one.gate);
  if (landed) return landed;
  if (queuesToLand(draft, node, one)) return undefined;
  return one.gate.outside ? startOutside(draft, node, one) : evaluate(draft, node, one.gate);
}

/** `fix`: what helps, when it is not to look at the evidence. */
function undecided(error: string, fix?: string): Verdict {
  return { passed: false, evidence: { error, undecided: true, ...(fix === undefined ? {} : { fix }) } };
}

/** An agent is asked in its turn only: as for a step, there has to be a place for it, and quota, and money. */
function isItsTurn({ phase, resumes }: NodeState, { when }: GateRef): boolean {
  return phase === "ready" && resumes === when;
}

function startOutside(draft: Draft, node: NodeState, { ref, gate }: One): Verdict | undefined {
  const { state } = draft;
  const check = attempt(() =>
    gate.outside?.render(scopeOf(state, node), (wanted) =>
      judgeNow(state, node, { gate: wanted, at: draft.at }),
    ),
  );
  if ("failure" in check) return undecided(check.failure.message);
  if (!check.value) return undecided("nothing to run");
  const hit = check.value.kind === "judge" ? stopsAt(draft, node) : undefined;
  if (hit && stopsRunAt(draft, hit, ref)) return undefined;
  if (hit) return undecided(`the judge cannot be asked: ${limitText(hit)}`, roomFor(hit));
  const { address, attempt: of } = node;
  emit(draft, { type: "gate.started", address, attempt: of, gate: ref, check: check.value });
  return undefined;
}

function askGate(draft: Draft, node: NodeState, { ref, gate: { gate } }: One): Verdict | undefined {
  const deadlineMs = gate.kind === "human" ? gate.ask.deadlineMs : undefined;
  const failure = askPeople(draft, node, {
    gate: ref,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  return failure && undecided(failure.message);
}

/** A gate that was checked outside came back: `passed` when all gates after the step have now held. */
export function endOutside(
  draft: Draft,
  node: NodeState,
  { ref, outcome }: { readonly ref: GateRef; readonly outcome: Outcome },
): Going {
  const gate = gateAt(node, ref);
  // Neither says anything about what the gate checks.
  if (outcome.failure && (outcome.failure.class === "cancelled" || isStoreFault(outcome.failure))) {
    const evidence = { error: isStoreFault(outcome.failure) ? outcome.failure.message : "cancelled" };
    const verdict = { passed: false, evidence, ...(gate ? judgeUsed(gate, outcome) : {}) };
    emit(draft, { type: "gate.ended", address: node.address, attempt: node.attempt, gate: ref, ...verdict });
    endFailed(draft, node, outcome.failure);
    return "ended";
  }
  if (stopsRun(draft, node, { ref, outcome }) || askedInVain(draft, node, { ref, outcome })) return "busy";
  if (!gate || !conclude(draft, node, { ref, gate, verdict: outsideVerdict(gate, outcome) })) return "ended";
  return goOnAfter(draft, node, ref);
}

/** After a gate that was not decided at once: the node may have to queue for what comes next. */
function goOnAfter(draft: Draft, node: NodeState, { when }: GateRef): Going {
  if (draft.state.cancelling && when === "before") {
    endFailed(draft, node, stepCancelled);
    return "ended";
  }
  return when === "after" && node.phase !== "ready" ? runGates(draft, node, when) : "busy";
}

/** People may have decided what a gate asks them: then it ends. */
export function endAsked(draft: Draft, node: NodeState): Going {
  const ref = node.ask?.gate;
  const gate = ref && gateAt(node, ref);
  const decision = decisionOf(node);
  if (!ref || !gate || !decision) return "busy";
  return gate.gate.kind === "landing" && decision.yes
    ? landAgain(draft, node, { ref, gate })
    : endDecided(draft, node, { ref, gate, decision });
}

function endDecided(
  draft: Draft,
  node: NodeState,
  { ref, gate, decision }: One & { readonly decision: Decision },
): Going {
  const { yes, answers } = decision;
  const said = decision.yes ? voices(answers) : { ...voices([decision.no]), ...noEvidence(decision.no) };
  const evidence = { asked: node.ask?.text ?? "", approved: yes };
  const verdict = { passed: yes, evidence: { ...evidence, ...said } };
  return conclude(draft, node, { ref, gate, verdict }) ? goOnAfter(draft, node, ref) : "ended";
}

/** Somebody brought together what could not land: it lands in its turn. */
function landAgain(draft: Draft, { address, attempt: of }: NodeState, { ref }: One): Going {
  emit(draft, { type: "gate.queued", address, attempt: of, gate: ref });
  return "busy";
}

/** What nobody said is no reason to do the step again. */
function noEvidence(no: Parameters<typeof noText>[0]) {
  return { summary: noText(no), ...(no.by === undefined ? { undecided: true } : {}) };
}

/** The deadline of a gate that asks people has come, and nothing was declared for it. */
export function gateTimedOut(draft: Draft, node: NodeState): Going {
  const ref = node.ask?.gate;
  const gate = ref && gateAt(node, ref);
  if (!ref || !gate) return "busy";
  const { answers = [], text = "" } = node.ask ?? {};
  const evidence = { asked: text, approved: false, ...voices(answers), undecided: true };
  const verdict = {
    passed: false,
    evidence: { ...evidence, summary: "nobody answered before the deadline" },
  };
  return conclude(draft, node, { ref, gate, verdict }) ? goOnAfter(draft, node, ref) : "ended";
}

/** Goes on after the last gate that is written down: the process ended before what follows from it was. */
export function followLastGate(draft: Draft, node: NodeState): Going {
  const verdict = node.gateResults.at(-1);
  const gate = verdict && gateAt(node, verdict.ref);
  if (verdict && gate && !follow(draft, node, { ref: verdict.ref, gate, verdict })) return "ended";
  return runGates(draft, node, verdict?.ref.when ?? "after");
}
