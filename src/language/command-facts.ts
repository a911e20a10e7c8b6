import { mapBlocks, mapSteps } from "./map-blocks.ts";
import { toolsMayRead } from "./may-read.ts";
import type { Chain, CommandAction, Workflow } from "./workflow.ts";

/** What the file of a command says of it. */
export interface CommandFacts {
  readonly complexity: CommandAction["complexity"];
  /** Absent: all. */
  readonly tools: readonly string[] | undefined;
}

interface Telling {
  /** What it says for all its steps. */
  readonly workflow: Pick<Workflow, "thinking" | "contextWindow">;
  readonly factsOf: (command: string) => CommandFacts;
}

/** The block, in which commands know of what their files say that by which their prompts are made. */
export function withCommandFacts(chain: Chain, telling: Telling): Chain {
  return mapSteps(chain, (step) => {
    const action = mapBlocks(step.action, (block) => withCommandFacts(block, telling));
    if (action.kind !== "command") return action === step.action ? step : { ...step, action };
    const facts = wantedOf(action, telling);
    return Object.keys(facts).length === 0 ? step : { ...step, action: { ...action, ...facts } };
  });
}

function wantedOf(
  action: CommandAction,
  { workflow, factsOf }: Telling,
): Pick<CommandAction, "complexity" | "readsFiles"> {
  const { complexity, tools } = factsOf(action.command);
  const refers = action.contextWindow?.references ?? workflow.contextWindow?.references;
  return {
    ...(complexity !== undefined && isScored(action, workflow) ? { complexity } : {}),
    ...(refers && !toolsMayRead(tools) ? { readsFiles: false } : {}),
  };
}

function isScored({ thinking, effort }: CommandAction, { thinking: usual }: Telling["workflow"]): boolean {
  return (thinking ?? (effort === undefined ? usual : undefined)) === "auto";
}
