import { mapBlocks, mapSteps } from "./map-blocks.ts";
import type { Chain, CommandAction, Thinking } from "./workflow.ts";

/** The block, in which commands whose thinking follows from what they are asked know how complex their files say they are. */
export function withComplexity(
  chain: Chain,
  {
    usual,
    complexityOf,
  }: {
    /** Of the workflow. */
    readonly usual: Thinking | undefined;
    readonly complexityOf: (command: string) => CommandAction["complexity"];
  },
): Chain {
  return mapSteps(chain, (step) => {
    const action = mapBlocks(step.action, (block) => withComplexity(block, { usual, complexityOf }));
    if (action.kind !== "command" || !isScored(action, usual))
      return action === step.action ? step : { ...step, action };
    const complexity = complexityOf(action.command);
    return complexity === undefined ? step : { ...step, action: { ...action, complexity } };
  });
}

function isScored({ thinking, effort }: CommandAction, usual: Thinking | undefined): boolean {
  return (thinking ?? (effort === undefined ? usual : undefined)) === "auto";
}
