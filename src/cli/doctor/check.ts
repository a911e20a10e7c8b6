import type { AgentAbilities } from "../../ports/agent.ts";

/** One thing that was looked at. `fail`: tutti cannot work like this; `warn`: something will be missing. */
export interface Check {
  readonly name: string;
  readonly result: "ok" | "warn" | "fail";
  /** What was found. */
  readonly found: string;
  /** Of an agent. */
  readonly abilities?: AgentAbilities;
  /** What to do about it; absent when all is well. */
  readonly fix?: string;
}
