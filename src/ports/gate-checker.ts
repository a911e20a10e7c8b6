import type { GateCheck, GateSubject } from "../core/gate-check.ts";
import type { Outcome } from "../core/outcome.ts";
import type { TaskContext } from "./executor.ts";

/**
 * Makes the checks of one kind of gate.
 *
 * - resolves with `ok: true` only when what was asked for was seen to hold: what cannot be found out does not hold;
 * - says in `evidence` what was measured and against what, or, for a shell line, what was printed;
 * - changes nothing in the working directory, unless the check itself is a program that does;
 * - rejects only when `signal` aborts, with its reason; nothing it started is running then.
 */
export interface GateChecker<C extends GateCheck = GateCheck> {
  readonly kind: C["kind"];
  check(check: C, context: GateContext): Promise<Outcome>;
}

export interface GateContext extends TaskContext {
  /** What the gate looks at the work of. */
  readonly subject: GateSubject;
}

/** The check of one kind. */
export type CheckOf<Kind extends GateCheck["kind"]> = Extract<GateCheck, { readonly kind: Kind }>;
