import { sameJson } from "../../expression/json.ts";
import { emit, type Draft } from "../draft.ts";
import type { Request } from "../effects.ts";
import { asWanted } from "../policies/failover.ts";
import { basisOf, readsOf } from "../reads.ts";
import { renderRequest } from "../request.ts";
import { definitionOf } from "../definition.ts";
import { stepEnv } from "../scope.ts";
import type { NodeState } from "../node.ts";
import type { KnownResult } from "../node-result.ts";
import { usableResult } from "../state.ts";
import { isThinkingScored } from "../thinking.ts";
import { toLand } from "../trees.ts";
import { endWell } from "./end.ts";
import { attempt } from "./when.ts";

/**
 * Ends a node with its result of an earlier life of the run, when its definition and what it gets are still the same. One of
 * which only gates are left to do has it, and is left to them.
 */
export function reuse(draft: Draft, node: NodeState): boolean {
  // What the gates of a run look at may have changed, whoever changed it.
  const { kind } = node.plan.step.action;
  if (kind === "gates") return false;
  // what was done before it since has to land, too
  if (kind === "land" && toLand(draft.state, node)) return false;
  const known = usableResult(draft.state, node.address);
  if (!known || !sameJson(known.definition, definitionOf(node.plan.step))) return false;
  if (!readsTheSame(draft, node, known)) return false;
  if (node.plan.kind === "step" && !asksTheSame(draft, node, known)) return false;
  emit(draft, { type: "result.reused", address: node.address });
  if (known.end) endWell(draft, node, { end: known.end });
  return true;
}

function readsTheSame(draft: Draft, node: NodeState, { reads }: KnownResult): boolean {
  const now = readsOf(draft.state, node);
  return reads !== undefined && now !== undefined && sameJson(reads, now);
}

/** Feedback of a gate is no part of what was asked, and a backup was asked the same as the agent it stood in for. */
function asksTheSame(draft: Draft, node: NodeState, known: KnownResult): boolean {
  if (node.plan.step.action.kind === "land") return true;
  const basis = basisOf(draft.state, node);
  if (basis !== undefined) return known.basis === basis;
  const rendered = attempt(() => ({
    request: renderRequest(draft.state, node),
    env: stepEnv(draft.state, node),
  }));
  if ("failure" in rendered || !sameJson(known.env, rendered.value.env)) return false;
  const asked = known.request && bySomebody(asWanted(draft.state, node, known.request));
  // which run does it is no part of it, nor what people said about calls
  const others = { feedback: undefined, decided: undefined, child: undefined, ...scoredPart(draft, node) };
  return sameJson({ ...asked, ...others }, { ...bySomebody(rendered.value.request), ...others });
}

/** Who tells values in short is no part of what was asked: a backup does it for itself. */
function bySomebody(request: Request): object {
  if (!("summaries" in request) || !request.summaries) return request;
  return { ...request, summaries: request.summaries.map(({ agent: _, model: __, ...rest }) => rest) };
}

/** How complex what it is asked is follows from what is compared, and from how often gates sent it back. */
function scoredPart({ state }: Draft, { plan }: NodeState): { readonly effort?: undefined } {
  const { action } = plan.step;
  const isAgent = action.kind === "command" || action.kind === "agent";
  return isAgent && isThinkingScored(action, state.workflow) ? { effort: undefined } : {};
}
