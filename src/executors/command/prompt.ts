import type { Request } from "../../core/effects.ts";
import type { Failure } from "../../core/outcome.ts";
import type { Agent, AgentTask } from "../../ports/agent.ts";
import type { Executor, TaskContext } from "../../ports/executor.ts";
import { defined } from "../defined.ts";
import { withLearned } from "../learned.ts";
import { withReport } from "../report.ts";
import { runAgent } from "../agent-changes.ts";
import { grantsOf, sessionFor } from "../grants.ts";

type AgentRequest = Extract<Request, { kind: "agent" }>;

/** Gives a prompt to an agent. */
export function createPromptExecutor({
  agents,
}: {
  readonly agents: ReadonlyMap<string, Agent>;
}): Executor<AgentRequest> {
  return {
    kind: "agent",
    async execute(request, context) {
      const agent = await usable(request.agent, { agents, signal: context.signal });
      if ("failure" in agent) return { ok: false, asked: false, failure: agent.failure };
      const task = taskOf(request, context);
      return withLearned(withReport(await runAgent(agent, task, context), task.schema), task);
    },
  };
}

function taskOf(request: AgentRequest, context: TaskContext): AgentTask {
  const { prompt, model, effort, tools, mcpServers, preamble, memory, feedback, claims } = request;
  const { schema, memory: remembers } = context.policy;
  return {
    work: { kind: "prompt", prompt },
    sessionId: sessionFor(request, context),
    ...defined({ model, effort, tools, mcpServers, preamble, memory, feedback, claims, schema }),
    ...defined({ learns: remembers?.learns }),
    ...grantsOf(request),
  };
}

interface Known {
  readonly agents: ReadonlyMap<string, Agent>;
  readonly signal: AbortSignal;
}

async function usable(
  name: string,
  { agents, signal }: Known,
): Promise<Agent | { readonly failure: Failure }> {
  const agent = agents.get(name);
  if (!agent) {
    const message = `Cannot use the agent "${name}": there is none of this name`;
    const fix = `use one of: ${[...agents.keys()].join(", ")}`;
    return { failure: { code: "UNKNOWN_AGENT", message, fix, class: "permanent" } };
  }
  const { available, reason, fix } = await agent.probe(signal);
  if (available) return agent;
  const message = `Cannot use the agent "${name}": ${reason ?? "it is not there"}`;
  const about = fix === undefined ? {} : { fix };
  return { failure: { code: "AGENT_UNAVAILABLE", message, class: "permanent", ...about } };
}
