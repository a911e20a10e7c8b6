import type { DeferredCall, Failure, Outcome } from "../../core/outcome.ts";
import { nearest } from "../../expression/nearest.ts";
import { isObject } from "../../expression/json.ts";
import type { AgentTask } from "../../ports/agent.ts";
import { numberField, textListField } from "../fields.ts";
import { toolLabel, type SessionTotal } from "./stream.ts";

interface GrantKind {
  readonly code: "UNKNOWN_SKILL" | "UNKNOWN_SUBAGENT";
  readonly what: string;
  readonly file: (name: string) => string;
}

export const grantKinds = {
  skill: { code: "UNKNOWN_SKILL", what: "skill", file: (name) => `.claude/skills/${name}/SKILL.md` },
  subagent: { code: "UNKNOWN_SUBAGENT", what: "subagent", file: (name) => `.claude/agents/${name}.md` },
} as const satisfies Record<string, GrantKind>;

/** The first of these names that the program does not know. */
export function unknownGrant(
  names: readonly string[],
  { known, code, what, file }: GrantKind & { readonly known: readonly string[] },
): Failure | undefined {
  const missing = names.find((name) => !known.includes(name));
  if (missing === undefined) return undefined;
  const close = nearest(missing, known);
  return {
    code,
    message: `Cannot give the agent the ${what} "${missing}": Claude Code knows none of this name here`,
    fix: close === undefined ? `write it in ${file(missing)}` : `did you mean "${close}"?`,
    class: "permanent",
  };
}

/** What the outcome says when the session stands before a call that nothing allows. */
export function stoppedBefore(
  { id, tool, input }: DeferredCall,
  total: SessionTotal | undefined,
): Pick<Outcome, "failure" | "deferred"> {
  const label = toolLabel(tool, isObject(input) ? input : {});
  return {
    failure: {
      code: "AGENT_DENIED",
      message: `Claude Code stopped before ${label}: nothing allows it, and a person has to decide`,
      fix: "answer it, or allow the tool with `tools:` of the step",
      class: "failure",
    },
    deferred: { id, tool, input, ...(total ? { kept: { ...total } } : {}) },
  };
}

/** What was counted for the session when it stopped before the call that is decided now. */
export function totalKept({ decided }: Pick<AgentTask, "decided">): SessionTotal | undefined {
  const kept = decided?.kept;
  if (!isObject(kept)) return undefined;
  const cachedTokens = numberField(kept, "cachedTokens");
  return {
    costUsd: numberField(kept, "costUsd") ?? null,
    inputTokens: numberField(kept, "inputTokens") ?? 0,
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
    outputTokens: numberField(kept, "outputTokens") ?? 0,
    models: textListField(kept, "models"),
  };
}
