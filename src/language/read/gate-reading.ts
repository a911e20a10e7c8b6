import type { Callee, TextUse } from "../drafts.ts";

/** What a gate looks at, a name for it, the texts in it, and the agents that it names. */
export interface GateReading<Gate> {
  readonly own: Omit<Gate, "name" | "level" | "retry">;
  readonly name: string;
  readonly texts: readonly TextUse[];
  readonly callees?: readonly Callee[];
}
