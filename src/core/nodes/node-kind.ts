import type { Draft } from "../draft.ts";
import type { NodeState } from "../node.ts";

/** What a kind of node can do. Each kind is one file beside this one; `kind.ts` is the table of them. */
export interface NodeKind {
  /** Its needs have ended well, it may start: emits the first event of its work, or its end. */
  start(draft: Draft, node: NodeState): void;
  /** The run's process died while it was live: emits what follows from that, if anything. */
  recover(draft: Draft, node: NodeState): void;
  /** The run is being cancelled: ends it unless an effect in flight has to come back first. */
  cancel(draft: Draft, node: NodeState): void;
  /** Of a node that holds others: one of them ended, or the run went on. Opens the next, or ends. */
  goOn?(draft: Draft, node: NodeState): void;
}
