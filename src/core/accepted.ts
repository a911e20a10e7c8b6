import type { AskAction } from "../language/asking.ts";
import type { LoopAction } from "../language/workflow.ts";
import { asText } from "../expression/json.ts";
import type { Answer, NodeState } from "./node.ts";
import type { GateResult } from "./node-result.ts";
import type { RunState } from "./state.ts";

/** Something that was wanted and did not come about, where the workflow says beforehand that this is enough. */
export interface Accepted {
  readonly address: string;
  readonly kind: "gate" | "loop" | "answer";
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
  return node.plan.kind === "ask" ? takenAnswer(node) : undefined;
}

function acceptedLoop(node: NodeState): About | undefined {
  const { until, otherwise } = node.plan.step.action as LoopAction;
  const last = node.children.at(-1)?.decided;
  if (otherwise !== "accept" || (last?.type === "round.judged" && last.done)) return undefined;
  if (until === undefined) return undefined;
  return { kind: "loop", required: `until ${until}`, why: node.reason ?? "its condition does not hold" };
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
