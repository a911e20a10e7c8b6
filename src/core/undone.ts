import type { NodeState } from "./node.ts";
import { downstreamOf, restingOn } from "./restart.ts";
import type { RunState } from "./state.ts";
import { takenBack } from "./undo.ts";

/** What a restart does not use again. */
export interface NotUsed {
  /** Addresses whose results are dropped. */
  readonly drop: readonly string[];
  /** Those of them that runs of their own do, which go on with what they did not take back; and pipelines that go on. */
  readonly goOn?: readonly string[];
}

/** From `from` on, what is named, and what rests on work that was taken back; undefined when there is no such node. */
export function notUsedAgain(state: RunState, asked: Asked): NotUsed | undefined {
  const dropped = askedFor(state, asked);
  if (!dropped) return undefined;
  const goOn: string[] = [...(asked.again ?? [])];
  // by how many of them, or by `from`, each address is dropped
  const counts = new Map(dropped.map((address) => [address, 1]));
  const undone = takenBack(state);
  for (const node of undone)
    for (const address of restingOn(state, node)) counts.set(address, (counts.get(address) ?? 0) + 1);
  for (const node of undone) if (wasRecalled(node) && counts.get(node.address) === 1) goOn.push(node.address);
  return { drop: [...counts.keys()], ...(goOn.length > 0 ? { goOn } : {}) };
}

interface Asked {
  readonly from?: string | undefined;
  readonly drop?: readonly string[] | undefined;
  readonly again?: readonly string[] | undefined;
}

function askedFor(state: RunState, { from, drop = [], again = [] }: Asked): readonly string[] | undefined {
  const after = from === undefined ? [] : downstreamOf(state, from);
  // what rests on a pipeline that goes on rests on something else than before
  const behind = again.flatMap((address) => downstreamOf(state, address) ?? [address]);
  return after && [...new Set([...after, ...drop, ...behind])];
}

/** The run that does it took back what it did, which knows better than this one what that was. */
function wasRecalled({ plan: { step } }: NodeState): boolean {
  return step.action.kind === "workflow";
}
