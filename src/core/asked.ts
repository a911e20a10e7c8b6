import type { Json } from "../expression/json.ts";
import type { AskAction } from "../language/asking.ts";
import { askOfCalls } from "./call-asks.ts";
import { compiledStep } from "./compiled.ts";
import type { CompiledAsk } from "./compiled-ask.ts";
import type { CompiledGate } from "./compiled-gate.ts";
import type { GateRef } from "./effects.ts";
import type { NodeState } from "./node.ts";

/** How a node asks people: by what it does, or, while one of its gates or its agent asks them, as is said there. */
export function askOf(node: NodeState): AskAction | undefined {
  const { action } = node.plan.step;
  if (action.kind === "ask") return withChoices(action, node.ask?.choices);
  if (node.ask?.call !== undefined) return askOfCalls(node.plan.step);
  const gate = node.ask?.gate && gateAt(node, node.ask.gate)?.gate;
  return gate && "ask" in gate ? gate.ask : undefined;
}

function withChoices(action: AskAction, choices: readonly Json[] | undefined): AskAction {
  return choices ? { ...action, schema: { enum: choices } } : action;
}

/** The texts of what people are asked, by a gate when one is named. */
export function askTexts(node: NodeState, ref: GateRef | undefined): CompiledAsk | undefined {
  return ref ? gateAt(node, ref)?.ask : compiledStep(node.plan.step).ask;
}

/** A gate of the node's step; undefined when the log names one that the step does not have. */
export function gateAt(node: NodeState, ref: Pick<GateRef, "when" | "index">): CompiledGate | undefined {
  const { before, gates } = compiledStep(node.plan.step);
  return (ref.when === "before" ? before : gates)[ref.index];
}
