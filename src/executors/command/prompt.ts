import type { Request } from "../../core/effects.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Executor } from "../../ports/executor.ts";
import { withReport } from "../report.ts";
import { sessionIdOf } from "../session-id.ts";

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
      const agent = agents.get(request.agent);
      if (!agent) {
        const message = `Cannot use the agent "${request.agent}": there is none of this name`;
        const fix = `use one of: ${[...agents.keys()].join(", ")}`;
        return {
          ok: false,
          asked: false,
          failure: { code: "UNKNOWN_AGENT", message, fix, class: "permanent" },
        };
      }
      const { prompt, model, effort, tools, feedback, claims } = request;
      const outcome = await agent.run(
        {
          work: { kind: "prompt", prompt },
          sessionId: sessionIdOf(context),
          ...(model === undefined ? {} : { model }),
          ...(effort === undefined ? {} : { effort }),
          ...(tools ? { tools } : {}),
          ...(feedback === undefined ? {} : { feedback }),
          ...(claims ? { claims } : {}),
          ...(context.policy.schema ? { schema: context.policy.schema } : {}),
        },
        context,
      );
      return withReport(outcome, context.policy.schema);
    },
  };
}
