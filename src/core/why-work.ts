import { isGivenUp, type NodeState } from "./node.ts";
import { fixOfBreaker, isPipeline } from "./waiting.ts";
import { timeOf, type Why } from "./why-text.ts";

/** What a node does whose attempt was begun; `waits for` what keeps that from its work. */
export function workOf(node: NodeState): Why {
  const { queued, stage, attemptAt } = node;
  if (queued !== undefined && !isGivenUp(node)) {
    const waitsFor = node.attempt > 1 ? `${queued}, for its attempt ${attemptText(node)}` : queued;
    const fix = fixOfBreaker(queued);
    return { waitsFor, ...(fix === undefined ? {} : { fix }) };
  }
  const facts = [
    `${runText(node)}attempt ${attemptText(node)}`,
    ...(attemptAt === undefined ? [] : [`since ${timeOf(attemptAt)}`]),
    ...agentText(node),
    ...(stage === undefined ? [] : [`after stage ${stage}`]),
    ...(isGivenUp(node) ? [`to be stopped: ${whyGivenUp(node)}`] : []),
  ];
  return { waitsFor: facts.join(", "), working: "now" };
}

/** A gate of the node that is checked outside. */
export function gateWork(node: NodeState, name: string): Why {
  const { queued, gate } = node;
  if (queued !== undefined) return { waitsFor: `${queued}, for its gate "${name}"` };
  const judge = gate?.check.kind === "judge" ? [`agent ${gate.check.agent}`] : [];
  return { waitsFor: [`its gate "${name}"`, ...judge].join(", "), working: "now" };
}

/** How many there may be is told where the step is tried again, and no gate sends it back besides. */
function attemptText({ attempt, retries, plan }: NodeState): string {
  const { retry, gates } = plan.step;
  const { max, on } = retry;
  const isBounded = on.includes("failure") && gates.every((gate) => gate.retry === 0);
  return isBounded ? `${attempt} of at most ${attempt - retries + max}` : String(attempt);
}

function runText(node: NodeState): string {
  const { child } = node;
  return child && !isPipeline(node) ? `its run ${child.id}, ` : "";
}

function agentText({ request }: NodeState): readonly string[] {
  return request && "agent" in request ? [`agent ${request.agent}`] : [];
}

function whyGivenUp(node: NodeState): string {
  for (let at: NodeState | undefined = node; at; at = at.parent)
    if (at.timeUp) return `the time of "${at.address}" is over`;
  return "its block does not need it any more";
}
