import type { NodeState } from "./node.ts";

/** Nothing more begins in a block that stopped, nor in the blocks inside it. */
export function stopBlock(holder: NodeState): void {
  if (holder.stopping) return;
  holder.stopping = true;
  for (const child of holder.children) if (child.phase === "open") stopBlock(child);
}
