import type { AskAction } from "../language/asking.ts";
import type { Step } from "../language/workflow.ts";

/** How people are asked about a call of the step's agent; undefined: they are not. */
export function askOfCalls({ action }: Step): AskAction | undefined {
  if (action.kind !== "command" && action.kind !== "agent") return undefined;
  return typeof action.permissions === "object" ? action.permissions : undefined;
}
