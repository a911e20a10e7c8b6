import { allSteps } from "./checks/names.ts";
import type { WorkflowDraft } from "./drafts.ts";
import { mapBlocks, mapSteps } from "./map-blocks.ts";
import type { Loading } from "./read/loading.ts";
import type { Action, Chain, MemoryUse } from "./workflow.ts";

/** What the workflow says of memory is said by each of its steps that ask an agent, and says nothing of it itself. */
export function withMemory(chain: Chain, memory: MemoryUse | undefined): Chain {
  if (!memory) return chain;
  return mapSteps(chain, (step) => {
    const action = actionWith(step.action, memory);
    return action === step.action ? step : { ...step, action };
  });
}

function actionWith(action: Action, memory: MemoryUse): Action {
  if (action.kind === "command" || action.kind === "agent") return { memory, ...action };
  // a workflow that it calls has its own
  if (action.kind === "chain" && action.call) return action;
  return mapBlocks(action, (chain) => withMemory(chain, memory));
}

/** Warns of steps that are to add what they learn, which nothing ever checks. */
export function checkMemory({ report }: Loading, { block }: WorkflowDraft): void {
  for (const { name, action, body, spot } of allSteps(block)) {
    const memory = "memory" in action ? action.memory : undefined;
    if (!memory?.write || body.output || body.gates.some(({ kind }) => kind !== "claim")) continue;
    report.add({
      severity: "warning",
      code: "BAD_VALUE",
      message: `Cannot add to the memory "${memory.name}" what "${name}" learns: nothing checks the step, and only what is verified is kept`,
      fix: `give it a gate or an \`output:\`, or write \`memory: {name: ${memory.name}, write: false}\``,
      at: spot,
    });
  }
}
