import type { Draft } from "../draft.ts";
import { emit } from "../draft.ts";
import { classified } from "../policies/taxonomy.ts";
import type { NodeState } from "../node.ts";
import { endWell } from "./end.ts";
import { shellWord } from "../../expression/shell-word.ts";

/**
 * Ends the node of a run's own gates, none of which stopped it. Those that are only advisory and did not hold leave the
 * run degraded: it went on to its end, and is not all that was wanted.
 */
export function endRunGates(draft: Draft, node: NodeState): void {
  const missed = node.gateResults.filter(({ passed }) => !passed).map(({ ref }) => `"${ref.name}"`);
  if (missed.length === 0) return endWell(draft, node, { end: "verified" });
  const { address } = node;
  const failure = classified({
    code: "GATE_FAILED",
    message: `Not held at the end of the run: ${missed.join(", ")}`,
    fix: `see the evidence: tutti show ${draft.state.runId} ${shellWord(address)}`,
    class: "permanent",
  });
  emit(draft, { type: "node.ended", address, end: "failed", failure, tolerated: "continue" });
}
