import { boardOf, isQuiet } from "../board.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import { isHolder, type NodeState } from "../node.ts";
import { scopeOf } from "../scope.ts";
import { isHalted, type RunState } from "../state.ts";
import { endFailed, endWell } from "./end.ts";
import { reuse } from "./reuse.ts";
import { attempt } from "./when.ts";

/** A node waits for something on the blackboard around it; its output says whether that came: `{held}`. */
export function beginBoardWait(draft: Draft, node: NodeState, until: string): void {
  emit(draft, { type: "wait.started", address: node.address, board: until });
  lookAtBoard(draft, node);
}

/** Ends a wait when what it waits for is true, or fails it when that cannot be told. */
export function lookAtBoard(draft: Draft, node: NodeState): void {
  const { until } = compiledStep(node.plan.step);
  const looked = attempt(() => until?.evaluate(scopeOf(draft.state, node)));
  if ("failure" in looked) return endFailed(draft, node, looked.failure);
  if (looked.value === true) endBoardWait(draft, node, true);
}

export function endBoardWait(draft: Draft, node: NodeState, held: boolean): void {
  emit(draft, {
    type: "attempt.ended",
    address: node.address,
    attempt: 0,
    outcome: { ok: true, output: { held } },
  });
  endWell(draft, node, { end: "verified" });
}

/**
 * Lets those go on that wait for a blackboard: first those whose condition is true now; where there is none, and nothing else
 * is under way around that board, none can become true any more, and all of them go on. True when any did.
 */
export function settleBoards(draft: Draft): boolean {
  const { state } = draft;
  // what has not begun because the run is held may have something to say yet
  if (state.watched.size === 0 || isHalted(state)) return false;
  let went = false;
  for (const holder of state.watched) went = settleBoard(draft, holder) || went;
  return went;
}

function settleBoard(draft: Draft, holder: NodeState): boolean {
  const watchers = [...boardOf(holder).watchers];
  for (const node of watchers) lookAtBoard(draft, node);
  const left = watchers.filter(({ phase }) => phase === "waiting");
  if (left.length < watchers.length) return true;
  if (!isQuiet(holder) && !isStuck(draft.state)) return false;
  const isShort = skipsWays(holder);
  for (const node of left) if (!isShort || !reuse(draft, node)) endBoardWait(draft, node, false);
  return left.length > 0;
}

/**
 * True when a way in it failed in an earlier life of the run and is not taken again: what came onto the board from there does
 * not come any more, and a wait that it ended then is not to hold less now.
 */
function skipsWays({ children }: NodeState): boolean {
  return children.some((child) => child.carried.length > 0 || skipsWays(child));
}

/**
 * True when the run has nothing to do but waits for blackboards, and what waits behind these: work that is done and may land
 * only after what holds such a wait, say.
 */
function isStuck({ active, ready, live, quotas, watched }: RunState): boolean {
  if (active > 0 || ready.peek() !== undefined || quotas.size > 0) return false;
  const waits = new Set([...watched].flatMap((holder) => [...boardOf(holder).watchers]));
  for (const node of live) if (!isHolder(node) && node.phase !== "ready" && !waits.has(node)) return false;
  return true;
}
