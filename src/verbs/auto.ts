import { type AutoOptions, type AutoPlan, planTask } from "../language/auto/auto.ts";
import type { CommandDoc } from "../ports/command-catalog.ts";
import type { WorkflowSource } from "./load.ts";
import type { Parts } from "./parts.ts";

/** The workflow for a task, ready to be loaded; it is started with `inputs`. */
export interface AutoSource extends AutoPlan {
  readonly source: WorkflowSource;
}

/** Reads a task and builds the workflow that fits, out of the commands there are. Asks no agent, writes nothing. */
export async function auto(
  { commands }: Parts,
  task: string,
  options: Omit<AutoOptions, "commands"> = {},
): Promise<AutoSource> {
  const docs = await commands.list();
  const usable = docs.filter(({ kind }) => kind === "command").map(availableOf);
  const plan = planTask(task, { ...options, commands: usable });
  return { ...plan, source: { kind: "object", value: plan.definition, origin: "<auto>" } };
}

function availableOf({ name, origin, parameters = [] }: CommandDoc): AutoOptions["commands"][number] {
  const required = parameters.filter((one) => one.required && one.default === undefined).length;
  return { name, origin, required };
}
