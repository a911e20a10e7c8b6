import type { Outcome } from "../core/outcome.ts";
import { unknownUsage } from "../core/usage.ts";
import { trackChanges } from "../files/changed-files.ts";
import type { Agent, AgentTask } from "../ports/agent.ts";
import type { TaskContext } from "../ports/executor.ts";

/**
 * Lets an agent do a task; the outcome says which files changed meanwhile. Not where a checkpoint or an account of the files says it,
 * nor of an agent that judges, or that can change none.
 */
export async function runAgent(agent: Agent, task: AgentTask, context: TaskContext): Promise<Outcome> {
  const { policy, gate } = context;
  const run = (): Promise<Outcome> => {
    context.used?.(unknownUsage);
    return agent.run(task, context);
  };
  const isKnown = policy.workspace?.saves === true || policy.filesBefore === true;
  if (isKnown || gate !== undefined || !agent.abilities.files) return run();
  const changes = await trackChanges(context);
  const outcome = await run();
  const changedFiles = await changes.changed();
  return changedFiles ? { ...outcome, changedFiles } : outcome;
}
