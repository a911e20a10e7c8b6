import type { Json } from "../expression/json.ts";
import type { ChainAction } from "../language/workflow.ts";
import type { NodeState, RefusedEntry } from "./node.ts";
import { type BoardEntry, boardView } from "./policies/blackboard.ts";

/** A blackboard as it is shown: all that was written, in the order in which it came. */
export interface BoardShown {
  /** Of a swarm: how its agents are arranged. */
  readonly topology?: NonNullable<ChainAction["swarm"]>;
  readonly entries: readonly (BoardEntry & { readonly address: string })[];
  readonly conflicts: readonly BoardConflict[];
  /** What agents wrote and what did not come onto it; absent: nothing. */
  readonly refused?: readonly RefusedEntry[];
}

/** Where agents wrote different values of the same, and what the rule made of it. */
export interface BoardConflict {
  readonly topic: string;
  readonly key: string;
  readonly values: readonly { readonly by: string; readonly value: Json }[];
  /** False: none of them holds. */
  readonly resolved: boolean;
  readonly value: Json;
  readonly rule: string;
}

/** The blackboard of a group that has one. */
export function boardPart({ plan, board }: NodeState): { readonly board?: BoardShown } {
  const { action } = plan.step;
  if (action.kind !== "chain" || !action.board) return {};
  const entries = [...(board?.entries ?? [])];
  const { conflicts } = boardView(entries, action.board.resolve) as unknown as Pick<BoardShown, "conflicts">;
  const { swarm: topology } = action;
  const refused = [...(board?.refused ?? [])];
  return {
    board: {
      ...(topology ? { topology } : {}),
      entries,
      conflicts,
      ...(refused.length > 0 ? { refused } : {}),
    },
  };
}
