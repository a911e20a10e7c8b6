import type { Step } from "../language/workflow.ts";

/** What a step works with that other steps may work with as well. */
export interface Tool {
  /** The same for steps whose prompts begin the same way, or that call the same server. */
  readonly key: string;
  readonly kind: "agent" | "command" | "mcp";
  /** The agent, the command or the server; absent: the agent of the steps that name none. */
  readonly name?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly preamble?: true;
}

/** Undefined for a step that shares nothing. */
export function toolOf({ action }: Pick<Step, "action">): Tool | undefined {
  if (action.kind === "mcp") return { key: `mcp ${action.server}`, kind: "mcp", name: action.server };
  if (action.kind !== "agent" && action.kind !== "command") return undefined;
  const { kind, agent, model, preamble } = action;
  const name = kind === "command" ? action.command : agent;
  const tools = kind === "agent" ? action.tools : undefined;
  return {
    key: JSON.stringify([kind, name, agent, model, preamble, tools]),
    kind,
    ...(name === undefined ? {} : { name }),
    ...(agent === undefined ? {} : { agent }),
    ...(model === undefined ? {} : { model }),
    ...(preamble === undefined ? {} : { preamble: true }),
  };
}

/** For each of the steps the position of the first one that works with the same. */
export function groupsOf(steps: readonly Pick<Step, "action">[]): readonly number[] {
  const firsts = new Map<string, number>();
  return steps.map((step, index) => {
    const key = toolOf(step)?.key;
    if (key === undefined) return index;
    const first = firsts.get(key) ?? index;
    firsts.set(key, first);
    return first;
  });
}
