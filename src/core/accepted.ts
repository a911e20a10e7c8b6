import type { AskAction } from "../language/asking.ts";
import type { LoopAction } from "../language/workflow.ts";
import { asText, isObject } from "../expression/json.ts";
import { type Answer, type NodeState, sibling } from "./node.ts";
import type { GateResult } from "./node-result.ts";
import type { RunState } from "./state.ts";
import { titleOf } from "./title.ts";

/** Something that was wanted and did not come about, where the workflow says beforehand that this is enough. */
export interface Accepted {
  readonly address: string;
  readonly kind: "gate" | "loop" | "answer" | "decision";
  /** What was wanted, in one line. */
  readonly required: string;
  /** Why there is no such thing, and what stands in its place. */
  readonly why: string;
}

/**
 * What a run that came to its end took as it was: loops whose condition never held, answers that nobody gave, advisory gates
 * that did not hold. That makes no run worse than completed, but whoever gets its work has to know. Time linear in the nodes.
 */
export function acceptedOf(state: RunState): readonly Accepted[] {
  if (state.status !== "completed" && state.status !== "degraded") return [];
  return [...state.byAddress.values()].flatMap((node) => {
    const { address, end } = node;
    const own = end === "verified" || end === "claimed" ? acceptedAt(node) : undefined;
    return [...(own ? [own] : []), ...acceptedGates(node)].map((about) => ({ address, ...about }));
  });
}

type About = Omit<Accepted, "address">;

function acceptedAt(node: NodeState): About | undefined {
  if (node.plan.kind === "loop") return acceptedLoop(node);
  if (node.plan.kind === "tally") return acceptedCount(node);
  return node.plan.kind === "ask" ? takenAnswer(node) : undefined;
}

function acceptedLoop(node: NodeState): About | undefined {
  const { until, otherwise } = node.plan.step.action as LoopAction;
  const last = node.children.at(-1)?.decided;
  if (otherwise !== "accept" || (last?.type === "round.judged" && last.done)) return undefined;
  if (until === undefined) return undefined;
  return { kind: "loop", required: `until ${until}`, why: node.reason ?? "its condition does not hold" };
}

/** What others decide where the votes leave it open is told of what they decide. */
function acceptedCount(node: NodeState): About | undefined {
  const { output } = node.outcome ?? {};
  const { decision, reason } = isObject(output) ? output : {};
  const isLeft = node.plan.dependents.some((index) => settles(sibling(node, index)));
  if (decision !== null || isLeft || hasLaterRound(node)) return undefined;
  return { kind: "decision", required: `a decision: ${titleOf(node)}`, why: asText(reason ?? null) };
}

/** It lies in a round of a loop after which there was another: what that came to stands. */
function hasLaterRound(node: NodeState): boolean {
  for (let at = node; at.parent; at = at.parent)
    if (at.parent.plan.kind === "loop" && at.parent.children.at(-1) !== at) return true;
  return false;
}

function settles(node: NodeState | undefined): boolean {
  const action = node?.plan.step.action;
  return action?.kind === "tally" && "of" in action;
}

/** Nobody answered, and the answer that the workflow gives for that case was taken. */
function takenAnswer(node: NodeState): About | undefined {
  const answer = node.ask?.answers.at(-1);
  if (!answer || answer.by !== undefined) return undefined;
  const { ask } = node.plan.step.action as AskAction;
  const required = `${ask === "approval" ? "an approval" : "an answer"}: ${node.ask?.text ?? ""}`;
  return { kind: "answer", required, why: unansweredText(answer) };
}

function unansweredText({ value }: Pick<Answer, "value">): string {
  const said = value === true ? "yes" : asText(value);
  return `nobody answered in time; ${said} was taken for an answer`;
}

/** Gates of a step that ended well: advisory ones by the last word of each, and those where nobody said yes. */
function acceptedGates(node: NodeState): readonly About[] {
  if (!node.satisfied || node.gateResults.length === 0) return [];
  return node.gateResults
    .filter(({ ref, attempt }) => ref.when === "before" || attempt === node.attempt)
    .flatMap((result) => acceptedGate(result) ?? []);
}

function acceptedGate({ ref, passed, evidence }: GateResult): About | undefined {
  const required = `gate "${ref.name}"`;
  const { approved, by, error } = evidence;
  const isUnanswered = passed && approved === true && Array.isArray(by) && by.length === 0;
  if (isUnanswered) return { kind: "gate", required, why: unansweredText({ value: true }) };
  if (passed || ref.level !== "advisory") return undefined;
  const why = error === undefined ? "it did not hold" : asText(error);
  return { kind: "gate", required, why: `${why}; it is advisory` };
}
