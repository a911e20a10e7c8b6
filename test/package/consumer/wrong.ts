import { WorkflowOrchestrator, type WorkflowDefinition } from "tutti";

export const wrongLimit: WorkflowDefinition = {
  // @ts-expect-error a cost is no list
  limits: { cost: [] },
  chain: [{ name: "a", run: "true" }],
};
// @ts-expect-error an agent has more than a name
export const wrongAgent = new WorkflowOrchestrator({}, { agents: [{ name: "x" }] });
