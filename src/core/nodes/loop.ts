import type { LoopAction } from "../../language/workflow.ts";
import type { Json } from "../../expression/json.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import type { Failure } from "../outcome.ts";
import { roundView, scopeOf } from "../scope.ts";
import { isHalted } from "../state.ts";
import { type NodeState } from "../node.ts";
import { endFailed, endWell } from "./end.ts";
import { closeHolder, isOver } from "./group.ts";
import type { NodeKind } from "./node-kind.ts";
import { attempt, passesWhen } from "./when.ts";

/** Rounds of the same steps, one after another, until a condition holds, a number stops growing, or there were enough. */
export const loop: NodeKind = {
  start(draft, node) {
    if (passesWhen(draft, node)) openRound(draft, node, 1);
  },
  recover() {
    // Its round recovers by itself.
  },
  cancel() {
    // Ends when its round has.
  },
  goOn(draft, node) {
    const last = node.children.at(-1);
    if (last?.phase !== "ended") return;
    if (!last.satisfied || node.stopping || draft.state.cancelling) {
      if (isOver(draft.state, node)) closeHolder(draft, node);
      return;
    }
    if (isHalted(draft.state)) return;
    // The process may have ended between the verdict and what follows from it.
    if (last.decided?.type === "round.judged") follow(draft, node, last.decided);
    else judge(draft, node, last.place + 1);
  },
};

function openRound(draft: Draft, node: NodeState, round: number): void {
  emit(draft, { type: "part.opened", address: node.address, part: `#${round}`, body: 0, place: round - 1 });
}

/** Decides after a round whether there is another. */
function judge(draft: Draft, node: NodeState, round: number): void {
  const { until, measure } = compiledStep(node.plan.step);
  const scope = scopeOf(draft.state, node);
  // in `plateau.of` the round's output goes by its own name
  const given = roundView(draft.state, { loop: node, round: node.children.at(-1) });
  const judged = attempt(() => ({
    until: until?.evaluate(scope),
    measure: numberOf(measure?.evaluate((root) => (root === "output" ? given["output"] : scope(root)))),
  }));
  if ("failure" in judged) return endFailed(draft, node, judged.failure);
  const { value } = judged;
  const done = value.until === true;
  emit(draft, {
    type: "round.judged",
    address: node.address,
    round,
    done,
    ...(value.until === undefined ? {} : { until: value.until }),
    ...(value.measure === undefined ? {} : { measure: value.measure }),
  });
  follow(draft, node, { round, done });
}

function follow(
  draft: Draft,
  node: NodeState,
  { round, done }: { readonly round: number; readonly done: boolean },
): void {
  const { until, max, plateau, otherwise } = node.plan.step.action as LoopAction;
  if (done) return close(draft, node, `after ${roundsText(round)} its condition holds`);
  const flat = plateau !== undefined && node.stale >= plateau.rounds;
  if (!flat && round < max) return openRound(draft, node, round + 1);
  const why = flat
    ? `"${plateau.of}" did not grow for ${roundsText(plateau.rounds)} (best: ${node.best ?? "none"})`
    : `its ${max} rounds are over`;
  if (until === undefined && !flat) return close(draft, node, why);
  if (otherwise === "accept") return close(draft, node, `${why}; what there is is accepted`);
  endFailed(draft, node, notReached(why));
}

function roundsText(count: number): string {
  return count === 1 ? "1 round" : `${count} rounds`;
}

function close(draft: Draft, node: NodeState, reason: string): void {
  const last = node.children.at(-1);
  endWell(draft, node, { end: last?.end === "verified" ? "verified" : "claimed", reason });
}

function numberOf(value: Json | undefined): number | null | undefined {
  return value === undefined ? undefined : typeof value === "number" ? value : null;
}

function notReached(why: string): Failure {
  return {
    code: "LOOP_NOT_DONE",
    message: `Cannot end the loop well: ${why}, and its condition does not hold`,
    fix: "look at the rounds with tutti show, raise `max`, or say `otherwise: accept`",
    class: "permanent",
  };
}
