import type { Action, Chain, Workflow } from "../language/workflow.ts";

/** Where the steps stand that are runs of their own or pipelines, as `placeOf` has it. */
export function childPlaces({ chain }: Workflow): ReadonlySet<string> {
  const found = new Set<string>();
  look(chain, "", found);
  return found;
}

function look(chain: Chain, prefix: string, found: Set<string>): void {
  for (const { name, action } of chain.steps) {
    const address = prefix + name;
    if (action.kind === "workflow" || action.kind === "pipeline") found.add(address);
    for (const [part, held] of heldBy(action)) look(held, `${address}${part}/`, found);
  }
}

function heldBy(action: Action): readonly (readonly [part: string, chain: Chain])[] {
  switch (action.kind) {
    case "chain":
      return [["", action.chain]];
    case "branch":
      return action.ways.map(({ name, chain }) => [`/${name}`, chain]);
    case "loop":
      return [["#", action.chain]];
    case "each":
      return [["[]", action.chain]];
    default:
      return [];
  }
}
