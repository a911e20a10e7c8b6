import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { type CommandFacts, withCommandFacts } from "./command-facts.ts";
import { loadObject } from "./load.ts";
import type { CommandAction, Workflow } from "./workflow.ts";

function told(
  steps: readonly Json[],
  { facts, ...usual }: { facts: CommandFacts } & Pick<Workflow, "thinking" | "contextWindow">,
): readonly Partial<CommandAction>[] {
  const { workflow } = loadObject({
    name: "w",
    chain: {
      steps: [
        { name: "g", chain: [...steps] },
        { name: "r", run: "true" },
      ],
    },
  });
  if (!workflow) throw new Error("mistakes");
  const chain = withCommandFacts(workflow.chain, { workflow: usual, factsOf: () => facts });
  const [group] = chain.steps;
  if (group?.action.kind !== "chain") throw new Error("no group");
  return group.action.chain.steps.map(({ action }) => {
    if (action.kind !== "command") throw new Error("no command");
    const { complexity, readsFiles } = action;
    return { ...(complexity ? { complexity } : {}), ...(readsFiles === undefined ? {} : { readsFiles }) };
  });
}

const facts: CommandFacts = { complexity: "complex", tools: ["Edit"] };

describe("a command in a workflow", () => {
  it("knows how complex it is where its thinking follows from that", () => {
    const steps = [
      { name: "a", command: "/x", thinking: "auto" },
      { name: "b", command: "/x", effort: "low" },
      { name: "c", command: "/x" },
    ];
    expect(told(steps, { facts })).toEqual([{ complexity: "complex" }, {}, {}]);
    expect(told(steps, { facts, thinking: "auto" })).toEqual([
      { complexity: "complex" },
      {},
      { complexity: "complex" },
    ]);
    expect(told(steps, { facts: { complexity: undefined, tools: undefined }, thinking: "auto" })).toEqual([
      {},
      {},
      {},
    ]);
  });

  it("knows that it reads no files where it would have to", () => {
    const references = { over: 10 };
    const steps = [
      { name: "a", command: "/x", context_window: { references } },
      { name: "b", command: "/x" },
    ];
    expect(told(steps, { facts })).toEqual([{ readsFiles: false }, {}]);
    const contextWindow = { references: { overTokens: 10 } };
    expect(told(steps, { facts, contextWindow })).toEqual([{ readsFiles: false }, { readsFiles: false }]);
    expect(told(steps, { facts: { ...facts, tools: undefined }, contextWindow })).toEqual([{}, {}]);
  });
});
