import { apply } from "../core/apply.ts";
import { presume } from "../core/budget.ts";
import { type Spent, spentOf } from "../core/child-record.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { sameJson } from "../expression/json.ts";
import type { Parts } from "./parts.ts";
import { stateOf } from "./run-state.ts";

/**
 * A run as it stands with all that is inside it: what a run that does a step of it has used since it was last looked at is
 * counted, and that it is done is seen. Only what is in memory is changed.
 */
export async function withInside(parts: Parts, state: RunState, prepare?: Prepare): Promise<RunState> {
  for (const { address, inner } of await insideOf(parts, state, prepare)) {
    const spent = spentOf(inner.ledger);
    const { runId: child, status } = inner;
    apply(state, { type: "child.spent", at: state.at, address, child, spent });
    const node = nodeAt(state, address);
    const isDone = status === "completed" || status === "degraded";
    if (isDone && node?.phase === "waiting" && node.child?.id === child) node.child = { id: child, status };
  }
  return state;
}

/** What the runs inside have used, by their ids, where it is more than the run around them knows. */
export async function spentInside(
  parts: Parts,
  state: RunState,
): Promise<Readonly<Record<string, Spent>> | undefined> {
  const more = (await insideOf(parts, state)).flatMap(({ address, inner }) => {
    const spent = spentOf(inner.ledger);
    const counted = state.children.get(address)?.counted;
    return sameJson({ ...counted }, { ...spent }) ? [] : [[inner.runId, spent] as const];
  });
  return more.length === 0 ? undefined : Object.fromEntries(more);
}

interface Inside {
  readonly address: string;
  readonly inner: RunState;
}

async function insideOf(parts: Parts, { children }: RunState, prepare?: Prepare): Promise<readonly Inside[]> {
  const found: Inside[] = [];
  for (const [address, { id }] of children) {
    const inner = await stateNow(parts, id, prepare);
    if (inner) found.push({ address, inner });
  }
  return found;
}

/**
 * A run as it stands for one inside it that is driven without it; undefined: there is no such run here. What is under way, in
 * it or inside it, may be driven by another process: what is held for that counts as spent, because nobody here hears when
 * it comes in cheaper.
 */
export function stateAround(parts: Parts, runId: string): Promise<RunState | undefined> {
  return stateNow(parts, runId, presumeAll);
}

function presumeAll(state: RunState): void {
  for (const address of state.budget.underWay.keys()) {
    const node = nodeAt(state, address);
    if (node) presume(state, node, false);
  }
}

/** What is done with each state before it counts. */
type Prepare = (state: RunState) => void;

async function stateNow(parts: Parts, runId: string, prepare?: Prepare): Promise<RunState | undefined> {
  const state = await stateOf(parts, runId);
  if (!state) return undefined;
  prepare?.(state);
  return withInside(parts, state, prepare);
}
