import { describe, expect, it } from "vitest";
import { workflowOf } from "../testing/core-run.ts";
import { swarms, swarmWorkflow } from "../testing/swarm-runs.ts";
import { boardsPlan } from "./plan-boards.ts";

describe("who will see what of whom", () => {
  const others = ["ann", "bob", "cyd"];

  it.each<[string, Readonly<Record<string, readonly string[]>>]>([
    ["hierarchical", { lead: ["sec", "speed"], sec: ["lead", "speed"], speed: ["lead", "sec"] }],
    ["star", { lead: ["sec", "speed"], sec: ["lead"], speed: ["lead"] }],
    ["mesh", Object.fromEntries(others.map((name) => [name, []]))],
    ["pipeline", { ann: [], bob: ["ann"], cyd: ["ann", "bob"] }],
  ])("is told of a swarm that is %s", (topology, given) => {
    const { boards = [] } = boardsPlan(workflowOf(swarmWorkflow(swarms[topology] ?? {})));
    expect(boards).toHaveLength(1);
    const told = boards[0]?.agents.map((agent) => [agent.name, agent.given.toSorted()]) ?? [];
    expect(Object.fromEntries(told)).toEqual(given);
  });
});
