import { asText, type JsonObject } from "../../expression/json.ts";
import { emit, type Draft } from "../draft.ts";
import type { GateRef } from "../effects.ts";
import type { CompiledGate } from "../compiled-gate.ts";
import type { NodeState } from "../node.ts";
import { landsAfter, toLand } from "../trees.ts";
import { askPeople } from "./asking.ts";

/** A landing for which there is nothing to do outside. */
export function landsAtOnce(draft: Draft, node: NodeState, { gate }: CompiledGate): Landed | undefined {
  if (gate.kind !== "landing" || toLand(draft.state, node)) return undefined;
  return { passed: true, evidence: { summary: "nothing was done that could land" } };
}

interface Landed {
  readonly passed: true;
  readonly evidence: JsonObject;
}

interface One {
  readonly ref: GateRef;
  readonly gate: CompiledGate;
}

/** Others have to land before: the node queues until they have. */
export function queuesToLand(draft: Draft, node: NodeState, { ref, gate }: One): boolean {
  if (!landsAfter(node, gate.gate)) return false;
  const { address, attempt } = node;
  emit(draft, { type: "gate.queued", address, attempt, gate: ref });
  return true;
}

/** A person is asked to bring together what could not land; false: that is not how it is declared, or nobody can be asked. */
export function asksToResolve(
  draft: Draft,
  node: NodeState,
  { ref, gate: { gate }, evidence }: One & { readonly evidence: JsonObject },
): boolean {
  if (gate.kind !== "landing" || gate.strategy !== "human" || evidence["conflicts"] === undefined)
    return false;
  const where = asText(evidence["tree"] ?? "its working tree");
  const more = `(${asText(evidence["summary"] ?? "conflict")}; both lie in ${where})`;
  return askPeople(draft, node, { gate: ref, more }) === undefined;
}
