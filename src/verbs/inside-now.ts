import { apply, fold } from "../core/apply.ts";
import { type Spent, spentOf } from "../core/child-record.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { isTuttiError } from "../errors.ts";
import { sameJson } from "../expression/json.ts";
import type { Parts } from "./parts.ts";

/**
 * A run as it stands with all that is inside it: what a run that does a step of it has used since it was last looked at is
 * counted, and that it is done is seen. Only what is in memory is changed.
 */
export async function withInside(parts: Parts, state: RunState): Promise<RunState> {
  for (const { address, inner } of await insideOf(parts, state)) {
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

async function insideOf(parts: Parts, { children }: RunState): Promise<readonly Inside[]> {
  const found: Inside[] = [];
  for (const [address, { id }] of children) {
    const inner = await stateNow(parts, id);
    if (inner) found.push({ address, inner });
  }
  return found;
}

/** Undefined: there is no such run here. */
export async function stateNow(parts: Parts, runId: string): Promise<RunState | undefined> {
  try {
    const state = fold(await parts.store.read(runId));
    return state && (await withInside(parts, state));
  } catch (error) {
    if (isTuttiError(error, "RUN_NOT_FOUND")) return undefined;
    throw error;
  }
}
